"""The page in a browser shows the figures of the marts, for each kind of choice."""

# ruff: noqa: S608 - the SQL contains only constants of the tests

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from report.metrics import METRICS, text
from tests.report.loaded import OTHER_PATHS, PATHS

if TYPE_CHECKING:
    from tests.report.browser import Cell, Page
    from tests.transform.databases import Database, Row

SERIES = [
    ("dora", "MONTHLY", "mean", PATHS),
    ("dora", "MONTHLY", "p90", PATHS),
    ("dora", "QUARTERLY", "mean", PATHS),
    ("apps", "MONTHLY", "mean", OTHER_PATHS),
]
MONTHLY = "project_identifier = 'dora' AND granularity = 'MONTHLY' AND aggregation = 'mean'"
LAST = "2026-10-01"


@pytest.fixture(scope="session")
def titles(database: Database) -> dict[str, str]:
    """The title of each metric."""
    return {row["metric"]: row["title"] for row in database.read("dora.dora_metrics")}


def _number(cell: Cell) -> float | None:
    return None if cell.value is None else float(cell.value)


def _same(shown: float | None, held: float | None) -> bool:
    return shown is held is None or (shown is not None and held is not None and shown == pytest.approx(held, rel=1e-5))


@pytest.mark.parametrize(("project", "granularity", "aggregation", "paths"), SERIES)
def test_each_figure_of_each_series_is_that_of_the_marts(
    page: Page,
    database: Database,
    titles: dict[str, str],
    project: str,
    granularity: str,
    aggregation: str,
    paths: tuple[str, ...],
) -> None:
    compared = 0
    for path in paths:
        page.open(project=f"acme/{project}", granularity=granularity, aggregation=aggregation, team=path)
        held = database.read(
            f"(SELECT fct.* FROM dora.fct_dora AS fct WHERE path = '{path}' AND project_identifier = '{project}' "
            f"AND granularity = '{granularity}' AND aggregation = '{aggregation}')"
        )
        shown = {row["Period"].value: row for row in page.table("periods")}
        assert shown.keys() >= {str(row["period_start"]) for row in held}
        for row in held:
            for metric in METRICS:
                cell = shown[str(row["period_start"])][titles[metric]]
                assert _same(_number(cell), row[metric]), (path, row["period_start"], metric)
                compared += 1
    assert compared > 100


def test_a_range_shows_its_periods_and_its_last_closed_one(page: Page, database: Database) -> None:
    page.open(team="Engineering", **{"from": "2025-03-01", "to": "2025-06-01"})
    assert [row["Period"].value for row in page.table("periods")] == [f"2025-0{month}-01" for month in (6, 5, 4, 3)]
    held = database.read(f"(SELECT * FROM dora.fct_dora WHERE path = 'Engineering' AND {MONTHLY})")
    (row,) = [row for row in held if str(row["period_start"]) == "2025-06-01"]
    for metric in ("lead_time_days", "deployments", "change_failure_rate_percent", "time_to_restore_days"):
        shown = page.page.get_attribute(f".tile[data-metric={metric}] .big", "data-value")
        assert float(shown) == pytest.approx(row[metric], rel=1e-5)


@pytest.mark.parametrize("metric", METRICS)
def test_each_metric_has_a_chart_for_the_team_and_each_below_it(
    page: Page, database: Database, titles: dict[str, str], metric: str
) -> None:
    page.open(team="Engineering", metric=metric)
    units = {row["metric"]: row["unit"] for row in database.read("dora.dora_metrics")}
    held = database.read(f"(SELECT * FROM dora.fct_dora WHERE period_start = '{LAST}' AND {MONTHLY})")
    charts = page.page.evaluate(
        "[...document.querySelectorAll('#trend [role=slider]')]"
        ".map(e => [e.ariaLabel, e.getAttribute('aria-valuetext')])"
    )
    figures = {row["path"].rpartition("/")[2]: row[metric] for row in held}
    assert [label for label, _ in charts] == [
        f"{titles[metric]}, {name}" for name in ("Engineering", "Mobile", "Platform")
    ]
    for label, said in charts:
        value = figures[label.rpartition(", ")[2]]
        assert said.startswith(f"Oct 2026: {text(value, units[metric])}")


def _places(page: Page, database: Database, path: str) -> None:
    held = database.read(f"(SELECT * FROM dora.fct_dora_benchmark WHERE path = '{path}' AND {MONTHLY})")
    assert held
    slider = page.page.locator(".own [role=slider]")
    for metric in {row["metric"] for row in held}:
        page.open(team=path, metric=metric)
        slider.focus()
        slider.press("Home")
        for row in sorted((row for row in held if row["metric"] == metric), key=lambda row: row["period_start"]):
            label = f"{row['period_start']:%b %Y}: "
            while not (said := slider.get_attribute("aria-valuetext")).startswith(label):
                slider.press("ArrowRight")
            place = row["best_band"] if row["placement"] == "in one band" else row["placement"]
            assert f" · DORA 2024: {place} · " in said


@pytest.mark.parametrize("path", [path for path in PATHS if path.count("/") == 2])
def test_leaf_teams_have_the_bands_of_the_marts(page: Page, database: Database, path: str) -> None:
    _places(page, database, path)


@pytest.mark.parametrize("path", ["Engineering", "Engineering/Mobile"])
def test_a_parent_shows_the_number_of_leaf_teams_in_each_band(page: Page, database: Database, path: str) -> None:
    held = database.read(
        f"(SELECT counts.* FROM dora.dora_band_counts AS counts JOIN dora.dim_team USING (team_key) "
        f"WHERE path = '{path}' AND period_start = '{LAST}' AND granularity = 'MONTHLY' AND aggregation = 'mean')"
    )
    page.open(team=path)
    for metric in {row["metric"] for row in held}:
        counts = {f"{row['leaf_teams']} {row['place']}" for row in held if row["metric"] == metric}
        said = page.text(f".tile[data-metric={metric}] .band").removeprefix("Leaf teams, DORA 2024: ")
        assert set(said.replace("; no band: ", ", ").removeprefix("no band: ").split(", ")) == counts


def test_bands_of_another_year_or_none_are_a_choice(page: Page) -> None:
    team = "Engineering/Mobile/iOS"
    page.open(team=team, bands="2019")
    older = page.text(".tile[data-metric=change_failure_rate_percent] .band")
    assert older.startswith("DORA 2019: ")
    page.open(team=team, bands="none")
    assert "DORA 20" not in page.text("#faster")
    page.page.select_option("select[name=bands]", "2021")
    assert "DORA 2021: " in page.text("#faster")
    assert "bands=2021" in page.page.url


def test_changes_are_those_of_the_marts(page: Page, database: Database, titles: dict[str, str]) -> None:
    page.open(team="Engineering", below="all")
    shown = {row["Path"].text: row for row in page.table("teams")}
    held = database.read(
        f"(SELECT fct.path, long.* FROM dora.fct_dora_change AS long JOIN dora.fct_dora AS fct USING (dora_key) "
        f"WHERE long.period_start = '{LAST}' AND comparison = 'year ago' "
        f"AND fct.{MONTHLY.replace(' AND ', ' AND fct.')})"
    )
    directions: list[str | None] = []
    for row in held:
        head = f"{titles[row['metric']]}, % since a year ago"
        if row["path"] == "Engineering" or row["metric"] not in METRICS or head not in shown["Engineering/Mobile"]:
            continue
        cell, known = shown[row["path"]][head], METRICS[row["metric"]]
        assert _same(_number(cell), row["change_percent"]) or row["change_percent"] == pytest.approx(
            float(cell.value or 0), abs=0.01
        )
        words = {"better": known.better, "worse": known.worse, "same": "noise"}
        if row["change"] is not None:
            noise = "noise" if row["is_within_noise"] else "unknown"
            assert cell.text == words.get(row["direction"], noise)
        directions.append(row["direction"])
    assert len(directions) == 24
    assert "worse" in directions


def test_help_lists_regressions_and_missed_targets(page: Page, database: Database, titles: dict[str, str]) -> None:
    page.open(team="Engineering")
    shown = {(row["Team"].value, row["Metric"].text, row["Why"].text) for row in page.table("help")}
    unusual = database.read(f"(SELECT * FROM dora.regressions WHERE {MONTHLY})")
    missed = database.read(
        f"(SELECT * FROM dora.target_results JOIN dora.dim_team USING (team_key) "
        f"WHERE NOT is_met AND period_start = '{LAST}' "
        "AND target_results.project_identifier = 'dora')"
    )
    assert unusual
    assert missed
    assert shown == {(row["path"], titles[row["metric"]], "outside its usual range") for row in unusual} | {
        (row["path"], titles[row["metric"]], "target missed") for row in missed
    }


def test_restated_figures_are_listed_with_the_earlier_ones(page: Page, database: Database) -> None:
    page.open(team="Engineering")
    held: dict[tuple[Any, ...], Row] = {}
    rows = database.read(
        f"(SELECT * FROM dora.restatements JOIN dora.dim_team USING (team_key) WHERE {MONTHLY} ORDER BY restated_at)"
    )
    for row in rows:
        first = held.get((row["path"], str(row["period_start"]), row["metric"]), row)
        held[row["path"], str(row["period_start"]), row["metric"]] = row | {"from_value": first["from_value"]}
    shown = page.table("restated")
    assert len(shown) == len(held) > 3
    values = sorted(
        (row["Team"].value, row["Period"].value, _number(row["Was"]), _number(row["Is"]))
        for row in shown
        if row["Metric"].text == "Lead time for changes"
    )
    expected = sorted(
        (path, start, row["from_value"], row["to_value"])
        for (path, start, metric), row in held.items()
        if metric == "lead_time_days"
    )
    assert len(values) == len(expected)
    for one, other in zip(values, expected, strict=True):
        assert one[:2] == other[:2]
        assert one[2:] == pytest.approx(other[2:], rel=1e-5)


def test_missing_figures_are_those_of_the_marts_with_their_reasons(page: Page, database: Database) -> None:
    page.open(team="Engineering")
    held = database.read(
        f"(SELECT missing.reason, count(*) AS periods FROM dora.missing_figures AS missing "
        "JOIN dora.dim_team USING (team_key) "
        f"JOIN dora.dora_metrics USING (metric) WHERE is_headline AND {MONTHLY} "
        f"AND period_start <= '{LAST}' GROUP BY 1)"
    )
    shown: dict[str, int] = {}
    for row in page.table("missing"):
        shown[row["Reason"].text] = shown.get(row["Reason"].text, 0) + int(row["Periods"].text)
    assert shown == {row["reason"]: row["periods"] for row in held}
    assert len(shown) > 1
    lost = [(row["Stream"].text, row["State"].text) for row in page.table("lost")]
    assert lost == [("mttr", "outdated"), ("mttr", "rows lost by the loader")]


def test_figures_from_few_deployments_are_pale_and_named(page: Page, database: Database) -> None:
    few = database.read(
        f"(SELECT * FROM dora.fct_dora WHERE {MONTHLY} AND period_start = '{LAST}' "
        "AND change_failure_rate_percent IS NOT NULL AND successful_deployments + failed_deployments < 10)"
    )
    assert few
    page.open(team="Engineering")
    for row in few:
        counts = f"({row['failed_deployments']} of {row['successful_deployments'] + row['failed_deployments']})"
        assert f"{row['path'].rpartition('/')[2]} {counts}" in page.text("#trust")
    assert {row["Team"].value for row in page.table("small")} == {row["path"] for row in few}
    page.open(team=few[0]["path"])
    assert page.page.locator(".tile[data-metric=change_failure_rate_percent] .big.pale").count() == 1
    assert "too few deployments" in page.text(".tile[data-metric=change_failure_rate_percent]")
