"""The report shows the marts' figures, all of them, and what is missing as missing."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from report.metrics import METRICS, STAGES, number
from standin.org import Org
from tests.report import marts
from tests.report.reading import read

if TYPE_CHECKING:
    from tests.report.conftest import Draw, Tables
    from tests.report.reading import Page


def _row(tables: Tables, path: str, label: str) -> marts.Row:
    (start,) = [row["period_start"] for row in tables["dim_period"] if row["period_label"] == label]
    (row,) = [row for row in tables["fct_dora"] if (row["team_key"], row["period_start"]) == (path, start)]
    return row


def test_every_figure_of_every_team_stands_in_its_section(tables: Tables, page: Page) -> None:
    labels = {row["period_start"]: row["period_label"] for row in tables["dim_period"]}
    names = {row["team_key"]: row["team"] for row in tables["dim_team"]}
    for row in tables["fct_dora"]:
        name, label = names[row["team_key"]], labels[row["period_start"]]
        for metric in METRICS:
            shown = page.figures(page.section(name), metric.heading)[label, name]
            assert shown.value == row[metric.column]
            assert shown.text.startswith(number(row[metric.column]))
        for stage in STAGES:
            shown = page.figures(page.section(name), "Stages of the lead time, in days")[label, stage.title]
            assert shown.value == row[stage.column]


def test_no_figure_stands_there_that_is_not_in_the_marts(tables: Tables, page: Page) -> None:
    known = {row[metric.column] for row in tables["fct_dora"] for metric in (*METRICS, *STAGES)}
    assert {cell.value for cell in page.cells} <= known


def test_children_stand_beside_their_parent(tables: Tables, page: Page) -> None:
    shown = page.figures(page.section("Engineering"), "Deployments")
    assert {column for _, column in shown} == {"Engineering", "Platform", "Mobile"}
    assert shown["Oct 2026", "Mobile"].value == _row(tables, "Engineering/Mobile", "Oct 2026")["deployments"]


def test_the_spread_is_over_leaf_teams_of_the_last_period_that_is_over(tables: Tables, page: Page) -> None:
    shown = page.figures(page.section("Engineering"), "Deployments by leaf team in Oct 2026")
    leaves = ("Identity", "Developer Experience", "iOS", "Android")
    found = {heading: cell.value for (heading, _), cell in shown.items()}
    assert found == {
        row["team"]: _row(tables, row["team_key"], "Oct 2026")["deployments"]
        for row in tables["dim_team"]
        if row["team"] in leaves
    }


def test_a_null_is_told_apart_from_zero_and_from_no_row(tables: Tables, draw: Draw) -> None:
    _row(tables, "Engineering/Mobile/iOS", "Mar 2026").update(deployments=0, time_to_restore_days=None)
    tables["fct_dora"].remove(_row(tables, "Engineering/Mobile/iOS", "Apr 2026"))
    page = read(draw(tables))
    ios = page.section("iOS")
    deployments, restore = page.figures(ios, "Deployments"), page.figures(ios, "Time to restore, days")
    assert (deployments["Mar 2026", "iOS"].value, deployments["Mar 2026", "iOS"].text) == (0, "0")
    assert (restore["Mar 2026", "iOS"].value, restore["Mar 2026", "iOS"].text) == (None, "no figure")
    assert (deployments["Apr 2026", "iOS"].value, deployments["Apr 2026", "iOS"].text) == (None, "no row")
    assert "No row: Apr 2026. SEI reported nothing" in page.text


def test_gaps_are_listed_by_span(tables: Tables, draw: Draw) -> None:
    rows = [row for row in tables["fct_dora"] if row["team_key"] == "Engineering/Mobile/iOS"]
    for row in rows:
        row["lead_time_days"] = 1.0
        row["change_failure_rate_percent"] = None if row in rows[1::2] else 5.0
        row["time_to_restore_days"] = None if row in rows[:3] else 0.5
    text = read(draw(tables, "--team", "Engineering/Mobile/iOS")).text
    assert "Change failure rate, no figure: Jan 2026, Mar 2026, May 2026, Jul 2026, Sep 2026, Nov 2026." in text
    assert "Time to restore, no figure: Dec 2025 to Feb 2026." in text
    assert "Lead time for changes, no figure" not in text


def test_too_many_gaps_to_list_are_counted(draw: Draw) -> None:
    tables = marts.tables([Org().team_at("Engineering/Mobile/iOS")], date(2026, 8, 1), "WEEKLY")
    for row in tables["fct_dora"][::2]:
        row["deployments"] = None
    text = read(draw(tables)).text
    assert "Deployments, no figure: 9 of 17 periods, the newest of them 2026-W47." in text


def test_the_open_period_is_marked(page: Page) -> None:
    shown = page.figures(page.section("Engineering"), "Deployments")
    assert shown["Nov 2026", "Engineering"].text.endswith(" open")
    assert not shown["Oct 2026", "Engineering"].text.endswith(" open")


def test_a_restated_figure_says_what_it_was(tables: Tables, draw: Draw) -> None:
    row = _row(tables, "Engineering/Mobile", "Oct 2026")
    first = marts.restatement(row, "lead_time_days", 91.5)
    tables["restatements"] = [first, first | {"from_value": 80.0, "restated_at": "2026-11-12"}]
    page = read(draw(tables))
    shown = page.figures(page.section("Mobile"), "Lead time for changes, days")
    assert shown["Oct 2026", "Mobile"].text == f"{number(row['lead_time_days'])} restated by 2026-11-12, was 91.5"
    assert [cell for cell in page.cells if "restated" in cell.text and cell.heading != "Oct 2026"] == [
        page.figures(page.section("Engineering"), "Teams in Oct 2026")["Mobile", "Lead time for changes, days"]
    ]


def test_a_withdrawn_row_and_a_failed_export_are_told(tables: Tables, draw: Draw) -> None:
    row = _row(tables, "Engineering/Mobile", "Feb 2026")
    scope = {name: row[name] for name in ("granularity", "aggregation", "period_start")}
    tables["coverage_teams"] = [marts.withdrawal(row)]
    tables["coverage_periods"] = [
        {**marts.PROJECT, **scope, "stream": "mttr", "scope": "Engineering", "coverage": "never received"}
    ]
    page = read(draw(tables))
    assert "Withdrawn: Feb 2026." in page.text
    assert "mttr of Engineering, 2026-02-01 to 2026-02-01: never received." in page.text


def test_published_bands_stand_with_their_year_beside_the_rating_of_sei(tables: Tables, draw: Draw) -> None:
    row = _row(tables, "Engineering", "Oct 2026")
    tables["fct_dora_benchmark"] = [
        marts.place(row, "lead_time_days", "High", "Medium", "in several bands"),
        marts.place(row, "deployments", None, None, "no deployments"),
    ]
    page = read(draw(tables))
    assert "DORA 2024: High to Medium" in page.text
    assert "DORA 2024: no deployments" in page.text
    assert f"SEI's own rating of it: {row['harness_overall_rating']}." in page.text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "no figure"), (0, "0"), (0.0004, "0.0004"), (0.01, "0.01"), (2.0, "2"), (1234.567, "1,234.57")],
)
def test_only_zero_is_written_as_zero(value: float | None, text: str) -> None:
    assert number(value) == text
