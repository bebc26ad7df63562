"""The period of each row, from the row's own cells and the calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tap_sei_efficiency.decode.cells import is_null
from tap_sei_efficiency.decode.labels import read_day, read_label
from tap_sei_efficiency.model.periods import Granularity
from tap_sei_efficiency.model.spelling import shown

if TYPE_CHECKING:
    from datetime import date

    from tap_sei_efficiency.model.periods import Calendar, Period, Window

_MOST_KEPT = 4_096
_LONGEST_KEPT = 200  # characters; what is longer is no date, and could fill the memory


class RowPeriod(NamedTuple):
    """What a record says of its period."""

    start: str
    end: str
    label: str | None
    is_complete: bool


class PeriodError(Exception):
    """Cells that give no period of the export."""

    def __init__(self, cells: tuple[str, str, str], reason: str) -> None:
        super().__init__(reason)
        self.cells = cells
        self.reason = reason


class RowPeriods(dict[tuple[str, str, str], RowPeriod]):
    """Start, end and label cells to their period, worked out once: a file holds few periods and many teams.

    `off_calendar` is the first day seen on which no period of the calendar starts, or None.
    """

    def __init__(self, calendar: Calendar, window: Window, as_of: date) -> None:
        super().__init__()
        self._calendar = calendar
        self._window = window
        self._as_of = as_of
        self.off_calendar: date | None = None

    def __missing__(self, cells: tuple[str, str, str]) -> RowPeriod:
        if len(self) >= _MOST_KEPT:
            self.clear()
        period = self._read(cells)
        if sum(map(len, cells)) <= _LONGEST_KEPT:
            self[cells] = period
        return period

    def of(self, period: Period) -> RowPeriod:
        """What records say of a period that is known from elsewhere."""
        return RowPeriod(period.start.isoformat(), period.end.isoformat(), None, self._is_over(period.end))

    def _is_over(self, end: date) -> bool:
        return end <= self._window.end and end < self._as_of

    def _read(self, cells: tuple[str, str, str]) -> RowPeriod:
        start, stated_end = self._days(cells)
        if start > self._window.end:
            raise PeriodError(cells, self._too_late(start))
        if stated_end and stated_end < start:
            raise PeriodError(cells, f"the period ends on {stated_end}, before it starts on {start}")
        period = self._calendar.holding(start)
        if period.start != start:
            self.off_calendar = self.off_calendar or start
        full_end = max(_full_end(self._calendar, start), stated_end or start)
        return RowPeriod(
            start=start.isoformat(),
            end=(stated_end or period.end).isoformat(),
            label=None if is_null(cells[2]) else cells[2].strip(),
            is_complete=self._is_over(full_end),
        )

    def _days(self, cells: tuple[str, str, str]) -> tuple[date, date | None]:
        start_cell, end_cell, label = cells
        if not is_null(start_cell):
            start, end = read_day(start_cell), None
        elif found := read_label(label, self._calendar):
            start, end = found
        else:
            reason = f"no start date, and the label {shown(label)} names no {self._calendar.granularity} period"
            raise PeriodError(cells, reason)
        if start is None:
            raise PeriodError(cells, f"the start date {shown(start_cell)} is no date such as 2026-01-31")
        if not is_null(end_cell):
            end = read_day(end_cell)
            if end is None:
                raise PeriodError(cells, f"the end date {shown(end_cell)} is no date such as 2026-01-31")
        return start, end

    def _too_late(self, start: date) -> str:
        late = f"a period that starts on {start}, after the last day that was asked for, {self._window.end}"
        if self._calendar.granularity is Granularity.WEEKLY:
            return f"{late}; SEI's weeks may start on another day than setting `week_start` says"
        return late


def _full_end(calendar: Calendar, start: date) -> date:
    if calendar.granularity is Granularity.WEEKLY:  # also where SEI's weeks start on another day
        return start + timedelta(days=6)
    return calendar.holding(start).end
