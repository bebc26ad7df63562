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
    """A metric's column: documented name, unit word and title; `is_duration` if it depends on the aggregation."""

    name: str
    suffix: str
    title: str
    prefix: str = ""
    is_duration: bool = False

    def header(self, family: str, aggregation: str) -> str:
        """The column's header in a family of spellings: `suffixed`, `bare` or `title`."""
        if family == "bare":
            return self.name
        if family == "title":
            return f"{self.title} ({aggregation})" if self.is_duration else self.title
        word = aggregation.capitalize() if self.is_duration else ""
        return "_".join(part for part in (self.prefix or self.name, word, self.suffix) if part)


def _days(name: str, title: str) -> Column:
    return Column(name, "Days", title, is_duration=True)


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
