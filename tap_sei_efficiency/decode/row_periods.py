"""The period of each row, from the row's own cells and the calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn, TypeVar

from tap_sei_efficiency.decode.cells import PLAIN_NULLS, Nulls
from tap_sei_efficiency.decode.labels import read_day, read_label, read_moment
from tap_sei_efficiency.model.dialect import END, LABEL, START
from tap_sei_efficiency.model.periods import Calendar, Granularity, Weekday
from tap_sei_efficiency.model.spelling import shown

if TYPE_CHECKING:
    from datetime import date

    from tap_sei_efficiency.decode.labels import Label
    from tap_sei_efficiency.model.periods import Period, Window

_ONE_DAY = timedelta(days=1)
_NOUNS = {Granularity.WEEKLY: "week", Granularity.MONTHLY: "month", Granularity.QUARTERLY: "quarter"}
_QUARTERS = Calendar(Granularity.QUARTERLY)
R = TypeVar("R")
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

    def __init__(self, cells: tuple[str, ...], reason: str) -> None:
        super().__init__(reason)
        self.cells = cells
        self.reason = reason


class RowCells(dict[tuple[str, ...], R]):
    """Cells of `key_columns` to what they say, read once each; `properties` are the records', in the order of `R`."""

    key_columns: ClassVar[tuple[str, ...]]
    properties: ClassVar[tuple[str, ...]]

    def __missing__(self, cells: tuple[str, ...]) -> R:
        if len(self) >= _MOST_KEPT:
            self.clear()
        try:
            found = self._read(*cells)
        except ValueError as error:
            raise PeriodError(cells, str(error)) from None
        if sum(map(len, cells)) <= _LONGEST_KEPT:
            self[cells] = found
        return found

    def _read(self, *cells: Any) -> R:  # noqa: ANN401 - one for each of `key_columns`
        raise NotImplementedError


class RowPeriods(RowCells[RowPeriod]):
    """Start, end and label cells to their period: a file has few periods and many teams.

    A row must be exactly one period of the calendar, except that the window can cut the first and the last one. What
    its dates and its label say must not contradict each other.
    """

    key_columns = (START, END, LABEL)
    properties = ("period_start", "period_end", "period_label", "is_period_complete")

    def __init__(self, calendar: Calendar, window: Window, as_of: date, nulls: Nulls = PLAIN_NULLS) -> None:
        super().__init__()
        self._nulls = nulls
        self._calendar = calendar
        self._window = window
        self._as_of = as_of
        self._bare_starts: set[date] = set()
        self._has_lengths = False

    def of(self, period: Period) -> RowPeriod:
        """What records say of a period that is known from elsewhere."""
        return RowPeriod(period.start.isoformat(), period.end.isoformat(), None, self._is_over(period))

    def check_lengths(self) -> None:
        """ValueError if the rows seen so far look like quarters where months were asked for.

        Without end dates and labels, only the starts can show it: a month that is missing is a team without data.
        """
        starts = sorted(self._bare_starts)
        is_monthly = self._calendar.granularity is Granularity.MONTHLY
        if self._has_lengths or not is_monthly or len(starts) < 2:  # noqa: PLR2004 - one start shows nothing
            return
        if all(start == _QUARTERS.holding(start).start for start in starts):
            msg = (
                f"has no end dates and no labels, and all its rows start with a quarter ({starts[0]}, {starts[1]}, …): "
                "they can be quarters; MONTHLY was requested"
            )
            raise ValueError(msg)

    @property
    def only_start(self) -> date | None:
        """The day on which all rows start, if nothing shows that they are one period of several that were asked for."""
        is_doubtful = not self._has_lengths and len(self._bare_starts) == 1
        several = self._calendar.holding(self._window.start).end < self._window.end
        return next(iter(self._bare_starts)) if is_doubtful and several else None

    def _is_over(self, period: Period) -> bool:
        return self._window.start <= period.start and period.end <= self._window.end and period.end < self._as_of

    def _read(self, start_cell: str, end_cell: str, text: str) -> RowPeriod:
        label = None if text in self._nulls else read_label(text)
        if start_cell in self._nulls:
            start, end = self._days_of_label(text, label)
            end = end if end_cell in self._nulls else _end_day(end_cell)
        else:
            start, end = self._days_of_dates(start_cell, end_cell, label)
        if end and end < start:
            msg = f"the period ends on {end}, before it starts on {start}"
            raise ValueError(msg)
        period = self._calendar.holding(start)
        self._check_label(text, label, period, has_end=end is not None)
        self._check_days(period, start, end)
        if end or (label and label.granularity is self._calendar.granularity):
            self._has_lengths = True
        else:
            self._bare_starts.add(start)
        return RowPeriod(
            start=start.isoformat(),
            end=(end or period.end).isoformat(),
            label=None if text in self._nulls else text.strip(),
            is_complete=self._is_over(period),
        )

    def _days_of_label(self, text: str, label: Label | None) -> tuple[date, date | None]:
        granularity = self._calendar.granularity
        if label is None or label.granularity not in {None, granularity}:
            msg = f"no start date, and the label {shown(text)} is not a {granularity} period"
            raise ValueError(msg)
        is_iso_week = label.granularity is Granularity.WEEKLY
        if label.start is None or (is_iso_week and self._calendar.week_start is not Weekday.MONDAY):
            msg = f"no start date, and the label {shown(text)} does not show on which day the period starts"
            raise ValueError(msg)
        return label.start, label.end

    def _days_of_dates(self, start_cell: str, end_cell: str, label: Label | None) -> tuple[date, date | None]:
        moment = read_moment(start_cell)
        if moment is None:
            msg = f"the start date {shown(start_cell)} is not a date such as 2026-01-31"
            raise ValueError(msg)
        has_end = end_cell not in self._nulls
        if not moment.clock:
            is_range = label is not None and label.granularity is None
            return moment.day, _end_day(end_cell) if has_end else label.end if label and is_range else None
        # Midnight of another time zone, perhaps: the label says of which day, and the end must agree.
        if label and label.granularity is self._calendar.granularity and label.start and label.end:
            ends = {label.end, min(label.end, self._window.end)}
            if moment.may_be_midnight_of(label.start) and (not has_end or _ends_on(end_cell, ends)):
                return label.start, min(ends)
        msg = f"the start date {shown(start_cell)} has a time of day, and no label shows which day is meant"
        raise ValueError(msg)

    def _check_label(self, text: str, label: Label | None, period: Period, *, has_end: bool) -> None:
        """ValueError if the label contradicts the dates, or if it alone says how long the row's period is."""
        granularity = self._calendar.granularity
        if label is None:
            return
        if label.granularity not in {None, granularity} and not has_end:
            msg = f"no end date, and the label {shown(text)} is not a {granularity} period"
            raise ValueError(msg)
        # Servers number weeks in several ways: there the dates count.
        if label.start is None or label.granularity is Granularity.WEEKLY:
            return
        is_inside = period.start <= (label.end or label.start) and label.start <= period.end
        if not is_inside or (label.granularity is granularity and label.start != period.start):
            msg = f"the label {shown(text)} contradicts the start date in {_NOUNS[granularity]} {period}"
            raise ValueError(msg)

    def _check_days(self, period: Period, start: date, end: date | None) -> None:
        """ValueError unless `start` to `end` is `period`, or what the window leaves of it."""
        window = self._window
        starts_right = start == period.start or (end is not None and start == window.start)
        ends_right = end in {None, period.end, min(period.end, window.end)} or self._ends_yesterday(period, end)
        if not (starts_right and ends_right):
            self._refuse_days(period, start, end)
        if start > window.end:
            msg = f"a period that starts on {start}, after the last requested day, {window.end}"
            raise ValueError(msg)
        if period.end < window.start:
            msg = f"a period that ends on {period.end}, before the first requested day, {window.start}"
            raise ValueError(msg)

    def _ends_yesterday(self, period: Period, end: date | None) -> bool:
        """Whether `end` is the day before the export, in an open period: SEI's day can be another, or not in yet."""
        is_asked_for = self._as_of <= min(period.end, self._window.end)
        return is_asked_for and end == self._as_of - _ONE_DAY

    def _refuse_days(self, period: Period, start: date, end: date | None) -> NoReturn:
        granularity = self._calendar.granularity
        if granularity is Granularity.WEEKLY and (first := self._first_weekday(period, start, end)):
            msg = (
                f"a period that starts on {start}, so SEI's weeks start on {first.title()}. Set `week_start` to {first}"
            )
            raise ValueError(msg)
        days = f"from {start} to {end}" if end else f"that starts on {start}"
        msg = f"a period {days}, which is not one {_NOUNS[granularity]} of the calendar; {granularity} was requested"
        if start == period.start and end and end < self._as_of <= period.end:
            msg += ". If SEI's figures of the open period end earlier, set `include_open_period` to false"
        raise ValueError(msg)

    def _first_weekday(self, period: Period, start: date, end: date | None) -> Weekday | None:
        """The day on which SEI's weeks start, if these days are a week of another calendar, whole or cut."""
        weekdays = list(Weekday)
        if start != period.start and end in {None, start + 6 * _ONE_DAY, self._window.end}:
            return weekdays[start.weekday()] if end is None or end - start < 7 * _ONE_DAY else None
        if start == self._window.start and end and end < period.end:
            return weekdays[(end + _ONE_DAY).weekday()]
        return None


def _end_day(cell: str) -> date:
    day = read_day(cell)
    if day is None:
        msg = f"the end date {shown(cell)} is not a date such as 2026-01-31"
        raise ValueError(msg)
    return day


def _ends_on(cell: str, days: set[date]) -> bool:
    moment = read_moment(cell)
    if moment and moment.clock:
        return any(moment.may_be_midnight_of(day + _ONE_DAY) for day in days)
    return moment is not None and moment.day in days
