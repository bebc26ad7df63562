"""The expected content of `fct_dora`, computed from the stand-in's truth without SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standin.server import ORG_IDENTIFIER, PROJECT_IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from standin.server import Standin

Key = tuple[str, str, str, str, str, str, "date"]

KEY = ("org_identifier", "project_identifier", "team_path", "team", "granularity", "aggregation", "period_start")
TREE = "Engineering"
COLUMNS = {
    "lead_time_days": "LTTC",
    "planning_days": "PLANNING",
    "coding_days": "CODING",
    "review_days": "REVIEW",
    "build_days": "BUILD",
    "deploy_days": "DEPLOY",
    "deployments": "DEPLOYMENT_FREQUENCY",
    "change_failure_rate_percent": "CFR",
    "successful_deployments": "TOTAL_SUCCESS",
    "failed_deployments": "TOTAL_FAILURES",
    "time_to_restore_days": "MTTR",
    "work_items": "TOTAL_WORK_ITEMS",
    "work_items_with_pull_request": "PR_ASSOCIATIONS",
    "pull_request_coverage_percent": "PERCENTAGE_PR_ASSOCIATED",
    "harness_overall_rating": "OVERALL_RATING",
}
"""The columns of `fct_dora`, each with SEI's name."""


def figures(
    sei: Standin,
    first: date,
    last: date,
    as_of: datetime,
    granularity: str = "MONTHLY",
    aggregation: str = "mean",
) -> dict[Key, dict[str, Any]]:
    """The figures of every team and period as known at `as_of`, with whether the period was over by then."""
    table = {}
    for row in sei.truth.rows(sei.org.below(sei.org.team_at(TREE)), first, last, granularity, aggregation, as_of):
        series = (ORG_IDENTIFIER, PROJECT_IDENTIFIER, row.team.path, row.team.name, granularity, aggregation)
        table[*series, row.period.start] = {
            "period_end": row.period.end,
            "is_period_complete": row.period.end < as_of.date(),
            **{column: row.values[name] for column, name in COLUMNS.items()},
        }
    return table


def held(rows: Iterable[dict[str, Any]]) -> dict[Key, dict[str, Any]]:
    """Rows of `fct_dora` joined with `dim_team`, in the same form; AssertionError if a key occurs twice."""
    table: dict[Key, dict[str, Any]] = {}
    for row in rows:
        org, project, path, team, granularity, aggregation, start = (row[name] for name in KEY)
        key = (org, project, path, team, granularity, aggregation, start)
        assert key not in table
        table[key] = {name: row[name] for name in ("period_end", "is_period_complete", *COLUMNS)}
    return table
