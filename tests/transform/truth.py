"""The expected content of `fct_dora`, computed from the stand-in's truth without SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standin.server import ORG_IDENTIFIER, PROJECT_IDENTIFIER
from standin.sprints import MODES, period_rows, sprint_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from standin.org import Team
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
BY_TEAM_ALONE = {
    "velocity_work_per_sprint": "SPRINT_VELOCITY",
    "delivery_consistency": "PREDICTABILITY_DELIVERY_CONSISTENCY",
    "commitment_reliability": "PREDICTABILITY_RELIABILITY_OF_COMMITMENT",
}
BY_SPRINT_ALONE = {"tickets_removed_mid_sprint": "TICKETS_REMOVED_MID_SPRINT"}
BY_BOTH = {
    "committed_work": "SPRINT_COMMIT",
    "creep_work": "SPRINT_CREEP",
    "total_work": "SPRINT_SIZE",
    "scope_creep_percent": "SCOPE_CREEP_PERCENT",
    "delivered_work": "TOTAL_WORK_DELIVERED",
    "delivered_committed_work": "DELIVERED_COMMIT",
    "missed_committed_work": "MISSED_COMMIT",
    "delivered_creep_work": "DELIVERED_CREEP",
    "missed_creep_work": "MISSED_CREEP",
    "delivered_versus_committed": "TOTAL_DELIVERED_WORK_VS_COMMITTED_WORK",
    "committed_work_delivered_percent": "COMMITTED_WORK_DELIVERED_PERCENT",
    "creep_work_delivered_percent": "CREEP_WORK_DELIVERED_PERCENT",
    "total_work_delivered_percent": "TOTAL_WORK_DELIVERED_PERCENT",
    "churn_rate": "CHURN_RATE",
}
"""The columns of `fct_sprint` and `fct_sprints`, each with SEI's name."""
UNITS = {"STORY_POINTS": "story points", "TICKETS": "tickets"}


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


def sprint_periods(sei: Standin, first: date, as_of: datetime, granularities: Iterable[str]) -> dict[Any, Any]:
    """What `fct_sprint` should hold, by path, granularity, computation mode and first day."""
    last = as_of.date()
    return {
        (row.team.path, granularity, mode, row.period.start): {
            "period_end": row.period.end,
            "is_period_complete": row.period.end < last,
            "is_leaf": row.team.is_leaf,
            "work_unit": UNITS[mode],
            **_named(BY_BOTH | BY_TEAM_ALONE, row.values),
        }
        for granularity in granularities
        for mode in MODES
        for row in period_rows(sei.truth, _teams(sei), first, last, granularity, mode, as_of)
    }


def single_sprints(sei: Standin, first: date, as_of: datetime) -> dict[Any, Any]:
    """What `fct_sprints` should hold, by path, computation mode and sprint."""
    return {
        (row.team.path, mode, row.period.sprint_id): {
            "sprint_name": row.period.label,
            "sprint_state": row.period.state,
            "sprint_start": row.period.start,
            "sprint_end": row.period.end,
            "is_sprint_over": row.period.end < as_of.date() and row.period.state == "closed",
            "is_leaf": True,
            "work_unit": UNITS[mode],
            **_named(BY_BOTH | BY_SPRINT_ALONE, row.values),
        }
        for mode in MODES
        for row in sprint_rows(sei.truth, _teams(sei), first, as_of.date(), mode, as_of)
    }


def _teams(sei: Standin) -> list[Team]:
    return list(sei.org.below(sei.org.team_at(TREE)))


def _named(columns: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: values[name] for column, name in columns.items()}
