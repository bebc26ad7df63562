"""The stand-in's own calendar."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from standin.periods import GRANULARITIES, WEEKDAYS, periods


@pytest.mark.parametrize(
    ("granularity", "first", "last", "expected"),
    [
        ("MONTHLY", "2026-01-31", "2026-02-01", ["2026-01-01 2026-01-31 Jan 2026", "2026-02-01 2026-02-28 Feb 2026"]),
        ("MONTHLY", "2024-02-10", "2024-02-10", ["2024-02-01 2024-02-29 Feb 2024"]),
        ("QUARTERLY", "2025-12-31", "2026-01-01", ["2025-10-01 2025-12-31 Q4 2025", "2026-01-01 2026-03-31 Q1 2026"]),
        ("WEEKLY", "2026-01-01", "2026-01-01", ["2025-12-29 2026-01-04 2026-W01"]),
        ("WEEKLY", "2027-01-01", "2027-01-04", ["2026-12-28 2027-01-03 2026-W53", "2027-01-04 2027-01-10 2027-W01"]),
    ],
)
def test_every_period_that_a_range_touches_is_whole(
    granularity: str, first: str, last: str, expected: list[str]
) -> None:
    found = periods(granularity, date.fromisoformat(first), date.fromisoformat(last))
    assert [f"{period.start} {period.end} {period.label}" for period in found] == expected


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("week_start", WEEKDAYS)
def test_periods_tile_the_years(granularity: str, week_start: str) -> None:
    found = list(periods(granularity, date(2023, 12, 20), date(2027, 1, 10), week_start))
    assert all(later.start == earlier.end + timedelta(days=1) for earlier, later in pairwise(found))
    assert len({period.label for period in found}) == len(found)
    if granularity == "WEEKLY":
        assert {WEEKDAYS[period.start.weekday()] for period in found} == {week_start}
