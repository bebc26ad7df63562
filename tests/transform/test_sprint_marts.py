"""The marts of sprint metrics hold what the stand-in says is true; two levels are never mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from standin.sprints import NO_ESTIMATES
from tests.transform.conftest import FIRST_DAY, SERIES
from tests.transform.truth import (
    BY_BOTH,
    BY_SPRINT_ALONE,
    BY_TEAM_ALONE,
    single_sprints,
    sprint_periods,
)

if TYPE_CHECKING:
    from tests.transform.conftest import History, Step
    from tests.transform.databases import Row

GRANULARITIES = sorted({granularity for granularity, _ in SERIES})
OF_PERIOD = ("period_end", "is_period_complete", "is_leaf", "work_unit", *BY_BOTH, *BY_TEAM_ALONE)
OF_SPRINT = (
    *("sprint_name", "sprint_state", "sprint_start", "sprint_end", "is_sprint_over", "is_leaf", "work_unit"),
    *(*BY_BOTH, *BY_SPRINT_ALONE),
)


def _held(rows: list[Row], key: tuple[str, ...], columns: tuple[str, ...]) -> dict[Any, Any]:
    held = {tuple(row[name] for name in key): {name: row[name] for name in columns} for row in rows}
    assert len(held) == len(rows)
    return held


def _periods(history: History, step: Step) -> dict[Any, Any]:
    return sprint_periods(history.sei, FIRST_DAY, step.at, GRANULARITIES)


@pytest.mark.parametrize("step", [0, 1])
def test_fct_sprint_is_the_truth(history: History, step: int) -> None:
    at = history.steps[step]
    key = ("path", "granularity", "computation_mode", "period_start")
    assert _held(at.marts["fct_sprint"], key, OF_PERIOD) == _periods(history, at)
    # The four streams are one row.
    assert all(row[name] for row in at.marts["fct_sprint"] for name in row if name.startswith("has_"))


@pytest.mark.parametrize("step", [0, 1])
def test_fct_sprints_is_the_truth(history: History, step: int) -> None:
    at = history.steps[step]
    true = single_sprints(history.sei, FIRST_DAY, at.at)
    assert _held(at.marts["fct_sprints"], ("path", "computation_mode", "sprint"), OF_SPRINT) == true
    assert {row["is_sprint_over"] for row in true.values()} == {True, False}


def test_a_team_without_estimates_has_rows_without_points(history: History) -> None:
    rows = [row for row in history.steps[-1].marts["fct_sprints"] if row["path"].endswith(f"/{NO_ESTIMATES}")]
    found = {(row["computation_mode"], row["committed_work"] is None) for row in rows}
    assert found == {("STORY_POINTS", True), ("TICKETS", False)}


def test_teams_and_periods_are_those_of_the_dora_marts(history: History) -> None:
    marts = history.steps[-1].marts
    paths = {row["team_key"]: row["path"] for row in marts["dim_team"]}
    periods = {row["period_key"]: (row["granularity"], row["period_start"]) for row in marts["dim_period"]}
    for row in marts["fct_sprint"]:
        assert paths[row["team_key"]] == row["path"]
        assert periods[row["period_key"]] == (row["granularity"], row["period_start"])
    assert all(paths[row["team_key"]] == row["path"] for row in marts["fct_sprints"])
    assert {granularity for granularity, _ in periods.values()} == set(GRANULARITIES)


def test_sprint_current_adds_up_to_the_root(history: History) -> None:
    last = history.steps[-1]
    current, true = last.marts["sprint_current"], _periods(history, last)
    assert {row["computation_mode"] for row in current} == {"STORY_POINTS"}
    for start in {row["period_start"] for row in current}:
        root = true["Engineering", "MONTHLY", "STORY_POINTS", start]
        assert root["is_period_complete"]
        leaves = [row for row in current if row["period_start"] == start]
        for name in ("committed_work", "delivered_committed_work", "creep_work"):
            assert sum(row[name] or 0 for row in leaves) == root[name]
