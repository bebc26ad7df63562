"""`python -m tests.transform.dialects KIND FOLDER`: compile the dbt project for a database that is not available.

Run it with the Python of an environment that has dbt's adapters and ZetaSQL, Google's own analyzer, which checks each
node for BigQuery. It prints a line for each node that is wrong, and then ends with status 1.
"""

from __future__ import annotations

import csv
import importlib
import json
import re
import sys
import types
from pathlib import Path
from typing import Any

from tests.transform.story import SPRINT_TABLES, TABLES

PROJECT = Path(__file__).parents[2] / "transform"
PROFILES: dict[str, dict[str, Any]] = {
    "bigquery": {"method": "oauth-secrets", "token": "none", "project": "here", "dataset": "dora"},
    "snowflake": {"account": "a", "user": "u", "password": "p", "database": "here", "warehouse": "w", "schema": "dora"},
    "redshift": {"host": "h", "user": "u", "password": "p", "port": 5439, "dbname": "here", "schema": "dora"},
    "spark": {"method": "session", "host": "h", "schema": "dora"},
}
_PERIOD = {name: kind for name, kind in TABLES["rating"].items() if name != "overall_rating"}
SOURCES = (
    TABLES
    | SPRINT_TABLES
    | {
        "work_items": _PERIOD
        | {"total_work_items": "bigint", "pr_associations": "bigint", "percentage_pr_associated": "double precision"},
        "summary": _PERIOD
        | dict.fromkeys(("lttc", "deployment_frequency", "cfr", "mttr"), "double precision")
        | {"overall_rating": "text", "additional_metrics": "json"},
        "custom_metrics": _PERIOD | {"lttc_mean_days": "double precision"},
    }
)
_KINDS = {
    "text": "STRING",
    "string": "STRING",
    "date": "DATE",
    "boolean": "BOOL",
    "timestamp with time zone": "TIMESTAMP",
    "double precision": "DOUBLE",
    "float64": "DOUBLE",
    "timestamp": "TIMESTAMP",
    "integer": "INT64",
    "bigint": "INT64",
    "json": "JSON",
}
_WHOLE = {"benchmark_year", "band_rank", "publication_year"}
"""Columns of seeds that dbt reads as whole numbers."""


def compiled(kind: str, folder: Path) -> Path:
    """The target folder of a compilation without a database, with `SOURCES` as its tables."""
    # Spark's adapter needs its client to be installed.
    sys.modules.setdefault("pyspark", types.ModuleType("pyspark"))
    _stand_in_for_the_database(importlib.import_module(f"dbt.adapters.{kind}").Plugin.adapter, kind)
    folder.mkdir(parents=True, exist_ok=True)
    output = {"type": kind, "threads": 1, **PROFILES[kind]}
    profiles = {"sei_efficiency": {"target": kind, "outputs": {kind: output}}}
    (folder / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")
    target = folder / "target"
    paths = {"project": PROJECT, "profiles": folder}
    folders = [part for name, path in paths.items() for part in (f"--{name}-dir", str(path))]
    runner = importlib.import_module("dbt.cli.main").dbtRunner()
    given = json.dumps({"sprint_metrics": ["team", "sprint"]})
    command = ["--quiet", "compile", "--no-populate-cache", *folders, "--target-path", str(target), "--vars", given]
    result = runner.invoke([*command, "--log-path", str(folder), "--exclude", "resource_type:unit_test"])
    if not result.success:
        sys.exit(str(result.exception or result.result))
    return target


def _stand_in_for_the_database(adapter: Any, kind: str) -> None:
    def get_relation(self: Any, database: str, schema: str, identifier: str) -> Any:
        if schema.lower() != "sei" or identifier.lower() not in SOURCES:
            return None
        return self.Relation.create(database=database, schema=schema, identifier=identifier, type="table")

    def get_columns(self: Any, relation: Any) -> list[Any]:
        columns = SOURCES[relation.identifier.lower()].items()
        return [self.Column(name.upper() if kind == "snowflake" else name, text) for name, text in columns]

    adapter.get_relation = get_relation
    adapter.get_columns_in_relation = get_columns
    adapter.set_relations_cache = lambda *_, **__: None


class Analyzer:
    """Google's analyzer, with a catalog to which it adds each analyzed model."""

    def __init__(self) -> None:
        self._api = importlib.import_module("zetasql.api")
        self._types = importlib.import_module("zetasql.types")
        self._language = self._types.LanguageOptions.maximum_features()
        self._language.product_mode = 1
        self._tables: list[Any] = []
        for table, columns in SOURCES.items():
            self.add(f"here.sei.{table}", {name: self.kind(text) for name, text in columns.items()})

    def kind(self, name: str) -> Any:
        """ZetaSQL's number of a type."""
        return getattr(self._types.TypeKind, f"TYPE_{_KINDS[name]}")

    def add(self, name: str, columns: dict[str, Any]) -> None:
        """Add a table to the catalog."""
        builder = self._api.TableBuilder(name)
        for column, kind in columns.items():
            builder.add_column(column, kind)
        self._tables.append(builder.build())

    def columns(self, sql: str) -> dict[str, Any]:
        """The columns of a query and their types."""
        catalog = self._api.CatalogBuilder("here")
        for table in self._tables:
            catalog.add_table(table)
        functions = self._types.ZetaSQLBuiltinFunctionOptions(language_options=self._language)
        options = self._types.AnalyzerOptions(language_options=self._language)
        analyzer = self._api.Analyzer(options, catalog.with_builtin_functions(functions).build())
        # Relations have one name in the catalog, and ZetaSQL does not know BigQuery's aliases of types.
        sql = re.sub(r"`here`\.`(\w+)`\.`(\w+)`", r"`here.\1.\2`", sql)
        sql = re.sub(r"\bas (bigint|int|integer)\)", "as int64)", sql, flags=re.IGNORECASE)
        found = analyzer.analyze_statement(sql).output_column_list
        return {
            column.name: getattr(column.column.type, "kind", None) or column.column.type.type_kind for column in found
        }


def analyzed(target: Path) -> list[str]:
    """ZetaSQL's error for each compiled node that is wrong; nodes that depend on a wrong one are left out."""
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    analyzer, wrong, done = Analyzer(), [], set()

    def visit(name: str) -> bool:
        node = nodes.get(name)
        if node is None or name in done:
            return name not in failed
        done.add(name)
        before = [visit(other) for other in node.get("depends_on", {}).get("nodes", [])]
        if not all(before):
            failed.add(name)
            return False
        try:
            _analyze(analyzer, node)
        except Exception as error:  # noqa: BLE001 - its errors have no class in common
            wrong.append(f"{node['resource_type']} {node['name']}: {' '.join(str(error).split())[:300]}")
            failed.add(name)
        return name not in failed

    failed: set[str] = set()
    for name in nodes:
        visit(name)
    print(f"{len(done) - len(failed)} of {len(done)} nodes analyzed")  # noqa: T201 - a program
    return wrong


def _analyze(analyzer: Analyzer, node: dict[str, Any]) -> None:
    name = f"here.{node['schema']}.{node['alias']}"
    if node["resource_type"] == "seed":
        with (PROJECT / node["original_file_path"]).open(encoding="utf-8") as file:
            header = next(csv.reader(file))
        given = {**dict.fromkeys(_WHOLE, "bigint"), **node["config"]["column_types"]}
        analyzer.add(name, {column: analyzer.kind(given.get(column, "string")) for column in header})
        return
    columns = analyzer.columns(node["compiled_code"])
    if node["config"].get("contract", {}).get("enforced"):
        promised = {name: analyzer.kind(column["data_type"]) for name, column in node["columns"].items()}
        if differing := sorted({name for name, _ in promised.items() ^ columns.items()}):
            message = f"its contract has other columns or types: {', '.join(differing)}"
            raise ValueError(message)
    if node["resource_type"] == "snapshot":
        times = dict.fromkeys(("dbt_updated_at", "dbt_valid_from", "dbt_valid_to"), "timestamp with time zone")
        columns |= {column: analyzer.kind(text) for column, text in {"dbt_scd_id": "text", **times}.items()}
    if node["resource_type"] in {"model", "snapshot"}:
        analyzer.add(name, columns)


if __name__ == "__main__":
    target = compiled(sys.argv[1], Path(sys.argv[2]))
    found = analyzed(target) if sys.argv[1] == "bigquery" else []
    sys.exit("\n".join(found) or None)
