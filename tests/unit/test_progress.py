"""The windows that an unfinished load has emitted: merged, subtracted from the plan, and the bookmark that follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.model.periods import Calendar, Days, Granularity, Window
from tap_sei_efficiency.run.progress import EmittedWindow, Progress
from tap_sei_efficiency.run.state import context_of, end_window, read_progress
from tests.unit.builders import TEAM, TODAY, settings

MONTHS = Calendar(Granularity.MONTHLY)
YEAR = Days(date(2026, 1, 1), TODAY)


def window(first: int, last: int) -> EmittedWindow:
    """Some months of 2026, with rows in each. November, the last one, is open."""
    end = MONTHS.holding(date(2026, last, 1)).end
    return EmittedWindow(date(2026, first, 1), min(end, TODAY), date(2026, last, 1))


def progress(*windows: EmittedWindow) -> Progress:
    """A progress made today."""
    found = Progress((), TODAY)
    for each in windows:
        found = found.plus(each, TODAY)
    return found


def test_adjacent_windows_are_merged_in_any_order() -> None:
    assert progress(window(5, 6), window(1, 2), window(3, 4)).windows == (window(1, 6),)


def test_a_gap_separates_windows_and_stops_the_bookmark() -> None:
    found = progress(window(1, 2), window(5, 6))
    assert found.windows == (window(1, 2), window(5, 6))
    assert found.upto_gap(YEAR.start) == window(1, 2)
    assert found.upto_gap(date(2026, 3, 1)) is None


def test_an_open_period_that_was_emitted_yesterday_is_missing_today() -> None:
    tomorrow = TODAY + timedelta(days=1)
    missing = list(progress(window(1, 11)).missing(Days(YEAR.start, tomorrow), MONTHS))
    assert missing == [Days(date(2026, 11, 1), tomorrow)]


months = st.integers(1, 11)


@given(st.lists(st.tuples(months, months).map(sorted), max_size=6))
def test_missing_and_emitted_windows_together_are_the_whole(pairs: list[list[int]]) -> None:
    found = progress(*(window(first, last) for first, last in pairs))
    emitted = {month for first, last in pairs for month in range(first, last + 1)}
    missing = [period.start.month for days in found.missing(YEAR, MONTHS) for period in MONTHS.periods(days)]
    assert sorted(missing) == [month for month in range(1, 12) if month not in emitted]


@given(st.permutations(range(1, 12)))
def test_the_bookmark_never_passes_a_gap_and_ends_at_the_newest(order: list[int]) -> None:
    partition: dict[str, Any] = {"context": context_of(settings(), TEAM)}
    done: set[int] = set()
    for month in order:
        days = window(month, month)
        end_window(partition, Window(days.start, days.end), days.start.isoformat(), YEAR, settings(), TODAY)
        done.add(month)
        upto = next(month for month in range(1, 13) if month not in done) - 1
        assert partition.get("replication_key_value") == (f"2026-{upto:02}-01" if upto else None)
        state = {"bookmarks": {"lttc": {"partitions": [partition]}}}
        kept = read_progress(state, settings(), [TEAM], TODAY)
        assert (("lttc", TEAM) in kept) == (len(done) < 11)
    assert partition["replication_key_value"] == "2026-11-01"


def test_windows_without_rows_move_no_bookmark_but_end_the_load() -> None:
    partition: dict[str, Any] = {}
    end_window(partition, Window(YEAR.start, YEAR.end), None, YEAR, settings(), TODAY)
    assert partition == {}


def test_a_progress_that_cannot_be_read_is_exported_again() -> None:
    broken: Any
    for broken in ({"windows": "soon", "on": "2026-11-23"}, {"windows": []}, "x", None):
        partition = {"context": context_of(settings(), TEAM), "windows_emitted": broken}
        state = {"bookmarks": {"lttc": {"partitions": [partition]}}}
        assert not read_progress(state, settings(), [TEAM], TODAY)


def test_what_a_later_day_exports_again_stays_missing_if_that_run_is_interrupted_too() -> None:
    first, later = date(2026, 5, 31), date(2026, 7, 20)
    wanted = Days(date(2026, 1, 1), later)
    partition: dict[str, Any] = {"context": context_of(settings(), TEAM)}
    state = {"bookmarks": {"lttc": {"partitions": [partition]}}}

    def missing() -> list[str]:
        left = read_progress(state, settings(), [TEAM], later)
        return [str(days) for days in left["lttc", TEAM].missing(wanted, MONTHS)]

    # The first run is interrupted before January. May is open: its figures still change.
    end_window(partition, Window(date(2026, 2, 1), first), "2026-05-01", Days(wanted.start, first), settings(), first)
    assert missing() == ["2026-01-01 to 2026-01-31", "2026-04-01 to 2026-07-20"]
    # The second one emits January, and is interrupted before April.
    january = Window(date(2026, 1, 1), date(2026, 1, 31))
    end_window(partition, january, "2026-01-01", wanted, settings(), later)
    assert missing() == ["2026-04-01 to 2026-07-20"]
