"""Bookmarks and jobs in flight, written and read back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from tap_sei_efficiency.errors import SettingsError
from tap_sei_efficiency.model.jobs import Job, JobStatus
from tap_sei_efficiency.run.progress import EmittedWindow, Progress
from tap_sei_efficiency.run.state import (
    begin_export,
    context_of,
    end_export,
    read_bookmarks,
    read_in_flight,
    read_progress,
    write_in_flight,
)
from tap_sei_efficiency.run.task import Origin, Task
from tests.unit.builders import TEAM, TODAY, request, settings


def state_of(context: dict[str, str], bookmark: Any = "2026-10-01") -> dict[str, Any]:
    partition = {"context": context, "replication_key": "period_start", "replication_key_value": bookmark}
    return {"bookmarks": {"lttc": {"partitions": [partition]}}}


def test_the_bookmark_of_a_partition_is_found() -> None:
    found = read_bookmarks(state_of(context_of(settings(), TEAM)), settings(), [TEAM], TODAY)
    assert found == {("lttc", TEAM): date(2026, 10, 1)}


@pytest.mark.parametrize(
    "changes",
    [
        {"granularity": "WEEKLY"},
        {"aggregation": "p90"},
        {"project_identifier": "other"},
        {"org_identifier": "other"},
    ],
)
def test_the_bookmark_of_another_granularity_aggregation_or_project_is_ignored(changes: dict[str, Any]) -> None:
    assert not read_bookmarks(state_of(context_of(settings(), TEAM)), settings(**changes), [TEAM], TODAY)


def test_a_bookmark_that_is_not_a_date_is_an_error() -> None:
    with pytest.raises(SettingsError, match="bookmark of stream lttc is 'soon', which is not a date"):
        read_bookmarks(state_of(context_of(settings(), TEAM), "soon"), settings(), [TEAM], TODAY)


def test_a_bookmark_or_an_emitted_window_after_today_does_not_stand_for_rows() -> None:
    state = state_of(context_of(settings(), TEAM), "2026-12-01")
    with pytest.raises(
        SettingsError, match=r"of stream lttc for team:team_a is 2026-12-01, which is after today, 2026"
    ):
        read_bookmarks(state, settings(), [TEAM], TODAY)
    for end, counts in ((TODAY, True), (date(2026, 11, 24), False)):
        progress = Progress((EmittedWindow(date(2026, 1, 1), end),), TODAY)
        state["bookmarks"]["lttc"]["partitions"][0]["windows_emitted"] = msgspec.to_builtins(progress)
        assert bool(read_progress(state, settings(), [TEAM], TODAY)) is counts


def test_the_bookmark_moves_to_the_newest_period_and_never_back() -> None:
    partition: dict[str, Any] = {}
    for newest, bookmark in [("2026-03-01", "2026-03-01"), ("2026-05-01", "2026-05-01"), ("2026-04-01", "2026-05-01")]:
        begin_export(partition)
        end_export(partition, newest)
        assert partition == {"replication_key": "period_start", "replication_key_value": bookmark}


def test_an_export_that_was_not_emitted_whole_does_not_move_the_bookmark() -> None:
    partition: dict[str, Any] = {}
    begin_export(partition)
    partition["progress_markers"]["replication_key_value"] = "2026-09-01"  # as the SDK records it
    end_export(partition, None)
    assert partition == {}


def test_a_job_in_flight_survives_the_state() -> None:
    task = Task(request(groups=("lttc", "cfr")), frozenset({"lttc"}))
    created = datetime(2026, 11, 23, 10, tzinfo=UTC)
    task.begin(Job("exp_1", JobStatus.QUEUED, created_at=created), Origin.CREATED, now=0, due=0)
    found = read_in_flight({"exports_in_flight": write_in_flight([task], settings())}, settings())
    assert found == {task.request: Job("exp_1", JobStatus.QUEUED, created_at=created)}


def test_a_job_in_flight_of_another_project_is_ignored() -> None:
    task = Task(request(), frozenset({"lttc"}))
    task.begin(Job("exp_1", JobStatus.QUEUED), Origin.CREATED, now=0, due=0)
    state = {"exports_in_flight": write_in_flight([task], settings())}
    assert read_in_flight(state, settings(project_identifier="other")) == {}


def test_a_state_without_jobs_in_flight_has_none() -> None:
    assert read_in_flight({}, settings()) == {}


def test_a_job_in_flight_that_cannot_be_read_is_created_again() -> None:
    assert (
        read_in_flight({"exports_in_flight": [{"export_id": "exp_1"}, 7, {"request": {"scope": "?"}}]}, settings())
        == {}
    )
