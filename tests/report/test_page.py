"""The file by itself: it loads nothing, runs only its own script, and is accessible."""

from __future__ import annotations

import csv
import re
import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from report.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.report.browser import Browser, Page


def test_the_page_requests_nothing_and_violates_no_policy(page: Page) -> None:
    page.open(team="Engineering/Mobile", metric="deployments")
    page.page.click("text=Show them >> nth=0")
    assert {url.partition("#")[0] for url in page.asked} <= {page.file.as_uri(), "about:blank"}
    assert page.said == []


def test_the_policy_allows_only_the_files_own_script_and_style(report: Path) -> None:
    html = report.read_text(encoding="utf-8")
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    (only,) = policy
    rules = dict(rule.strip().split(" ", 1) for rule in only.split(";"))
    assert rules.pop("script-src").startswith("'sha256-")
    assert rules.pop("style-src").startswith("'sha256-")
    assert rules == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    assert not re.search(
        r"(src|href)=|url\(|@import|https?://(?!www\.w3\.org/2000/svg)", html.partition('id="data"')[0]
    )


def test_names_are_never_markup(warehouse: Path, tmp_path: Path, browser: Browser) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    shutil.copy(warehouse, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE dora.dim_team SET team = ? WHERE path = 'Engineering/Mobile'", [evil])
    assert main(["--warehouse", str(tmp_path / "warehouse.duckdb"), "--out", str(tmp_path / "r.html")]) == 0
    with browser.page(tmp_path / "r.html") as page:
        assert evil in page.text("#trend")
        assert page.page.locator("img").count() == 0
        assert page.said == []


def test_without_javascript_the_headline_table_is_there(browser: Browser, report: Path) -> None:
    text = browser.without_script(report)
    assert "Without JavaScript" in text
    for part in ("Engineering", "Mobile", "Platform", "Lead time for changes", "Oct 2026", "deployments)"):
        assert part in text
    assert "Identity" not in text


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.page.set_viewport_size({"width": width, "height": 900})
    for team in ("Engineering", "Engineering/Mobile/iOS"):
        page.open(team=team)
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_address_keeps_each_choice(page: Page) -> None:
    page.open()
    for name, value in (
        ("project", "acme/apps"),
        ("project", "acme/dora"),
        ("granularity", "QUARTERLY"),
        ("granularity", "MONTHLY"),
        ("metric", "coding_days"),
        ("from", "2025-05-01"),
        ("to", "2026-05-01"),
        ("bands", "none"),
        ("aggregation", "p90"),
    ):
        before = page.text()
        page.page.select_option(f"select[name={name}]", value)
        assert page.page.eval_on_selector(f"select[name={name}]", "select => select.value") == value
        assert page.text() != before
    address, shown = page.page.url.partition("#")[2], page.text()
    page.open(**dict(choice.split("=") for choice in address.split("&")))
    assert page.text() == shown
    assert "p90" in shown


def test_an_empty_address_shows_the_default_view(page: Page) -> None:
    page.open()
    usual = page.text()
    page.open(
        team="Nobody", project="none", granularity="DAILY", metric="cost", bands="1999", **{"from": "x", "to": "y"}
    )
    assert page.text("#faster h3 >> nth=0") in usual
    assert page.text(".trail").startswith("Engineering")
    assert page.said == []


def test_a_team_is_found_and_chosen_by_the_keyboard_alone(page: Page) -> None:
    page.open()
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Tab")
    page.page.keyboard.type("mob andr")
    visible = page.page.locator(".teams li > a:visible").all_inner_texts()
    assert visible == ["Engineering", "Mobile", "Android"]
    for _ in visible:
        page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    page.page.wait_for_function("document.title.endsWith('Android')")
    assert "team=Engineering%2FMobile%2FAndroid" in page.page.url


def test_several_roots_are_listed_without_figures_above_them(page: Page) -> None:
    page.open(project="acme/apps")
    assert page.text(".trail").startswith("All teams")
    assert page.page.locator(".tile .big").count() == 0
    assert [row["Team"].text for row in page.table("teams")] == ["Platform", "Support Tools"]


def test_a_table_sorts_missing_figures_last(page: Page) -> None:
    page.open(team="Engineering", below="all")
    restore = page.page.locator("[data-table=teams] thead button", has_text="Time to restore").first
    for way in (1, -1):
        restore.click()
        values = [row["Time to restore"].value for row in page.table("teams")]
        held = [float(value) for value in values if value is not None]
        assert held == sorted(held)[::way]
        assert values[-1] is None
        assert page.page.locator("[data-table=teams] th[aria-sort]").count() == 1


def test_a_table_is_saved_as_csv(page: Page, tmp_path: Path) -> None:
    page.open(team="Engineering", below="all")
    with page.page.expect_download() as started:
        page.page.click("[data-table=teams] .csv")
    started.value.save_as(tmp_path / "teams.csv")
    assert started.value.suggested_filename == "teams.csv"
    with (tmp_path / "teams.csv").open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.reader(file))
    shown = page.table("teams")
    assert len(kept) == len(shown) + 1
    assert [row[2] for row in kept[1:]] == [row["Lead time for changes"].value or "" for row in shown]
    assert page.said == []


def test_print_is_two_pages_at_most(page: Page) -> None:
    page.open(team="Engineering", metric="deployments")
    printed = page.page.pdf(format="A4")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2


def test_counts_have_whole_ticks(page: Page) -> None:
    page.open(team="Engineering/Mobile/iOS", metric="failed_deployments")
    ticks = page.page.evaluate("[...document.querySelectorAll('.own .grid + text')].map(text => text.textContent)")
    assert len(ticks) >= 2
    assert all(tick.replace(",", "").isdigit() for tick in ticks)
