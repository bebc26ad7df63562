"""The calendar, by example and by property."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.model.periods import Calendar, Days, Granularity, Weekday, Window

calendars = st.builds(Calendar, st.sampled_from(Granularity), st.sampled_from(Weekday))
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
ranges = st.builds(lambda start, length: Days(start, start + timedelta(days=length)), days, st.integers(0, 1500))


@pytest.mark.parametrize(
    ("calendar", "day", "start", "end"),
    [
        (Calendar(Granularity.MONTHLY), date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        (Calendar(Granularity.MONTHLY), date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        (Calendar(Granularity.QUARTERLY), date(2026, 11, 3), date(2026, 10, 1), date(2026, 12, 31)),
        (Calendar(Granularity.QUARTERLY), date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (Calendar(Granularity.WEEKLY), date(2026, 11, 22), date(2026, 11, 16), date(2026, 11, 22)),
        (Calendar(Granularity.WEEKLY, Weekday.SUNDAY), date(2026, 11, 22), date(2026, 11, 22), date(2026, 11, 28)),
        (Calendar(Granularity.WEEKLY), date(2026, 1, 1), date(2025, 12, 29), date(2026, 1, 4)),
    ],
)
def test_a_day_belongs_to_its_week_month_or_quarter(calendar: Calendar, day: date, start: date, end: date) -> None:
    period = calendar.holding(day)
    assert (period.start, period.end) == (start, end)


@given(calendars, days)
def test_a_period_contains_its_day_and_each_of_its_days_belongs_to_it(calendar: Calendar, day: date) -> None:
    period = calendar.holding(day)
    assert period.start <= day <= period.end
    assert calendar.holding(period.start) == calendar.holding(period.end) == period


@given(calendars, days, st.integers(-60, 60))
def test_shifting_there_and_back_ends_where_it_began(calendar: Calendar, day: date, by: int) -> None:
    period = calendar.holding(day)
    assert calendar.shift(calendar.shift(period, by), -by) == period


@given(calendars, days)
def test_the_next_period_starts_on_the_day_after(calendar: Calendar, day: date) -> None:
    period = calendar.holding(day)
    assert calendar.shift(period, 1).start == period.end + timedelta(days=1)


@given(calendars, ranges, st.integers(1, 30))
def test_windows_tile_the_range_without_gap_or_overlap(calendar: Calendar, wanted: Days, size: int) -> None:
    windows = list(calendar.windows(wanted, size))
    assert windows[0].start == calendar.holding(wanted.start).start
    assert windows[-1].end == wanted.end
    for earlier, later in pairwise(windows):
        assert later.start == earlier.end + timedelta(days=1)
    assert all(len(list(calendar.periods(window))) <= size for window in windows)
    assert all(calendar.holding(window.start).start == window.start for window in windows)


@given(calendars, ranges)
def test_halves_join_to_the_window_and_meet_at_a_period_edge(calendar: Calendar, wanted: Days) -> None:
    window = Window(calendar.holding(wanted.start).start, wanted.end)
    halves = calendar.halves(window)
    count = len(list(calendar.periods(window)))
    if halves is None:
        assert count == 1
    else:
        first, second = halves
        assert (first.start, second.end) == (window.start, window.end)
        assert second.start == first.end + timedelta(days=1)
        assert calendar.holding(second.start).start == second.start
        assert sum(len(list(calendar.periods(half))) for half in halves) == count


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-01-02 and end on 2026-01-01"):
        Days(date(2026, 1, 2), date(2026, 1, 1))
