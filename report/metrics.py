"""The metrics of the report in their order, with their denominators and the words for a change."""

from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """A metric of the seed `dora_metrics`: a share is `part` of `over`, and an average is over `over`."""

    better: str
    worse: str
    over: tuple[str, ...] = ()
    part: str | None = None
    noun: str = ""
    minimum: int = 0


_LEAD_TIME = Metric("faster", "slower", ("deployments",), noun="deployments", minimum=10)
_STAGE = Metric("shorter", "longer", ("deployments",), noun="deployments", minimum=10)
_COUNT = Metric("more", "fewer")

# `minimum` is the default of the models' variables; the value in the marts replaces it.
METRICS = {
    "lead_time_days": _LEAD_TIME,
    "deployments": Metric("more often", "less often"),
    "change_failure_rate_percent": Metric(
        "fails less",
        "fails more",
        ("successful_deployments", "failed_deployments"),
        "failed_deployments",
        "deployments",
        10,
    ),
    "time_to_restore_days": Metric("faster", "slower", ("failed_deployments",), noun="failed deployments", minimum=5),
    "planning_days": _STAGE,
    "coding_days": _STAGE,
    "review_days": _STAGE,
    "build_days": _STAGE,
    "deploy_days": _STAGE,
    "pull_request_coverage_percent": Metric(
        "higher", "lower", ("work_items",), "work_items_with_pull_request", "work items"
    ),
    "successful_deployments": _COUNT,
    "failed_deployments": _COUNT,
    "work_items": _COUNT,
    "work_items_with_pull_request": _COUNT,
}


class SprintMetric(NamedTuple):
    """A column of `fct_sprint`. A share is `part` of `over`; the chart also draws the work that it is `against`."""

    title: str
    stream: str
    unit: str = "work"
    over: tuple[str, ...] = ()
    part: str | None = None
    against: str | None = None
    is_drawn: bool = False


# The unit of work depends on the computation mode. The formulas and units of `sprint_analysis` are not documented.
SPRINT_METRICS = {
    "committed_work": SprintMetric("Committed work", "sprint_work"),
    "delivered_work": SprintMetric(
        "Delivered work",
        "sprint_delivery",
        over=("committed_work",),
        against="committed_work",
        is_drawn=True,
    ),
    "creep_work": SprintMetric(
        "Scope creep",
        "sprint_work",
        over=("committed_work",),
        against="committed_work",
        is_drawn=True,
    ),
    "delivered_committed_work": SprintMetric("Delivered of the commitment", "sprint_delivery"),
    "committed_work_delivered_percent": SprintMetric(
        "Share of the commitment delivered",
        "sprint_delivery_analysis",
        "percent",
        over=("committed_work",),
        part="delivered_committed_work",
        is_drawn=True,
    ),
    "commitment_reliability": SprintMetric(
        "Predictability: reliability of commitment", "sprint_analysis", unit="", is_drawn=True
    ),
    "delivery_consistency": SprintMetric(
        "Predictability: delivery consistency", "sprint_analysis", unit="", is_drawn=True
    ),
}
SPRINT_STREAMS = tuple(dict.fromkeys(metric.stream for metric in SPRINT_METRICS.values()))
# A share of few tickets is a small number. Story points do not count anything.
FEW_TICKETS = 10
STAGES = ("planning_days", "coding_days", "review_days", "build_days", "deploy_days")
SERIES = ("org_identifier", "project_identifier", "granularity", "aggregation")


def duration(days: float) -> str:
    """Days in a readable unit: 58 min, 3.5 h, 1.8 days."""
    minutes = days * 1440
    if 0 < minutes < 1:
        return "<1 min"
    if round(minutes) < 60:  # noqa: PLR2004 - minutes of an hour
        return f"{minutes:.0f} min"
    if round(minutes / 60, 1) < 24:  # noqa: PLR2004 - hours of a day
        return f"{_short(minutes / 60)} h"
    return f"{_short(days)} {'day' if _short(days) == '1' else 'days'}"


def text(value: float | None, unit: str) -> str:
    """`value` as text, by its unit in the seed `dora_metrics`."""
    if value is None:
        return "no figure"
    if unit == "days":
        return duration(value)
    return f"{_short(value)} %" if unit == "percent" else f"{value:,.0f}"


def _short(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")
