"""The runner against a scripted SEI: its requests, their times, and its reaction to the answers."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from standin.clock import FakeClock
from tap_sei_efficiency.errors import ExportError, GoneError, RefusedError, UnavailableError
from tap_sei_efficiency.model.jobs import Job, JobStatus
from tap_sei_efficiency.model.periods import Calendar, Granularity
from tap_sei_efficiency.model.requests import ExportRequest, Scope, ScopeKind
from tap_sei_efficiency.run.lifecycle import Stage
from tap_sei_efficiency.run.polling import PollPolicy
from tap_sei_efficiency.run.runner import Runner, RunnerPolicy
from tests.unit.builders import request
from tests.unit.fake_sei import FakeSei

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_sei_efficiency.run.task import Task

Fetch: TypeAlias = "Callable[..., list[str]]"

YEAR = request("2026-01-01", "2026-12-31")


def requests(count: int) -> list[ExportRequest]:
    return [replace(YEAR, scope=Scope(ScopeKind.TEAM, f"team_{number}")) for number in range(count)]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sei(clock: FakeClock) -> FakeSei:
    return FakeSei(clock)


@pytest.fixture
def make_runner(clock: FakeClock, sei: FakeSei) -> Callable[..., Runner]:
    def make(**changes: Any) -> Runner:
        on_change = changes.pop("on_change", lambda: None)
        bounds: dict[str, Any] = {"max_concurrent": 5, "max_attempts": 3, "timeout": 3600, **changes}
        policy = RunnerPolicy(poll=PollPolicy(2, 30), **bounds)
        calendar = Calendar(Granularity.MONTHLY)
        return Runner(api=sei, clock=clock, policy=policy, calendar=calendar, on_change=on_change)

    return make


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    """The content of the files that were downloaded for a request."""

    def fetch(runner: Runner, wanted: ExportRequest, reader: str = "lttc") -> list[str]:
        return [text for task in runner.wait(wanted, reader) for text in read(runner, task, tmp_path)]

    return fetch


def read(runner: Runner, task: Task, folder: Path) -> list[str]:
    file = folder / "file"
    if not runner.download(task, file):
        return []
    runner.done(task)
    return [file.read_text()]


@pytest.fixture
def fetch_all(tmp_path: Path) -> Callable[[Runner], list[str]]:
    """The content of the files of all planned requests, in the order of completion; errors as text."""

    def fetch_all(runner: Runner) -> list[str]:
        found = []
        for task in runner.finished():
            if error := task.error or task.trouble:
                found.append(str(error))
                for reader in list(task.readers):
                    runner.forget(reader, task.request.scope)
                continue
            try:
                found += read(runner, task, tmp_path)
            except ExportError as failed:
                found.append(str(failed))
                for reader in list(task.readers):
                    runner.forget(reader, task.request.scope)
        return found

    return fetch_all


def test_an_unplanned_request_is_created(make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch) -> None:
    assert fetch(make_runner(), YEAR) == [str(YEAR)]
    assert sei.created == [YEAR]


def test_jobs_of_later_requests_run_while_the_first_is_awaited(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, fetch: Fetch
) -> None:
    runner, wanted, began = make_runner(max_concurrent=10), requests(10), clock.monotonic()
    runner.plan({each: ["lttc"] for each in wanted}, {})
    assert [fetch(runner, each) for each in wanted] == [[str(each)] for each in wanted]
    assert sei.created == wanted
    assert clock.monotonic() - began < 2 * sei.seconds


@pytest.mark.parametrize("bound", [1, 3, 5])
def test_never_are_more_jobs_unfinished_than_allowed(
    make_runner: Callable[..., Runner], sei: FakeSei, bound: int, fetch: Fetch
) -> None:
    runner, wanted = make_runner(max_concurrent=bound), requests(12)
    runner.plan({each: ["lttc"] for each in wanted}, {})
    for each in reversed(wanted):  # correctness does not depend on the order of streams
        assert fetch(runner, each) == [str(each)]
    assert sei.most_unfinished == bound
    assert len(sei.created) == 12


def test_a_job_of_a_minute_takes_eight_polls_at_most(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    sei.seconds = 60
    fetch(make_runner(), YEAR)
    assert sei.polls["exp_1"] <= 8


def test_the_duration_of_recent_jobs_sets_the_time_of_the_next_poll(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, fetch: Fetch
) -> None:
    runner = make_runner()
    first, second = requests(2)
    fetch(runner, first)
    began = clock.monotonic()
    fetch(runner, second)
    assert clock.monotonic() - began == pytest.approx(sei.seconds)
    assert sei.polls["exp_2"] == 1


def test_a_failed_job_is_tried_again(make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch) -> None:
    sei.fate = lambda _, number: JobStatus.FAILED if number < 3 else JobStatus.COMPLETED
    assert fetch(make_runner(), YEAR) == [str(YEAR)]
    assert sei.created == [YEAR] * 3


def test_a_period_is_given_up_after_its_attempts_with_the_servers_message(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    sei.fate = lambda *_: JobStatus.FAILED
    with pytest.raises(ExportError) as failed:
        fetch(make_runner(), request())
    assert str(failed.value) == (
        "Export exp_3 of lttc of team:team_a, 2026-01-01 to 2026-01-31 failed: exp_3 is FAILED; 3 of "
        "`max_export_attempts` tried. Ask Harness support, or try a longer `export_timeout_seconds`."
    )


def test_a_window_whose_jobs_keep_failing_under_new_ids_is_halved(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    sei.fate = lambda asked, _: (
        JobStatus.FAILED if (asked.window.end - asked.window.start).days > 100 else JobStatus.COMPLETED
    )
    assert fetch(make_runner(), YEAR) == [
        f"lttc of team:team_a, 2026-{start} to 2026-{end}"
        for start, end in [("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31")]
    ]
    assert len(sei.created) == 3 + 2 + 4


def test_a_shared_period_whose_jobs_keep_failing_is_split_by_its_groups(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch_all: Callable[[Runner], list[str]]
) -> None:
    sei.fate = lambda asked, _: JobStatus.FAILED if "cfr" in asked.groups else JobStatus.COMPLETED
    runner = make_runner()
    runner.plan({request(groups=("lttc", "cfr")): ["lttc", "cfr"]}, {})
    found = fetch_all(runner)
    assert found[0] == "lttc of team:team_a, 2026-01-01 to 2026-01-31"
    assert "of cfr of team:team_a" in found[1]
    assert "3 of `max_export_attempts` tried" in found[1]


def test_a_failed_job_that_is_returned_again_halves_the_window(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    sei.reuse_seconds = 1800
    sei.fate = lambda asked, _: (
        JobStatus.FAILED if (asked.window.end - asked.window.start).days > 100 else JobStatus.COMPLETED
    )
    assert fetch(make_runner(), YEAR) == [
        f"lttc of team:team_a, 2026-{start} to 2026-{end}"
        for start, end in [("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31")]
    ]
    assert len(sei.created) == 7


def test_a_failed_job_that_is_returned_again_for_a_single_period_is_an_error(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    sei.reuse_seconds = 1800
    sei.fate = lambda *_: JobStatus.CANCELLED
    with pytest.raises(
        ExportError, match=r"2026-01-01 to 2026-01-31 cancelled: exp_\d is CANCELLED; SEI returned the failed"
    ):
        fetch(make_runner(), request())


def test_a_shared_single_period_that_fails_is_split_by_its_groups(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    sei.reuse_seconds = 1800
    sei.fate = lambda asked, _: JobStatus.FAILED if len(asked.groups) > 1 else JobStatus.COMPLETED
    runner, shared = make_runner(), request(groups=("lttc", "cfr"))
    runner.plan({shared: ["lttc", "cfr"]}, {})
    assert fetch(runner, shared, "lttc") == ["lttc of team:team_a, 2026-01-01 to 2026-01-31"]
    assert fetch(runner, shared, "cfr") == ["cfr of team:team_a, 2026-01-01 to 2026-01-31"]


def test_groups_that_sei_refuses_together_get_separate_exports_for_the_rest_of_the_run(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    sei.refuse = lambda asked: RefusedError("no such combination", 400) if len(asked.groups) > 1 else None
    runner = make_runner()
    wanted = [replace(each, groups=("lttc", "cfr")) for each in requests(3)]
    runner.plan({each: ["lttc", "cfr"] for each in wanted}, {})
    for each in wanted:
        assert fetch(runner, each, "cfr") == [str(replace(each, groups=("cfr",)))]
        assert fetch(runner, each, "lttc") == [str(replace(each, groups=("lttc",)))]
    assert len(sei.created) == 6


@pytest.mark.parametrize("limit", [1, 2])
def test_a_limit_of_jobs_at_once_is_learned_from_409(
    make_runner: Callable[..., Runner], sei: FakeSei, limit: int, fetch: Fetch
) -> None:
    asked: list[ExportRequest] = []

    def refuse(request: ExportRequest) -> RefusedError | None:
        asked.append(request)
        return RefusedError("SEI refused: busy.", 409) if sei.unfinished >= limit else None

    sei.refuse = refuse
    runner, wanted = make_runner(max_concurrent=4), requests(8)
    runner.plan({each: ["lttc"] for each in wanted}, {})
    assert [fetch(runner, each) for each in wanted] == [[str(each)] for each in wanted]
    assert sei.most_unfinished == limit
    assert len(asked) <= len(wanted) + 2


def test_a_conflict_that_no_running_job_explains_is_a_refusal(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    first, second, third = requests(3)
    sei.refuse = lambda asked: RefusedError("SEI refused: it is so", 409) if asked == second else None
    runner = make_runner()
    runner.plan({each: ["lttc"] for each in (first, second, third)}, {})
    assert fetch(runner, first) == [str(first)]
    with pytest.raises(RefusedError, match="it is so"):
        fetch(runner, second)
    assert fetch(runner, third) == [str(third)]


def test_a_refusal_of_one_team_does_not_divide_the_exports_of_the_others(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch_all: Callable[[Runner], list[str]]
) -> None:
    bad, good = (request(groups=("lttc", "cfr", "mttr"), scope=Scope(ScopeKind.TEAM, name)) for name in ("bad", "good"))
    sei.refuse = lambda asked: RefusedError("no profile", 400) if asked.scope == bad.scope else None
    runner = make_runner()
    runner.plan({each: ["lttc", "cfr", "mttr"] for each in (bad, good)}, {})
    assert str(good) in fetch_all(runner)
    assert sei.created == [good]


def test_a_refused_request_is_an_error_of_its_readers_only(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    first, second = requests(2)
    sei.refuse = lambda asked: RefusedError("SEI refused: no such team", 404) if asked == first else None
    runner = make_runner()
    runner.plan({first: ["lttc"], second: ["lttc"]}, {})
    with pytest.raises(RefusedError, match="no such team"):
        fetch(runner, first)
    assert fetch(runner, second) == [str(second)]


def test_a_job_that_takes_too_long_is_created_again(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, fetch: Fetch
) -> None:
    sei.seconds, began = 10_000, clock.monotonic()
    with pytest.raises(ExportError, match=r"timed out: still PROCESSING after `export_timeout_seconds` 100"):
        fetch(make_runner(timeout=100, max_attempts=2), request())
    assert len(sei.created) == 2
    assert clock.monotonic() - began == pytest.approx(200, abs=5)


@pytest.mark.parametrize("lost", [GoneError("SEI does not know it")])
def test_a_job_that_vanishes_is_created_again(
    make_runner: Callable[..., Runner], sei: FakeSei, lost: Exception, fetch: Fetch
) -> None:
    sei.fate = lambda _, number: lost if number == 1 else JobStatus.COMPLETED
    assert fetch(make_runner(), YEAR) == [str(YEAR)]
    assert len(sei.created) == 2


def test_an_undocumented_status_counts_as_running_with_one_warning(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, caplog: pytest.LogCaptureFixture, fetch: Fetch
) -> None:
    ready_at = clock.monotonic() + 40
    sei.fate = lambda *_: JobStatus.UNKNOWN if clock.monotonic() < ready_at else JobStatus.COMPLETED
    with caplog.at_level(logging.WARNING):
        assert fetch(make_runner(), YEAR) == [str(YEAR)]
    assert sum("undocumented status" in message for message in caplog.messages) == 1


def test_while_sei_cannot_be_asked_a_job_keeps_its_slot_and_its_readers_get_the_error(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, fetch: Fetch
) -> None:
    back_at = clock.monotonic() + 50
    sei.fate = lambda *_: UnavailableError("SEI is down") if clock.monotonic() < back_at else JobStatus.COMPLETED
    runner = make_runner()
    with pytest.raises(UnavailableError):
        fetch(runner, YEAR)
    assert [task.job.export_id for task in runner.in_flight] == ["exp_1"]
    clock.sleep(back_at - clock.monotonic())
    assert fetch(runner, YEAR) == [str(YEAR)]
    assert len(sei.created) == 1


def test_an_unfinished_job_of_an_earlier_run_is_resumed(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, fetch: Fetch
) -> None:
    job = sei.create(YEAR)
    clock.sleep(3 * 3600)
    runner = make_runner()
    runner.plan({YEAR: ["lttc"]}, {YEAR: job})
    assert fetch(runner, YEAR) == [str(YEAR)]
    assert len(sei.created) == 1


def test_an_unfinished_job_that_sei_has_forgotten_is_created_again(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    job = sei.create(YEAR)
    sei.fate = lambda _, number: GoneError("gone") if number == 1 else JobStatus.COMPLETED
    runner = make_runner()
    runner.plan({YEAR: ["lttc"]}, {YEAR: job})
    assert fetch(runner, YEAR) == [str(YEAR)]
    assert len(sei.created) == 2


def test_a_forgotten_job_that_could_not_be_polled_before_is_created_again(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, fetch_all: Callable[[Runner], list[str]]
) -> None:
    job = sei.create(YEAR)
    back_at = clock.monotonic() + 10
    down, gone = UnavailableError("SEI is down"), GoneError("gone")
    sei.fate = lambda _, number: JobStatus.COMPLETED if number > 1 else down if clock.monotonic() < back_at else gone
    runner = make_runner()
    runner.plan({YEAR: ["lttc"]}, {YEAR: job})
    for _ in range(2):  # as while the rows of another export are emitted
        runner.sweep()
        clock.sleep(31)
    assert fetch_all(runner) == [str(YEAR)]
    assert len(sei.created) == 2


def test_an_unfinished_job_of_an_earlier_run_does_not_count_as_an_attempt(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    job = sei.create(request())
    sei.fate = lambda _, number: GoneError("gone") if number == 1 else JobStatus.COMPLETED
    runner = make_runner(max_attempts=1)
    runner.plan({request(): ["lttc"]}, {request(): job})
    assert fetch(runner, request()) == [str(request())]


def test_a_job_of_another_request_is_an_error_of_its_readers(
    make_runner: Callable[..., Runner],
    sei: FakeSei,
    fetch_all: Callable[[Runner], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = requests(2)
    job = sei.create(one)
    monkeypatch.setattr(sei, "create", lambda _: job)
    runner = make_runner()
    runner.plan({one: ["lttc"], other: ["lttc"]}, {})
    found = fetch_all(runner)
    assert str(one) in found
    assert (
        f"SEI returned export exp_1 for {other}, but that is the job of {one}, and its file contains the figures of "
        "that one. Run again in half an hour, or ask Harness support."
    ) in found
    assert len(found) == 2


def test_a_vanished_job_that_is_returned_again_is_an_error_with_its_reason(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    sei.reuse_seconds = 1800
    sei.fate = lambda *_: GoneError("SEI does not know the export")
    with pytest.raises(ExportError, match=r"vanished: SEI does not know the export; SEI returned the failed"):
        fetch(make_runner(), request())


def test_an_unfinished_job_without_a_request_is_ignored(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    other = request("2025-01-01", "2025-01-31")
    job = sei.create(other)
    runner = make_runner()
    runner.plan({YEAR: ["lttc"]}, {other: job})
    fetch(runner, YEAR)
    assert sei.polls[job.export_id] == 0


def test_a_request_without_readers_is_not_created(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    runner, wanted = make_runner(max_concurrent=2), requests(6)
    runner.plan({each: ["lttc"] for each in wanted}, {})
    fetch(runner, wanted[0])
    created = list(sei.created)
    for each in wanted[1:]:
        runner.forget("lttc", each.scope)
    runner.sweep()
    assert sei.created == created
    assert len(created) < len(wanted)


def test_a_file_that_is_read_again_after_its_release_is_downloaded_again(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch
) -> None:
    sei.reuse_seconds = 1800
    runner = make_runner()
    assert fetch(runner, YEAR) == fetch(runner, YEAR) == [str(YEAR)]
    assert (len(sei.created), sei.downloads) == (1, ["exp_1", "exp_1"])


def test_every_change_of_the_jobs_in_flight_is_reported(make_runner: Callable[..., Runner], fetch: Fetch) -> None:
    seen: list[list[str]] = []
    runner: Runner = make_runner(on_change=lambda: seen.append([task.job.export_id for task in runner.in_flight]))
    fetch(runner, YEAR)
    assert seen == [["exp_1"]]


def test_a_long_wait_logs_the_progress(
    make_runner: Callable[..., Runner], sei: FakeSei, caplog: pytest.LogCaptureFixture, fetch: Fetch
) -> None:
    sei.seconds = 100
    runner, wanted = make_runner(max_concurrent=2), requests(3)
    runner.plan({each: ["lttc"] for each in wanted}, {})
    with caplog.at_level(logging.INFO):
        for each in wanted:
            fetch(runner, each)
    beats = [message for message in caplog.messages if "in flight, oldest" in message]
    assert beats[0].startswith("0 of 3 exports done, 2 in flight, oldest")
    assert 4 <= len(beats) <= 8


def test_a_task_of_the_run_lists_its_jobs(make_runner: Callable[..., Runner], sei: FakeSei, fetch: Fetch) -> None:
    sei.fate = lambda _, number: JobStatus.FAILED if number == 1 else JobStatus.COMPLETED
    runner = make_runner()
    fetch(runner, YEAR)
    (task,) = runner.tasks
    assert task.stage is Stage.DONE
    assert [(a.job.export_id, a.outcome, a.words) for a in task.attempts] == [
        ("exp_1", "failed", "exp_1 is FAILED"),
        ("exp_2", "completed", ""),
    ]


def test_a_reused_job_is_polled_at_once(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, fetch: Fetch
) -> None:
    sei.reuse_seconds = 1800
    sei.create(YEAR)
    clock.sleep(60)
    began = clock.monotonic()
    fetch(make_runner(), YEAR)
    assert clock.monotonic() == began


def test_a_job_that_sei_does_not_know_yet_is_polled_again(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, fetch: Fetch
) -> None:
    known_at = clock.monotonic() + 20
    sei.fate = lambda *_: GoneError("not found") if clock.monotonic() < known_at else JobStatus.COMPLETED
    assert fetch(make_runner(), YEAR) == [str(YEAR)]
    assert len(sei.created) == 1


def test_files_come_in_the_order_in_which_sei_finishes_them(
    make_runner: Callable[..., Runner], sei: FakeSei, clock: FakeClock, fetch_all: Callable[[Runner], list[str]]
) -> None:
    slow, quick = requests(2)
    slow_until = clock.monotonic() + 100
    sei.fate = lambda asked, _: (
        JobStatus.PROCESSING if asked == slow and clock.monotonic() < slow_until else JobStatus.COMPLETED
    )
    runner = make_runner()
    runner.plan({slow: ["lttc"], quick: ["lttc"]}, {})
    assert fetch_all(runner) == [str(quick), str(slow)]


def test_a_scope_that_fails_does_not_keep_the_others_waiting(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch_all: Callable[[Runner], list[str]]
) -> None:
    wanted = requests(3)
    sei.refuse = lambda asked: RefusedError("no such team", 404) if asked.scope == wanted[0].scope else None
    runner = make_runner(max_concurrent=1)
    later = [replace(each, window=request("2027-01-01", "2027-12-31").window) for each in wanted]
    runner.plan({each: ["lttc"] for each in [*wanted, *later]}, {})
    found = fetch_all(runner)
    assert found[0] == "no such team"
    assert sorted(found[1:]) == sorted(map(str, [*wanted[1:], *later[1:]]))


def test_a_download_that_sei_cannot_serve_now_takes_no_slot_from_the_others(
    make_runner: Callable[..., Runner], sei: FakeSei, fetch_all: Callable[[Runner], list[str]]
) -> None:
    first, second = requests(2)
    download = sei.download

    def fail_first(request: ExportRequest, job: Job, target: Path) -> int:
        if request == first:
            msg = "storage is down"
            raise UnavailableError(msg)
        return download(request, job, target)

    sei.download = fail_first  # type: ignore[method-assign]
    runner = make_runner(max_concurrent=1)
    runner.plan({first: ["lttc"], second: ["lttc"]}, {})
    assert fetch_all(runner) == ["storage is down", str(second)]
    assert [task.request for task in runner.in_flight] == [first]
