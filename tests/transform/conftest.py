"""Two loads a week apart, each followed by a build, and a third time with errors planted among what was loaded.

A dbt command takes seconds: each database goes through them once, and what every step left is kept for the tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from standin.clock import FakeClock
from standin.server import Standin
from tests.sync.run import Output, run
from tests.transform.databases import Database, on_duckdb, on_postgres
from tests.transform.planting import PLANTED
from tests.transform.truth import TREE, figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.transform.databases import Row
    from tests.transform.dbt import Outcome
    from tests.transform.truth import Key

FIRST_DAY = date(2025, 7, 1)
# February is over at both times, and four days and eleven days are too short for its figures to be final.
TIMES = (datetime(2026, 3, 5, 10, tzinfo=UTC), datetime(2026, 3, 12, 10, tzinfo=UTC))
SERIES = (("MONTHLY", "mean"), ("MONTHLY", "p90"), ("QUARTERLY", "mean"))
MARTS = ("fct_dora", "fct_dora_long", "fct_dora_change", "fct_dora_benchmark", "dim_team", "dim_period", "restatements")
COVERAGE = ("coverage_exports", "coverage_periods", "coverage_teams")


@dataclass(frozen=True)
class Step:
    """What a build left: how each node ended, and the rows of the marts."""

    at: datetime
    outcomes: dict[str, Outcome]
    marts: dict[str, list[Row]]

    def figures(self) -> list[Row]:
        """The rows of `fct_dora`, each with the columns of its team."""
        teams = {team["team_key"]: team for team in self.marts["dim_team"]}
        return [teams[row["team_key"]] | row for row in self.marts["fct_dora"]]


@dataclass(frozen=True)
class History:
    """What a database went through."""

    sei: Standin
    database: Database
    steps: list[Step] = field(default_factory=list)

    def true(self, step: Step) -> dict[Key, dict[str, Any]]:
        """What `fct_dora` should hold after a step."""
        table: dict[Key, dict[str, Any]] = {}
        for granularity, aggregation in SERIES:
            table |= figures(self.sei, FIRST_DAY, step.at.date(), step.at, granularity, aggregation)
        return table


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Each kind of database, empty."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        yield on_duckdb(folder)
    else:
        with on_postgres(folder) as served:
            yield served


@pytest.fixture(scope="session")
def history(database: Database) -> Iterator[History]:
    """The database after both loads."""
    clock = FakeClock(TIMES[0])
    with Standin(clock=clock, job_seconds=0.0) as sei:
        past = History(sei, database)
        state: dict[str, Any] = {}
        for at in TIMES:
            clock.sleep((at - clock.now()).total_seconds())
            messages: list[dict[str, Any]] = []
            for granularity, aggregation in SERIES:
                # A stream that comes later, as single metrics do, is modelled from then on.
                metrics = ["LTTC_Mean_Days"] if past.steps else []
                output = _run(sei, clock, state, granularity=granularity, aggregation=aggregation, metrics=metrics)
                messages += output.messages
                state = output.state
            database.load(messages)
            # The models' own unit tests are the same the second time.
            once = ("--exclude-resource-type", "unit_test") if past.steps else ()
            past.steps.append(_build(database, at, *once))
        yield past


def _run(sei: Standin, clock: FakeClock, state: dict[str, Any], **changes: Any) -> Output:
    output = run(
        sei,
        clock,
        state=state,
        org_tree_names=[TREE],
        org_tree_ids=[1],
        start_date=FIRST_DAY.isoformat(),
        **changes,
    )
    assert output.error is None
    return output


def _build(database: Database, at: datetime, *arguments: str) -> Step:
    outcomes = database.dbt("build", *arguments)
    return Step(at, outcomes, {mart: database.read(f"dora.{mart}") for mart in (*MARTS, *COVERAGE)})


@pytest.fixture(scope="session")
def planted(history: History) -> dict[str, Outcome]:
    """How the data tests end after errors of each kind were planted among sound rows."""
    database = history.database
    database.change(*PLANTED)
    database.dbt("run")
    return database.dbt("test", "--exclude-resource-type", "unit_test", "--store-failures", status=1)
