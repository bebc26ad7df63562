"""The marts equal the stand-in's truth, on both databases."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from standin.org import NO_DATA
from tests.transform.conftest import SERIES
from tests.transform.truth import COLUMNS, KEY, TREE, held

if TYPE_CHECKING:
    from tests.transform.conftest import History, Step
    from tests.transform.databases import Row

HEADLINES = ("lead_time_days", "deployments", "change_failure_rate_percent", "time_to_restore_days")
FROM_COMMIT = ("coding", "review", "build", "deploy")
LEAD_TIME_BANDS_2024 = ((1, "Elite"), (7, "High"), (30, "Medium"), (180, "Low"))


@pytest.mark.parametrize("step", [0, 1])
def test_nothing_fails_or_warns_on_correct_figures(history: History, step: int) -> None:
    outcomes = history.steps[step].outcomes
    assert len(outcomes) > (100, 50)[step]
    sound = {"success", "pass", "no-op"}
    unsound = {name for name, outcome in outcomes.items() if outcome.status not in sound}
    # Teams are sometimes worse than usual, also with correct figures.
    assert unsound <= {"teams_are_within_their_usual_range"}


@pytest.mark.parametrize("step", [0, 1])
def test_fct_dora_is_the_truth(history: History, step: int) -> None:
    assert held(history.steps[step].figures()) == history.true(history.steps[step])


def test_fct_dora_long_has_a_row_for_each_figure_and_keeps_null_apart_from_zero(history: History) -> None:
    last = history.steps[-1]
    true = {
        (key, name): value
        for key, row in history.true(last).items()
        for name, value in row.items()
        if name in COLUMNS and name != "harness_overall_rating"
    }
    found = {(key, row["metric"]): row["value"] for key, row in _with_keys(last, "fct_dora_long")}
    assert found == true
    assert {None, 0} <= set(found.values())


def test_change_is_the_difference_between_neighbouring_closed_periods(history: History) -> None:
    last = history.steps[-1]
    true = history.true(last)
    changes = {
        (later, name): _measure(true[later], later, name) - _measure(true[earlier], earlier, name)
        for earlier, later in pairwise(sorted(true))
        if earlier[:-1] == later[:-1] and true[later]["is_period_complete"]
        for name in HEADLINES
        if None not in {true[earlier][name], true[later][name]}
    }
    found = {
        (key, row["metric"]): row["change"]
        for key, row in _with_keys(last, "fct_dora_change")
        if row["comparison"] == "previous period" and row["metric"] in HEADLINES and row["change"] is not None
    }
    assert found == pytest.approx(changes)


def _measure(row: Row, key: tuple[Any, ...], name: str) -> float:
    """The compared value: deployments per day."""
    days = (row["period_end"] - key[-1]).days + 1
    return float(row[name]) / (days if name == "deployments" else 1)


def test_benchmark_places_leaf_teams_without_planning_and_keeps_harness_rating(history: History) -> None:
    last = history.steps[-1]
    org = history.sei.org
    leaves = {team.path for team in org.below(org.team_at(TREE)) if team.is_leaf}
    true = {
        key: row
        for key, row in history.true(last).items()
        if row["is_period_complete"] and "mean" in key and key[2] in leaves
    }
    placed = {key: row for key, row in _with_keys(last, "fct_dora_benchmark") if row["metric"] == "lead_time_days"}
    assert placed.keys() == true.keys()
    for key, row in placed.items():
        days = None if true[key]["lead_time_days"] is None else sum(true[key][f"{stage}_days"] for stage in FROM_COMMIT)
        assert row["measure"] == (None if days is None else pytest.approx(days))
        few = (true[key]["deployments"] or 0) < 10
        band = next(
            (band for limit, band in LEAD_TIME_BANDS_2024 if days is not None and days < limit and not few), None
        )
        assert (row["best_band"], row["worst_band"], row["benchmark_year"]) == (band, band, 2024)
        assert row["harness_overall_rating"] == true[key]["harness_overall_rating"]


def test_dora_current_is_the_truth_of_leaf_teams_in_closed_months(history: History) -> None:
    last = history.steps[-1]
    org = history.sei.org
    leaves = {team.path for team in org.below(org.team_at(TREE)) if team.is_leaf}
    true = {
        (key[2], key[-1]): {name: row[name] for name in COLUMNS}
        for key, row in history.true(last).items()
        if row["is_period_complete"] and {"mean", "MONTHLY"} <= set(key) and key[2] in leaves
    }
    rows = last.marts["dora_current"]
    assert {(row["path"], row["period_start"]): {name: row[name] for name in COLUMNS} for row in rows} == true
    assert len(rows) == len(true)


def _with_keys(step: Step, mart: str) -> list[tuple[tuple[Any, ...], Row]]:
    """The rows of a mart, each with the tap's key."""
    keys = {row["dora_key"]: tuple(row[name] for name in KEY) for row in step.figures()}
    return [(keys[row["dora_key"]], row) for row in step.marts[mart]]


def test_dim_team_is_the_tree(history: History) -> None:
    org = history.sei.org
    teams = [team for team in org.below(org.team_at(TREE)) if team.name != NO_DATA]
    true = {
        team.path: (team.name, team.path.rpartition("/")[0] or None, 1 + team.path.count("/"), team.is_leaf)
        for team in teams
    }
    rows = history.steps[-1].marts["dim_team"]
    assert {row["path"]: (row["team"], row["parent_path"], row["level"], row["is_leaf"]) for row in rows} == true
    paths = {row["team_key"]: row["path"] for row in rows}
    assert all(paths.get(row["parent_team_key"]) == row["parent_path"] for row in rows)


def test_every_period_is_in_the_spine_with_the_previous_one(history: History) -> None:
    last = history.steps[-1]
    for granularity in {granularity for granularity, _ in SERIES}:
        spine = sorted(
            (row for row in last.marts["dim_period"] if row["granularity"] == granularity),
            key=lambda row: row["period_start"],
        )
        assert {row["period_start"] for row in spine} == {key[-1] for key in history.true(last) if granularity in key}
        for earlier, later in pairwise(spine):
            assert later["previous_period_start"] == earlier["period_start"]
            assert (later["period_start"] - earlier["period_end"]).days == 1
        assert [row["is_complete"] for row in spine] == [row["period_end"] < last.at.date() for row in spine]


def test_all_that_was_asked_for_is_covered(history: History) -> None:
    marts = history.steps[-1].marts
    assert {row["coverage"] for row in marts["coverage_teams"]} == {"received"}
    assert {row["coverage"] for row in marts["coverage_periods"]} == {"received"}
    assert {row["loaded"] for row in marts["coverage_exports"]} == {"whole", "replaced"}
    lead_times = [row for row in marts["coverage_exports"] if row["stream"] == "lttc"]
    assert sum(row["held_rows"] for row in lead_times) == len(history.true(history.steps[-1]))
