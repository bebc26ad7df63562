"""`python -m report`: what it is asked for, and one sentence where it cannot give it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest

from report.__main__ import main
from report.build import ALL_TEAMS
from standin.org import Org
from tests.report import marts
from tests.report.reading import read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.report.conftest import Draw, Tables


def _refused(capsys: pytest.CaptureFixture[str], warehouse: Path, *arguments: str) -> str:
    out = warehouse.with_name("report.html")
    assert main(["--warehouse", str(warehouse), "--out", str(out), *arguments]) == 1
    assert not out.exists()
    printed = capsys.readouterr()
    assert not printed.out
    assert printed.err.startswith("report: ")
    assert printed.err.count("\n") == 1
    return printed.err


def test_it_says_where_the_report_is(tables: Tables, draw: Draw, capsys: pytest.CaptureFixture[str]) -> None:
    draw(tables)
    assert capsys.readouterr().out.endswith("report.html\n")


def test_settings_come_from_the_environment_too(
    tmp_path: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    marts.write(str(tmp_path / "w.duckdb"), tables)
    monkeypatch.setenv("REPORT_WAREHOUSE", str(tmp_path / "w.duckdb"))
    monkeypatch.setenv("REPORT_OUT", str(tmp_path / "r.html"))
    monkeypatch.setenv("REPORT_TEAM", "Engineering/Mobile")
    monkeypatch.setenv("REPORT_SCHEMA", "")
    assert main([]) == 0
    assert "<h1>DORA metrics of Mobile</h1>" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_no_warehouse_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no warehouse at" in _refused(capsys, tmp_path / "none.duckdb")
    (tmp_path / "text.duckdb").write_text("this is no database")
    assert "could not be read" in _refused(capsys, tmp_path / "text.duckdb")


def test_no_marts_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    duckdb.connect(str(tmp_path / "bare.duckdb")).close()
    assert "holds no table fct_dora" in _refused(capsys, tmp_path / "bare.duckdb")


@pytest.mark.parametrize("table", ["dim_team", "dim_period", "restatements", "fct_dora_benchmark", "coverage_teams"])
def test_a_missing_mart_is_one_sentence_that_names_it(
    tmp_path: Path, tables: Tables, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    del tables[table]
    marts.write(str(tmp_path / "part.duckdb"), tables)
    message = _refused(capsys, tmp_path / "part.duckdb")
    assert table in message
    assert "build the dbt models" in message


def test_empty_marts_are_one_sentence(tmp_path: Path, tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    marts.write(str(tmp_path / "empty.duckdb"), {table: [] for table in tables})
    assert "fct_dora holds no figures" in _refused(capsys, tmp_path / "empty.duckdb")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--team", "Engineering/Nobody"), "no team with the path 'Engineering/Nobody'"),
        (("--aggregation", "p90"), "no figures with aggregation p90"),
        (("--schema", 'x"; DROP'), "could not be read"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    tmp_path: Path, tables: Tables, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str], said: str
) -> None:
    marts.write(str(tmp_path / "w.duckdb"), tables)
    assert said in _refused(capsys, tmp_path / "w.duckdb", *arguments)


def test_marts_in_two_schemas_must_be_chosen_from(
    tmp_path: Path, tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two.duckdb"
    marts.write(str(path), tables, "dev")
    marts.write(str(path), tables, "prod")
    assert "more than one schema (dev, prod)" in _refused(capsys, path)
    assert main(["--warehouse", str(path), "--out", str(tmp_path / "r.html"), "--schema", "prod"]) == 0


def test_scopes_are_never_mixed_and_the_others_are_named(tables: Tables, draw: Draw) -> None:
    slow = marts.tables([Org().team_at("Engineering/Mobile")], date(2025, 6, 1), aggregation="p90")
    tables["fct_dora"] += slow["fct_dora"]
    tables["dim_period"] = slow["dim_period"]
    page = read(draw(tables))
    assert "Monthly periods, Dec 2025 to Nov 2026; durations are means." in page.text
    assert "not shown here: acme / dora / MONTHLY / p90." in page.text
    means = {row["lead_time_days"] for row in tables["fct_dora"] if row["aggregation"] == "mean"}
    assert {cell.value for cell in page.cells if cell.caption.startswith("Lead time")} <= means


def test_percentiles_of_stages_are_not_stacked(draw: Draw) -> None:
    html = draw(marts.tables([Org().team_at("Engineering/Mobile")], aggregation="p90"))
    assert "durations are P90s (the slow tail)" in " ".join(read(html).text.split())
    assert "stackedbar-graph" not in html.partition("<body>")[2]
    assert "their p90 figures do not add up" in html


def test_one_team_is_shown_with_those_below_it_alone(tables: Tables, draw: Draw) -> None:
    page = read(draw(tables, "--team", "Engineering/Mobile"))
    assert list(page.titles.values()) == ["Mobile", "Android", "iOS"]


def test_several_roots_stand_side_by_side_without_figures_of_their_own(draw: Draw) -> None:
    org = Org()
    page = read(draw(marts.tables([org.team_at("Engineering/Mobile"), org.team_at("Operations/Platform")])))
    top = page.section(ALL_TEAMS)
    assert next(iter(page.titles)) == top
    assert {column for _, column in page.figures(top, "Deployments")} == {"Mobile", "Platform"}
    assert "No figures of its own." in page.text


def test_postgresql_is_asked_by_its_url(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked: list[Any] = []

    def connect(url: str) -> Any:
        asked.append(url)
        msg = "connection refused\nis the server running?"
        raise psycopg.OperationalError(msg)

    monkeypatch.setattr(psycopg, "connect", connect)
    url = "postgresql://user:secret@localhost/sei"
    assert main(["--warehouse", url, "--out", str(tmp_path / "r.html")]) == 1
    assert asked == [url]
    message = capsys.readouterr().err
    assert "connection refused" in message
    assert "secret" not in message
