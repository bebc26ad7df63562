"""Sprint metrics below the trend of the same team: the figures of the marts, and nothing if there are none."""

# ruff: noqa: S608 - the SQL contains only constants of the tests

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from report.__main__ import main
from report.metrics import FEW_TICKETS, SPRINT_METRICS
from report.sprints import metrics
from tests.report.loaded import PATHS, SLOW
from tests.transform.databases import on_duckdb

if TYPE_CHECKING:
    from pathlib import Path

    from tests.report.browser import Browser, Page
    from tests.transform.databases import Database, Row

UNITS = {"STORY_POINTS": "story points", "TICKETS": "tickets"}
DRAWN = [name for name, metric in SPRINT_METRICS.items() if metric.is_drawn]
NO_ESTIMATES = "Engineering/Platform/Developer Experience"


def _held(database: Database, path: str, mode: str) -> list[Row]:
    return database.read(
        f"(SELECT * FROM dora.fct_sprint WHERE path = '{path}' AND computation_mode = '{mode}' ORDER BY period_start)"
    )


def _chart(page: Page, metric: str) -> Any:
    return page.page.locator(f"#sprints [data-metric={metric}] [role=slider]")


def _walk(page: Page, metric: str) -> list[str]:
    """The text of a chart for each period, oldest first, read with the arrow keys."""
    chart, said = _chart(page, metric), []
    chart.focus()
    chart.press("Home")
    while chart.get_attribute("aria-valuenow") != chart.get_attribute("aria-valuemax"):
        said.append(chart.get_attribute("aria-valuetext"))
        chart.press("ArrowRight")
    return [*said, chart.get_attribute("aria-valuetext")]


@pytest.mark.parametrize("mode", UNITS)
def test_each_sprint_figure_is_the_marts(page: Page, database: Database, mode: str) -> None:
    titles = {metric["id"]: metric["title"] for metric in metrics(UNITS[mode])}
    compared = 0
    for path in PATHS:
        page.open(team=path, work=mode)
        shown = {row["Period"].value: row for row in page.table("sprint-periods")}
        for row in _held(database, path, mode):
            for name in SPRINT_METRICS:
                cell = shown[str(row["period_start"])][titles[name]]
                value = None if cell.value is None else float(cell.value)
                assert value == (None if row[name] is None else pytest.approx(row[name], rel=1e-5)), (path, name)
                compared += value is not None
    assert compared > 500


def test_the_teams_below_have_the_figures_of_the_last_closed_period(page: Page, database: Database) -> None:
    page.open(team="Engineering", work="TICKETS")
    shown = {row["Team"].text: row["Committed work, tickets"].value for row in page.table("sprint-teams")}
    held = {path: _held(database, f"Engineering/{path}", "TICKETS") for path in ("Mobile", "Platform")}
    last = {
        path: str(row["committed_work"]).removesuffix(".0")
        for path, rows in held.items()
        for row in rows
        if f"{row['period_start']:%Y-%m}" == "2026-10"
    }
    assert shown == last


def test_charts_say_what_stands_behind_and_mark_small_numbers_and_open_periods(page: Page, database: Database) -> None:
    page.open(team=SLOW, work="TICKETS")
    shares, work = _walk(page, "committed_work_delivered_percent"), _walk(page, "delivered_work")
    small = 0
    for share, delivered, row in zip(shares, work, _held(database, SLOW, "TICKETS"), strict=True):
        committed = f"{row['committed_work']:,.0f}"
        assert f" of {committed} ticket" in share
        assert f" · against {committed} committed" in delivered
        few = row["committed_work"] < FEW_TICKETS
        assert (" · a small number" in share) == few
        small += few
        assert (" · not yet closed" in share) == (not row["is_period_complete"])
    assert small
    assert page.page.locator("#sprints .against").count() == 2


def test_no_data_and_a_missing_group_are_distinguished(page: Page) -> None:
    page.open(team=NO_ESTIMATES)
    reason = page.page.evaluate("JSON.parse(document.getElementById('data').textContent).reasons['0']")
    assert all(": no figure" in said and reason in said for said in _walk(page, "delivered_work"))
    page.open(team=SLOW)
    (said,) = (said for said in _walk(page, "commitment_reliability") if said.startswith("Dec 2025"))
    assert ": no figure" in said
    assert "No row of this group" in said
    assert not [said for said in _walk(page, "delivered_work") if "No row of this group" in said]


def test_the_keyboard_marks_one_period_in_all_charts_of_the_team(page: Page) -> None:
    page.open(team=SLOW)
    slider = page.page.locator(".own [role=slider]")
    slider.focus()
    slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext").startswith("Sep 2026")
    for metric in DRAWN:
        assert _chart(page, metric).get_attribute("aria-valuetext").startswith("Sep 2026")


def test_the_computation_mode_is_a_choice_that_the_address_keeps(page: Page) -> None:
    page.open(team=SLOW)
    assert "Delivered work, story points" in page.text("#sprints")
    page.page.select_option("select[name=work]", "TICKETS")
    assert "Delivered work, tickets" in page.text("#sprints")
    assert "work=TICKETS" in page.page.url


def test_guesses_and_lost_requests_are_named(page: Page) -> None:
    page.open(team="Engineering", work="TICKETS")
    assert "A guess, because SEI does not document it" in page.text("#sprints")
    page.page.click("#sprints .trust summary")
    rows = page.page.locator("#sprints [data-table=lost] tbody tr")
    rows.first.wait_for()  # the table is made when the browser says that it is unfolded
    assert [row.split()[0] for row in rows.all_inner_texts()] == ["sprint_analysis"]
    page.open(team="Engineering")
    assert page.page.locator("#sprints .trust").count() == 0


def test_a_series_without_sprint_metrics_has_no_section(page: Page) -> None:
    for choices in ({"granularity": "QUARTERLY"}, {"project": "acme/apps"}):
        page.open(**choices)
        assert page.page.locator("#sprints, select[name=work]").count() == 0
    assert page.said == []


def test_without_sprint_marts_the_page_has_no_section(database: Database, browser: Browser, tmp_path: Path) -> None:
    copy = on_duckdb(tmp_path)
    copy_path = tmp_path / "warehouse.duckdb"
    copy_path.write_bytes((database.dbt.folder / "warehouse.duckdb").read_bytes())
    copy.change("DROP TABLE dora.sprint_current", "DROP TABLE dora.fct_sprint")
    assert main(["--warehouse", str(copy_path), "--out", str(tmp_path / "r.html")]) == 0
    with browser.page(tmp_path / "r.html") as page:
        assert page.page.locator("#sprints").count() == 0
        assert page.page.locator("#trend").count() == 1
        assert page.said == []
