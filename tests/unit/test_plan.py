"""The requests of a run, from settings, bookmarks and today."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.model.periods import Calendar, Days, Granularity, Weekday, Window
from tap_sei_efficiency.model.requests import Aggregation, Scope, ScopeKind
from tap_sei_efficiency.run.plan import Plan, Planner, StreamPlan, custom_plan, days_wanted, describe, windows
from tap_sei_efficiency.run.progress import EmittedWindow, Progress
from tests.unit.builders import TEAM, TODAY, request, settings

LTTC, CFR = StreamPlan("lttc", ("lttc",)), StreamPlan("cfr", ("cfr",))
OTHER = Scope(ScopeKind.TEAM, "team_b")


def asked(plan: Plan) -> list[str]:
    return [f"{'+'.join(r.groups)} {r.scope.name} {r.window}" for r in plan.requests]


def test_the_first_run_tiles_from_the_start_of_the_first_period_to_today() -> None:
    planner = Planner(settings(start_date="2025-02-15"), TODAY)
    assert asked(planner.plan([LTTC], [TEAM])) == [
        "lttc team_a 2025-02-01 to 2026-01-31",
        "lttc team_a 2026-02-01 to 2026-11-23",
    ]


def test_a_later_run_asks_for_the_look_back_and_the_open_period() -> None:
    planner = Planner(settings(), TODAY, {("lttc", TEAM): date(2026, 11, 1)})
    assert asked(planner.plan([LTTC], [TEAM])) == ["lttc team_a 2026-10-01 to 2026-11-23"]


def test_the_look_back_never_goes_before_the_start_date() -> None:
    planner = Planner(settings(lookback_periods=6), TODAY, {("lttc", TEAM): date(2026, 2, 1)})
    assert asked(planner.plan([LTTC], [TEAM])) == ["lttc team_a 2026-01-01 to 2026-11-23"]


def test_a_bookmark_of_another_calendar_starts_with_the_period_that_contains_it() -> None:
    weekly = settings(granularity="WEEKLY", week_start="sunday", lookback_periods=0, start_date="2026-11-02")
    planner = Planner(weekly, TODAY, {("lttc", TEAM): date(2026, 11, 16)})  # a Monday
    assert asked(planner.plan([LTTC], [TEAM])) == ["lttc team_a 2026-11-15 to 2026-11-23"]


@pytest.mark.parametrize(
    ("end", "today", "last"),
    [
        ("2026-10-31", TODAY, date(2026, 10, 31)),  # over, and requested whole
        ("2026-10-15", TODAY, date(2026, 9, 30)),  # over, but cut by the end date
        (None, TODAY, date(2026, 10, 31)),  # not over
        (None, date(2026, 11, 30), date(2026, 10, 31)),  # its last day is not over
        (None, date(2026, 12, 1), date(2026, 11, 30)),
    ],
)
def test_without_the_open_period_the_last_day_is_that_of_the_last_whole_period(
    end: str | None, today: date, last: date
) -> None:
    wanted = days_wanted(settings(today, end_date=end, include_open_period=False), today)
    assert wanted == Days(date(2026, 1, 1), last)


def test_nothing_is_requested_if_only_the_open_period_is_left() -> None:
    only_open = settings(start_date="2026-11-02", include_open_period=False)
    assert days_wanted(only_open, TODAY) is None
    assert not Planner(only_open, TODAY).plan([LTTC], [TEAM]).requests


def test_streams_with_the_same_needs_share_one_request() -> None:
    plan = Planner(settings(), TODAY).plan([LTTC, CFR], [TEAM, OTHER])
    assert asked(plan) == ["lttc+cfr team_a 2026-01-01 to 2026-11-23", "lttc+cfr team_b 2026-01-01 to 2026-11-23"]
    assert plan.readers[plan.pages["cfr", OTHER][0]] == ["lttc", "cfr"]


def test_streams_with_different_bookmarks_share_only_what_both_need() -> None:
    planner = Planner(settings(), TODAY, {("lttc", TEAM): date(2026, 11, 1)})
    assert asked(planner.plan([LTTC, CFR], [TEAM])) == [
        "lttc team_a 2026-10-01 to 2026-11-23",
        "cfr team_a 2026-01-01 to 2026-11-23",
    ]


def test_sharing_can_be_turned_off() -> None:
    plan = Planner(settings(share_exports=False), TODAY).plan([LTTC, CFR], [TEAM])
    assert [r.groups for r in plan.requests] == [("lttc",), ("cfr",)]


def test_single_metrics_are_requested_with_their_groups_and_not_shared() -> None:
    custom = custom_plan(["LTTC_Mean_Days", "DF_Deployment_Count"])
    plan = Planner(settings(), TODAY).plan([LTTC, custom], [TEAM])
    assert plan.requests[1].groups == ("lttc", "deployment_frequency")
    assert plan.requests[1].metrics == ("LTTC_Mean_Days", "DF_Deployment_Count")
    assert plan.requests[0].groups == ("lttc",)


def test_an_unknown_metric_is_requested_with_every_group() -> None:
    assert custom_plan(["LTTC_Mean_Days", "Flux"]).groups == tuple(GROUPS)


def test_an_unfinished_job_keeps_its_window() -> None:
    unfinished = request("2026-05-01", "2026-06-30")
    planner = Planner(settings(), TODAY, {("lttc", TEAM): date(2026, 4, 1)}, unfinished=[unfinished])
    assert asked(planner.plan([LTTC], [TEAM])) == [
        "lttc team_a 2026-03-01 to 2026-04-30",
        "lttc team_a 2026-05-01 to 2026-06-30",
        "lttc team_a 2026-07-01 to 2026-11-23",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"aggregation": Aggregation.P90},
        {"granularity": Granularity.WEEKLY},
        {"scope": OTHER},
        {"groups": ("cfr",)},
        {"metrics": ("LTTC_Mean_Days",)},
        {"window": Window(date(2026, 5, 1), date(2026, 11, 22))},  # requested on another day
    ],
)
def test_an_unfinished_job_of_another_request_is_ignored(changes: dict[str, object]) -> None:
    unfinished = request("2026-05-01", "2026-06-30", **changes)
    plan = Planner(settings(), TODAY, unfinished=[unfinished]).plan([LTTC], [TEAM])
    assert asked(plan) == ["lttc team_a 2026-01-01 to 2026-11-23"]


calendars = st.builds(Calendar, st.sampled_from(Granularity), st.sampled_from(Weekday))
some_days = st.dates(date(2024, 1, 1), date(2026, 11, 23))


@given(
    calendars, some_days, st.integers(0, 400), st.integers(1, 15), st.lists(st.tuples(some_days, st.integers(0, 200)))
)
def test_windows_tile_around_kept_ones(
    calendar: Calendar, start: date, length: int, size: int, kept: list[tuple[date, int]]
) -> None:
    days = Days(calendar.holding(start).start, start + timedelta(days=length))
    found = list(windows(calendar, days, size, [Window(day, day + timedelta(days=more)) for day, more in kept]))
    assert (found[0].start, found[-1].end) == (days.start, days.end)
    for earlier, later in pairwise(found):
        assert later.start == earlier.end + timedelta(days=1)
        assert calendar.holding(later.start).start == later.start


def test_a_look_asks_for_the_newest_period_of_each_stream_and_scope() -> None:
    plan = Planner(settings(), TODAY).plan([LTTC, CFR], [TEAM, OTHER]).newest_period(settings().calendar)
    assert plan.pages["lttc", TEAM] == plan.pages["cfr", TEAM]
    assert str(plan.pages["cfr", OTHER][0].window) == "2026-11-01 to 2026-11-23"


def test_a_stream_from_the_start_ignores_what_was_emitted() -> None:
    whole = StreamPlan("lttc", ("lttc",), from_the_start=True)
    planner = Planner(settings(), TODAY, {("lttc", TEAM): date(2026, 10, 1), ("cfr", TEAM): date(2026, 10, 1)})
    assert asked(planner.plan([whole, CFR], [TEAM])) == [
        "lttc team_a 2026-01-01 to 2026-11-23",
        "cfr team_a 2026-09-01 to 2026-11-23",
    ]


def test_an_unfinished_load_asks_only_for_what_was_not_emitted_on_the_same_day() -> None:
    done = Progress((), TODAY)
    for start, end in [("2026-01-01", "2026-04-30"), ("2026-09-01", "2026-11-23")]:
        window = EmittedWindow(date.fromisoformat(start), date.fromisoformat(end), date.fromisoformat(end[:8] + "01"))
        done = done.plus(window, TODAY)
    planner = Planner(settings(), TODAY, {("lttc", TEAM): date(2026, 4, 1)}, {("lttc", TEAM): done})
    assert asked(planner.plan([LTTC], [TEAM])) == ["lttc team_a 2026-05-01 to 2026-08-31"]


def test_an_unfinished_load_looks_back_on_a_later_day() -> None:
    window = EmittedWindow(date(2026, 9, 1), date(2026, 11, 22), date(2026, 11, 1))
    done = Progress((window,), TODAY - timedelta(days=1))
    left = done.left_on(TODAY, settings().calendar, settings().lookback_periods)
    planner = Planner(settings(window_periods=8), TODAY, {}, {("lttc", TEAM): left})
    assert asked(planner.plan([LTTC], [TEAM])) == [
        "lttc team_a 2026-01-01 to 2026-08-31",
        "lttc team_a 2026-10-01 to 2026-11-23",
    ]


def test_the_description_counts_exports_scopes_and_requests() -> None:
    text = describe(Planner(settings(), TODAY).plan([LTTC, CFR], [TEAM, OTHER]))
    assert text.splitlines()[0] == "export lttc+cfr of team:team_a, 2026-01-01 to 2026-11-23 (MONTHLY, mean)"
    assert text.splitlines()[-1] == "2 exports of 2 scopes and 0 team reports: 6 requests at least."


def test_five_hundred_teams_of_seven_streams_and_several_windows_can_be_planned() -> None:
    scopes = [Scope(ScopeKind.TEAM, f"team_{number}") for number in range(500)]
    streams = [StreamPlan(name, (name,)) for name in GROUPS]
    plan = Planner(settings(start_date="2022-01-01", share_exports=False), TODAY).plan(streams, scopes)
    assert len(plan.requests) == len({*plan.requests}) == 500 * 7 * 5
