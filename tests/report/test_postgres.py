"""A PostgreSQL with the same marts gives the same report, and answers each query of the Grafana board."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest

from report.__main__ import main
from scripts.generate.board import board
from tests.postgres import empty_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOARD: dict[str, Any] = json.loads(board())
_CHOICES = {
    "schema": "dora",
    "project": "acme/dora",
    "granularity": "MONTHLY",
    "aggregation": "mean",
    "team": "Engineering",
}


@pytest.fixture(scope="module")
def postgres(warehouse: Path) -> Iterator[str]:
    """The address of a PostgreSQL with all relations of the schema `dora`, as tables."""
    with empty_database() as address, duckdb.connect(str(warehouse)) as source, psycopg.connect(address) as target:
        target.execute("CREATE SCHEMA dora")
        names = source.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'dora'"
        ).fetchall()
        for (name,) in names:
            _copy(source, target, name)
        target.commit()
        yield address


def _copy(source: duckdb.DuckDBPyConnection, target: psycopg.Connection[Any], name: str) -> None:
    columns = source.execute(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'dora' AND table_name = ? ORDER BY ordinal_position",
        [name],
    ).fetchall()
    kinds = {"DOUBLE": "DOUBLE PRECISION", "HUGEINT": "NUMERIC"}
    described = ", ".join(f'"{column}" {kinds.get(kind, kind)}' for column, kind in columns)
    target.execute(f'CREATE TABLE dora."{name}" ({described})'.encode())
    with target.cursor().copy(f'COPY dora."{name}" FROM STDIN'.encode()) as copy:
        for row in source.execute(f'SELECT * FROM dora."{name}"').fetchall():  # noqa: S608 - a catalog's name
            copy.write_row(row)


def _filled(query: str, choices: dict[str, str]) -> bytes:
    """A query as Grafana sends it for the year 2026 and the year before."""
    query = re.sub(r"\$\{(\w+):sqlstring\}", lambda match: "'{}'".format(choices[match[1]].replace("'", "''")), query)
    query = re.sub(
        r"\$__timeFilter\(([\w.]+)\)", r"\1 BETWEEN '2025-01-01T00:00:00Z' AND '2026-12-31T00:00:00Z'", query
    )
    query = query.replace("$schema", choices["schema"])
    assert "$" not in query
    return query.encode()


def test_both_warehouses_give_the_same_page(postgres: str, report: Path, tmp_path: Path) -> None:
    assert main(["--warehouse", postgres, "--out", str(tmp_path / "report.html")]) == 0
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == report.read_text(encoding="utf-8")


@pytest.mark.parametrize("variable", BOARD["templating"]["list"][1:], ids=lambda variable: str(variable["name"]))
def test_each_variable_of_the_board_offers_the_values_of_the_marts(postgres: str, variable: dict[str, Any]) -> None:
    with psycopg.connect(postgres) as connection:
        offered = [row[0] for row in connection.execute(_filled(variable["query"], _CHOICES))]
    assert _CHOICES[variable["name"]] in offered
    assert len(offered) > 1


@pytest.mark.parametrize("panel", BOARD["panels"], ids=lambda panel: str(panel["title"]))
def test_each_panel_of_the_board_shows_rows(postgres: str, panel: dict[str, Any]) -> None:
    (target,) = panel["targets"]
    with psycopg.connect(postgres) as connection:
        cursor = connection.execute(_filled(target["rawSql"], _CHOICES))
        columns = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
        assert connection.execute(_filled(target["rawSql"], _CHOICES | {"team": "No'body"})).fetchall() == (
            rows if panel["title"] == "Asked for and not received" else []
        )
    assert rows
    if target["format"] == "time_series":
        assert columns == ["time", "metric", "value"]
        assert {row[1] for row in rows} == {"Engineering", "Mobile", "Platform"}


def test_a_trend_shows_the_figures_of_the_marts(postgres: str) -> None:
    (panel,) = [panel for panel in BOARD["panels"] if panel["title"] == "Lead time for changes"]
    with psycopg.connect(postgres) as connection:
        shown = connection.execute(_filled(panel["targets"][0]["rawSql"], _CHOICES)).fetchall()
        held = connection.execute(
            "SELECT period_start::timestamp, team, lead_time_days "
            "FROM dora.fct_dora JOIN dora.dim_team USING (team_key) "
            "WHERE granularity = 'MONTHLY' AND aggregation = 'mean' AND is_period_complete "
            "AND period_start >= '2025-01-01' "
            "AND dim_team.path IN ('Engineering', 'Engineering/Mobile', 'Engineering/Platform') ORDER BY 1, 2"
        ).fetchall()
    assert shown == held
