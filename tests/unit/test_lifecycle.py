"""The table of transitions is complete, and the code follows it."""

from __future__ import annotations

import pytest

from tap_sei_efficiency.model.jobs import JobStatus
from tap_sei_efficiency.run.lifecycle import TRANSITIONS, Event, Stage, after, mermaid


def test_every_stage_can_be_reached_and_every_event_can_occur() -> None:
    assert {Stage.WAITING, *TRANSITIONS.values()} == set(Stage)
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_final_stages_have_no_transition() -> None:
    assert {Stage.DONE, Stage.SPLIT, Stage.FAILED} == set(Stage) - {stage for stage, _ in TRANSITIONS}


def test_a_transition_that_is_not_in_the_table_names_both_ends() -> None:
    with pytest.raises(ValueError, match="A request that is failed cannot have 'job created' happen to it"):
        after(Stage.FAILED, Event.CREATED)


def test_the_tap_knows_these_statuses_and_no_others() -> None:
    """If you add a status, add it to `is_dead` and to the runner."""
    assert {status.value for status in JobStatus} == {
        "QUEUED",
        "PROCESSING",
        "COMPLETED",
        "FAILED",
        "CANCELLED",
        "UNKNOWN",
    }


def test_the_diagram_shows_every_transition() -> None:
    diagram = mermaid()
    assert all(f"{start} --> {end}: {event}" in diagram for (start, event), end in TRANSITIONS.items())
