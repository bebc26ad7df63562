"""The page stands alone, reads without a script, and takes no team's name for markup."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import report.page
from report import charts
from report.metrics import METRICS
from report.model import Figures, Period, Team
from tests.report.reading import read

if TYPE_CHECKING:
    import pytest

    from tests.report.conftest import Draw, Tables
    from tests.report.reading import Page

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "a & b <c> 'd'",
    "{{ 7 * 7 }}{% raw %}",
    "]]> --> \u202e 東京 \U0001f680",
]


def test_nothing_is_loaded_from_anywhere(tables: Tables, draw: Draw) -> None:
    html = draw(tables)
    assert set(re.findall(r"\w+://[^\s\"'<>]+", html)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|url\(", html)
    page = read(html)
    assert not [tag for tag, attributes in page.elements if {"src", "srcset", "xlink:href"} & set(attributes)]
    assert not [tag for tag, _ in page.elements if tag in {"link", "img", "iframe", "object", "base"}]
    assert all((link["href"] or "").startswith("#team-") for link in page.attributes("a"))


def test_the_policy_lets_the_pages_own_script_run_and_no_other(page: Page) -> None:
    (policy,) = [meta["content"] for meta in page.attributes("meta") if "http-equiv" in meta]
    digest = base64.b64encode(hashlib.sha256(page.script.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def test_hostile_team_names_stay_text(tables: Tables, draw: Draw) -> None:
    plain = read(draw(tables))
    for row, name in zip(tables["dim_team"], HOSTILE, strict=False):
        row["team"] = name
    page = read(draw(tables))
    assert Counter(tag for tag, _ in page.elements) == Counter(tag for tag, _ in plain.elements)
    assert page.script == plain.script
    assert {" ".join(name.split()) for name in HOSTILE} < set(page.titles.values())
    assert not [attribute for _, attributes in page.elements for attribute in attributes if attribute.startswith("on")]


def test_each_drawing_has_a_text_alternative_and_a_table(page: Page) -> None:
    drawings = [svg for svg in page.attributes("svg") if svg.get("class") == "pygal-chart"]
    assert len(drawings) > 20
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in drawings)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("figure") == tags.count("details") >= len(drawings)
    assert all(svg.get("aria-hidden") == "true" for svg in page.attributes("svg") if svg not in drawings)


def test_every_team_can_be_chosen_and_linked_to(page: Page) -> None:
    ids = [section["id"] for section in page.attributes("section")]
    assert [option["value"] for option in page.attributes("option")] == ids
    assert {(link["href"] or "")[1:] for link in page.attributes("a")} <= set(ids)
    assert page.titles[ids[0] or ""] == "Engineering"


def test_without_a_script_the_first_team_shows_and_the_choice_does_not(tables: Tables, draw: Draw) -> None:
    html = draw(tables)
    assert '<p class="pick" hidden>' in html
    assert "main:not(:has(.team:target)) .team:first-of-type { display: block; }" in html


def test_no_line_or_point_stands_for_a_null() -> None:
    periods = [Period(date(2026, month, 1), f"month {month}", is_complete=month < 6) for month in range(1, 7)]
    values = [4.0, 3.0, None, 0.0, 2.0, 1.0]
    known = {p.start: Figures(True, {"deployments": v}) for p, v in zip(periods, values, strict=True)}  # noqa: FBT003
    svg = str(charts.trend(METRICS[1], Team("k", "p", "A", known), periods, "label"))
    assert re.findall(r"<title>(A[^<]*)</title>", svg) == [
        "A, month 1: 4",
        "A, month 2: 3",
        "A, month 4: 0",
        "A, month 5: 2",
        "A, month 6: 1, open",
    ]
    lines = re.findall(r'<path d="(M[^"]*)" class="line nofill"', svg)
    assert [len(line.split("L")[1].split(" ")) + 1 for line in lines] == [3, 3]


def test_teams_beyond_the_most_are_counted(tables: Tables, monkeypatch: pytest.MonkeyPatch, draw: Draw) -> None:
    monkeypatch.setattr(report.page, "MOST_TEAMS", 3)
    page = read(draw(tables))
    assert list(page.titles.values()) == ["Engineering", "Mobile", "Platform"]
    assert "4 teams of the lowest levels have no section of their own" in page.text


def test_a_link_to_a_team_keeps_its_meaning_in_the_next_report(tables: Tables, page: Page, draw: Draw) -> None:
    later = read(draw(tables, "--team", "Engineering/Mobile"))
    assert later.section("iOS") == page.section("iOS")
