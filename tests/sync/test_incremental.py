"""State: the exports of a second run, and the state after an interruption."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from standin.metrics import GROUPS
from tests.sync.run import Output, run, team

if TYPE_CHECKING:
    from standin.clock import FakeClock
    from standin.server import Standin


def windows(sei: Standin) -> list[tuple[str, str]]:
    return [(job.body["dateRange"]["start"], job.body["dateRange"]["end"]) for job in sei.jobs.all]


def bookmarks(output: Output, stream: str = "lttc") -> list[str]:
    return [p["replication_key_value"] for p in output.state["bookmarks"][stream]["partitions"]]


def test_a_second_run_asks_for_the_look_back_and_the_open_period(sei: Standin, clock: FakeClock) -> None:
    first = run(sei, clock)
    assert windows(sei) == [("2026-06-01", "2026-11-23")]
    assert bookmarks(first) == ["2026-11-01"]
    second = run(sei, clock, state=first.state)
    assert windows(sei)[1:] == [("2026-10-01", "2026-11-23")]
    assert bookmarks(second) == ["2026-11-01"]


def test_two_runs_leave_the_same_table_as_one(sei: Standin, clock: FakeClock) -> None:
    first = run(sei, clock)
    second = run(sei, clock, state=first.state)
    clock.sleep(3600)
    anew = run(sei, clock)
    for stream in GROUPS:
        assert (first.table(stream) | second.table(stream)).keys() == anew.table(stream).keys()
        assert len(second.records(stream)) == len(second.table(stream)) == 2


@pytest.mark.parametrize("changes", [{"granularity": "QUARTERLY"}, {"aggregation": "p90"}])
def test_changing_granularity_or_aggregation_backfills_and_keeps_the_old_bookmark(
    sei: Standin, clock: FakeClock, changes: dict[str, Any]
) -> None:
    first = run(sei, clock)
    second = run(sei, clock, state=first.state, **changes)
    assert windows(sei)[1][0] in {"2026-06-01", "2026-04-01"}
    assert len(bookmarks(second)) == 2
    back = run(sei, clock, state=second.state)
    assert windows(sei)[2:] == [("2026-10-01", "2026-11-23")]
    assert back.error is None


def test_the_look_back_is_as_long_as_it_is_set(sei: Standin, clock: FakeClock) -> None:
    first = run(sei, clock)
    run(sei, clock, state=first.state, lookback_periods=3)
    run(sei, clock, state=first.state, lookback_periods=0)
    assert windows(sei)[1:] == [("2026-08-01", "2026-11-23"), ("2026-11-01", "2026-11-23")]


def test_a_scope_without_rows_is_not_an_error_and_has_no_bookmark(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, team_ids=[team(sei, "Engineering/Storefront/Research Lab").team_id])
    assert output.error is None
    assert not output.records("lttc")
    assert all("replication_key_value" not in p for p in output.state["bookmarks"]["lttc"]["partitions"])


def test_state_is_written_after_each_export_and_never_before_its_rows(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, start_date="2026-01-01", window_periods=3, select=("lttc",))
    emitted: set[str] = set()
    seen = []
    for message in output.messages:
        if message["type"] == "RECORD" and message["stream"] == "lttc":
            emitted.add(message["record"]["period_start"])
        elif message["type"] == "STATE":
            for partition in message["value"].get("bookmarks", {}).get("lttc", {}).get("partitions", []):
                bookmark = partition.get("replication_key_value")
                if bookmark and bookmark not in seen:
                    seen.append(bookmark)
                    assert bookmark == max(emitted)
    assert seen == ["2026-03-01", "2026-06-01", "2026-09-01", "2026-11-01"]


def test_the_first_load_looks_ahead_over_scopes_and_windows(sei: Standin, clock: FakeClock) -> None:
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering/Payments"))]
    began = clock.monotonic()
    output = run(sei, clock, team_ids=teams, start_date="2024-12-01", max_concurrent_exports=10)
    assert output.error is None
    assert len(sei.jobs.all) == 5 * 2
    assert sei.jobs.max_unfinished == 10
    assert clock.monotonic() - began < 8  # each job takes five seconds


@pytest.mark.parametrize("bound", [1, 3])
def test_never_are_more_jobs_unfinished_than_allowed(sei: Standin, clock: FakeClock, bound: int) -> None:
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering/Payments"))]
    run(sei, clock, team_ids=teams, start_date="2024-12-01", max_concurrent_exports=bound)
    assert sei.jobs.max_unfinished == bound


def test_sharing_makes_one_job_of_seven(sei: Standin, clock: FakeClock) -> None:
    shared = run(sei, clock)
    assert len(sei.jobs.all) == 1
    alone = run(sei, clock, share_exports=False)
    assert len(sei.jobs.all) == 1 + 7
    for stream in GROUPS.keys() - {"summary"}:
        assert [figures(r) for r in shared.records(stream)] == [figures(r) for r in alone.records(stream)]
    for ours, theirs in zip(shared.records("summary"), alone.records("summary"), strict=True):
        # In the shared file, its headline columns come from other groups; its own file does not have them.
        assert figures(ours) == figures(theirs) | {name: ours[name] for name in HEADLINES}
    lttc = [record["lttc"] for record in shared.records("lttc")]
    assert [record["lttc"] for record in shared.records("summary")] == lttc


HEADLINES = ("lttc", "deployment_frequency", "cfr", "mttr", "overall_rating")


def figures(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in {"export_id", "exported_at"}}


def test_weeks_that_start_on_another_day_are_refused_until_that_day_is_set(clock: FakeClock) -> None:
    from standin.server import Standin as Server  # noqa: PLC0415 - a server of its own, whose weeks start on Sunday

    with Server(clock=clock, job_seconds=5, week_start="sunday") as sei:
        refused = run(sei, clock, granularity="WEEKLY", start_date="2026-11-02", select=("lttc",))
        assert refused.records("lttc") == []
        assert "SEI's weeks start on Sunday. Set `week_start` to sunday." in str(refused.error)
        output = run(sei, clock, granularity="WEEKLY", week_start="sunday", start_date="2026-11-02", select=("lttc",))
    assert output.error is None
    assert {date.fromisoformat(record["period_start"]).weekday() for record in output.records("lttc")} == {6}
