"""Days as SEI may write them: dates, times, and labels of periods.

Only `Jan 2026` and ISO dates are published, for a sibling export. For other labels, add a pattern.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tap_sei_efficiency.model.periods import Calendar, Granularity

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS_PER_QUARTER = 3
_MOST_FROM_MIDNIGHT = timedelta(hours=14)  # no time zone is further from UTC

_YEAR = r"(?P<year>[12]\d{3})"
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
_ZONE = r"(?: ?(?:z|utc|(?P<sign>[+-])(?P<zone_hour>\d\d):?(?P<zone_minute>\d\d)))?"
_GAP = r"[ ,'/-]{0,3}"
_GAP_BETWEEN_DIGITS = r"[ ,'/-]{1,3}"


def _patterns(*texts: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(text, re.ASCII | re.IGNORECASE) for text in texts)


_DAYS = _patterns(
    rf"{_YEAR}([-/])(?P<month>\d\d)\2(?P<day>\d\d)(?:[t ]{_CLOCK}{_ZONE})?",
    rf"{_MONTH}{_GAP}{_DAY}{_GAP_BETWEEN_DIGITS}{_YEAR}",
    rf"{_DAY}{_GAP}{_MONTH}{_GAP}{_YEAR}",
)
# The year can be missing: the label still distinguishes a quarter from a month.
_LABELS: Mapping[Granularity, tuple[re.Pattern[str], ...]] = {
    Granularity.MONTHLY: _patterns(
        rf"{_MONTH}(?:{_GAP}{_YEAR})?",
        rf"{_YEAR}{_GAP}{_MONTH}",
        rf"{_YEAR}[-/](?P<month>\d\d)",
        rf"(?P<month>\d\d)[-/]{_YEAR}",
        r"month(?:ly)?",
    ),
    Granularity.QUARTERLY: _patterns(
        rf"(?:q|quarter ?)(?P<quarter>[1-4])(?:{_GAP}{_YEAR})?",
        rf"{_YEAR}{_GAP}(?:q|quarter ?)(?P<quarter>[1-4])",
        r"quarter(?:ly)?",
    ),
    Granularity.WEEKLY: _patterns(
        rf"{_YEAR}-?W(?P<iso_week>\d\d)",
        rf"(?:w|wk ?|week ?)\d{{1,2}}(?:{_GAP}{_YEAR})?",
        rf"{_YEAR}{_GAP}(?:w|wk ?|week ?)\d{{1,2}}",
        r"week(?:ly)?",
    ),
}
_WEEK_OF = re.compile(r"week (?:of|starting|beginning|commencing) ", re.IGNORECASE)
_UNTIL = re.compile(r" to | until |\.\.| - | ?[\N{EN DASH}\N{EM DASH}] ?|/(?=[12]\d{3}-)", re.IGNORECASE)


class Moment(NamedTuple):
    """A day, with its time of day and time zone if those are written."""

    day: date
    clock: timedelta = timedelta()
    ahead_of_utc: timedelta = timedelta()

    def may_be_midnight_of(self, day: date) -> bool:
        """Whether this is the start of `day` in some time zone, give or take the last second of the day before."""
        utc = datetime.combine(self.day, time()) + self.clock - self.ahead_of_utc
        return abs(utc - datetime.combine(day, time())) <= _MOST_FROM_MIDNIGHT


class Label(NamedTuple):
    """What a label says: the granularity that it speaks of, or days written out, or the days of one period.

    `start` is None if the label does not show on which day the period starts; `end` likewise.
    """

    granularity: Granularity | None
    start: date | None = None
    end: date | None = None


def read_moment(text: str) -> Moment | None:
    """The day that `text` names, and its time of day; None if unreadable."""
    for pattern in _DAYS:
        if found := pattern.fullmatch(text.strip()):
            try:
                return _moment(found)
            except ValueError:  # such as 31 February, or 25 o'clock
                return None
    return None


def read_day(text: str) -> date | None:
    """The day in `text`, with any time of day; None if unreadable."""
    moment = read_moment(text)
    return moment.day if moment else None


def read_label(label: str) -> Label | None:
    """What `label` says of its period; None if unreadable."""
    text = " ".join(label.split())
    if day := read_day(_WEEK_OF.sub("", text, count=1)):
        return Label(None, day)
    match _UNTIL.split(text):
        case [first, last] if (start := read_day(first)) and (end := read_day(last)) and start <= end:
            return Label(None, start, end)
    for granularity, patterns in _LABELS.items():
        for pattern in patterns:
            if found := pattern.fullmatch(text):
                return _period(found, granularity)
    return None


def _moment(found: re.Match[str]) -> Moment:
    fields = found.groupdict()
    day = date(int(fields["year"]), _month(fields), int(fields["day"]))
    if not fields.get("hour"):
        return Moment(day)
    at = time(int(fields["hour"]), int(fields["minute"]), int(fields["second"] or 0))
    clock = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second + float(f"0.{fields['fraction'] or 0}"))
    ahead = timedelta(hours=int(fields["zone_hour"] or 0), minutes=int(fields["zone_minute"] or 0))
    return Moment(day, clock, -ahead if fields["sign"] == "-" else ahead)


def _period(found: re.Match[str], granularity: Granularity) -> Label | None:
    fields = found.groupdict()
    if not fields.get("year"):
        return Label(granularity)
    year = int(fields["year"])
    try:
        match granularity:
            case Granularity.MONTHLY:
                day = date(year, _month(fields), 1)
            case Granularity.QUARTERLY:
                day = date(year, int(fields["quarter"]) * _MONTHS_PER_QUARTER, 1)
            case Granularity.WEEKLY:
                # Only the ISO form has a meaning that is defined: week 1 of others starts on another day.
                if not fields.get("iso_week"):
                    return Label(granularity)
                day = date.fromisocalendar(year, int(fields["iso_week"]), 1)
    except ValueError:  # such as month 13 or week 54
        return None
    period = Calendar(granularity).holding(day)
    return Label(granularity, period.start, period.end)


def _month(fields: Mapping[str, str | None]) -> int:
    name = fields.get("name")
    return _MONTHS.index(name[:3].lower()) + 1 if name else int(fields["month"] or 0)
