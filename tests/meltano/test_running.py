"""Meltano's own commands, and a run that is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from demo.meltano import ROOT
from standin.faults import Fault
from standin.server import Standin
from tests.meltano.conftest import Meltano
from tests.sync.run import team

if TYPE_CHECKING:
    from pathlib import Path

    from standin.jobs import Job

LOAD = ("run", "tap-sei-efficiency", "target-duckdb")


def test_a_connection_test_does_not_wait_for_a_job(tmp_path: Path) -> None:
    (tmp_path / "none.env").touch()
    with Standin(job_seconds=60) as sei:
        meltano = Meltano(tmp_path, sei)
        printed = meltano(
            "config", "test", "tap-sei-efficiency", org_tree_ids=[sei.org.trees[0].tree_id], team_ids=["*"]
        )
        assert sei.jobs.unfinished() == len(sei.jobs.all) == 1
    assert "Plugin configuration is valid" in printed


@pytest.mark.parametrize("mistake", ["team", "path", "key", "tls"])
def test_a_connection_test_fails_for_settings_that_cannot_work(meltano: Meltano, sei: Standin, mistake: str) -> None:
    made = len(sei.jobs.all)
    mistakes: dict[str, dict[str, Any]] = {
        "team": {"team_ids": ["team_nobody"], "org_tree_ids": [sei.org.trees[0].tree_id]},
        "path": {"api_url": sei.base_url.replace("/prod1", "/prod9")},
        "key": {"api_key": "wrong"},
        "tls": {"api_url": sei.base_url.replace("http://", "https://")},
    }
    printed = meltano("config", "test", "tap-sei-efficiency", status=1, **mistakes[mistake])
    assert "Plugin configuration is invalid" in printed
    assert len(sei.jobs.all) == made


def test_the_taps_own_test_runs_under_meltano(meltano: Meltano) -> None:
    printed = meltano("invoke", "tap-sei-efficiency", "--test")
    (line,) = (line for line in printed.splitlines() if " works. " in line)
    assert line.startswith("team:")
    assert "error" not in printed


def test_a_mistake_is_reported_once_with_what_to_check(meltano: Meltano) -> None:
    printed = meltano(*LOAD, status=1, team_ids=[f"Team {number}" for number in range(40)])
    (line,) = [line for line in printed.splitlines() if "Check `team_ids`" in line] or [printed]
    assert "Team 0, team:Team 1, " in line
    assert "check `org_identifier`" in line
    assert len([line for line in printed.splitlines() if "team:Team 0" in line]) == 3, printed


def test_a_merge_of_states_drops_the_bookmarks_of_the_other_scopes(tmp_path: Path, sei: Standin) -> None:
    """Meltano replaces lists, of which docs/state-and-recovery.md warns."""
    (tmp_path / "none.env").touch()
    meltano = Meltano(tmp_path, sei)
    teams = [team(sei, f"Engineering/Payments/{name}").team_id for name in ("Checkout", "Ledger")]

    def bookmarked() -> set[str]:
        printed = meltano("state", "get", "demo:tap-sei-efficiency-to-target-duckdb")
        state = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))["singer_state"]
        return {partition["context"]["scope"] for partition in state["bookmarks"]["lttc"]["partitions"]}

    meltano(*LOAD, team_ids=teams)
    assert bookmarked() == {f"team:{each}" for each in teams}
    meltano("run", "--full-refresh", "--merge-state", *LOAD[1:], team_ids=teams[:1])
    assert bookmarked() == {f"team:{teams[0]}"}


def test_a_run_that_failed_in_part_ends_non_zero_and_reports_it(meltano: Meltano, sei: Standin) -> None:
    checkout = team(sei, "Engineering/Payments/Checkout").team_id
    printed = meltano(*LOAD, status=1, team_ids=[checkout, "team_nobody"])
    assert "team:team_nobody" in printed
    with duckdb.connect(str(meltano.folder / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT DISTINCT team FROM sei.lttc").fetchall() == [("Checkout",)]


def test_json_lines_contain_the_records(meltano: Meltano, tmp_path: Path) -> None:
    meltano.target["TARGET_JSONL_DESTINATION_PATH"] = str(tmp_path)
    meltano("run", "tap-sei-efficiency", "target-jsonl")
    records = [json.loads(line) for line in (tmp_path / "lttc.jsonl").read_text().splitlines()]
    assert records
    assert {record["team"] for record in records} == {"Checkout"}


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_the_next_run_completes_an_interrupted_load(tmp_path: Path, signum: signal.Signals) -> None:
    (tmp_path / "none.env").touch()
    with Standin(job_seconds=0.0) as sei:
        leaves = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering/Payments"))]
        sei.faults.add(Fault("job_stuck", match=leaves[-1]))
        meltano = Meltano(tmp_path, sei)
        settings: dict[str, Any] = {"team_ids": leaves, "start_date": "2026-06-01", "end_date": "2026-09-30"}
        with subprocess.Popen(
            meltano.command(*LOAD), cwd=ROOT, env=meltano.environment(**settings), start_new_session=True
        ) as interrupted:
            stuck = wait_for_a_stuck_job(sei, leaves[-1])
            os.killpg(interrupted.pid, signum)
            interrupted.wait(30)
        assert interrupted.returncode != 0
        sei.faults.clear()
        stuck.gone = 404
        meltano(*LOAD, "--force", **settings)
        with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
            found = connection.sql("SELECT count(*), count(DISTINCT team) FROM sei.lttc").fetchall()
        assert found == [(4 * len(leaves), len(leaves))]
        assert meltano.state()["exports_in_flight"] == []


def wait_for_a_stuck_job(sei: Standin, team_id: str) -> Job:
    """Wait until the run has polled a team's job twice, and return the job. Everything before it is then emitted."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        stuck = [job for job in sei.jobs.all if job.body["scope"] == {"teamId": team_id} and job.polls > 1]
        if stuck:
            return stuck[0]
        time.sleep(0.05)
    msg = "the run never asked for the job"
    raise TimeoutError(msg)
