"""The stand-in's own calendar: which periods a range of days touches, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_DAY = timedelta(days=1)
_MID_WEEK = timedelta(days=3)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Period:
    """A week, month or quarter: its first and last day, and its label in the CSV."""

    start: date
    end: date
    label: str


def periods(granularity: str, first: date, last: date, week_start: str = "monday") -> Iterator[Period]:
    """The whole periods that share a day with `first` to `last`, oldest first."""
    period_of = _PERIOD_OF[granularity]
    day = first
    while day <= last:
        period = period_of(day, week_start)
        yield period
        day = period.end + _DAY


def _week(day: date, week_start: str) -> Period:
    start = day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_start)) % 7)
    # A week that does not start on Monday gets the number of the ISO week that contains most of it.
    year, number, _ = (start + _MID_WEEK).isocalendar()
    return Period(start, start + 6 * _DAY, f"{year}-W{number:02}")


def _month(day: date, _: str) -> Period:
    return Period(day.replace(day=1), _month_end(day), f"{day:%b %Y}")


def _quarter(day: date, _: str) -> Period:
    number = (day.month - 1) // 3 + 1
    last_month = date(day.year, number * 3, 1)
    return Period(date(day.year, number * 3 - 2, 1), _month_end(last_month), f"Q{number} {day.year}")


def _month_end(day: date) -> date:
    return (day.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY


_PERIOD_OF: Mapping[str, Callable[[date, str], Period]] = MappingProxyType(
    {"WEEKLY": _week, "MONTHLY": _month, "QUARTERLY": _quarter}
)
GRANULARITIES = tuple(_PERIOD_OF)
