"""The table of metrics: what SEI calls a metric, the tap's column for it, its type, unit, meaning and spellings.

If a live file differs, add a spelling, unit or row here. Groups, metrics and units are documented,
spellings are not, except for `LTTC_Mean_Days`, `DF_Deployment_Count` and the titles in the legacy report.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class MetricType(StrEnum):
    """A metric's JSON type."""

    INTEGER = "integer"
    NUMBER = "number"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Its name, API name and title count as spellings without being listed again.

    `api_name` is empty if no request can name the metric. A file can lack the column of an undocumented metric
    without a warning.
    """

    name: str
    api_name: str
    type: MetricType
    unit: str | None
    title: str
    description: str
    spellings: tuple[str, ...] = ()
    is_documented: bool = True


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """What one stream exports; the dialect has the server's words for it.

    In a shared file, the columns of an undocumented group cannot be distinguished from those of other groups.
    """

    name: str
    description: str
    metrics: tuple[Metric, ...]
    is_documented: bool = True


DAYS, COUNT, PERCENT = "days", "count", "percent"
WORK = "story points or tickets"
PERHAPS_PERCENT = "not documented, probably percent"
PERCENTAGES = frozenset({PERCENT, PERHAPS_PERCENT})
"""Units whose cells can carry a percent sign."""
DEPLOYMENTS_PER_PERIOD = "deployments per period"
DEPLOYMENTS_PER_UNIT = "deployments per day, week or month"

UNIT_WORDS: Mapping[str | None, frozenset[str]] = MappingProxyType(
    {
        DAYS: frozenset({"day", "days"}),
        COUNT: frozenset({"count", "counts"}),
        PERCENT: frozenset({"percent", "percentage", "pct"}),
        PERHAPS_PERCENT: frozenset({"percent", "percentage", "pct"}),
        WORK: frozenset({"count"}),
        DEPLOYMENTS_PER_PERIOD: frozenset({"count", "deployment", "deployments", "per", "period"}),
        DEPLOYMENTS_PER_UNIT: frozenset({"count", "deployments", "per", "day", "week", "month"}),
        None: frozenset(),
    }
)
"""Words by which a header may name a unit. A header with another unit's word is another column."""

_INTEGER, _NUMBER, _STRING = MetricType.INTEGER, MetricType.NUMBER, MetricType.STRING

_LTTC = "Time that a change takes from its first stage to production."
_CFR = "Share of deployments that led to a failure; above 100 if several incidents follow one deployment."
_MTTR = "Time from the start of an incident to its end."
_OVERALL = "Rating over all metrics: a label of the SEI profile, such as Elite, High, Medium or Low."


def _metric(api_name: str, kind: MetricType, unit: str | None, title: str, what: str, *spellings: str) -> Metric:
    return Metric(api_name.lower(), api_name, kind, unit, title, what, spellings)


def _stage(api_name: str, what: str) -> Metric:
    title = api_name.capitalize()
    name = api_name.lower()
    spellings = (f"{name} time", f"{name} stage", f"lttc {name}", f"lead time {name}")
    return _metric(
        api_name, _NUMBER, DAYS, title, f"Time that a change spends in the stage {title}: {what}.", *spellings
    )


def _group(name: str, description: str, *metrics: Metric) -> MetricGroup:
    return MetricGroup(name, description, metrics)


_HEADLINES = (
    _metric("LTTC", _NUMBER, DAYS, "Lead time for changes", _LTTC, "lead time", "lead time to change", "total lttc"),
    _metric(
        "DEPLOYMENT_FREQUENCY",
        _NUMBER,
        DEPLOYMENTS_PER_PERIOD,
        "Deployment frequency",
        "Deployments to production in the period; 0 is a value, not missing data.",
        "df",
        "df deployment",
        "deployment count",
    ),
    _metric("CFR", _NUMBER, PERCENT, "Change failure rate", _CFR),
    _metric(
        "MTTR", _NUMBER, DAYS, "Mean time to restore", _MTTR, "mean time to restore service", "mean time to recovery"
    ),
    _metric("OVERALL_RATING", _STRING, None, "Overall rating", _OVERALL, "overall dora rating"),
)
_LTTC_METRIC, _DF_METRIC, _CFR_METRIC, _MTTR_METRIC, _RATING_METRIC = _HEADLINES


def _undocumented(metric: Metric) -> Metric:
    what = f"{metric.description} Undocumented for a summary: null if the file does not have it."
    return replace(metric, description=what, is_documented=False)


_GROUPS = (
    _group(
        "lttc",
        "Lead time for changes and its stages",
        _stage("PLANNING", "before the first commit"),
        _stage("CODING", "from the first commit to the pull request"),
        _stage("REVIEW", "from the pull request to its merge"),
        _stage("BUILD", "from the merge to the finished build"),
        _stage("DEPLOY", "from the finished build to production"),
        _LTTC_METRIC,
    ),
    _group(
        "work_items",
        "Work items and how many of them have pull requests",
        _metric("TOTAL_WORK_ITEMS", _INTEGER, COUNT, "Total work items", "Work items of the period.", "work items"),
        _metric("PR_ASSOCIATIONS", _INTEGER, COUNT, "PR associations", "Work items that have a pull request."),
        _metric(
            "PERCENTAGE_PR_ASSOCIATED",
            _NUMBER,
            PERCENT,
            "Percentage PR associated",
            "Share of the work items that have a pull request, 0 to 100.",
            "pr associated",
        ),
    ),
    _group("deployment_frequency", "Deployment frequency", _DF_METRIC),
    _group(
        "cfr",
        "Change failure rate and the deployments behind it",
        _metric("TOTAL_SUCCESS", _INTEGER, COUNT, "Total success", "Deployments that succeeded.", "cfr total success"),
        _metric(
            "TOTAL_FAILURES",
            _INTEGER,
            COUNT,
            "Total failures",
            "Deployments that led to a failure.",
            "cfr total failures",
        ),
        _CFR_METRIC,
    ),
    _group("mttr", "Mean time to restore", _MTTR_METRIC),
    _group("rating", "Overall rating", _RATING_METRIC),
    MetricGroup(
        "summary",
        "Summary of the DORA metrics; which columns it has is not documented, all others are in `additional_metrics`",
        tuple(map(_undocumented, _HEADLINES)),
        is_documented=False,
    ),
)

GROUPS: Mapping[str, MetricGroup] = MappingProxyType({group.name: group for group in _GROUPS})
"""The metric groups of the export API, by name: one stream each."""


def _guess(api_name: str, title: str, what: str, *spellings: str) -> Metric:
    return _metric(api_name, _NUMBER, PERHAPS_PERCENT, title, f"{what} The formula is not documented.", *spellings)


_CHURN = _guess("CHURN_RATE", "Churn rate", "How much the scope changed during the sprint.", "churn")
_VELOCITY = _metric("SPRINT_VELOCITY", _NUMBER, WORK, "Sprint velocity", "Work delivered for each sprint.", "velocity")


def _work(api_name: str, title: str, what: str) -> Metric:
    return _metric(api_name, _NUMBER, WORK, title, what)


def _share(api_name: str, title: str, what: str, *spellings: str) -> Metric:
    stem = title.removesuffix("percent")  # alone, it can be the name of an amount
    return _metric(api_name, _NUMBER, PERCENT, title, what, f"{stem}percentage", f"{stem}pct", *spellings)


SPRINT_GROUPS = (
    _group(
        "sprint_work",
        "Sprint metrics: committed and added work",
        _work("SPRINT_COMMIT", "Sprint commit", "Work in the sprint when it began."),
        _work("SPRINT_CREEP", "Sprint creep", "Work added after the sprint began."),
        _work("SPRINT_SIZE", "Sprint size", "Committed and added work."),
        _share(
            "SCOPE_CREEP_PERCENT",
            "Scope creep percent",
            "Added work as a share; it is not documented of what, probably of the commit.",
            "scope creep",
        ),
    ),
    _group(
        "sprint_delivery",
        "Sprint metrics: delivered and missed work",
        _work("TOTAL_WORK_DELIVERED", "Total work delivered", "Work delivered in the sprint, committed or added."),
        _VELOCITY,
        _work("DELIVERED_COMMIT", "Delivered commit", "Committed work that was delivered."),
        _work("MISSED_COMMIT", "Missed commit", "Committed work that was not delivered."),
        _work("DELIVERED_CREEP", "Delivered creep", "Added work that was delivered."),
        _work("MISSED_CREEP", "Missed creep", "Added work that was not delivered."),
        _guess(
            "TOTAL_DELIVERED_WORK_VS_COMMITTED_WORK",
            "Total delivered work vs committed work",
            "Delivered work against committed work.",
        ),
    ),
    _group(
        "sprint_delivery_analysis",
        "Sprint metrics: shares of the work that were delivered",
        _share(
            "COMMITTED_WORK_DELIVERED_PERCENT", "Committed work delivered percent", "Share of the commit delivered."
        ),
        _share("CREEP_WORK_DELIVERED_PERCENT", "Creep work delivered percent", "Share of the added work delivered."),
        _share("TOTAL_WORK_DELIVERED_PERCENT", "Total work delivered percent", "Share of all work delivered."),
    ),
    _group(
        "sprint_analysis",
        "Sprint metrics: churn and predictability",
        _CHURN,
        _guess(
            "PREDICTABILITY_DELIVERY_CONSISTENCY",
            "Delivery consistency",
            "How evenly the team delivers from sprint to sprint.",
        ),
        _guess(
            "PREDICTABILITY_RELIABILITY_OF_COMMITMENT",
            "Reliability of commitment",
            "How much of its commitments the team delivers.",
        ),
    ),
)
"""The metric groups of the sprint export at team level: one stream each."""

SPRINTS = (
    *(metric for group in SPRINT_GROUPS[:3] for metric in group.metrics if metric is not _VELOCITY),
    _CHURN,
    _metric(
        "TICKETS_REMOVED_MID_SPRINT",
        _INTEGER,
        COUNT,
        "Tickets removed mid sprint",
        "Tickets removed after the sprint began.",
    ),
)
"""The metrics of the sprint export at sprint level (documented), of all groups."""


def _with_rating(api_name: str, unit: str, title: str, what: str, short: str) -> tuple[Metric, Metric]:
    rating = f"Rating of the {title.lower()}: a label of the SEI profile."
    return (
        _metric(api_name, _NUMBER, unit, title, what, short),
        Metric(f"{api_name.lower()}_rating", "", _STRING, None, f"{title} rating", rating, (f"{short} rating",)),
    )


TEAM_REPORT = (
    *_with_rating("LEAD_TIME_FOR_CHANGES", DAYS, "Lead time for changes", _LTTC, "lttc"),
    *_with_rating(
        "DEPLOYMENT_FREQUENCY",
        DEPLOYMENTS_PER_UNIT,
        "Deployment frequency",
        "Deployments to production for each unit of the report's granularity (a week if `granularity` is WEEKLY, "
        "otherwise a month), averaged over the period; 0 is a value, not missing data.",
        "df",
    ),
    *_with_rating("CHANGE_FAILURE_RATE", PERCENT, "Change failure rate", _CFR, "cfr"),
    *_with_rating("MEAN_TIME_TO_RESTORE", DAYS, "Mean time to restore", _MTTR, "mttr"),
    # It is not documented whether the column is a score or a label; text can be both.
    _metric("OVERALL_DORA", _STRING, None, "Overall DORA", "Score or rating over all metrics."),
    Metric("overall_dora_rating", "", _STRING, None, "Overall DORA rating", _OVERALL, ("overall rating",)),
)
"""The metrics of the legacy report (documented), each with its rating."""
