"""How to split an export request that SEI cannot serve. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.insights import insight_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_sei_efficiency.model.periods import Calendar
    from tap_sei_efficiency.model.requests import ExportRequest


def smaller(request: ExportRequest, calendar: Calendar) -> list[ExportRequest]:
    """The parts of `request`: halves of its window, otherwise its groups; none if it cannot be split.

    Each half is whole periods, oldest first.
    """
    halves = replace(calendar, granularity=request.granularity).halves(request.window)
    return [replace(request, window=half) for half in halves] if halves else by_group(request)


def by_group(request: ExportRequest) -> list[ExportRequest]:
    """One request for each metric group of `request`; none if it has one, single metrics, or rows of all groups."""
    if len(request.groups) == 1 or request.metrics or request.is_by_sprint:
        return []
    return [replace(request, groups=(group,)) for group in request.groups]


def without_doubtful(request: ExportRequest) -> list[ExportRequest]:
    """The request without the groups that may not exist at sprint level; none if it has no such group."""
    doubtful = insight_of(request.aggregation).doubtful_by_sprint if request.is_by_sprint else frozenset()
    kept = tuple(group for group in request.groups if group not in doubtful)
    return [replace(request, groups=kept)] if kept != request.groups else []


def readers_of(part: ExportRequest, whole: ExportRequest, readers: Iterable[str]) -> frozenset[str]:
    """Those of the `readers` of `whole` that need `part`: a metric group's stream has the group's name."""
    serves_all = part.groups == whole.groups or part.is_by_sprint
    return frozenset(readers if serves_all else set(readers) & set(part.groups))
