"""A run that ends anywhere loses nothing: the next one, from the last STATE, completes the tables."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import requests

from standin.faults import Fault
from standin.server import Standin
from tests.sync.run import Output, config, run, team

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from standin.clock import FakeClock

STREAMS = ("lttc", "cfr", "summary")
TWO_HOURS = 2 * 3600


class Killed(BaseException):
    """Kills a run; the tap does not handle it."""


def settings(sei: Standin, windows: int = 3) -> dict[str, Any]:
    """Two teams and some windows whose figures no longer change, so runs can be compared."""
    teams = [team(sei, f"Engineering/Payments/{name}").team_id for name in ("Checkout", "Ledger")]
    return {
        "team_ids": teams,
        "start_date": f"2026-{11 - 2 * windows:02}-01",
        "include_open_period": False,
        "window_periods": 2,
        "poll_interval_seconds": 5,  # every job is then done: a run has three requests for each export
        "select": STREAMS,
    }


def killed_run(
    sei: Standin,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    call: int,
    *,
    is_answered: bool,
    given: dict[str, Any] | None = None,
) -> Output | None:
    """A run that ends at its `call`-th HTTP request, before or after it; None if the run has fewer requests."""
    send, seen, output = requests.Session.request, 0, Output()

    def request(session: requests.Session, *args: Any, **kwargs: Any) -> requests.Response:
        nonlocal seen
        seen += 1
        if seen == call and not is_answered:
            raise Killed
        response = send(session, *args, **kwargs)
        if seen == call:
            response.close()
            raise Killed
        return response

    with monkeypatch.context() as patch:
        patch.setattr(requests.Session, "request", request)
        try:
            run(sei, clock, output=output, **(given or settings(sei)))
        except Killed:
            return output
    return None


def figures(*outputs: Output, streams: Sequence[str] = STREAMS) -> dict[str, Any]:
    """The warehouse tables after several runs, without the columns of the export."""
    moment = {"export_id", "exported_at"}
    tables: dict[str, Any] = {stream: {} for stream in streams}
    for output in outputs:
        for stream, table in tables.items():
            for key, record in output.table(stream).items():
                table[key] = {name: value for name, value in record.items() if name not in moment}
    return tables


@pytest.mark.parametrize("is_answered", [False, True])
def test_the_next_run_completes_a_run_killed_at_any_request(
    sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, is_answered: bool
) -> None:
    whole = figures(run(sei, clock, **settings(sei, windows=2)))
    call = 0
    while True:
        call += 1
        clock.sleep(TWO_HOURS)  # no job of the last round is returned again
        killed = killed_run(sei, clock, monkeypatch, call, is_answered=is_answered, given=settings(sei, windows=2))
        if killed is None:
            break
        for pause in (0, TWO_HOURS):
            clock.sleep(pause)
            resumed = run(sei, clock, state=killed.state, **settings(sei, windows=2))
            assert resumed.error is None
            assert figures(killed, resumed) == whole, f"killed at request {call}, resumed {pause} s later"
    assert call > 4 * 3


def test_jobs_in_flight_are_resumed_by_the_next_run_hours_later(
    sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = killed_run(sei, clock, monkeypatch, 6, is_answered=False)  # five jobs created, none polled
    assert killed
    left = {entry["export_id"] for entry in killed.state["exports_in_flight"]}
    assert left == {job.export_id for job in sei.jobs.all}
    assert len(left) == 5
    clock.sleep(TWO_HOURS)
    resumed = run(sei, clock, state=killed.state, **settings(sei))
    assert resumed.error is None
    assert len(sei.jobs.all) == 6
    assert resumed.state["exports_in_flight"] == []


def test_a_job_in_flight_that_sei_has_forgotten_is_created_again(
    sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = killed_run(sei, clock, monkeypatch, 6, is_answered=False)
    assert killed
    for job in sei.jobs.all:
        job.gone = 404
    clock.sleep(TWO_HOURS)
    resumed = run(sei, clock, state=killed.state, **settings(sei))
    assert resumed.error is None
    assert len(sei.jobs.all) == 5 + 6


def test_a_job_in_flight_of_another_request_is_forgotten(
    sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = killed_run(sei, clock, monkeypatch, 6, is_answered=False)
    assert killed
    clock.sleep(TWO_HOURS)
    resumed = run(sei, clock, state=killed.state, **{**settings(sei), "aggregation": "p90"})
    assert resumed.error is None
    assert len(sei.jobs.all) == 5 + 6


def test_the_state_stays_small(sei: Standin, clock: FakeClock) -> None:
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering/Payments"))]
    output = run(sei, clock, team_ids=teams, start_date="2025-01-01", max_concurrent_exports=4)
    most = max(len(state.get("exports_in_flight", [])) for state in output.states)
    assert most == 4 + 1  # four unfinished at SEI, and one whose rows are being emitted
    partitions = sum(len(entry.get("partitions", [])) for entry in output.state["bookmarks"].values())
    assert partitions == len(teams) * 7


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_waiting_run_at_once_with_its_last_state(
    tmp_path: Path, signum: signal.Signals, status: int
) -> None:
    with Standin(job_seconds=600) as sei:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config(sei, start_date="2026-01-01")))
        command = [sys.executable, "-m", "tap_sei_efficiency", "--config", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tap:
            assert tap.stdout
            assert tap.stderr
            state: dict[str, Any] = {}
            while not state.get("exports_in_flight"):
                message = json.loads(tap.stdout.readline())
                state = message.get("value", state)
            tap.send_signal(signum)
            rest, log = tap.communicate(timeout=60)
        assert tap.returncode == status
        states = [json.loads(line)["value"] for line in rest.splitlines() if '"STATE"' in line]
        assert [entry["export_id"] for entry in (states or [state])[-1]["exports_in_flight"]]
        assert f"{signum.name} received: the next run resumes" in log
        assert "Traceback" not in log


def test_a_refused_key_during_a_run_leaves_a_state_to_resume_from(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("unauthorized", after=12))
    stopped = run(sei, clock, **settings(sei))
    assert "SEI refused the API key" in stopped.lines[0]
    sei.faults.clear()
    clock.sleep(TWO_HOURS)
    resumed = run(sei, clock, state=stopped.state, **settings(sei))
    assert resumed.error is None
    clock.sleep(TWO_HOURS)
    assert figures(stopped, resumed) == figures(run(sei, clock, **settings(sei)))
