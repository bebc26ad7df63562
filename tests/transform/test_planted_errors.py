"""An error in a correct table makes its dbt test fail, for the wrong row and no other."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.transform.planting import NO_DEPLOYMENTS

if TYPE_CHECKING:
    from tests.transform.conftest import History
    from tests.transform.databases import Row

OF_ONE_ROW = {
    "change_failure_rate_matches_its_counts": ("warn", "Checkout", date(2025, 12, 1)),
    "no_data_is_not_zero": ("warn", NO_DEPLOYMENTS, date(2025, 10, 1)),
    "failure_rates_above_100": ("warn", "Search", date(2025, 10, 1)),
    "stages_add_up_to_lead_time": ("warn", "Search", date(2025, 12, 1)),
    "periods_have_their_length": ("warn", "Search", date(2025, 10, 1)),
    "figures_are_in_range": ("warn", "Search", date(2025, 11, 1)),
    "an_export_holds_one_series": ("warn", "Checkout", date(2025, 10, 1)),
    "unique_stg_sei__work_items_row_key": ("fail", "Cart", date(2025, 12, 1)),
}
OF_SEVERAL = {
    "exports_are_loaded_whole": ("fail", 1),  # the one that lost a row
    "periods_asked_for_are_received": ("fail", 7),  # July to January
    "teams_have_no_gaps": ("warn", 1),  # the row that became a median
    "sprint_work_adds_up": ("warn", 4),
    "sprint_percentages_match_their_work": ("warn", 4),  # two for their own sake, two for a whole or part that is wrong
}


def _plain(name: str) -> str:
    """The name without the hash that dbt appends to generated names."""
    return name.partition(".")[0]


@pytest.mark.parametrize(("name", "wrong"), OF_ONE_ROW.items())
def test_the_wrong_row_is_found(history: History, name: str, wrong: tuple[str, str, date]) -> None:
    outcome = {_plain(test): outcome for test, outcome in history.planted.items()}[name]
    assert outcome == (wrong[0], 1)
    (row,) = history.database.read(f"dora_dbt_test__audit.{name}")
    assert _named(history, row) == wrong[1:]


def _named(history: History, found: Row) -> tuple[str, date]:
    """The team and period of a row of a failed test."""
    kind = next((name for name in ("figure_key", "dora_key") if name in found), "row_key")
    key = found.get(kind, found.get("unique_field"))
    held = "dora.int_dora_rows" if kind == "row_key" else "dora.fct_dora_long"
    (figure, *_) = (row for row in history.database.read(held) if row[kind] == key)
    teams = {team["team_key"]: team["team"] for team in history.database.read("dora.dim_team")}
    return teams[figure["team_key"]], figure["period_start"]


@pytest.mark.parametrize(("name", "outcome"), OF_SEVERAL.items())
def test_each_wrong_row_is_counted(history: History, name: str, outcome: tuple[str, int]) -> None:
    assert history.planted[name] == outcome


def test_nothing_else_fails(history: History) -> None:
    found = {_plain(name) for name, outcome in history.planted.items() if outcome.status != "pass"}
    # The median among means is a team's first row of another series.
    assert found - {"teams_are_within_their_usual_range"} == OF_ONE_ROW.keys() | OF_SEVERAL.keys()


def test_each_rule_of_sprint_work_is_checked(history: History) -> None:
    found = history.database.read("dora_dbt_test__audit.sprint_work_adds_up")
    assert {(row["fact"], row["rule"].partition(" ")[0]) for row in found} == {
        ("fct_sprint", "total_work"),
        ("fct_sprint", "delivered_work"),
        ("fct_sprint", "committed_work"),
        ("fct_sprints", "creep_work"),
    }
