"""A morning: the teams are listed, four shards run at once, and for comparison a single run of all teams.

In the middle of one shard SEI refuses the key, and in another Meltano is killed; both are retried. Afterwards a run is
cancelled.
"""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from standin.faults import Fault
from standin.server import Standin
from tests.orchestrate.deployment import EXTRACTOR, LOADER

if TYPE_CHECKING:
    from datetime import date

    from standin.jobs import Job
    from tests.orchestrate.deployment import Deployment

SHARDS = 4
TEAMS = 60
JOB_SECONDS = (1.0, 3.0)
REFUSED, KILLED, STOPPED = "shard-01", "shard-02", "shard-03"
_LONGEST = 240


@dataclass
class Morning:
    """The deployment of a morning and its results."""

    sei: Standin
    deployment: Deployment
    database: str
    shards: dict[str, list[str]]
    first_day: date
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    stopped: dict[str, Any] = field(default_factory=dict)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, such as sei.lttc."""
        with psycopg.connect(self.database, row_factory=dict_row) as connection:
            return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a table of this test

    def jobs(self, shard: str) -> list[Job]:
        """The jobs of a shard's teams, in order."""
        return [job for job in self.sei.jobs.all if job.body["scope"]["teamId"] in self.shards[shard]]

    def live(self) -> None:
        """Run the morning."""
        refused = Fault("forbidden", endpoint="create", match=self.shards[REFUSED][-1], times=1)
        self.sei.faults.add(refused, Fault("job_stuck", match=self.shards[KILLED][-1]))
        # No job completes before all four shards have started, which takes some seconds.
        self.sei.faults.add(Fault("rate_limit", endpoint="poll"))
        # It waits in the queue. If the daemon and a command both find no database, both create it.
        self.deployment.dagster("job", "launch", "-j", "list_teams")
        with self.deployment.daemon(), ThreadPoolExecutor() as pool:
            others = [pool.submit(act) for act in (self._let_go, self._single, self._kill)]
            self.runs = {run["partition"]: run for run in self.deployment.runs("load_shard", SHARDS, _LONGEST)}
            for other in others:
                other.result()
            self._stop()

    def _let_go(self) -> None:
        for teams in self.shards.values():
            self._wait_for_job(teams)
        self.sei.faults.remove("rate_limit")

    def _single(self) -> None:
        """Load all teams in one run into a separate schema, from another stand-in with the same figures."""
        self._wait_for_job([team for teams in self.shards.values() for team in teams])
        with Standin(teams=TEAMS, job_seconds=JOB_SECONDS) as other:
            self.deployment.meltano(
                "run",
                "--state-id-suffix=single",
                EXTRACTOR,
                LOADER,
                TAP_SEI_EFFICIENCY_API_URL=other.base_url,
                TAP_SEI_EFFICIENCY_TEAM_IDS='["*"]',
                TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA="single",
            )

    def _kill(self) -> None:
        """Kill Meltano when it waits for the last team of its shard, before the loader has confirmed anything."""
        stuck = self._wait_for_job(self.shards[KILLED][-1:], polls=4)
        self.sei.faults.remove("job_stuck")
        stuck.gone = 404
        plugin, *_ = self.deployment.processes("orchestrate", KILLED)
        os.kill(os.getpgid(plugin), signal.SIGKILL)

    def _stop(self) -> None:
        """Cancel a run in Dagster while it waits for a job."""
        self.sei.faults.add(Fault("job_stuck"))
        jobs = len(self.sei.jobs.all)
        self.deployment.dagster(
            "job", "launch", "-j", "load_shard", "--tags", json.dumps({"dagster/partition": STOPPED})
        )
        self._wait_for_job(self.shards[STOPPED], after=jobs, polls=2)
        self.deployment.cancel("load_shard")
        self.stopped, *_ = self.deployment.runs("load_shard", SHARDS + 1, _LONGEST)
        self.sei.faults.remove("job_stuck")

    def _wait_for_job(self, team_ids: list[str], *, after: int = 0, polls: int = 0) -> Job:
        """Wait until a job of one of these teams, after `after` others, was polled `polls` times; returns the job."""
        deadline = time.monotonic() + _LONGEST
        while time.monotonic() < deadline:
            for job in self.sei.jobs.all[after:]:
                if job.polls >= polls and job.body["scope"]["teamId"] in team_ids:
                    return job
            time.sleep(0.1)
        msg = f"no run asked for {team_ids}"
        raise TimeoutError(msg)
