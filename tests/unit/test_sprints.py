"""The second insight as data: bodies, partitions, plans, and groups that may not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from standin.clock import FakeClock
from tap_sei_efficiency.errors import RefusedError
from tap_sei_efficiency.model.dialect import PLAIN
from tap_sei_efficiency.model.insights import INSIGHTS, SPRINT, insight_of
from tap_sei_efficiency.model.metrics_table import SPRINTS
from tap_sei_efficiency.model.periods import Calendar, Granularity, Window
from tap_sei_efficiency.model.record_schema import BY_SPRINT, record_schema
from tap_sei_efficiency.model.requests import Aggregation, ExportRequest, Scope, ScopeKind
from tap_sei_efficiency.run.ledger import Emitted
from tap_sei_efficiency.run.opening import warnings
from tap_sei_efficiency.run.plan import Planner, StreamPlan, plan_replay, sprint_plans
from tap_sei_efficiency.run.polling import PollPolicy
from tap_sei_efficiency.run.runner import Runner, RunnerPolicy
from tap_sei_efficiency.run.splitting import by_group, readers_of, smaller, without_doubtful
from tap_sei_efficiency.run.state import context_of, read_bookmarks, read_in_flight, write_in_flight
from tap_sei_efficiency.run.task import Origin, Task
from tests.unit.builders import TEAM, TODAY, request, settings
from tests.unit.fake_sei import FakeSei

GROUPS = tuple(group.name for group in SPRINT.groups)
TEAM_LEVEL = request(groups=GROUPS, aggregation=Aggregation.STORY_POINTS)
BY_ROW = replace(TEAM_LEVEL, granularity=Granularity.SPRINT, aggregation=Aggregation.TICKETS)
BOTH = settings(sprint_metrics=["team", "sprint"], sprint_computation_modes=["TICKETS", "STORY_POINTS"])
((SPRINTS_PLAN, _),) = sprint_plans(["sprint"])


def test_every_aggregation_belongs_to_one_insight() -> None:
    assert [choice for insight in INSIGHTS for choice in insight.choices] == list(Aggregation)
    assert all(choice in insight_of(choice).choices for choice in Aggregation)


def test_the_body_at_team_level_has_a_mode_and_no_aggregation() -> None:
    assert TEAM_LEVEL.body("acme", PLAIN) == {
        "scope": {"teamId": "team_a"},
        "dateRange": {"start": "2026-01-01", "end": "2026-01-31"},
        "metricGroups": ["work", "delivery", "deliveryAnalysis", "analysis"],
        "options": {
            "granularity": "MONTHLY",
            "computationMode": "STORY_POINTS",
            "metricLevel": "team",
            "format": "csv",
            "compression": "gzip",
        },
    }


def test_the_body_by_sprint_begins_six_weeks_early() -> None:
    body = BY_ROW.body("acme", PLAIN)
    assert body["dateRange"] == {"start": "2025-11-20", "end": "2026-01-31"}
    assert (body["options"]["granularity"], body["options"]["metricLevel"]) == ("SPRINT", "sprint")


def test_each_mode_and_level_is_a_partition() -> None:
    views = BOTH.every_view
    contexts = [context_of(view, TEAM) for view in views]
    assert [tuple(context.items())[3:] for context in contexts] == [
        (("granularity", "MONTHLY"), ("aggregation", "mean")),
        (("granularity", "MONTHLY"), ("computation_mode", "TICKETS")),
        (("granularity", "MONTHLY"), ("computation_mode", "STORY_POINTS")),
        (("granularity", "SPRINT"), ("computation_mode", "TICKETS")),
        (("granularity", "SPRINT"), ("computation_mode", "STORY_POINTS")),
    ]
    assert settings().every_view == (settings(),)


def test_a_bookmark_counts_for_its_mode_alone() -> None:
    mine, other = SPRINTS_PLAN.views(BOTH)
    part = {"context": context_of(mine, TEAM), "replication_key": "period_start", "replication_key_value": "2026-10-05"}
    state = {"bookmarks": {"sprints": {"partitions": [part]}}}
    assert read_bookmarks(state, mine, [TEAM], TODAY) == {("sprints", TEAM): date(2026, 10, 5)}
    assert not read_bookmarks(state, other, [TEAM], TODAY)
    assert not read_bookmarks(state, BOTH, [TEAM], TODAY)
    assert not list(warnings(BOTH, state, [TEAM], {"sprints": SPRINTS_PLAN}))


def test_by_sprint_the_look_back_is_months_whatever_the_granularity() -> None:
    for granularity in ("WEEKLY", "QUARTERLY"):
        given = settings(sprint_metrics=["sprint"], granularity=granularity)
        (view,) = SPRINTS_PLAN.views(given)
        plan = Planner(view, TODAY, bookmarks={("sprints", TEAM): date(2026, 10, 26)}).plan([SPRINTS_PLAN], [TEAM])
        assert [str(each.window) for each in plan.requests] == ["2026-09-01 to 2026-11-23"]


def test_by_sprint_the_days_reach_to_today_without_the_open_period_too() -> None:
    """A sprint that is over may have ended this month."""
    (view,) = SPRINTS_PLAN.views(settings(sprint_metrics=["sprint"], include_open_period=False))
    assert Planner(view, TODAY).plan([SPRINTS_PLAN], [TEAM]).requests[-1].window.end == TODAY


def test_a_job_in_flight_of_a_sprint_survives_the_state() -> None:
    task = Task(BY_ROW, frozenset({"sprints"}))
    sei = FakeSei(FakeClock())
    job = sei.create(BY_ROW)
    task.begin(job, Origin.CREATED, 0, 0)
    assert list(read_in_flight({"exports_in_flight": write_in_flight([task], BOTH)}, BOTH)) == [BY_ROW]


def test_a_request_by_sprint_is_divided_by_window_and_never_by_group() -> None:
    assert by_group(BY_ROW) == []
    assert [each.groups for each in by_group(TEAM_LEVEL)] == [(group,) for group in GROUPS]
    halves = smaller(replace(BY_ROW, window=Window(date(2026, 1, 1), date(2026, 2, 28))), Calendar(Granularity.WEEKLY))
    assert [str(each.window) for each in halves] == ["2026-01-01 to 2026-01-31", "2026-02-01 to 2026-02-28"]
    assert all(readers_of(half, BY_ROW, {"sprints"}) == {"sprints"} for half in halves)


def test_a_doubtful_group_is_left_out_by_sprint_alone() -> None:
    (rest,) = without_doubtful(BY_ROW)
    assert rest.groups == ("sprint_work", "sprint_delivery", "sprint_analysis")
    assert readers_of(rest, BY_ROW, {"sprints"}) == {"sprints"}
    assert without_doubtful(rest) == without_doubtful(TEAM_LEVEL) == []


def runner_of(sei: FakeSei, clock: FakeClock, **changes: Any) -> Runner:
    policy = RunnerPolicy(poll=PollPolicy(2, 30), max_concurrent=5, max_attempts=1, timeout=3600, **changes)
    return Runner(api=sei, clock=clock, policy=policy, calendar=Calendar(Granularity.MONTHLY))


def completed(runner: Runner) -> list[ExportRequest]:
    """The requests that SEI serves, in the order in which it does."""
    served = []
    for task in runner.finished():
        assert task.error is None
        served.append(task.request)
        runner.done(task)
    return served


def refuses_shares(asked: ExportRequest) -> RefusedError | None:
    is_doubtful = asked.is_by_sprint and "sprint_delivery_analysis" in asked.groups
    return RefusedError("no group deliveryAnalysis", 400) if is_doubtful else None


@pytest.mark.parametrize("combine", [None, True])
def test_the_runner_leaves_a_refused_group_out_from_then_on(combine: bool | None) -> None:
    clock, later = FakeClock(), replace(BY_ROW, window=Window(date(2026, 2, 1), date(2026, 2, 28)))
    sei = FakeSei(clock, refuse=refuses_shares)
    runner = runner_of(sei, clock, combine_groups=combine)
    runner.plan({BY_ROW: ["sprints"], TEAM_LEVEL: list(GROUPS), later: ["sprints"]}, {})
    served = completed(runner)
    assert {each.groups for each in served if each.is_by_sprint} == {without_doubtful(BY_ROW)[0].groups}
    assert TEAM_LEVEL in served
    assert len(sei.created) == 3


def test_a_scope_that_is_refused_without_the_doubtful_group_says_nothing_of_it() -> None:
    """Otherwise the columns of every later scope would be null."""
    clock, bad = FakeClock(), replace(BY_ROW, scope=Scope(ScopeKind.TEAM, "nobody"))
    sei = FakeSei(clock, refuse=lambda asked: RefusedError("bad", 400) if asked.scope == bad.scope else None)
    runner = runner_of(sei, clock)
    runner.plan({bad: ["sprints"], BY_ROW: ["sprints"]}, {})
    errors = []
    for task in runner.finished():
        errors.append(str(task.error))
        runner.done(task)
    assert errors == ["bad", "None"]
    assert sei.created == [BY_ROW]


def test_groups_of_one_insight_that_do_not_combine_say_nothing_of_the_other() -> None:
    clock, dora = FakeClock(), request(groups=("lttc", "cfr"))
    sei = FakeSei(clock, refuse=lambda asked: RefusedError("one group", 400) if len(by_group(asked)) == 4 else None)
    runner = runner_of(sei, clock)
    runner.plan({TEAM_LEVEL: list(GROUPS), dora: ["lttc", "cfr"]}, {})
    assert set(completed(runner)) == {*by_group(TEAM_LEVEL), dora}


def test_a_refusal_of_another_kind_is_an_error() -> None:
    clock = FakeClock()
    sei = FakeSei(clock, refuse=lambda _: RefusedError("no such team", 404))
    runner = runner_of(sei, clock)
    runner.plan({BY_ROW: ["sprints"]}, {})
    assert [str(task.error) for task in runner.finished()] == ["no such team"]


def test_giving_up_one_mode_leaves_the_other() -> None:
    other = replace(BY_ROW, aggregation=Aggregation.STORY_POINTS)
    clock = FakeClock()
    runner = runner_of(FakeSei(clock), clock)
    runner.plan({BY_ROW: ["sprints"], other: ["sprints"]}, {})
    runner.forget("sprints", TEAM, Aggregation.TICKETS)
    assert completed(runner) == [other]


def test_an_archive_without_the_doubtful_group_is_replayed() -> None:
    _, view = SPRINTS_PLAN.views(BOTH)
    kept = replace(without_doubtful(BY_ROW)[0], aggregation=Aggregation.STORY_POINTS)
    assert plan_replay(view, [SPRINTS_PLAN], [TEAM], [kept, TEAM_LEVEL]).requests == [kept]
    one = StreamPlan("sprint_delivery_analysis", ("sprint_delivery_analysis",), insight=SPRINT)
    assert not plan_replay(view, [one], [TEAM], [kept]).requests


@pytest.mark.parametrize(
    ("blocks", "bookmark"),
    [
        ([([("2026-01-05", True), ("2026-01-19", True)])], "2026-01-19"),
        ([([("2026-01-05", True), ("2026-01-19", False)])], "2026-01-05"),
        ([([("2026-01-19", True)]), ([("2026-01-12", False)]), ([("2026-01-14", False)])], "2026-01-12"),
        ([([("2026-01-19", False)])], None),
        ([], None),
    ],
)
def test_the_bookmark_is_the_newest_sprint_that_is_over_and_waits_for_open_ones(
    blocks: list[list[tuple[str, bool]]], bookmark: str | None
) -> None:
    emitted = Emitted()
    for block in blocks:
        starts, are_over = zip(*block, strict=True)
        emitted.count(len(block), starts, ["Core"] * len(block), are_over)
    assert emitted.bookmark == bookmark


def test_keys_by_sprint_are_never_null_and_everything_is_described() -> None:
    schema = record_schema(SPRINTS, BY_SPRINT)
    assert schema["required"] == [*BY_SPRINT.key, "period_start"]
    for name, column in schema["properties"].items():
        assert column["title"]
        assert column["description"].endswith(".")
        assert ("null" in column["type"]) != (name in schema["required"] or name == "additional_metrics")
