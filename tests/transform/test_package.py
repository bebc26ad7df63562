"""Another dbt project installs this one as a package, and only sets variables."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from tests.transform.databases import on_duckdb, on_postgres
from tests.transform.dbt import PROJECT
from tests.transform.story import FEB, create, first_load, insert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.transform.databases import Database, Row
    from tests.transform.dbt import Outcome

VARIABLES = {
    # Two projects of SEI, each loaded into a separate schema.
    "sei_sources": [{"schema": "harness_one"}, {"schema": "harness_two"}],
    "sei_identifiers": {"lttc": "lead_times"},
    "disabled_streams": ["rating", "teams"],
    "benchmark_year": "none",
}
STRANGER = {
    "dbt_project.yml": {
        "name": "stranger",
        "version": "1.0.0",
        "profile": "stranger",
        "models": {"sei_efficiency": {"+schema": "delivery", "staging": {"+schema": "delivery_staging"}}},
        "seeds": {"sei_efficiency": {"+schema": "delivery", "targets": {"+enabled": False}}},
        "snapshots": {"sei_efficiency": {"+schema": "delivery_history"}},
        "vars": {"sei_efficiency": VARIABLES},
        "flags": {"send_anonymous_usage_stats": False},
    },
    "packages.yml": {"packages": [{"local": str(PROJECT)}]},
}


@dataclass(frozen=True)
class Installed:
    """The result of the other project."""

    outcomes: dict[str, Outcome]
    current: list[Row]
    results: list[Row]
    placed: list[Row]
    relations: set[tuple[str, str]]


@pytest.fixture(scope="session")
def installs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Installed]]]:
    """The other project, running on both databases."""
    folders = {kind: tmp_path_factory.mktemp(f"stranger-{kind}") for kind in ("duckdb", "postgres")}
    with on_postgres(folders["postgres"]) as postgres, ThreadPoolExecutor() as pool:
        databases = {"duckdb": on_duckdb(folders["duckdb"]), "postgres": postgres}
        yield {kind: pool.submit(_install, database) for kind, database in databases.items()}


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def installed(request: pytest.FixtureRequest, installs: dict[str, Future[Installed]]) -> Installed:
    """The other project on each database."""
    return installs[request.param].result()


def _install(database: Database) -> Installed:
    project = database.dbt.folder / "project"
    (project / "seeds").mkdir(parents=True)
    for name, content in STRANGER.items():
        (project / name).write_text(json.dumps(content), encoding="utf-8")
    (project / "profiles.yml").write_text(json.dumps({"stranger": _profile(database)}), encoding="utf-8")
    targets = "path,metric,target,valid_from,valid_to\nEng/Pay/Till,deployments,20,,\n"
    (project / "seeds" / "targets.csv").write_text(targets, encoding="utf-8")
    for schema, name in (("harness_one", "dora"), ("harness_two", "mobile")):
        rows = ((table, _of_project(table, row, name)) for table, row in first_load())
        rename = f"ALTER TABLE {schema}.lttc RENAME TO lead_times"
        database.change(*create(schema), *insert(rows, schema), rename)
    dbt = replace(database.dbt, settings={}, project=project, profiles=project)
    dbt.message("deps", status=0)
    outcomes = dbt("build", "--exclude-resource-type", "unit_test")
    tables = database.read("(SELECT table_schema, table_name FROM information_schema.tables)")
    return Installed(
        outcomes,
        database.read("mine_delivery.dora_current"),
        database.read("mine_delivery.target_results"),
        database.read("mine_delivery.fct_dora_benchmark"),
        {(row["table_schema"], row["table_name"]) for row in tables},
    )


def _of_project(table: str, row: Row, name: str) -> Row:
    run = {"run_id": f"{row['run_id']} of {name}"} if table == "exports" else {}
    return {**row, **run, "project_identifier": name}


def _profile(database: Database) -> dict[str, object]:
    settings = database.dbt.settings
    output: dict[str, object]
    if database.dbt.kind == "duckdb":
        output = {"type": "duckdb", "path": settings["DBT_DUCKDB_PATH"]}
    else:
        output = {
            "type": "postgres",
            "host": settings["DBT_POSTGRES_HOST"],
            "user": settings["DBT_POSTGRES_USER"],
            "dbname": settings["DBT_POSTGRES_DBNAME"],
            "password": "",
            "port": 5432,
        }
    return {"target": "own", "outputs": {"own": {**output, "schema": "mine", "threads": 2}}}


def test_nothing_fails(installed: Installed) -> None:
    assert len(installed.outcomes) > 100
    assert {outcome.status for outcome in installed.outcomes.values()} <= {"success", "pass", "warn", "no-op"}


def test_relations_are_in_the_schemas_of_the_other_project(installed: Installed) -> None:
    assert {
        ("mine_delivery", "dora_current"),
        ("mine_delivery", "dora_metrics"),
        ("mine_delivery_staging", "stg_sei__lttc"),
        ("mine_delivery_history", "dora_closed_figures"),
        ("mine", "targets"),
    } <= installed.relations


def test_sprint_metrics_are_off_by_default(installed: Installed) -> None:
    assert not [name for _, name in installed.relations if "sprint" in name]


def test_two_sources_are_one(installed: Installed) -> None:
    february = [row for row in installed.current if row["period_start"] == FEB]
    teams = {"Eng/Pay/Till", "Eng/Pay/Cart", "Eng/Ops"}
    assert {(row["project_identifier"], row["path"]) for row in february} == {
        (project, path) for project in ("dora", "mobile") for path in teams
    }


def test_a_table_with_a_name_of_its_own_is_read(installed: Installed) -> None:
    assert all(row["lead_time_days"] is not None for row in installed.current if row["period_start"] == FEB)


def test_a_disabled_stream_leaves_its_columns_null(installed: Installed) -> None:
    assert {row["harness_overall_rating"] for row in installed.current} == {None}


def test_bands_that_are_turned_off_place_no_team(installed: Installed) -> None:
    assert installed.placed == []


def test_the_other_projects_own_seed_replaces_the_empty_one(installed: Installed) -> None:
    assert {row["is_met"] for row in installed.results} == {True}
    assert len(installed.results) == 2 * 13
