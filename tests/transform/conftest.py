"""Two loads a week apart, each followed by a build, and a third build after errors were planted in the rows.

Each database goes through them once, both at the same time, because a dbt command takes seconds. Every step is kept.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from standin.clock import FakeClock
from standin.server import Standin
from standin.sprints import MODES
from tests.sync.run import run
from tests.transform.databases import Database, on_duckdb, on_postgres
from tests.transform.planting import PLANTED
from tests.transform.truth import TREE, figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.transform.databases import Row
    from tests.transform.dbt import Outcome
    from tests.transform.truth import Key

    Messages = list[dict[str, Any]]

FIRST_DAY = date(2025, 7, 1)
# February is over at both times, but its figures are not final after four and eleven days.
TIMES = (datetime(2026, 3, 5, 10, tzinfo=UTC), datetime(2026, 3, 12, 10, tzinfo=UTC))
SERIES = (("MONTHLY", "mean"), ("MONTHLY", "p90"), ("QUARTERLY", "mean"))
MARTS = (
    "dora_current",
    "fct_dora",
    "fct_dora_long",
    "fct_dora_change",
    "fct_dora_benchmark",
    "dim_team",
    "dim_period",
    "restatements",
    "fct_sprint",
    "fct_sprints",
    "sprint_current",
)
SPRINTS: dict[str, Any] = {"sprint_metrics": ["team", "sprint"], "sprint_computation_modes": list(MODES)}
LONG = 100_000  # days
DAYS = {"export_warn_days": 1, "export_error_days": LONG, "period_warn_days": 1, "period_error_days": 1}
"""Variables that only `dbt source freshness` reads."""
COVERAGE = ("coverage_exports", "coverage_periods", "coverage_teams")


@dataclass(frozen=True)
class Step:
    """The result of a build: the status of each node, and the rows of the marts."""

    at: datetime
    outcomes: dict[str, Outcome]
    marts: dict[str, list[Row]]

    def figures(self) -> list[Row]:
        """The rows of `fct_dora`, each with the columns of its team."""
        teams = {team["team_key"]: team for team in self.marts["dim_team"]}
        return [teams[row["team_key"]] | row for row in self.marts["fct_dora"]]


@dataclass(frozen=True)
class History:
    """The history of a database: two builds, and the data tests after errors were planted."""

    sei: Standin
    database: Database
    steps: list[Step] = field(default_factory=list)
    planted: dict[str, Outcome] = field(default_factory=dict)

    def true(self, step: Step) -> dict[Key, dict[str, Any]]:
        """The expected content of `fct_dora` after a step."""
        table: dict[Key, dict[str, Any]] = {}
        for granularity, aggregation in SERIES:
            table |= figures(self.sei, FIRST_DAY, step.at.date(), step.at, granularity, aggregation)
        return table


@pytest.fixture(scope="session")
def sei() -> Iterator[Standin]:
    """A stand-in with its own clock."""
    with Standin(clock=FakeClock(TIMES[0]), job_seconds=0.0) as server:
        yield server


@pytest.fixture(scope="session")
def loads(sei: Standin) -> list[Messages]:
    """The tap's output at each time."""
    written: list[Messages] = []
    state: dict[str, Any] = {}
    assert isinstance(sei.clock, FakeClock)
    for at in TIMES:
        sei.clock.sleep((at - sei.clock.now()).total_seconds())
        written.append([])
        for granularity, aggregation in SERIES:
            output = run(
                sei,
                sei.clock,
                state=state,
                granularity=granularity,
                aggregation=aggregation,
                org_tree_names=[TREE],
                org_tree_ids=[1],
                start_date=FIRST_DAY.isoformat(),
                **SPRINTS,
                # A stream that is added later, like the single metrics here, is modelled from then on.
                metrics=["LTTC_Mean_Days"] if at == TIMES[-1] else [],
            )
            assert output.error is None
            written[-1] += output.messages
            state = output.state
    return written


@pytest.fixture(scope="session")
def histories(
    sei: Standin, loads: list[Messages], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[History]]]:
    """The running histories of both databases."""
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in ("duckdb", "postgres")}
    with on_postgres(folders["postgres"]) as postgres, ThreadPoolExecutor() as pool:
        databases = {
            kind: replace(
                database, dbt=replace(database.dbt, variables=DAYS | {"sprint_metrics": SPRINTS["sprint_metrics"]})
            )
            for kind, database in (("duckdb", on_duckdb(folders["duckdb"])), ("postgres", postgres))
        }
        yield {kind: pool.submit(_live, History(sei, database), loads) for kind, database in databases.items()}


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def history(request: pytest.FixtureRequest, histories: dict[str, Future[History]]) -> History:
    """The history of each database."""
    return histories[request.param].result()


def _live(history: History, loads: list[Messages]) -> History:
    database = history.database
    for at, messages in zip(TIMES, loads, strict=True):
        database.load(messages)
        # The second run of the models' unit tests would be the same.
        outcomes = database.dbt("build", *(("--selector", "nightly") if history.steps else ()))
        marts = {mart: database.read(f"dora.{mart}") for mart in (*MARTS, *COVERAGE)}
        history.steps.append(Step(at, outcomes, marts))
    database.change(*PLANTED)
    database.dbt("run")
    history.planted.update(database.dbt("test", "--exclude-resource-type", "unit_test", "--store-failures", status=1))
    return history
