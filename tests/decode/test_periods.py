"""The period of a row: from its dates, otherwise from its label; always one of the calendar, never a guess."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.decode import Decoded, read
from tap_sei_efficiency.decode.labels import Label, read_day, read_label
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


def refusal(rows: Sequence[tuple[str, str, str]], calendar: Calendar = MONTHLY, window: Window = YEAR) -> str:
    with pytest.raises(DecodeError) as refused:
        periods(rows, calendar, window)
    return str(refused.value)


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
        (MONTHLY, "2026-03-01 - 2026-03-31", "2026-03-01", "2026-03-31"),
        (QUARTERLY, "Q1 2026", "2026-01-01", "2026-03-31"),
        (QUARTERLY, "2026-Q2", "2026-04-01", "2026-06-30"),
        (QUARTERLY, "2026Q3", "2026-07-01", "2026-09-30"),
        (QUARTERLY, "Quarter 4, 2026", "2026-10-01", "2026-12-31"),
        (WEEKLY, "2026-W05", "2026-01-26", "2026-02-01"),
        (WEEKLY, "2026W05", "2026-01-26", "2026-02-01"),
        (WEEKLY, "Week of Jan 26, 2026", "2026-01-26", "2026-02-01"),
        (WEEKLY, "26 Jan 2026 \N{EN DASH} 1 Feb 2026", "2026-01-26", "2026-02-01"),
        (WEEKLY, "2026-01-26/2026-02-01", "2026-01-26", "2026-02-01"),
        (WEEKLY, "January 26th, 2026 to February 1st, 2026", "2026-01-26", "2026-02-01"),
        (FROM_SUNDAY, "Week of Jan 25, 2026", "2026-01-25", "2026-01-31"),
    ],
)
def test_without_dates_the_label_gives_the_period(calendar: Calendar, label: str, start: str, end: str) -> None:
    assert [row[:3] for row in periods([(label, "", "")], calendar)] == [(start, end, label)]


@pytest.mark.parametrize(
    ("calendar", "label"),
    [
        (MONTHLY, "Q1 2026"),
        (QUARTERLY, "Jan 2026"),
        (WEEKLY, "Jan 2026"),
        (WEEKLY, "2026-W54"),
        (MONTHLY, "QUARTERLY"),
        (MONTHLY, "2026-13"),
        (MONTHLY, "01/02/2026"),
        (MONTHLY, "Jan 26"),
        (MONTHLY, "Jan-26"),
        (MONTHLY, "Jan 112026"),
        (MONTHLY, "2026-02-31"),
        (MONTHLY, "2026-02-02 - 2026-02-01"),
        (MONTHLY, "Total"),
        (MONTHLY, ""),
    ],
)
def test_a_label_that_names_no_period_of_the_granularity_is_refused(calendar: Calendar, label: str) -> None:
    assert refusal([(label, "", "")], calendar) == (
        f"Line 2 of export exp_1: no start date, and the label {label!r} is not a {calendar.granularity} period."
    )


@pytest.mark.parametrize(
    ("calendar", "label"),
    [
        (WEEKLY, "W05 2026"),
        (WEEKLY, "2026 W05"),
        (WEEKLY, "Week 5, 2026"),
        (WEEKLY, "Week 5"),
        (FROM_SUNDAY, "2026-W05"),
        (MONTHLY, "Jan"),
        (MONTHLY, "MONTHLY"),
        (QUARTERLY, "Q1"),
    ],
)
def test_a_label_that_leaves_the_first_day_open_is_refused(calendar: Calendar, label: str) -> None:
    reason = f"no start date, and the label {label!r} does not show on which day the period starts."
    assert refusal([(label, "", "")], calendar) == f"Line 2 of export exp_1: {reason}"


@pytest.mark.parametrize(
    "start", ["2026-01-01", " 2026-01-01 ", "2026/01/01", "2026-01-01T00:00:00Z", "2026-01-01 00:00:00 +05:30"]
)
@pytest.mark.parametrize("end", ["2026-01-31", "2026-01-31T23:59:59.999Z", "2026-01-31T00:00:00Z", ""])
@pytest.mark.parametrize("label", ["Jan 2026", "January", "2026-01-01", "", "some month"])
def test_dates_and_labels_that_agree_are_read(start: str, end: str, label: str) -> None:
    assert periods([(label, start, end)]) == [("2026-01-01", "2026-01-31", label or None, True)]


@pytest.mark.parametrize("label", ["Feb 2026", "2026-02", "2026-02-01", "2026-02-01 - 2026-02-28", "Q2 2026"])
def test_a_label_that_contradicts_the_dates_is_refused(label: str) -> None:
    assert refusal([(label, "2026-01-01", "2026-01-31")]) == (
        f"Line 2 of export exp_1: the label {label!r} contradicts the start date in month 2026-01-01 to 2026-01-31."
    )


@pytest.mark.parametrize("label", ["Q1 2026", "Q1", "QUARTERLY", "2026-W01", "Week 1"])
def test_without_an_end_date_a_label_of_another_granularity_is_refused(label: str) -> None:
    reason = f"no end date, and the label {label!r} is not a MONTHLY period."
    assert refusal([(label, "2026-01-01", "")]) == f"Line 2 of export exp_1: {reason}"
    assert len(periods([(label, "2026-01-01", "2026-01-31")])) == 1


def test_weeks_may_be_numbered_in_any_way_if_they_have_dates() -> None:
    rows = [
        ("W06 2026", "2026-01-26", "2026-02-01"),
        ("Week 9", "2026-02-02", ""),
        ("Feb 2026", "2026-02-09", "2026-02-15"),
    ]
    assert [row[0] for row in periods(rows, WEEKLY)] == ["2026-01-26", "2026-02-02", "2026-02-09"]


@pytest.mark.parametrize("blank", ["", " ", "N/A", "\N{EM DASH}"])
def test_a_row_without_dates_in_a_file_with_dates_is_read_by_its_label(blank: str) -> None:
    assert periods([("Feb 2026", blank, blank)]) == [("2026-02-01", "2026-02-28", "Feb 2026", True)]


def test_without_an_end_date_the_calendar_gives_the_end() -> None:
    assert periods([("", "2026-02-01", "")]) == [("2026-02-01", "2026-02-28", None, True)]


FEBRUARY = Window(date(2026, 1, 1), date(2026, 2, 10))


@pytest.mark.parametrize(
    ("calendar", "start", "end", "noun"),
    [
        (MONTHLY, "2026-01-01", "2026-03-31", "month"),  # a quarter
        (MONTHLY, "2026-01-01", "2026-12-31", "month"),  # the whole window
        (MONTHLY, "2026-01-01", "2026-02-01", "month"),  # to the first day of the next one
        (MONTHLY, "2026-01-05", "2026-01-11", "month"),  # a week
        (MONTHLY, "2026-01-01", "2026-01-01", "month"),  # a day
        (MONTHLY, "2026-01-01", "2026-01-30", "month"),
        (MONTHLY, "2026-01-02", "2026-01-31", "month"),
        (QUARTERLY, "2026-01-01", "2026-01-31", "quarter"),
        (QUARTERLY, "2026-02-01", "2026-04-30", "quarter"),
        (WEEKLY, "2026-01-05", "2026-01-31", "week"),
        (WEEKLY, "2026-01-05", "2026-01-12", "week"),
        (WEEKLY, "2026-01-06", "2026-01-06", "week"),
    ],
)
def test_a_row_that_is_not_one_period_is_refused(calendar: Calendar, start: str, end: str, noun: str) -> None:
    reason = (
        f"a period from {start} to {end}, which is not one {noun} of the calendar; {calendar.granularity} was requested"
    )
    assert refusal([("", start, end)], calendar) == f"Line 2 of export exp_1: {reason}."


@pytest.mark.parametrize(("calendar", "noun"), [(MONTHLY, "month"), (QUARTERLY, "quarter")])
def test_a_start_off_the_calendar_is_refused(calendar: Calendar, noun: str) -> None:
    reason = f"a period that starts on 2026-01-15, which is not one {noun} of the calendar; {calendar.granularity}"
    assert reason in refusal([("", "2026-01-15", "")], calendar)


@pytest.mark.parametrize("label", ["2026-01-01 - 2026-03-31", "2026-01-15"])
def test_days_in_a_label_must_be_one_period_too(label: str) -> None:
    assert "which is not one month of the calendar" in refusal([(label, "", "")])


def test_a_range_in_a_label_is_used_if_the_end_date_is_blank() -> None:
    assert "from 2026-01-01 to 2026-03-31" in refusal([("2026-01-01 - 2026-03-31", "2026-01-01", "")])


@pytest.mark.parametrize("end", ["2026-02-10", "2026-02-28", ""])
def test_the_last_period_may_be_cut_by_the_window(end: str) -> None:
    assert periods([("", "2026-02-01", end)], window=FEBRUARY) == [("2026-02-01", end or "2026-02-28", None, False)]
    assert "2026-01-01 to 2026-02-10" in refusal([("", "2026-01-01", "2026-02-10")], window=FEBRUARY)


def test_the_first_period_may_be_cut_by_the_window_and_is_not_complete() -> None:
    window = Window(date(2026, 1, 10), date(2026, 2, 28))
    assert periods([("", "2026-01-10", "2026-01-31")], window=window) == [("2026-01-10", "2026-01-31", None, False)]
    for start, end in (("2026-01-11", "2026-01-31"), ("2026-01-10", "")):  # without an end it could be any period
        assert "which is not one month" in refusal([("", start, end)], window=window)


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("Nov 2026", "2026-10-31T23:00:00Z", "2026-11-30T22:59:59Z"),
        ("Nov 2026", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
        ("Nov 2026", "2026-10-31T23:00:00+00:00", "2026-11-30"),
        ("Nov 2026", "2026-10-31T22:00:00Z", ""),
        ("Nov 2026", "2026-11-01T04:00:00Z", "2026-12-01T04:59:59Z"),  # summer time ends during this period
        ("2026-11", "2026-10-31T18:00:00-05:00", "2026-11-30T18:00:00-05:00"),
        ("Nov 2026", "2026-11-01T05:30:00+05:30", "2026-11-30"),
    ],
)
def test_midnight_of_another_time_zone_is_read_if_label_and_dates_agree(label: str, start: str, end: str) -> None:
    assert periods([(label, start, end)]) == [("2026-11-01", "2026-11-30", label, True)]


@pytest.mark.parametrize(
    ("calendar", "label", "start", "end"),
    [
        (MONTHLY, "", "2026-10-31T23:00:00Z", "2026-11-30T22:59:59Z"),
        (MONTHLY, "", "2026-11-01T05:00:00Z", ""),
        (MONTHLY, "Q4 2026", "2026-10-31T23:00:00Z", ""),
        (MONTHLY, "Oct 2026", "2026-10-31T23:00:00Z", ""),
        (MONTHLY, "Nov 2026", "2026-10-31T23:00:00Z", "2026-10-31"),
        (MONTHLY, "Nov 2026", "2026-10-31T23:00:00Z", "2026-12-31T22:59:59Z"),
        (MONTHLY, "Nov 2026", "2026-10-30T23:00:00Z", ""),
        (WEEKLY, "W05 2026", "2026-01-25T23:00:00Z", ""),
        (FROM_SUNDAY, "", "2026-01-25T23:00:00Z", ""),
    ],
)
def test_midnight_of_another_time_zone_is_refused_if_the_label_does_not_prove_the_day(
    calendar: Calendar, label: str, start: str, end: str
) -> None:
    assert refusal([(label, start, end)], calendar) == (
        f"Line 2 of export exp_1: the start date {start!r} has a time of day, and no label shows which day is meant."
    )


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("soon", "", "the start date 'soon' is not a date such as 2026-01-31"),
        ("01/02/2026", "", "the start date '01/02/2026' is not a date such as 2026-01-31"),
        ("20260101", "", "the start date '20260101' is not a date such as 2026-01-31"),
        ("2026-02-30", "", "the start date '2026-02-30' is not a date such as 2026-01-31"),
        ("2026-02-01", "x", "the end date 'x' is not a date such as 2026-01-31"),
        ("2026-02-01", "2026-01-31", "the period ends on 2026-01-31, before it starts on 2026-02-01"),
        ("2026-02-01T25:00:00Z", "", "the start date '2026-02-01T25:00:00Z' is not a date such as 2026-01-31"),
        ("Jan-26", "", "the start date 'Jan-26' is not a date such as 2026-01-31"),
    ],
)
def test_unreadable_dates_are_refused(start: str, end: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        periods([("", "2026-01-01", ""), ("Jan 2026", start, end)])


FIRST_QUARTER = Window(date(2026, 1, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("2026-04-01", "a period that starts on 2026-04-01, after the last requested day, 2026-03-31"),
        ("2025-12-01", "a period that ends on 2025-12-31, before the first requested day, 2026-01-01"),
    ],
)
def test_rows_outside_the_window_are_refused(start: str, reason: str) -> None:
    assert refusal([("", start, "")], window=FIRST_QUARTER) == f"Line 2 of export exp_1: {reason}."


class TestWeekStart:
    """If SEI's weeks start on another day than the setting, they are refused, and the message says what to set."""

    WINDOW = Window(date(2026, 1, 5), date(2026, 1, 25))
    WHOLE = (("", "2026-01-05", "2026-01-11"), ("", "2026-01-12", "2026-01-18"), ("", "2026-01-19", "2026-01-25"))

    @pytest.mark.parametrize(
        "row",
        [
            ("", "2026-01-11", "2026-01-17"),
            ("", "2026-01-11", ""),
            ("Week 2", "2026-01-11", ""),
            ("Week of Jan 11, 2026", "", ""),
            ("", "2026-01-04", "2026-01-10"),  # not cut by the window
            ("", "2026-01-05", "2026-01-10"),  # the first one, cut
            ("", "2026-01-25", "2026-01-25"),  # the last one, cut
            ("", "2026-02-01", "2026-02-07"),
        ],
    )
    def test_the_value_to_set_is_named(self, row: tuple[str, str, str]) -> None:
        assert "SEI's weeks start on Sunday. Set `week_start` to sunday." in refusal([row], WEEKLY, self.WINDOW)
        assert len(periods(self.WHOLE, WEEKLY, self.WINDOW)) == 3

    def test_with_the_value_set_the_same_rows_are_read(self) -> None:
        rows = [("", "2026-01-04", "2026-01-10"), ("", "2026-01-11", ""), ("Week of Jan 18, 2026", "", "")]
        window = Window(date(2026, 1, 4), date(2026, 1, 24))
        assert [row[:2] for row in periods(rows, FROM_SUNDAY, window)] == [
            ("2026-01-04", "2026-01-10"),
            ("2026-01-11", "2026-01-17"),
            ("2026-01-18", "2026-01-24"),
        ]

    def test_it_is_reported_before_the_first_record_for_a_row_anywhere(self) -> None:
        # If the window cuts a week, its first half looks like a week by the setting.
        rows = "".join(f"{team},2026-01-05\n" for team in range(2_000)) + "a,2026-01-11\n"
        spec = spec_of("lttc", calendar=WEEKLY, window=self.WINDOW)
        with pytest.raises(DecodeError, match=r"Line 2002 of export exp_1: .*\. Set `week_start` to sunday"):
            next(read(io.BytesIO(f"Team,Start_Date\n{rows}".encode()), spec).records("lttc"))


class TestComplete:
    def test_only_a_period_that_was_over_before_the_day_of_the_export_is_complete(self) -> None:
        rows = [("", "2026-03-01", "2026-03-31")]
        assert not periods(rows, as_of=date(2026, 3, 31))[0][3]
        assert periods(rows, as_of=date(2026, 4, 1))[0][3]

    def test_a_period_that_the_window_cut_is_not(self) -> None:
        assert not periods([("", "2026-03-01", "2026-03-10")], window=Window(date(2026, 1, 1), date(2026, 3, 10)))[0][3]


def test_a_given_period_is_in_every_row() -> None:
    january = Period(date(2026, 1, 1), date(2026, 1, 31))
    spec = spec_of("mttr", period=january, window=Window(date(2026, 1, 1), date(2026, 1, 20)))
    records = decode("Team,MTTR\na,1\nb,2\n", spec)
    names = ("period_start", "period_end", "period_label", "is_period_complete")
    assert {tuple(record[name] for name in names) for record in records} == {("2026-01-01", "2026-01-31", None, False)}


@pytest.mark.parametrize("width", [1, 10_000])
def test_the_cache_of_labels_is_bounded(width: int) -> None:
    periods = RowPeriods(MONTHLY, YEAR, date(2026, 4, 1))
    for number in range(10_000):
        assert periods["2026-01-01", "", f"{number:{width}}"].start == "2026-01-01"
    assert len(periods) <= 4_096
    assert sum(len(cell) for cells in periods for cell in cells) <= 4_096 * 200


@given(st.dates(date(1000, 1, 8), date(2999, 12, 24)), st.sampled_from([MONTHLY, QUARTERLY, WEEKLY]))
def test_every_period_is_read_back_from_its_labels(day: date, calendar: Calendar) -> None:
    period = calendar.holding(day)
    iso = (period.start + timedelta(days=3)).isocalendar()
    labels = {
        Granularity.MONTHLY: [f"{period.start:%b} {period.start.year}", f"{period.start.year:04}-{period.start:%m}"],
        Granularity.QUARTERLY: [f"Q{(period.start.month + 2) // 3} {period.start.year:04}"],
        Granularity.WEEKLY: [f"{iso.year}-W{iso.week:02}"],
    }[calendar.granularity]
    for label in labels:
        assert read_label(label) == Label(calendar.granularity, period.start, period.end)
    assert read_label(f"{period.start} - {period.end}") == Label(None, period.start, period.end)


@given(st.text("0123456789-/:T Zjanuryfebqw,.\N{EN DASH}", max_size=30))
def test_any_label_gives_days_in_order_or_nothing(label: str) -> None:
    found = read_label(label)
    if found and found.start and found.end:
        Days(found.start, found.end)
    assert read_day(label) is None or found is not None


@given(
    st.sampled_from([MONTHLY, QUARTERLY, WEEKLY, FROM_SUNDAY]),
    st.dates(date(2025, 11, 1), date(2026, 8, 1)),
    st.none() | st.integers(0, 400),
    st.sampled_from(["", "Jan 2026", "Q1 2026", "2026-W05", "Week 5"]),
)
def test_a_row_is_read_as_exactly_one_period_or_refused(
    calendar: Calendar, start: date, days: int | None, label: str
) -> None:
    window = Window(calendar.holding(date(2026, 1, 8)).start, date(2026, 5, 20))
    end = None if days is None else start + timedelta(days=days)
    period = calendar.holding(start)
    try:
        (row,) = periods([(label, str(start), str(end) if end else "")], calendar, window)
    except DecodeError:
        return
    assert window.start <= period.start <= window.end
    assert row[0] == str(period.start)
    assert row[1] in {str(period.end), str(min(period.end, window.end))}
    assert end in {None, date.fromisoformat(row[1])}


def bare(*starts: str, calendar: Calendar = MONTHLY, window: Window = YEAR) -> Decoded:
    """Read a file whose rows have only a start."""
    file = "Team,Start_Date,LTTC\n" + "".join(f"T,{start},1\n" for start in starts)
    decoded = read(io.BytesIO(file.encode()), spec_of("lttc", calendar=calendar, window=window))
    assert len(list(decoded.records("lttc"))) == len(starts)
    return decoded


def test_rows_that_all_start_with_a_quarter_are_not_months() -> None:
    with pytest.raises(DecodeError, match=r"all its rows start with a quarter \(2026-01-01, 2026-04-01, …\)"):
        bare("2026-01-01", "2026-04-01")
    bare("2026-01-01", "2026-04-01", "2026-05-01")
    bare("2026-01-01", "2026-04-01", calendar=QUARTERLY)
    assert len(periods([("Jan 2026", "2026-01-01", ""), ("Apr 2026", "2026-04-01", "")])) == 2
    with pytest.raises(DecodeError, match="they can be quarters; MONTHLY was requested"):
        periods([("", "2026-01-01", ""), ("", "2026-04-01", "")])


def test_rows_that_can_be_one_period_of_several_are_doubtful() -> None:
    assert bare("2026-01-01").only_start == date(2026, 1, 1)
    assert bare("2026-01-01", window=Window(date(2026, 1, 1), date(2026, 1, 20))).only_start is None
    assert bare("2026-01-01", "2026-02-01").only_start is None
    assert bare().only_start is None


def test_the_open_period_may_end_on_the_day_before_the_export() -> None:
    window, as_of = Window(date(2026, 10, 1), date(2026, 11, 23)), date(2026, 11, 23)
    rows = [("", "2026-10-01", "2026-10-31"), ("", "2026-11-01", "2026-11-22")]
    assert periods(rows, window=window, as_of=as_of)[1] == ("2026-11-01", "2026-11-22", None, False)
    for start, end, way_out in [("2026-11-01", "2026-11-20", True), ("2026-10-01", "2026-10-30", False)]:
        with pytest.raises(DecodeError) as refused:
            periods([("", start, end)], window=window, as_of=as_of)
        assert ("set `include_open_period` to false" in str(refused.value)) is way_out
    with pytest.raises(DecodeError):  # the window is over, so no rows are missing
        periods([("", "2026-11-01", "2026-11-18")], window=Window(date(2026, 11, 1), date(2026, 11, 19)), as_of=as_of)
