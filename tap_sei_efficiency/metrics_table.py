"""The table of metrics: what SEI calls a metric, the tap's column for it, its type, unit, meaning and spellings.

Whatever a live file writes differently is a new spelling, unit or row here. Groups, metrics and units are documented,
spellings are not, except for `LTTC_Mean_Days`, `DF_Deployment_Count` and the titles in the legacy report.
"""

from __future__ import annotations

from dataclasses import dataclass
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

    `api_name` is empty where no request asks for the metric by name. The column of an undocumented metric may be
    missing from a file without a word.
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
    """What one stream exports. `api_names` are the server's words for it, the likelier one first.

    The columns of a group that is not documented cannot be told from other groups' in a shared file.
    """

    name: str
    api_names: tuple[str, ...]
    description: str
    metrics: tuple[Metric, ...]
    is_documented: bool = True


DAYS, COUNT, PERCENT = "days", "count", "percent"
DEPLOYMENTS_PER_PERIOD = "deployments per period"
DEPLOYMENTS_PER_UNIT = "deployments per day, week or month"

UNIT_WORDS: Mapping[str | None, frozenset[str]] = MappingProxyType(
    {
        DAYS: frozenset({"day", "days"}),
        COUNT: frozenset({"count", "counts"}),
        PERCENT: frozenset({"percent", "percentage", "pct"}),
        DEPLOYMENTS_PER_PERIOD: frozenset({"count", "deployment", "deployments", "per", "period"}),
        DEPLOYMENTS_PER_UNIT: frozenset({"count", "deployments", "per", "day", "week", "month"}),
        None: frozenset(),
    }
)
"""Words by which a header may name a unit. A header with another unit's word is another column."""

_CFR = "Share of deployments that led to a failure; above 100 where several incidents follow one deployment."
_LTTC = "Time that a change takes from its first stage to production."
_MTTR = "Time from the start of an incident to its end."
_OVERALL = "Rating over all metrics, one of the labels that the SEI profile sets, such as Elite, High, Medium or Low."


def _stage(api_name: str, what: str) -> Metric:
    name = api_name.lower()
    return Metric(
        name,
        api_name,
        MetricType.NUMBER,
        DAYS,
        api_name.capitalize(),
        f"Time that a change spends in the stage {api_name.capitalize()}: {what}.",
        (f"{name} time", f"{name} stage", f"lttc {name}", f"lead time {name}"),
    )


_LTTC_METRIC = Metric(
    "lttc",
    "LTTC",
    MetricType.NUMBER,
    DAYS,
    "Lead time for changes",
    _LTTC,
    ("lead time", "lead time to change", "lead time to changes", "total lttc", "lttc total"),
)
_DEPLOYMENT_FREQUENCY_METRIC = Metric(
    "deployment_frequency",
    "DEPLOYMENT_FREQUENCY",
    MetricType.NUMBER,
    DEPLOYMENTS_PER_PERIOD,
    "Deployment frequency",
    "Deployments to production in the period; 0 is a value, not missing data.",
    ("df", "df deployment", "deployment count"),
)
_CFR_METRIC = Metric("cfr", "CFR", MetricType.NUMBER, PERCENT, "Change failure rate", _CFR)
_MTTR_METRIC = Metric(
    "mttr",
    "MTTR",
    MetricType.NUMBER,
    DAYS,
    "Mean time to restore",
    _MTTR,
    ("mean time to restore service", "mean time to recovery", "mean time to recover"),
)
_OVERALL_RATING_METRIC = Metric(
    "overall_rating", "OVERALL_RATING", MetricType.STRING, None, "Overall rating", _OVERALL, ("overall dora rating",)
)


def _headline(metric: Metric) -> Metric:
    description = f"{metric.description} Undocumented for a summary: null where the file does not have it."
    return Metric(
        metric.name,
        metric.api_name,
        metric.type,
        metric.unit,
        metric.title,
        description,
        metric.spellings,
        is_documented=False,
    )


_GROUPS = (
    MetricGroup(
        "lttc",
        ("lttc",),
        "Lead time for changes and its stages",
        (
            _stage("PLANNING", "before the first commit"),
            _stage("CODING", "from the first commit to the pull request"),
            _stage("REVIEW", "from the pull request to its merge"),
            _stage("BUILD", "from the merge to the finished build"),
            _stage("DEPLOY", "from the finished build to production"),
            _LTTC_METRIC,
        ),
    ),
    MetricGroup(
        "work_items",
        ("work_items",),
        "Work items and how many of them have pull requests",
        (
            Metric(
                "total_work_items",
                "TOTAL_WORK_ITEMS",
                MetricType.INTEGER,
                COUNT,
                "Total work items",
                "Work items of the period.",
                ("work items",),
            ),
            Metric(
                "pr_associations",
                "PR_ASSOCIATIONS",
                MetricType.INTEGER,
                COUNT,
                "PR associations",
                "Work items that have a pull request.",
            ),
            Metric(
                "percentage_pr_associated",
                "PERCENTAGE_PR_ASSOCIATED",
                MetricType.NUMBER,
                PERCENT,
                "Percentage PR associated",
                "Share of the work items that have a pull request, 0 to 100.",
                ("pr associated",),
            ),
        ),
    ),
    MetricGroup(
        "deployment_frequency",
        ("deployment_frequency", "df"),
        "Deployment frequency",
        (_DEPLOYMENT_FREQUENCY_METRIC,),
    ),
    MetricGroup(
        "cfr",
        ("cfr",),
        "Change failure rate and the deployments behind it",
        (
            Metric(
                "total_success",
                "TOTAL_SUCCESS",
                MetricType.INTEGER,
                COUNT,
                "Total success",
                "Deployments of the period that succeeded.",
                ("cfr total success",),
            ),
            Metric(
                "total_failures",
                "TOTAL_FAILURES",
                MetricType.INTEGER,
                COUNT,
                "Total failures",
                "Deployments of the period that led to a failure.",
                ("cfr total failures",),
            ),
            _CFR_METRIC,
        ),
    ),
    MetricGroup("mttr", ("mttr",), "Mean time to restore", (_MTTR_METRIC,)),
    MetricGroup("rating", ("rating",), "Overall rating", (_OVERALL_RATING_METRIC,)),
    MetricGroup(
        "summary",
        ("summary",),
        "Summary of the DORA metrics; its columns are not documented, so those not listed are in `additional_metrics`",
        tuple(
            _headline(metric)
            for metric in (
                _LTTC_METRIC,
                _DEPLOYMENT_FREQUENCY_METRIC,
                _CFR_METRIC,
                _MTTR_METRIC,
                _OVERALL_RATING_METRIC,
            )
        ),
        is_documented=False,
    ),
)

GROUPS: Mapping[str, MetricGroup] = MappingProxyType({group.name: group for group in _GROUPS})
"""The metric groups of the export API, by name: one stream each."""


def _report_metric(api_name: str, unit: str, title: str, what: str, short: str) -> tuple[Metric, Metric]:
    name = api_name.lower()
    rating = f"Rating of the {title.lower()}, as the SEI profile labels it."
    return (
        Metric(name, api_name, MetricType.NUMBER, unit, title, what, (short,)),
        Metric(f"{name}_rating", "", MetricType.STRING, None, f"{title} rating", rating, (f"{short} rating",)),
    )


TEAM_REPORT = MetricGroup(
    "team_reports",
    (),
    "Legacy team report: one row for a team and everything below it",
    (
        *_report_metric("LEAD_TIME_FOR_CHANGES", DAYS, "Lead time for changes", _LTTC, "lttc"),
        *_report_metric(
            "DEPLOYMENT_FREQUENCY",
            DEPLOYMENTS_PER_UNIT,
            "Deployment frequency",
            "Deployments to production for each unit of the report's granularity (a week where `granularity` is "
            "WEEKLY, else a month), averaged over the period; 0 is a value, not missing data.",
            "df",
        ),
        *_report_metric("CHANGE_FAILURE_RATE", PERCENT, "Change failure rate", _CFR, "cfr"),
        *_report_metric("MEAN_TIME_TO_RESTORE", DAYS, "Mean time to restore", _MTTR, "mttr"),
        # Whether the column holds a score or a label is not documented; text can hold both.
        Metric("overall_dora", "OVERALL_DORA", MetricType.STRING, None, "Overall DORA", "Score or rating over all."),
        Metric(
            "overall_dora_rating", "", MetricType.STRING, None, "Overall DORA rating", _OVERALL, ("overall rating",)
        ),
    ),
)
"""The metrics of the legacy report; not a group of the export API."""
