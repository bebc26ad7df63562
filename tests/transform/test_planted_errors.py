"""An error among sound rows makes the dbt test of its kind fail, on the row that is wrong and no other."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.transform.planting import NO_DEPLOYMENTS

if TYPE_CHECKING:
    from tests.transform.conftest import History
    from tests.transform.databases import Row

OF_ONE_ROW = {
    "change_failure_rate_matches_its_counts": ("fail", "Checkout", date(2025, 12, 1)),
    "no_data_is_not_zero": ("fail", NO_DEPLOYMENTS, date(2025, 10, 1)),
    "failure_rates_above_100": ("warn", "Search", date(2025, 10, 1)),
    "stages_add_up_to_lead_time": ("fail", "Search", date(2025, 12, 1)),
    "periods_have_their_length": ("fail", "Search", date(2025, 10, 1)),
    "figures_are_in_range": ("fail", "Search", date(2025, 11, 1)),
    "unique_stg_sei__work_items_dora_key": ("fail", "Cart", date(2025, 12, 1)),
}
OF_SEVERAL = {
    "exports_are_loaded_whole": ("fail", 1),  # the one that lost a row
    "periods_asked_for_are_received": ("fail", 7),  # July to January
    "an_export_holds_one_series": ("fail", 3),  # the means, the median beside them, and that no median was asked for
    "teams_have_no_gaps": ("warn", 2),  # the lost row, and the one that became a median
}
FOLLOWING = {"unique_coverage_teams_coverage_key"}  # the row that stands twice does so there too


def _plain(name: str) -> str:
    """The name without the hash that dbt puts after those that it makes."""
    return name.partition(".")[0]


@pytest.mark.parametrize(("name", "wrong"), OF_ONE_ROW.items())
def test_the_wrong_row_is_found(history: History, name: str, wrong: tuple[str, str, date]) -> None:
    outcome = {_plain(test): outcome for test, outcome in history.planted.items()}[name]
    assert outcome == (wrong[0], 1)
    (row,) = history.database.read(f"dora_dbt_test__audit.{name}")
    assert _named(history, row) == wrong[1:]


def _named(history: History, found: Row) -> tuple[str, date]:
    """The team and the period that a row of a failed test speaks of."""
    kind = "figure_key" if "figure_key" in found else "dora_key"
    key = found.get(kind, found.get("unique_field"))
    (figure, *_) = (row for row in history.database.read("dora.fct_dora_long") if row[kind] == key)
    teams = {team["team_key"]: team["team"] for team in history.database.read("dora.dim_team")}
    return teams[figure["team_key"]], figure["period_start"]


@pytest.mark.parametrize(("name", "outcome"), OF_SEVERAL.items())
def test_each_wrong_row_is_counted(history: History, name: str, outcome: tuple[str, int]) -> None:
    assert history.planted[name] == outcome


def test_nothing_else_fails(history: History) -> None:
    found = {_plain(name) for name, outcome in history.planted.items() if outcome.status != "pass"}
    assert found - FOLLOWING == OF_ONE_ROW.keys() | OF_SEVERAL.keys()
