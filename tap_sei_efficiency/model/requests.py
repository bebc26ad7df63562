"""An export request: scope, window, metric groups, and its JSON body. Pure.

The body's shape is documented for this API.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

# msgspec reads these classes' fields at run time, to write requests into the state and read them back.
from tap_sei_efficiency.model.periods import Granularity, Window  # noqa: TC001

if TYPE_CHECKING:
    from tap_sei_efficiency.model.dialect import Dialect


class Aggregation(StrEnum):
    """How SEI aggregates the work items of a period, in the API's words (documented)."""

    MEAN = "mean"
    MEDIAN = "median"
    P90 = "p90"
    P95 = "p95"


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

    def __str__(self) -> str:
        return f"{'+'.join(self.metrics or self.groups)} of {self.scope}, {self.window}"

    def body(self, org_identifier: str, dialect: Dialect, attempt: int = 0) -> dict[str, Any]:
        """The JSON body of the create request, with the words of `dialect` to try at `attempt`."""
        scope: dict[str, str] = (
            {"teamId": self.scope.name}
            if self.scope.kind is ScopeKind.TEAM
            else {"orgTreeName": self.scope.name, "orgIdentifier": org_identifier}
        )
        body: dict[str, Any] = {
            "scope": scope,
            "dateRange": {"start": self.window.start.isoformat(), "end": self.window.end.isoformat()},
            "metricGroups": list(dialect.group_words(self.groups, attempt)),
            "options": {
                "granularity": dialect.granularities[self.granularity],
                "aggregation": dialect.aggregations[self.aggregation],
                "format": "csv",
                "compression": "gzip",
            },
        }
        if self.metrics:
            body["metrics"] = list(self.metrics)
        return body
