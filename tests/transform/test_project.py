"""The descriptions of the project, and its checks of freshness."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.transform.dbt import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transform.conftest import History
    from tests.transform.databases import Database

OWN_NAMES = {"stg_sei__custom_metrics"}
"""Models with columns that the user's settings name."""
CONTRACTS = {
    "dora_current",
    "sprint_current",
    "fct_dora",
    "fct_dora_long",
    "fct_sprint",
    "fct_sprints",
    "dim_team",
    "dim_period",
}
"""Marts that other projects build on."""
VALIDATE = """
import sys
from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
from dbt_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator
manifest = PydanticSemanticManifest.parse_raw(open(sys.argv[1], encoding="utf-8").read())
SemanticManifestValidator().checked_validations(manifest)
"""


def _manifest(database: Database) -> dict[str, Any]:
    written = (database.dbt.folder / "target" / "manifest.json").read_text(encoding="utf-8")
    return {
        node["name"]: node
        for node in json.loads(written)["nodes"].values()
        if node["resource_type"] in {"model", "seed", "snapshot"}
    }


def test_every_relation_and_column_is_described(history: History) -> None:
    columns: dict[str, set[str]] = {}
    for row in history.database.read(
        "(SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'dora')"
    ):
        columns.setdefault(row["table_name"], set()).add(row["column_name"])
    nodes = _manifest(history.database)
    assert columns.keys() == nodes.keys()
    for name, node in nodes.items():
        described = {column for column, about in node["columns"].items() if about["description"]}
        assert node["description"]
        assert described <= columns[name], name
        assert name in OWN_NAMES or columns[name] <= described, name


def test_freshness_distinguishes_old_exports_from_old_periods(history: History) -> None:
    outcomes = history.database.dbt("source", "freshness", status=1)
    assert len(outcomes) > 2
    for name, outcome in outcomes.items():
        assert outcome.status == ("error" if name.startswith("sei_periods.") else "warn")


def test_project_needs_no_package() -> None:
    assert not (PROJECT / "packages.yml").exists()
    assert not (PROJECT / "dependencies.yml").exists()


def test_semantic_models_are_valid_and_sum_only_counts(history: History) -> None:
    manifest = history.database.dbt.folder / "target" / "semantic_manifest.json"
    python = history.database.dbt.program.with_name("python")
    done = subprocess.run([python, "-c", VALIDATE, manifest], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    models = json.loads(manifest.read_text(encoding="utf-8"))["semantic_models"]
    assert {model["node_relation"]["alias"] for model in models} == {"dora_current", "sprint_current"}
    for model in models:
        summed = {measure["expr"] or measure["name"] for measure in model["measures"] if measure["agg"] == "sum"}
        columns = _manifest(history.database)[model["node_relation"]["alias"]]["columns"]
        may_be_summed = {name for name, column in columns.items() if column["meta"].get("sum") not in {None, "never"}}
        assert summed - {"days"} <= may_be_summed


def test_every_column_of_the_marts_has_a_unit(history: History) -> None:
    nodes = _manifest(history.database)
    marts = [node for node in nodes.values() if "/marts/" in node["original_file_path"]]
    assert len(marts) > 10
    for node in marts:
        assert all(column["meta"].get("unit") for column in node["columns"].values()), node["name"]


def test_marts_that_other_projects_build_on_have_contracts(history: History) -> None:
    nodes = _manifest(history.database)
    enforced = {name for name, node in nodes.items() if node["config"].get("contract", {}).get("enforced")}
    assert enforced == CONTRACTS
    for name in enforced:
        assert all(column["data_type"] for column in nodes[name]["columns"].values()), name


def test_a_column_of_another_type_than_its_contract_fails(history: History, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    model = project / "models" / "marts" / "dim_team.sql"
    sql = model.read_text(encoding="utf-8")
    model.write_text(sql.replace("as {{ dbt.type_int() }}", "as {{ dbt.type_bigint() }}"), encoding="utf-8")
    dbt = replace(history.database.dbt, folder=tmp_path, project=project)
    message = dbt.message("run", "--select", "dim_team", status=1)
    assert "enforced contract that failed" in message
    assert "| level | " in message
