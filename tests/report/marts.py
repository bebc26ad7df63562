"""A warehouse with the marts as dbt builds them, filled with the stand-in's truth: `python -m tests.report.marts FILE`."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from standin.org import Org
from standin.periods import periods
from standin.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from standin.org import Team
    from standin.periods import Period

    Row = dict[str, Any]

EXPORTED_AT = datetime(2026, 11, 16, 5, tzinfo=UTC)
PROJECT = {"org_identifier": "acme", "project_identifier": "dora"}
METRICS = {
    "lead_time_days": "LTTC",
    **{f"{stage.lower()}_days": stage for stage in ("PLANNING", "CODING", "REVIEW", "BUILD", "DEPLOY")},
    "deployments": "DEPLOYMENT_FREQUENCY",
    "change_failure_rate_percent": "CFR",
    "time_to_restore_days": "MTTR",
}
_SCOPE = "granularity TEXT, aggregation TEXT, period_start DATE"
_COLUMNS = {
    "fct_dora": (
        f"team_key TEXT, {_SCOPE}, is_period_complete BOOLEAN, exported_at TIMESTAMP, harness_overall_rating TEXT, "
        + ", ".join(f"{column} DOUBLE" for column in METRICS)
    ),
    "dim_team": (
        "team_key TEXT, org_identifier TEXT, project_identifier TEXT, path TEXT, team TEXT, parent_team_key TEXT, "
        "first_seen_on DATE, last_seen_on DATE"
    ),
    "dim_period": "granularity TEXT, period_start DATE, period_label TEXT, is_complete BOOLEAN",
    "restatements": f"team_key TEXT, {_SCOPE}, metric TEXT, old_value DOUBLE, new_value DOUBLE, restated_at TIMESTAMP",
}


def tables(
    teams: Iterable[Team], first: date = date(2025, 12, 1), granularity: str = "MONTHLY", aggregation: str = "mean"
) -> dict[str, list[Row]]:
    """The rows of each mart for `teams`, as the stand-in's truth has them; nothing is restated."""
    asked = list(periods(granularity, first, EXPORTED_AT.date(), "monday"))
    figures = [row for team in teams for period in asked if (row := _figures(team, period, granularity, aggregation))]
    spine = [
        {
            "granularity": granularity,
            "period_start": period.start,
            "period_label": f"{period.start:%b %Y}",
            "is_complete": period.end < EXPORTED_AT.date(),
        }
        for period in asked
    ]
    return {
        "fct_dora": figures,
        "dim_team": [_team(team, figures) for team in teams],
        "dim_period": spine,
        "restatements": [],
    }


def _figures(team: Team, period: Period, granularity: str, aggregation: str) -> Row | None:
    values = Truth(Org()).figures(team, period.start, period.end, aggregation, EXPORTED_AT)
    if values is None:
        return None
    return {
        "team_key": team.path,
        "granularity": granularity,
        "aggregation": aggregation,
        "period_start": period.start,
        "is_period_complete": period.end < EXPORTED_AT.date(),
        "exported_at": EXPORTED_AT.replace(tzinfo=None),
        "harness_overall_rating": values["OVERALL_RATING"],
        **{column: values[metric] for column, metric in METRICS.items()},
    }


def _team(team: Team, figures: Sequence[Row]) -> Row:
    seen = [row["period_start"] for row in figures if row["team_key"] == team.path]
    return {
        **PROJECT,
        "team_key": team.path,
        "path": team.path,
        "team": team.name,
        "parent_team_key": team.path.rpartition("/")[0] or None,
        "first_seen_on": min(seen, default=None),
        "last_seen_on": max(seen, default=None),
    }


def restatement(row: Row, metric: str, old: float | None) -> Row:
    """A row of `restatements`: `metric` of `row` was `old` before."""
    names = ("team_key", "granularity", "aggregation", "period_start")
    restated_at = EXPORTED_AT.replace(day=10, tzinfo=None)
    changed = {"metric": metric, "old_value": old, "new_value": row[metric], "restated_at": restated_at}
    return {**{name: row[name] for name in names}, **changed}


def write(path: str, marts: Mapping[str, Sequence[Row]], schema: str = "dora") -> None:
    """Make a DuckDB file with the marts; a table that is not given is left out."""
    with duckdb.connect(path) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        for table, rows in marts.items():
            connection.execute(f"CREATE TABLE {schema}.{table} ({_COLUMNS[table]})")
            names = [column.split()[0] for column in _COLUMNS[table].split(", ")]
            if rows:
                connection.executemany(
                    f"INSERT INTO {schema}.{table} VALUES ({', '.join('?' * len(names))})",  # noqa: S608 - constants
                    [[row[name] for name in names] for row in rows],
                )


def main(path: str) -> None:
    """Write two years of the stand-in's first tree."""
    org = Org()
    marts = tables(org.teams_of(org.trees[0]), date(2024, 11, 1))
    closed = [row for row in marts["fct_dora"] if row["is_period_complete"] and row["lead_time_days"]]
    marts["restatements"] = [restatement(row, "lead_time_days", row["lead_time_days"] * 0.9) for row in closed[20::37]]
    write(path, marts)


if __name__ == "__main__":
    main(sys.argv[1])
