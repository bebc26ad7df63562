"""The Grafana dashboard: panels for the metrics of the seed `dora_metrics`, each with its SQL on the marts."""

# ruff: noqa: S608 - the SQL contains only constants and values of the seed

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

SEED = Path(__file__).parents[2] / "transform" / "seeds" / "dora_metrics.csv"
_SOURCE = {"type": "grafana-postgresql-datasource", "uid": "${DS_POSTGRES}"}
_UNITS = {"days": "d", "percent": "percent"}
_WIDTH = 24

# Variables of the dashboard; the query of each can use the variables before it.
_VARIABLES = {
    "project": (
        "Project",
        """SELECT DISTINCT org_identifier || '/' || project_identifier FROM "$schema".dim_team ORDER BY 1""",
    ),
    "granularity": ("Periods", """SELECT DISTINCT granularity FROM "$schema".fct_dora ORDER BY 1"""),
    "aggregation": (
        "Aggregation",
        """SELECT DISTINCT aggregation FROM "$schema".fct_dora
WHERE granularity = ${granularity:sqlstring} ORDER BY 1""",
    ),
    "team": (
        "Team",
        """SELECT path FROM "$schema".dim_team
WHERE org_identifier || '/' || project_identifier = ${project:sqlstring} ORDER BY 1""",
    ),
}
_OURS = """org_identifier || '/' || project_identifier = ${project:sqlstring}"""
_SERIES = f"""fct.{_OURS.replace("|| project", "|| fct.project")}
  AND fct.granularity = ${{granularity:sqlstring}} AND fct.aggregation = ${{aggregation:sqlstring}}"""
_HERE = "(team.path = ${team:sqlstring} OR team.parent_path = ${team:sqlstring})"
_BELOW = "(team.path = ${team:sqlstring} OR left(team.path, length(${team:sqlstring}) + 1) = ${team:sqlstring} || '/')"
_LAST = """(SELECT max(period_start) FROM "$schema".dim_period
  WHERE granularity = ${granularity:sqlstring} AND is_complete AND has_rows)"""
_TEAM = 'JOIN "$schema".dim_team AS team USING (team_key)'

_TABLES = {
    "Last closed period": f"""SELECT team.path, fct.metric, fct.value, fct.denominator AS from_so_many,
  fct.compared_value AS year_ago, fct.direction, fct.is_within_noise
FROM "$schema".fct_dora_change AS fct {_TEAM}
WHERE {_SERIES} AND {_HERE} AND fct.comparison = 'year ago' AND fct.period_start = {_LAST}
  AND fct.metric IN (SELECT metric FROM "$schema".dora_metrics WHERE is_headline)
ORDER BY team.path, fct.metric""",
    "Worse than their own usual range": f"""SELECT team.path, fct.metric, fct.value, fct.denominator AS from_so_many,
  fct.usual_low, fct.usual_high
FROM "$schema".regressions AS fct {_TEAM}
WHERE {_SERIES} AND {_BELOW} ORDER BY team.path, fct.metric""",
    "Targets missed": f"""SELECT team.path, fct.metric, fct.value, fct.target, fct.denominator AS from_so_many
FROM "$schema".target_results AS fct {_TEAM}
WHERE {_SERIES} AND {_BELOW} AND NOT fct.is_met AND fct.period_start = {_LAST} ORDER BY team.path, fct.metric""",
    "Leaf teams in each band": f"""SELECT fct.metric, fct.place, fct.leaf_teams, fct.benchmark_year
FROM "$schema".dora_band_counts AS fct {_TEAM}
WHERE {_SERIES} AND team.path = ${{team:sqlstring}} AND fct.period_start = {_LAST} ORDER BY fct.metric, fct.place""",
    "Restated figures": f"""SELECT team.path, fct.period_start, fct.metric,
  fct.from_value, fct.to_value, fct.restated_at
FROM "$schema".restatements AS fct {_TEAM}
WHERE {_SERIES.replace("fct.org", "team.org").replace("fct.project", "team.project")} AND {_BELOW}
  AND $__timeFilter(fct.period_start) ORDER BY fct.restated_at DESC, team.path, fct.metric""",
    "Missing figures": f"""SELECT team.path, fct.metric, fct.reason, count(*) AS periods,
  max(fct.period_start) AS newest
FROM "$schema".missing_figures AS fct {_TEAM}
JOIN "$schema".dora_metrics AS metric ON metric.metric = fct.metric AND metric.is_headline
WHERE {_SERIES.replace("fct.org", "team.org").replace("fct.project", "team.project")} AND {_BELOW}
  AND $__timeFilter(fct.period_start) GROUP BY team.path, fct.metric, fct.reason ORDER BY team.path, fct.metric""",
    "Asked for and not received": f"""SELECT fct.stream, fct.scope, fct.coverage, fct.period_start, fct.failure_message
FROM "$schema".coverage_periods AS fct
WHERE {_SERIES} AND fct.coverage <> 'received' ORDER BY fct.period_start DESC, fct.stream""",
}


def board() -> str:
    """The dashboard as Grafana imports it; it asks for a PostgreSQL data source."""
    with SEED.open(encoding="utf-8", newline="") as file:
        metrics = list(csv.DictReader(file))
    trends = [_trend(metric) for metric in metrics if metric["better"]]
    panels = [_table(title, query) for title, query in _TABLES.items()]
    made = {
        "__inputs": [{"name": "DS_POSTGRES", "label": "PostgreSQL", "type": "datasource", "pluginId": _SOURCE["type"]}],
        "uid": "sei-dora",
        "title": "DORA figures from Harness SEI",
        "description": "SEI's figures as the dbt marts hold them. Nothing is summed or averaged.",
        "tags": ["dora"],
        "schemaVersion": 39,
        "editable": True,
        "time": {"from": "now-2y", "to": "now"},
        "templating": {"list": [_schema(), *(_variable(name) for name in _VARIABLES)]},
        "panels": [*_placed(panels[:2], 0, 12), *_placed(trends, 9, 8), *_placed(panels[2:], 45, 12)],
    }
    return json.dumps(made, indent=1) + "\n"


def _schema() -> dict[str, Any]:
    value = {"text": "dora", "value": "dora"}
    return {"name": "schema", "label": "Schema", "type": "textbox", "query": "dora", "current": value}


def _variable(name: str) -> dict[str, Any]:
    label, query = _VARIABLES[name]
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": _SOURCE,
        "query": query,
        "refresh": 1,
        "multi": False,
        "includeAll": False,
    }


def _trend(metric: dict[str, str]) -> dict[str, Any]:
    """A metric of the team and its child teams. A null breaks the line; the open period is left out."""
    query = f"""SELECT fct.period_start::timestamp AS time, team.team AS metric, fct.value
FROM "$schema".fct_dora_long AS fct {_TEAM}
WHERE {_SERIES} AND {_HERE} AND fct.metric = '{metric["metric"]}' AND fct.is_period_complete
  AND $__timeFilter(fct.period_start) ORDER BY 1, 2"""
    defaults = {
        "unit": _UNITS.get(metric["unit"], "short"),
        "decimals": 0 if metric["is_count"] == "true" else 1,
        "min": 0,
        "custom": {"spanNulls": False, "showPoints": "always"},
    }
    return {
        "type": "timeseries",
        "title": metric["title"],
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [_target(query, "time_series")],
    }


def _table(title: str, query: str) -> dict[str, Any]:
    return {"type": "table", "title": title, "datasource": _SOURCE, "targets": [_target(query, "table")]}


def _target(query: str, kind: str) -> dict[str, Any]:
    return {"refId": "A", "datasource": _SOURCE, "rawQuery": True, "format": kind, "rawSql": query}


def _placed(panels: list[dict[str, Any]], top: int, width: int) -> list[dict[str, Any]]:
    """Panels next to each other below `top`, nine units high."""
    across = _WIDTH // width
    return [
        {**panel, "gridPos": {"x": place % across * width, "y": top + place // across * 9, "w": width, "h": 9}}
        for place, panel in enumerate(panels)
    ]
