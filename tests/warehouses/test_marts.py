"""Two loads of the same messages, each followed by a build, give equal tables and equal marts in four databases."""

from __future__ import annotations

import json
import re
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.meltano.warehouse import plain
from tests.transform.conftest import SPRINTS, loads, sei  # noqa: F401 - fixtures
from tests.transform.databases import Database, on_duckdb, on_postgres
from tests.warehouses.databases import Emulated, are_installed, emulated, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.transform.conftest import Messages
    from tests.transform.dbt import Outcome
    from tests.warehouses.databases import Tables

pytestmark = pytest.mark.skipif(
    not are_installed(),
    reason="emulators, loaders or adapters are not installed: `make warehouses` does, and runs this",
)

RUN_TIMES = {"dbt_valid_from", "dbt_valid_to", "dbt_updated_at", "recorded_at", "row_changed_at"}
"""Columns that hold when a build began: which of the two it was is compared."""
APART = {"dbt_scd_id", "row_hash"}
"""Hashes of such times, and of figures as text, which each database writes in its own way."""
DECIMALS = 9
"""Roots and quotients differ in the last of a float's digits."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(\+00:00)?")


@dataclass(frozen=True)
class Built:
    """A database after two loads and two builds."""

    outcomes: list[dict[str, Outcome]]
    loaded: Tables
    modelled: Tables


@pytest.fixture(scope="session")
def builds(
    loads: list[Messages],  # noqa: F811 - the fixture
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Future[Built]]]:
    """All four databases, under way."""
    folders = {
        kind: tmp_path_factory.mktemp(f"marts-{kind}") for kind in ("snowflake", "bigquery", "duckdb", "postgres")
    }
    with ExitStack() as stack:
        databases: dict[str, Database | Emulated] = {
            kind: stack.enter_context(emulated(kind, folders[kind])) for kind in ("snowflake", "bigquery")
        }
        databases["duckdb"] = on_duckdb(folders["duckdb"])
        databases["postgres"] = stack.enter_context(on_postgres(folders["postgres"]))
        pool = stack.enter_context(ThreadPoolExecutor())
        yield {kind: pool.submit(_build, _with_sprints(database), loads) for kind, database in databases.items()}


def _with_sprints(database: Database | Emulated) -> Database | Emulated:
    return replace(database, dbt=replace(database.dbt, variables={"sprint_metrics": SPRINTS["sprint_metrics"]}))


def _build(database: Database | Emulated, loads: list[Messages]) -> Built:  # noqa: F811 - the fixture's value
    outcomes = []
    for messages in loads:
        database.load(messages)
        outcomes.append(database.dbt("build", "--selector", "nightly"))
    loaded, modelled = (
        database.tables(schema) if isinstance(database, Emulated) else tables_of(database, schema)
        for schema in ("sei", "dora")
    )
    return Built(outcomes, loaded, modelled)


@pytest.fixture(scope="session")
def duckdb(builds: dict[str, Future[Built]]) -> Built:
    """What the others are compared with; tests/transform holds it against the stand-in's truth."""
    return builds["duckdb"].result()


@pytest.fixture(scope="session", params=["postgres", "snowflake", "bigquery"])
def other(request: pytest.FixtureRequest, builds: dict[str, Future[Built]]) -> Built:
    """Each of the other three."""
    return builds[request.param].result()


def value(given: Any) -> Any:
    """A value in a form that all four clients share."""
    given = plain(given)
    if isinstance(given, str) and (time := _TIME.fullmatch(given)):
        return f"{time[1]} {time[2]}{(time[3] or '').rstrip('.0')}"
    if isinstance(given, dict):
        return json.dumps(given, sort_keys=True)
    return round(given, DECIMALS) if isinstance(given, float) else given


def comparable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in one order, without the loader's own columns, and with run times by their number."""
    kept = [
        {name: value(cell) for name, cell in row.items() if not name.startswith("_sdc_") and name not in APART}
        for row in rows
    ]
    times = sorted({row[name] for row in kept for name in RUN_TIMES & row.keys() if row[name] is not None})
    for row in kept:
        row.update({name: times.index(row[name]) for name in RUN_TIMES & row.keys() if row[name] is not None})
    return sorted(kept, key=lambda row: [repr(row[name]) for name in sorted(row)])


def test_no_build_fails_and_all_find_the_same(duckdb: Built, other: Built) -> None:
    sound = {"success", "pass", "warn", "no-op"}
    assert {outcome.status for outcomes in other.outcomes for outcome in outcomes.values()} <= sound
    assert other.outcomes == duckdb.outcomes


def test_tables_are_equal_row_by_row(duckdb: Built, other: Built) -> None:
    assert len(duckdb.loaded) == 15
    assert_equal(duckdb.loaded, other.loaded)


def test_models_seeds_and_snapshots_are_equal_row_by_row(duckdb: Built, other: Built) -> None:
    assert len(duckdb.modelled) > 50
    assert_equal(duckdb.modelled, other.modelled)


def assert_equal(one: Tables, another: Tables) -> None:
    """AssertionError that names the first differing row, where one table differs."""
    assert one.keys() == another.keys()
    for name, rows in one.items():
        mine, theirs = comparable(rows), comparable(another[name])
        assert len(mine) == len(theirs), name
        for expected, found in zip(mine, theirs, strict=True):
            assert found == expected, name
