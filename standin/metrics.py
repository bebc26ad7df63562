"""The metric groups (documented), and how a CSV may spell their columns (not documented)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

AGGREGATIONS = ("mean", "median", "p90", "p95")
STAGES = ("PLANNING", "CODING", "REVIEW", "BUILD", "DEPLOY")
DF_NAMES = ("deployment_frequency", "df")


@dataclass(frozen=True, slots=True)
class Column:
    """A metric's column: documented name, unit word and title; `is_aggregated` if it depends on aggregation or mode."""

    name: str
    suffix: str
    title: str
    prefix: str = ""
    is_aggregated: bool = False

    def header(self, family: str, aggregation: str) -> str:
        """The column's header in a family of spellings: `suffixed`, `bare` or `title`."""
        if family == "bare":
            return self.name
        if family == "title":
            return f"{self.title} ({aggregation})" if self.is_aggregated else self.title
        word = aggregation.title() if self.is_aggregated else ""
        return "_".join(part for part in (self.prefix or self.name, word, self.suffix) if part)


def _days(name: str, title: str) -> Column:
    return Column(name, "Days", title, is_aggregated=True)


GROUPS: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "lttc": (*(_days(stage, stage.capitalize()) for stage in STAGES), _days("LTTC", "Lead Time for Changes")),
        "work_items": (
            Column("TOTAL_WORK_ITEMS", "Count", "Total Work Items"),
            Column("PR_ASSOCIATIONS", "Count", "PR Associations"),
            Column("PERCENTAGE_PR_ASSOCIATED", "Percent", "Percentage PR Associated"),
        ),
        "deployment_frequency": (Column("DEPLOYMENT_FREQUENCY", "Count", "Deployment Frequency", "DF_Deployment"),),
        "cfr": (
            Column("TOTAL_SUCCESS", "Count", "Total Success"),
            Column("TOTAL_FAILURES", "Count", "Total Failures"),
            Column("CFR", "Percent", "Change Failure Rate"),
        ),
        "mttr": (_days("MTTR", "Mean Time to Restore"),),
        "rating": (Column("OVERALL_RATING", "", "Overall Rating"),),
        # The API's documentation names no column of this group: these are inventions.
        "summary": (
            Column("DORA_Score", "", "DORA Score"),
            Column("Deployments_Per_Week", "", "Deployments Per Week"),
            Column("Teams_Reporting", "", "Teams Reporting"),
            Column("DORA_Trend", "", "DORA Trend"),
        ),
    }
)


def _amounts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "", name.replace("_", " ").title(), is_aggregated=True) for name in names)


def _shares(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "", name.replace("_", " ").title()) for name in names)


_VELOCITY = Column("SPRINT_VELOCITY", "", "Sprint Velocity", is_aggregated=True)
_DELIVERY = (
    *_amounts("TOTAL_WORK_DELIVERED", "DELIVERED_COMMIT", "MISSED_COMMIT", "DELIVERED_CREEP", "MISSED_CREEP"),
    *_shares("TOTAL_DELIVERED_WORK_VS_COMMITTED_WORK"),
)
_BOTH_LEVELS: Mapping[str, tuple[Column, ...]] = {
    "work": (*_amounts("SPRINT_COMMIT", "SPRINT_CREEP", "SPRINT_SIZE"), *_shares("SCOPE_CREEP_PERCENT")),
    "deliveryAnalysis": _shares(
        "COMMITTED_WORK_DELIVERED_PERCENT", "CREEP_WORK_DELIVERED_PERCENT", "TOTAL_WORK_DELIVERED_PERCENT"
    ),
}
_PREDICTABILITY = _shares("PREDICTABILITY_DELIVERY_CONSISTENCY", "PREDICTABILITY_RELIABILITY_OF_COMMITMENT")

SPRINT_GROUPS: Mapping[str, Mapping[str, tuple[Column, ...]]] = MappingProxyType(
    {
        "team": {
            **_BOTH_LEVELS,
            "delivery": (*_DELIVERY, _VELOCITY),
            "analysis": (*_shares("CHURN_RATE"), *_PREDICTABILITY),
        },
        "sprint": {
            **_BOTH_LEVELS,
            "delivery": _DELIVERY,
            "analysis": (
                Column("TICKETS_REMOVED_MID_SPRINT", "", "Tickets Removed Mid Sprint"),
                *_shares("CHURN_RATE"),
            ),
        },
    }
)
"""The metric groups of the sprint export (documented), by metric level."""


def groups_at(level: str) -> Mapping[str, tuple[Column, ...]]:
    """The groups of the sprint export at a metric level, or those of the efficiency export."""
    return SPRINT_GROUPS[level] if level else GROUPS
