"""Days as SEI may write them: dates, and labels of periods. Free of time zones: a time of day is passed over.

Only `Jan 2026` and ISO dates are published, for a sibling export; whatever a live file has instead is a new pattern.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.periods import Granularity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sei_efficiency.model.periods import Calendar

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS_PER_QUARTER = 3
_THURSDAY = 4

_YEAR = r"(?P<year>[12]\d{3})"
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_TIME = r"(?:[t ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?: ?(?:z|utc|[+-]\d\d:?\d\d))?)?"
_GAP = r"[ ,'/-]{0,3}"


def _patterns(*texts: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(text, re.ASCII | re.IGNORECASE) for text in texts)


_DAYS = _patterns(
    rf"{_YEAR}([-/])(?P<month>\d\d)\2(?P<day>\d\d){_TIME}",
    rf"{_MONTH}{_GAP}{_DAY}{_GAP}{_YEAR}",
    rf"{_DAY}{_GAP}{_MONTH}{_GAP}{_YEAR}",
)
_LABELS: Mapping[Granularity, tuple[re.Pattern[str], ...]] = {
    Granularity.MONTHLY: _patterns(
        rf"{_MONTH}{_GAP}{_YEAR}",
        rf"{_YEAR}{_GAP}{_MONTH}",
        rf"{_YEAR}[-/](?P<month>\d\d)",
        rf"(?P<month>\d\d)[-/]{_YEAR}",
    ),
    Granularity.QUARTERLY: _patterns(
        rf"(?:q|quarter ?)(?P<quarter>[1-4]){_GAP}{_YEAR}",
        rf"{_YEAR}{_GAP}(?:q|quarter ?)(?P<quarter>[1-4])",
    ),
    Granularity.WEEKLY: _patterns(
        rf"(?:w|wk ?|week ?)(?P<week>\d{{1,2}}){_GAP}{_YEAR}",
        rf"{_YEAR}{_GAP}(?:w|wk ?|week ?)(?P<week>\d{{1,2}})",
    ),
}
_WEEK_OF = re.compile(r"week (?:of|starting|beginning|commencing) ", re.IGNORECASE)
_UNTIL = re.compile(r" to | until |\.\.| - | ?[\N{EN DASH}\N{EM DASH}] ?|/(?=[12]\d{3}-)", re.IGNORECASE)


def read_day(text: str) -> date | None:
    """The day that `text` names, or None."""
    for pattern in _DAYS:
        if found := pattern.fullmatch(text.strip()):
            try:
                return date(int(found["year"]), _month(found), int(found["day"]))
            except ValueError:  # such as 31 February
                return None
    return None


def read_label(label: str, calendar: Calendar) -> tuple[date, date | None] | None:
    """First day of the period that `label` names, and its last day where the label tells; None if unreadable.

    A label of another granularity is none: quarters are not to be told from months by their first days.
    """
    text = " ".join(label.split())
    if day := read_day(_WEEK_OF.sub("", text, count=1)):
        return day, None
    match _UNTIL.split(text):
        case [first, last] if (start := read_day(first)) and (end := read_day(last)) and start <= end:
            return start, end
    for pattern in _LABELS[calendar.granularity]:
        if found := pattern.fullmatch(text):
            day_inside = _day_inside(found, calendar.granularity)
            return (calendar.holding(day_inside).start, None) if day_inside else None
    return None


def _day_inside(found: re.Match[str], granularity: Granularity) -> date | None:
    year = int(found["year"])
    try:
        match granularity:
            case Granularity.MONTHLY:
                return date(year, _month(found), 1)
            case Granularity.QUARTERLY:
                return date(year, int(found["quarter"]) * _MONTHS_PER_QUARTER, 1)
            case Granularity.WEEKLY:
                # Weeks are numbered as in ISO 8601, where a week is told by its Thursday, also where they start
                # on another day than Monday. Files with dates do not depend on this.
                return date.fromisocalendar(year, int(found["week"]), _THURSDAY)
    except ValueError:  # such as week 54
        return None


def _month(found: re.Match[str]) -> int:
    fields = found.groupdict()
    return int(fields["month"]) if fields.get("month") else _MONTHS.index(fields["name"][:3].lower()) + 1
