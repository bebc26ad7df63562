"""The marts hold what the stand-in says is true, on both databases alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.transform.truth import held

if TYPE_CHECKING:
    from tests.transform.conftest import History


@pytest.mark.parametrize("step", [0, 1])
def test_nothing_fails_or_warns_on_sound_figures(history: History, step: int) -> None:
    outcomes = history.steps[step].outcomes
    assert len(outcomes) > 100
    assert {name: outcome for name, outcome in outcomes.items() if outcome.status not in {"success", "pass"}} == {}


@pytest.mark.parametrize("step", [0, 1])
def test_fct_dora_is_the_truth(history: History, step: int) -> None:
    assert held(history.steps[step].figures()) == history.true(history.steps[step])
