"""The period of a row: from its dates, else from its label; always a day of the calendar, never a guess."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.decode import read
from tap_sei_efficiency.decode.labels import read_day, read_label
from tap_sei_efficiency.decode.row_periods import RowPeriods
from tap_sei_efficiency.errors import DecodeError
from tap_sei_efficiency.model.periods import Calendar, Days, Granularity, Period, Weekday, Window
from tests.decode.files import decode, spec_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MONTHLY, QUARTERLY = Calendar(Granularity.MONTHLY), Calendar(Granularity.QUARTERLY)
WEEKLY, FROM_SUNDAY = Calendar(Granularity.WEEKLY), Calendar(Granularity.WEEKLY, Weekday.SUNDAY)
YEAR = Window(date(2026, 1, 1), date(2026, 12, 31))


def periods(
    rows: Sequence[tuple[str, str, str]],
    calendar: Calendar = MONTHLY,
    window: Window = YEAR,
    as_of: date = date(2027, 1, 1),
) -> list[tuple[str, str, str | None, bool]]:
    """Start, end, label and completeness of rows with these labels, start dates and end dates."""
    spec = spec_of("lttc", calendar=calendar, window=window, as_of=as_of)
    file = "Granularity,Team,Start_Date,End_Date\n" + "".join(
        f'"{label}",T{n},{start},{end}\n' for n, (label, start, end) in enumerate(rows)
    )
    start, end, label, over = ("period_start", "period_end", "period_label", "is_period_complete")
    return [(record[start], record[end], record[label], record[over]) for record in decode(file, spec)]


@pytest.mark.parametrize(
    ("calendar", "label", "start", "end"),
    [
        (MONTHLY, "Jan 2026", "2026-01-01", "2026-01-31"),
        (MONTHLY, "january 2026", "2026-01-01", "2026-01-31"),
        (MONTHLY, "Sept. 2026", "2026-09-01", "2026-09-30"),
        (MONTHLY, "2026 February", "2026-02-01", "2026-02-28"),
        (MONTHLY, "2026-02", "2026-02-01", "2026-02-28"),
        (MONTHLY, "02/2026", "2026-02-01", "2026-02-28"),
        (MONTHLY, "2026-03-01", "2026-03-01", "2026-03-31"),
        (MONTHLY, "2026-03-01T00:00:00.000Z", "2026-03-01", "2026-03-31"),
        (MONTHLY, "Mar 1, 2026", "2026-03-01", "2026-03-31"),
        (MONTHLY, "2026-03-01 - 2026-03-15", "2026-03-01", "2026-03-15"),
        (QUARTERLY, "Q1 2026", "2026-01-01", "2026-03-31"),
        (QUARTERLY, "2026-Q2", "2026-04-01", "2026-06-30"),
        (QUARTERLY, "2026Q3", "2026-07-01", "2026-09-30"),
        (QUARTERLY, "Quarter 4, 2026", "2026-10-01", "2026-12-31"),
        (WEEKLY, "2026-W05", "2026-01-26", "2026-02-01"),
        (WEEKLY, "W05 2026", "2026-01-26", "2026-02-01"),
        (WEEKLY, "Week 5, 2026", "2026-01-26", "2026-02-01"),
        (FROM_SUNDAY, "2026-W05", "2026-01-25", "2026-01-31"),
        (Calendar(Granularity.WEEKLY, Weekday.TUESDAY), "2026-W05", "2026-01-27", "2026-02-02"),
        (WEEKLY, "Week of Jan 26, 2026", "2026-01-26", "2026-02-01"),
        (WEEKLY, "26 Jan 2026 \N{EN DASH} 1 Feb 2026", "2026-01-26", "2026-02-01"),
        (WEEKLY, "2026-01-26/2026-02-01", "2026-01-26", "2026-02-01"),
        (WEEKLY, "January 26th, 2026 to February 1st, 2026", "2026-01-26", "2026-02-01"),
    ],
)
def test_without_dates_the_label_tells_the_period(calendar: Calendar, label: str, start: str, end: str) -> None:
    assert [row[:3] for row in periods([(label, "", "")], calendar)] == [(start, end, label)]


@pytest.mark.parametrize(
    ("calendar", "label"),
    [
        (MONTHLY, "Q1 2026"),
        (QUARTERLY, "Jan 2026"),
        (WEEKLY, "Jan 2026"),
        (WEEKLY, "2026-W54"),
        (MONTHLY, "MONTHLY"),
        (MONTHLY, "2026-13"),
        (MONTHLY, "01/02/2026"),
        (MONTHLY, "Jan 26"),
        (MONTHLY, "2026-02-31"),
        (MONTHLY, "2026-02-02 - 2026-02-01"),
        (MONTHLY, ""),
    ],
)
def test_a_label_that_names_no_period_of_the_granularity_is_refused(calendar: Calendar, label: str) -> None:
    with pytest.raises(DecodeError) as refused:
        periods([(label, "", "")], calendar)
    assert str(refused.value) == (
        f"Line 2 of export exp_1: no start date, and the label {label!r} names no {calendar.granularity} period."
    )


@pytest.mark.parametrize(
    "start", ["2026-01-01", " 2026-01-01 ", "2026/01/01", "2026-01-01T00:00:00Z", "2026-01-01 05:30:00 +05:30"]
)
def test_dates_go_before_labels_and_are_free_of_time_zones(start: str) -> None:
    assert periods([("Feb 2026", start, "2026-01-31T23:59:59.999Z")]) == [
        ("2026-01-01", "2026-01-31", "Feb 2026", True)
    ]


@pytest.mark.parametrize("blank", ["", " ", "N/A", "\N{EM DASH}"])
def test_a_row_without_dates_in_a_file_with_dates_is_told_by_its_label(blank: str) -> None:
    assert periods([("Feb 2026", blank, blank)]) == [("2026-02-01", "2026-02-28", "Feb 2026", True)]


def test_without_an_end_date_the_calendar_tells_the_end() -> None:
    assert periods([("", "2026-02-01", "")]) == [("2026-02-01", "2026-02-28", None, True)]


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("soon", "", "the start date 'soon' is no date such as 2026-01-31"),
        ("01/02/2026", "", "the start date '01/02/2026' is no date such as 2026-01-31"),
        ("20260101", "", "the start date '20260101' is no date such as 2026-01-31"),
        ("2026-02-30", "", "the start date '2026-02-30' is no date such as 2026-01-31"),
        ("2026-02-01", "x", "the end date 'x' is no date such as 2026-01-31"),
        ("2026-02-01", "2026-01-31", "the period ends on 2026-01-31, before it starts on 2026-02-01"),
    ],
)
def test_unreadable_dates_are_refused(start: str, end: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        periods([("", "2026-01-01", ""), ("Jan 2026", start, end)])


def test_rows_before_the_window_are_kept() -> None:
    assert periods([("", "2025-12-01", "")])[0][0] == "2025-12-01"


@pytest.mark.parametrize(("calendar", "names_setting"), [(WEEKLY, True), (MONTHLY, False)])
def test_rows_after_the_window_are_an_error_which_for_weeks_names_the_setting(
    calendar: Calendar, names_setting: bool
) -> None:
    with pytest.raises(DecodeError) as refused:
        periods([("", "2026-04-01", "")], calendar, Window(date(2026, 1, 1), date(2026, 3, 31)))
    assert "a period that starts on 2026-04-01, after the last day that was asked for, 2026-03-31" in str(refused.value)
    assert ("`week_start`" in str(refused.value)) == names_setting


class TestComplete:
    def test_only_a_period_that_was_over_before_the_day_of_the_export_is_complete(self) -> None:
        rows = [("", "2026-03-01", "2026-03-31")]
        assert not periods(rows, as_of=date(2026, 3, 31))[0][3]
        assert periods(rows, as_of=date(2026, 4, 1))[0][3]

    def test_a_period_that_the_window_cut_is_not(self) -> None:
        assert not periods([("", "2026-03-01", "2026-03-10")], window=Window(date(2026, 1, 1), date(2026, 3, 10)))[0][3]

    def test_weeks_off_the_calendar_are_complete_only_after_seven_days(self) -> None:
        window = Window(date(2026, 1, 5), date(2026, 1, 25))
        rows = [("", "2026-01-18", "2026-01-24"), ("", "2026-01-25", "2026-01-25")]
        assert [row[3] for row in periods(rows, WEEKLY, window)] == [True, False]


def test_the_first_day_off_the_calendar_is_told() -> None:
    spec = spec_of("lttc", calendar=WEEKLY, window=YEAR)
    file = b"Team,Start_Date\na,2026-01-05\nb,2026-01-18\nc,2026-01-25\n"
    decoded = read(io.BytesIO(file), spec)
    assert decoded.off_calendar is None
    assert len(list(decoded.records("lttc"))) == 3
    assert decoded.off_calendar == date(2026, 1, 18)


def test_a_period_given_from_outside_stands_in_every_row() -> None:
    january = Period(date(2026, 1, 1), date(2026, 1, 31))
    spec = spec_of("mttr", period=january, window=Window(date(2026, 1, 1), date(2026, 1, 20)))
    records = decode("Team,MTTR\na,1\nb,2\n", spec)
    names = ("period_start", "period_end", "period_label", "is_period_complete")
    assert {tuple(record[name] for name in names) for record in records} == {("2026-01-01", "2026-01-31", None, False)}


@pytest.mark.parametrize("width", [1, 10_000])
def test_what_is_remembered_of_labels_is_bounded(width: int) -> None:
    periods = RowPeriods(MONTHLY, YEAR, date(2026, 4, 1))
    for number in range(10_000):
        assert periods["2026-01-01", "", f"{number:{width}}"].start == "2026-01-01"
    assert len(periods) <= 4_096
    assert sum(len(cell) for cells in periods for cell in cells) <= 4_096 * 200


@given(st.dates(date(1000, 1, 8), date(2999, 12, 24)), st.sampled_from([MONTHLY, QUARTERLY, WEEKLY, FROM_SUNDAY]))
def test_every_period_is_read_back_from_its_labels(day: date, calendar: Calendar) -> None:
    period = calendar.holding(day)
    iso = (period.start + timedelta(days=3)).isocalendar()
    labels = {
        Granularity.MONTHLY: [f"{period.start:%b} {period.start.year}", f"{period.start.year:04}-{period.start:%m}"],
        Granularity.QUARTERLY: [f"Q{(period.start.month + 2) // 3} {period.start.year:04}"],
        Granularity.WEEKLY: [f"{iso.year}-W{iso.week:02}"],
    }[calendar.granularity]
    for label in labels:
        assert read_label(label, calendar) == (period.start, None)
    assert read_label(f"{period.start} - {period.end}", calendar) == (period.start, period.end)


@given(st.text("0123456789-/:T Zjanuryfebqw,.\N{EN DASH}", max_size=30), st.sampled_from([MONTHLY, QUARTERLY, WEEKLY]))
def test_any_label_gives_days_in_order_or_nothing(label: str, calendar: Calendar) -> None:
    found = read_label(label, calendar)
    if found and found[1]:
        Days(found[0], found[1])
    assert read_day(label) is None or found is not None
