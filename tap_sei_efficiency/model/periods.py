"""The calendar: periods, the period that contains a day, and windows of periods that tile a range.

Pure: dates in, dates out. No clock, no time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS_PER_QUARTER = 3
_MONTHS_PER_YEAR = 12
_DAYS_PER_WEEK = 7


class Granularity(StrEnum):
    """What one row is about, in the API's words (documented): a period of this length, or one sprint."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    SPRINT = "SPRINT"


class Weekday(StrEnum):
    """The first day of a week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """0 for Monday to 6 for Sunday, as `date.weekday` counts."""
        return list(Weekday).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """A range of days, both ends inclusive, as the API counts them (documented)."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start > self.end:
            msg = f"A range of days cannot start on {self.start} and end on {self.end}"
            raise ValueError(msg)

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


class Period(Days):
    """One whole week, month or quarter."""

    __slots__ = ()


class Window(Days):
    """The days that one export asks for: whole periods, but that the last one may be cut."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Divides time into periods of one granularity. Sprints follow no calendar: months stand in for their periods."""

    granularity: Granularity
    week_start: Weekday = Weekday.MONDAY

    def holding(self, day: date) -> Period:
        """The period that contains `day`."""
        start = self._first_day(day)
        return Period(start, self._shift_start(start, 1) - timedelta(days=1))

    def shift(self, period: Period, by: int) -> Period:
        """The period `by` periods after `period`, or before it if `by` is negative."""
        return self.holding(self._shift_start(period.start, by))

    def periods(self, days: Days) -> Iterator[Period]:
        """Every period that shares a day with `days`, oldest first."""
        period = self.holding(days.start)
        while period.start <= days.end:
            yield period
            period = self.shift(period, 1)

    def windows(self, days: Days, size: int) -> Iterator[Window]:
        """Windows of at most `size` periods that tile `days`, oldest first, without overlap or gap.

        The first one starts with the whole period that contains `days.start`; the last one ends on `days.end`.
        """
        first = self.holding(days.start)
        while first.start <= days.end:
            after = self.shift(first, size)
            yield Window(first.start, min(after.start - timedelta(days=1), days.end))
            first = after

    def halves(self, window: Window) -> tuple[Window, Window] | None:
        """The two halves of `window`, each of whole periods; None if it is a single period."""
        periods = list(self.periods(window))
        if len(periods) == 1:
            return None
        second = periods[(len(periods) + 1) // 2].start
        return Window(window.start, second - timedelta(days=1)), Window(second, window.end)

    def _first_day(self, day: date) -> date:
        match self.granularity:
            case Granularity.WEEKLY:
                return day - timedelta(days=(day.weekday() - self.week_start.number) % _DAYS_PER_WEEK)
            case Granularity.MONTHLY | Granularity.SPRINT:
                return day.replace(day=1)
            case Granularity.QUARTERLY:
                return date(day.year, day.month - (day.month - 1) % _MONTHS_PER_QUARTER, 1)

    def _shift_start(self, start: date, by: int) -> date:
        if self.granularity is Granularity.WEEKLY:
            return start + timedelta(weeks=by)
        months = _MONTHS_PER_QUARTER if self.granularity is Granularity.QUARTERLY else 1
        year, month = divmod(start.year * _MONTHS_PER_YEAR + start.month - 1 + by * months, _MONTHS_PER_YEAR)
        return date(year, month + 1, 1)
