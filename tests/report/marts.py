"""The marts as dbt builds them, filled with the stand-in's truth: `python -m tests.report.marts FILE` writes some."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from standin.org import Org
from standin.periods import periods
from standin.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
        f"team_key TEXT, {_SCOPE}, is_period_complete BOOLEAN, exported_at TIMESTAMP, last_exported_at TIMESTAMP, "
        f"harness_overall_rating TEXT, {', '.join(f'{column} DOUBLE PRECISION' for column in METRICS)}"
    ),
    "dim_team": (
        "team_key TEXT, org_identifier TEXT, project_identifier TEXT, path TEXT, team TEXT, parent_team_key TEXT"
    ),
    "dim_period": "granularity TEXT, period_start DATE, period_label TEXT, is_complete BOOLEAN",
    "restatements": (
        f"team_key TEXT, {_SCOPE}, metric TEXT, from_value DOUBLE PRECISION, to_value DOUBLE PRECISION, "
        "restated_at TIMESTAMP"
    ),
    "fct_dora_benchmark": (
        f"team_key TEXT, {_SCOPE}, metric TEXT, benchmark_year INTEGER, best_band TEXT, worst_band TEXT, placement TEXT"
    ),
    "coverage_teams": f"team_key TEXT, {_SCOPE}, coverage TEXT",
    "coverage_periods": (
        f"org_identifier TEXT, project_identifier TEXT, {_SCOPE}, stream TEXT, scope TEXT, coverage TEXT"
    ),
}


def tables(
    teams: Iterable[Team], first: date = date(2025, 12, 1), granularity: str = "MONTHLY", aggregation: str = "mean"
) -> dict[str, list[Row]]:
    """The rows of each mart for `teams`, as the stand-in's truth has them; no more is known of them."""
    asked = list(periods(granularity, first, EXPORTED_AT.date(), "monday"))
    figures = [row for team in teams for period in asked if (row := _figures(team, period, granularity, aggregation))]
    spine = [
        {
            "granularity": granularity,
            "period_start": period.start,
            "period_label": period.label,
            "is_complete": period.end < EXPORTED_AT.date(),
        }
        for period in asked
    ]
    return {
        "fct_dora": figures,
        "dim_team": [_team(team) for team in teams],
        "dim_period": spine,
        "restatements": [],
        "fct_dora_benchmark": [],
        "coverage_teams": [],
        "coverage_periods": [],
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
        "last_exported_at": EXPORTED_AT.replace(tzinfo=None),
        "harness_overall_rating": values["OVERALL_RATING"],
        **{column: values[metric] for column, metric in METRICS.items()},
    }


def _team(team: Team) -> Row:
    return {
        **PROJECT,
        "team_key": team.path,
        "path": team.path,
        "team": team.name,
        "parent_team_key": team.path.rpartition("/")[0] or None,
    }


def restatement(row: Row, metric: str, old: float | None) -> Row:
    """A row of `restatements`: `metric` of `row` was `old` before."""
    restated_at = EXPORTED_AT.replace(day=10, tzinfo=None)
    return {**_at(row), "metric": metric, "from_value": old, "to_value": row[metric], "restated_at": restated_at}


def place(row: Row, metric: str, best: str | None, worst: str | None, placement: str) -> Row:
    """A row of `fct_dora_benchmark`."""
    bands = {"best_band": best, "worst_band": worst, "placement": placement}
    return {**_at(row), "metric": metric, "benchmark_year": 2024, **bands}


def withdrawal(row: Row) -> Row:
    """A row of `coverage_teams`: a newer export no longer held `row`."""
    return {**_at(row), "coverage": "withdrawn"}


def _at(row: Row) -> Row:
    return {name: row[name] for name in ("team_key", "granularity", "aggregation", "period_start")}


def statements(
    marts: Mapping[str, Sequence[Row]], schema: str = "dora", mark: str = "?"
) -> Iterator[tuple[str, list[object]]]:
    """SQL that makes the marts, in DuckDB or PostgreSQL; a table that is not given is left out."""
    yield f"CREATE SCHEMA {schema}", []
    for table, rows in marts.items():
        yield f"CREATE TABLE {schema}.{table} ({_COLUMNS[table]})", []
        names = [column.split()[0] for column in _COLUMNS[table].split(", ")]
        # One statement for all rows: DuckDB is slow at many.
        places = ", ".join([f"({', '.join([mark] * len(names))})"] * len(rows))
        if rows:
            yield f"INSERT INTO {schema}.{table} VALUES {places}", [row[name] for row in rows for name in names]  # noqa: S608 - constants


def write(path: str, marts: Mapping[str, Sequence[Row]], schema: str = "dora") -> None:
    """Make a DuckDB file with the marts."""
    with duckdb.connect(path) as connection:
        for statement, values in statements(marts, schema):
            connection.execute(statement, values)


def main(path: str) -> None:
    """Write two years of the stand-in's first tree."""
    org = Org()
    marts = tables(org.teams_of(org.trees[0]), date(2024, 11, 1))
    closed = [row for row in marts["fct_dora"] if row["is_period_complete"] and row["lead_time_days"]]
    marts["restatements"] = [restatement(row, "lead_time_days", row["lead_time_days"] * 0.9) for row in closed[20::37]]
    marts["fct_dora_benchmark"] = [place(row, "lead_time_days", "High", "Medium", "in several bands") for row in closed]
    marts["coverage_teams"] = [withdrawal(row) for row in closed[33::101]]
    write(path, marts)


if __name__ == "__main__":
    main(sys.argv[1])
