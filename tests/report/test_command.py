"""`python -m report`: its options, and one sentence if it cannot write a report."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest

from report.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path


def _refused(capsys: pytest.CaptureFixture[str], out: Path, warehouse: Path, *arguments: str) -> str:
    assert main(["--warehouse", str(warehouse), "--out", str(out), *arguments]) == 1
    assert not out.exists()
    printed = capsys.readouterr()
    assert not printed.out
    assert printed.err.startswith("report: ")
    assert printed.err.count("\n") == 1
    return printed.err


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "new" / "report.html"


@pytest.fixture
def changed(tmp_path: Path, warehouse: Path) -> Any:
    """A connection to a copy of the warehouse."""
    shutil.copy(warehouse, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        yield connection


def test_it_says_where_the_report_is(warehouse: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--warehouse", str(warehouse), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"Report: {out}\n"
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_settings_come_from_the_environment_too(warehouse: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_WAREHOUSE", str(warehouse))
    monkeypatch.setenv("REPORT_OUT", str(out))
    monkeypatch.setenv("REPORT_TEAM", "Engineering/Mobile")
    monkeypatch.setenv("REPORT_SCHEMA", "")
    assert main([]) == 0
    assert "<title>DORA report: Mobile</title>" in out.read_text(encoding="utf-8")


def test_no_warehouse_is_one_sentence(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no warehouse at" in _refused(capsys, out, tmp_path / "none.duckdb")
    (tmp_path / "text.duckdb").write_text("this is no database")
    assert "Could not read the marts: " in _refused(capsys, out, tmp_path / "text.duckdb")


def test_no_marts_are_one_sentence(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    duckdb.connect(str(tmp_path / "bare.duckdb")).close()
    assert "has no table fct_dora" in _refused(capsys, out, tmp_path / "bare.duckdb")


def test_a_missing_mart_is_one_sentence_that_names_it(
    tmp_path: Path, changed: duckdb.DuckDBPyConnection, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed.execute("DROP TABLE dora.regressions")
    changed.close()
    message = _refused(capsys, out, tmp_path / "warehouse.duckdb")
    assert "regressions" in message
    assert "Build the dbt models" in message


def test_empty_marts_are_one_sentence(
    tmp_path: Path, changed: duckdb.DuckDBPyConnection, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed.execute("DELETE FROM dora.fct_dora")
    changed.close()
    assert "fct_dora has no figures" in _refused(capsys, out, tmp_path / "warehouse.duckdb")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--team", "Engineering/Nobody"), "no team with the path 'Engineering/Nobody'"),
        (("--aggregation", "p95"), "no figures with aggregation p95"),
        (("--schema", 'x"; DROP'), "Could not read the marts"),
    ],
)
def test_a_missing_choice_is_one_sentence(
    warehouse: Path, out: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str], said: str
) -> None:
    assert said in _refused(capsys, out, warehouse, *arguments)


def test_marts_in_two_schemas_must_be_chosen_from(
    tmp_path: Path, changed: duckdb.DuckDBPyConnection, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed.execute("CREATE SCHEMA dev; CREATE TABLE dev.fct_dora AS FROM dora.fct_dora")
    changed.close()
    path = tmp_path / "warehouse.duckdb"
    assert "more than one schema (dev, dora)" in _refused(capsys, out, path)
    assert main(["--warehouse", str(path), "--out", str(out), "--schema", "dora"]) == 0


def test_postgresql_is_asked_by_its_url(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: Path
) -> None:
    asked: list[Any] = []

    def connect(url: str) -> Any:
        asked.append(url)
        msg = "connection refused\nis the server running?"
        raise psycopg.OperationalError(msg)

    monkeypatch.setattr(psycopg, "connect", connect)
    url = "postgresql://user:secret@localhost/sei"
    assert main(["--warehouse", url, "--out", str(out)]) == 1
    assert asked == [url]
    message = capsys.readouterr().err
    assert "connection refused" in message
    assert "secret" not in message
