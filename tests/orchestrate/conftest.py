"""Fixtures of the tests on Dagster: a database, and one morning of four shards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orchestrate.shards import by_shard
from standin.server import Standin
from tests.orchestrate.deployment import DAGSTER, Deployment
from tests.orchestrate.morning import JOB_SECONDS, SHARDS, TEAMS, Morning
from tests.postgres import empty_postgres, sqlalchemy_url

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL."""
    with empty_postgres() as address:
        yield address


@pytest.fixture(scope="session")
def dagster() -> None:
    """Skip the tests that need Dagster if it is not installed."""
    if not (DAGSTER / "dagster").exists():
        pytest.skip("Dagster is not installed: `make orchestrate` installs it and runs these tests")


@pytest.fixture(scope="session")
def morning(dagster: None, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:  # noqa: ARG001 - skips first
    """A completed morning."""
    today = datetime.now(tz=UTC).date()
    last_day = (today - timedelta(days=20)).replace(day=1) - timedelta(days=1)  # figures are final after two weeks
    first_day = (last_day - timedelta(days=100)).replace(day=1)
    with Standin(teams=TEAMS, job_seconds=JOB_SECONDS) as sei:
        deployment = Deployment(
            tmp_path_factory.mktemp("orchestrate"),
            {
                "ORCHESTRATE_SHARDS": str(SHARDS),
                "ORCHESTRATE_RETRY_SECONDS": "1",
                "ORCHESTRATE_COOL_DOWN_SECONDS": "0",
                "TAP_SEI_EFFICIENCY_API_URL": sei.base_url,
                "TAP_SEI_EFFICIENCY_START_DATE": first_day.isoformat(),
                "TAP_SEI_EFFICIENCY_END_DATE": last_day.isoformat(),
                "TARGET_POSTGRES_SQLALCHEMY_URL": sqlalchemy_url(database),
            },
        )
        deployment.prepare()
        teams = [team.team_id for team in sei.org.leaves(sei.org.team_at("Engineering"))]
        morning = Morning(sei, deployment, database, by_shard(teams, SHARDS), first_day)
        morning.live()
        yield morning
