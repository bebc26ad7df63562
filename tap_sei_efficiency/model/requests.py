"""An export request: scope, window, metric groups, and its JSON body. Pure.

The body's shape is documented for this API.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.model.insights import insight_of

# msgspec reads these classes' fields at run time, to write requests into the state and read them back.
from tap_sei_efficiency.model.periods import Granularity, Window

if TYPE_CHECKING:
    from tap_sei_efficiency.model.dialect import Dialect


LONGEST_SPRINT = timedelta(weeks=6)
"""How long before its window an export by sprint begins, so that a sprint that ends in the window is whole in it."""


class Aggregation(StrEnum):
    """How SEI aggregates the work of a period, in the words of the API (documented). Each insight has its own."""

    MEAN = "mean"
    MEDIAN = "median"
    P90 = "p90"
    P95 = "p95"
    STORY_POINTS = "STORY_POINTS"
    TICKETS = "TICKETS"


class ScopeKind(StrEnum):
    """The kind of a scope. Its value is the prefix of the scope in partitions and records."""

    TEAM = "team"
    ORG_TREE = "org_tree"
    TEAM_REF = "team_ref"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """The teams of an export: one team, or all teams of an org tree."""

    kind: ScopeKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """The request of one export job. Equal requests can share one job."""

    scope: Scope
    window: Window
    groups: tuple[str, ...]
    granularity: Granularity
    aggregation: Aggregation
    metrics: tuple[str, ...] = ()

    @property
    def is_by_sprint(self) -> bool:
        """Whether a row is about a sprint: one stream reads all groups, so the request cannot be divided by group."""
        return self.granularity is Granularity.SPRINT

    def __str__(self) -> str:
        return f"{'+'.join(self.metrics or self.groups)} of {self.scope}, {self.window}"

    def body(self, org_identifier: str, dialect: Dialect, attempt: int = 0) -> dict[str, Any]:
        """The JSON body of the create request, with the words of `dialect` to try at `attempt`."""
        scope: dict[str, str] = (
            {"teamId": self.scope.name}
            if self.scope.kind is ScopeKind.TEAM
            else {"orgTreeName": self.scope.name, "orgIdentifier": org_identifier}
        )
        insight = insight_of(self.aggregation)
        start = self.window.start - LONGEST_SPRINT if self.is_by_sprint else self.window.start
        body: dict[str, Any] = {
            "scope": scope,
            "dateRange": {"start": start.isoformat(), "end": self.window.end.isoformat()},
            "metricGroups": list(dialect.group_words(self.groups, attempt)),
            "options": {
                "granularity": dialect.granularities[self.granularity],
                insight.option: dialect.aggregations[self.aggregation],
                **({"metricLevel": "sprint" if self.is_by_sprint else "team"} if insight.has_levels else {}),
                "format": "csv",
                "compression": "gzip",
            },
        }
        if self.metrics:
            body["metrics"] = list(self.metrics)
        return body
