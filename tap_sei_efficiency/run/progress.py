"""What an unfinished load of a partition has emitted, in any order. Pure.

SEI finishes export jobs in any order and the tap emits each one at once, but a bookmark only covers what is emitted
without a gap before it. This module and the state keep the windows beyond the first gap until the load is complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.periods import Days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_sei_efficiency.model.periods import Calendar, Period

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class EmittedWindow:
    """Days whose rows were emitted, and the start of the newest period among the rows; None if there was no row."""

    start: date
    end: date
    newest: date | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """The emitted windows of an unfinished load, oldest first, merged if they touch.

    `on` is the UTC day of the run that last emitted one of them.
    """

    windows: tuple[EmittedWindow, ...]
    on: date

    def plus(self, window: EmittedWindow, on: date) -> Progress:
        """The progress after a run of day `on` has emitted `window`, too."""
        return Progress(tuple(_merged([*self.windows, window])), on)

    def upto_gap(self, start: date) -> EmittedWindow | None:
        """The emitted window without a gap that contains `start`; None if that day was not emitted."""
        return next((window for window in self.windows if window.start <= start <= window.end), None)

    def left_on(self, today: date, calendar: Calendar, lookback: int) -> Progress:
        """The part of it that counts for a run of `today`.

        On a later day that is not the look-back before the newest period, which is exported again: as in a run whose
        predecessor was finished.
        """
        newest = max((window.newest for window in self.windows if window.newest), default=None)
        if newest is None or self.on == today:
            return self
        again = calendar.shift(calendar.holding(newest), -lookback).start
        return Progress(tuple(_before(again, self.windows)), today)

    def missing(self, days: Days, calendar: Calendar) -> Iterator[Days]:
        """The parts of `days`, whole periods but for the last one, that were not emitted."""
        run: list[Period] = []
        for period in calendar.periods(days):
            if self._covers(period, days.end):
                if run:
                    yield Days(run[0].start, run[-1].end)
                run = []
            else:
                run.append(period)
        if run:
            yield Days(run[0].start, min(run[-1].end, days.end))

    def _covers(self, period: Period, last_day: date) -> bool:
        end = min(period.end, last_day)
        return any(window.start <= period.start and end <= window.end for window in self.windows)


def _before(day: date, windows: Iterable[EmittedWindow]) -> Iterator[EmittedWindow]:
    for window in windows:
        if window.end < day:
            yield window
        elif window.start < day:
            newest = window.newest if window.newest and window.newest < day else None
            yield EmittedWindow(window.start, day - _ONE_DAY, newest)


def _merged(windows: Iterable[EmittedWindow]) -> Iterator[EmittedWindow]:
    first, *rest = sorted(windows, key=lambda window: (window.start, window.end))
    for window in rest:
        if window.start <= first.end + _ONE_DAY:
            newest = max((each.newest for each in (first, window) if each.newest), default=None)
            first = EmittedWindow(first.start, max(first.end, window.end), newest)
        else:
            yield first
            first = window
    yield first
