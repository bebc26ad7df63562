"""A second load a week later: the figures that it restated, left unchanged, and withdrew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.transform.truth import COLUMNS, KEY

if TYPE_CHECKING:
    from tests.transform.conftest import History

RATING = "harness_overall_rating"


def test_each_closed_figure_that_changed_is_a_restatement(history: History) -> None:
    first, second = history.steps
    before, after = history.true(first), history.true(second)
    closed = [key for key, row in before.items() if row["is_period_complete"]]
    changed = {
        (key, column): (before[key][column], after[key][column])
        for key in closed
        for column in COLUMNS
        if before[key][column] != after[key][column]
    }
    assert len(changed) > 50
    assert any(column == RATING for _, column in changed)
    assert _restatements(history) == changed
    assert first.marts["restatements"] == []


def _restatements(history: History) -> dict[tuple[Any, ...], tuple[Any, Any]]:
    second = history.steps[-1]
    keys = {row["dora_key"]: tuple(row[name] for name in KEY) for row in second.figures()}
    found = {}
    for row in second.marts["restatements"]:
        kind = "label" if row["metric"] == RATING else "value"
        found[keys[row["dora_key"]], row["metric"]] = (row[f"from_{kind}"], row[f"to_{kind}"])
        assert (row["stated_at"].date(), row["restated_at"].date()) == tuple(step.at.date() for step in history.steps)
    assert len(found) == len(second.marts["restatements"])
    return found


def test_only_rows_that_were_exported_again_are_written(history: History) -> None:
    first, second = ({row["dora_key"]: row for row in step.marts["fct_dora"]} for step in history.steps)
    written = {key for key, row in second.items() if row != first.get(key)}
    again = {key for key, row in second.items() if row["last_exported_at"].date() == history.steps[1].at.date()}
    assert written == again
    assert 0 < len(written) < len(second) / 2


@pytest.mark.parametrize("step", [0, 1])
def test_open_periods_are_no_restatements(history: History, step: int) -> None:
    """March was open at both loads, so its changes are not restatements."""
    assert {row["period_start"].isoformat() for row in history.steps[step].marts["restatements"]} <= {"2026-02-01"}
