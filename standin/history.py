"""The history of each leaf team by day: every figure comes from it, so figures agree over periods and teams."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from standin.draws import between, uniforms
from standin.metrics import STAGES
from standin.org import NO_DEPLOYMENTS, Team

SETTLED_AFTER = timedelta(days=14)
_DAY = timedelta(days=1)
_FRIDAY = 4
_TREND_FROM = date(2025, 1, 1).toordinal()
# Shortest and longest usual time in each stage, in days.
_STAGE_RANGES = ((0.1, 16.0), (0.1, 12.0), (0.05, 8.0), (0.01, 0.8), (0.01, 5.0))
_LATE_SHARE = 0.5  # of the failures are not known on the day
_WOBBLE = 0.04


class Totals(NamedTuple):
    """Sums of some days of some teams: counts, and days spent."""

    deployments: int = 0
    failures: int = 0
    changes: int = 0
    stages: tuple[float, ...] = (0.0,) * len(STAGES)
    restoring: float = 0.0
    items: int = 0
    pull_requests: int = 0


def total(parts: list[Totals]) -> Totals:
    """The sum of `parts`."""
    if not parts:
        return Totals()
    deployments, failures, changes, stages, restoring, items, pull_requests = zip(*parts, strict=True)
    return Totals(
        sum(deployments),
        sum(failures),
        sum(changes),
        tuple(map(math.fsum, zip(*stages, strict=True))),
        math.fsum(restoring),
        sum(items),
        sum(pull_requests),
    )


def totals(seed: int, leaf: Team, start: date, end: date, as_of: datetime) -> Totals:
    """What SEI knows at `as_of` of a leaf team's days from `start` to `end`.

    It is final once `SETTLED_AFTER` has passed. Until then today grows with the minutes, late failures come to light
    and durations move a little.
    """
    start = max(start, leaf.founded)
    if as_of.date() - end >= SETTLED_AFTER:
        return _recorded(seed, leaf.path, start, end)
    return _unsettled(seed, leaf.path, start, end, as_of)


@cache
def _recorded(seed: int, path: str, start: date, end: date) -> Totals:
    return total([_day(seed, path, day) for day in range(start.toordinal(), end.toordinal() + 1)])


def _unsettled(seed: int, path: str, start: date, end: date, as_of: datetime) -> Totals:
    today = as_of.date()
    known = _recorded(seed, path, start, min(end, today - _DAY))
    minute = as_of.hour * 60 + as_of.minute
    if start <= today <= end:
        known = total([known, _part(_day(seed, path, today.toordinal()), minute / (24 * 60))])
    age = max(0.0, (today - end).days - 1 + minute / (24 * 60)) / SETTLED_AFTER.days
    failures = known.failures - int(known.failures * _LATE_SHARE * (1 - age))
    first, second, *_ = uniforms(seed, path, start, end, today, minute)
    wobble = between(1 - _WOBBLE, 1 + _WOBBLE, first)
    shown = failures / known.failures * between(1 - _WOBBLE, 1 + _WOBBLE, second) if known.failures else 0.0
    return known._replace(
        failures=failures,
        stages=tuple(days * wobble for days in known.stages),
        restoring=known.restoring * shown,
    )


def _part(day: Totals, share: float) -> Totals:
    changes = int(day.changes * share)
    failures = int(day.failures * share)
    return Totals(
        deployments=int(day.deployments * share),
        failures=failures,
        changes=changes,
        stages=tuple(days * changes / day.changes if day.changes else 0.0 for days in day.stages),
        restoring=day.restoring * failures / day.failures if day.failures else 0.0,
        items=int(day.items * share),
        pull_requests=int(day.pull_requests * share),
    )


@dataclass(frozen=True, slots=True)
class _Habits:
    deployments: float
    failure_share: float
    stages: tuple[float, ...]
    restoring: float
    items: float
    pull_request_share: float
    yearly_change: float


@cache
def _habits(seed: int, path: str) -> _Habits:
    trouble, pace, failing, restoring, items, pull_requests, change, _ = uniforms(seed, path, "habits")
    # Who is slow in one thing is mostly slow in the others.
    pace, failing, restoring = (0.8 * trouble + 0.2 * own for own in (pace, failing, restoring))
    stages = zip(_STAGE_RANGES, (0.8 * trouble + 0.2 * own for own in uniforms(seed, path, "stages")), strict=False)
    return _Habits(
        deployments=0.0 if path.endswith(f"/{NO_DEPLOYMENTS}") else 4.0 * 0.015**pace,
        failure_share=0.05 * 7**failing,
        stages=tuple(low * (high / low) ** uniform for (low, high), uniform in stages),
        restoring=0.01 * 1000**restoring,
        items=between(0.5, 4.0, items),
        pull_request_share=between(0.55, 0.97, pull_requests),
        yearly_change=between(0.7, 1.2, change),
    )


@cache
def _day(seed: int, path: str, ordinal: int) -> Totals:
    habits = _habits(seed, path)
    draws = uniforms(seed, path, ordinal)
    busy = 1.0 if (ordinal - 1) % 7 <= _FRIDAY else 0.1
    trend = habits.yearly_change ** ((ordinal - _TREND_FROM) / 365)
    deployments = int(habits.deployments * busy / trend * (0.5 + draws[0]) + draws[1]) if habits.deployments else 0
    failures = min(deployments, int(deployments * habits.failure_share * (0.5 + draws[2]) + draws[3]))
    changes = deployments * (1 + int(3 * draws[4]))
    items = int(habits.items * busy * (0.5 + draws[7]) + draws[1])
    return Totals(
        deployments=deployments,
        failures=failures,
        changes=changes,
        stages=tuple(
            changes * usual * trend * between(0.6, 1.4, (draws[5] + 0.37 * stage) % 1)
            for stage, usual in enumerate(habits.stages)
        ),
        restoring=failures * habits.restoring * trend * between(0.4, 1.6, draws[6]),
        items=items,
        pull_requests=min(items, int(items * habits.pull_request_share + draws[2])),
    )
