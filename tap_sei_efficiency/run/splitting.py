"""How to split an export request that SEI cannot serve. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_sei_efficiency.model.periods import Calendar
    from tap_sei_efficiency.model.requests import ExportRequest


def smaller(request: ExportRequest, calendar: Calendar) -> list[ExportRequest]:
    """The parts of `request`: halves of its window, otherwise its groups; none if it cannot be split.

    Each half is whole periods, oldest first.
    """
    halves = calendar.halves(request.window)
    return [replace(request, window=half) for half in halves] if halves else by_group(request)


def by_group(request: ExportRequest) -> list[ExportRequest]:
    """One request for each metric group of `request`; none if it has a single group or asks for single metrics."""
    if len(request.groups) == 1 or request.metrics:
        return []
    return [replace(request, groups=(group,)) for group in request.groups]


def readers_of(part: ExportRequest, whole: ExportRequest, readers: Iterable[str]) -> frozenset[str]:
    """Those of the `readers` of `whole` that need `part`: a metric group's stream has the group's name."""
    return frozenset(readers if part.groups == whole.groups else set(readers) & set(part.groups))
