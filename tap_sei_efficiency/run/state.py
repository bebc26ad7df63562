"""The tap's Singer state, read and changed as data; `tap.py` writes it. No network, no clock.

`bookmarks` contains, for each stream and partition, the start of the newest period or closed sprint emitted, and
during a load in `windows_emitted` what was emitted so far, in any order. `exports_in_flight` contains the jobs at SEI
whose rows are still to be emitted, with their requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from tap_sei_efficiency.errors import SettingsError
from tap_sei_efficiency.model.insights import insight_of
from tap_sei_efficiency.model.jobs import Job, JobStatus
from tap_sei_efficiency.model.record_schema import REPLICATION_KEY

# msgspec reads this class's fields at run time.
from tap_sei_efficiency.model.requests import ExportRequest  # noqa: TC001
from tap_sei_efficiency.run.progress import EmittedWindow, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_sei_efficiency.model.periods import Days, Window
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.run.task import Task
    from tap_sei_efficiency.settings import Settings

IN_FLIGHT = "exports_in_flight"
EMITTED = "windows_emitted"

_PROGRESS_MARKERS = "progress_markers"
_STARTING_VALUE = "starting_replication_value"


@dataclass(frozen=True, slots=True)
class _Unfinished:
    org_identifier: str
    project_identifier: str
    export_id: str
    created_at: datetime | None
    request: ExportRequest


def context_of(settings: Settings, scope: Scope) -> dict[str, str]:
    """The partition of a scope: with granularity and aggregation, because changing either backfills."""
    return {
        "org_identifier": settings.org_identifier,
        "project_identifier": settings.project_identifier,
        "scope": str(scope),
        "granularity": settings.granularity.value,
        insight_of(settings.aggregation).shape.choice: settings.aggregation.value,
    }


def read_bookmarks(
    state: Mapping[str, Any], settings: Settings, scopes: Iterable[Scope], today: date
) -> dict[tuple[str, Scope], date]:
    """For each stream and scope of the run, the start of the newest period that an earlier run emitted.

    Raises:
        SettingsError: A bookmark is no date, or is after `today`: the run would export nothing, day after day.
    """
    found = {}
    for stream, scope, partition in partitions(state, settings, scopes):
        bookmark = partition.get("replication_key_value")
        if bookmark is not None and partition.get("replication_key") == REPLICATION_KEY:
            day = found[stream, scope] = _bookmark(stream, bookmark)
            if day > today:
                msg = (
                    f"The state's bookmark of stream {stream} for {scope} is {day}, which is after today, {today} UTC. "
                    "Correct or clear the state, or set the clock of this machine."
                )
                raise SettingsError(msg)
    return found


def read_progress(
    state: Mapping[str, Any], settings: Settings, scopes: Iterable[Scope], today: date
) -> dict[tuple[str, Scope], Progress]:
    """For each stream and scope with an unfinished load, the part of earlier rows that counts for a run of `today`.

    What cannot be read is left out: those windows are exported again.
    """
    found = {}
    for stream, scope, partition in partitions(state, settings, scopes):
        progress = _progress(partition)
        if progress is not None and progress.windows[-1].end <= today:
            found[stream, scope] = progress.left_on(today, settings.calendar, settings.lookback_periods)
    return found


def partitions(
    state: Mapping[str, Any], settings: Settings, scopes: Iterable[Scope]
) -> Iterator[tuple[str, Scope, Mapping[str, Any]]]:
    """The partitions of the state that are of these settings and scopes, each with its stream and scope."""
    wanted = {frozenset(context_of(settings, scope).items()): scope for scope in scopes}
    for stream, stream_state in state.get("bookmarks", {}).items():
        for partition in stream_state.get("partitions", ()):
            scope = wanted.get(frozenset(partition["context"].items()))
            if scope is not None:
                yield stream, scope, partition


def _bookmark(stream: str, text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except (TypeError, ValueError):
        msg = f"The state's bookmark of stream {stream} is {text!r}, which is not a date. Correct or clear the state."
        raise SettingsError(msg) from None


def _progress(partition: Mapping[str, Any]) -> Progress | None:
    try:
        progress = msgspec.convert(partition[EMITTED], Progress)
    except (KeyError, msgspec.ValidationError, ValueError):
        return None
    return progress if progress.windows else None


def begin_export(partition_state: dict[str, Any]) -> None:
    """Let the SDK count an export's records in a place that a resumed run ignores.

    The rows of a file come team by team, so the newest period seen says nothing until the file is read to its end.
    """
    partition_state[_PROGRESS_MARKERS] = {}


def end_export(partition_state: dict[str, Any], newest: str | None) -> None:
    """Forget what the SDK counted; move the bookmark to `newest`, never back. None if the export was not emitted."""
    partition_state.pop(_PROGRESS_MARKERS, None)
    partition_state.pop(_STARTING_VALUE, None)
    if newest is not None:
        bookmark = partition_state.get("replication_key_value")
        is_ours = partition_state.get("replication_key") == REPLICATION_KEY
        partition_state["replication_key"] = REPLICATION_KEY
        partition_state["replication_key_value"] = max(newest, bookmark) if bookmark and is_ours else newest


def end_window(
    partition_state: dict[str, Any],
    window: Window,
    newest: str | None,
    wanted: Days | None,
    settings: Settings,
    today: date,
) -> None:
    """Note that the rows of `window` were emitted, the newest of them in the period that starts on `newest`.

    The bookmark moves over what was emitted without a gap since the start of `wanted`, the days that the run makes
    whole; over all of it if `wanted` is None (a replay, which has gaps of its own).
    """
    emitted = EmittedWindow(window.start, window.end, date.fromisoformat(newest) if newest else None)
    if wanted is None:
        end_export(partition_state, newest)
        return
    # What this run exports again may not pass for emitted if the run ends before it has come to it.
    before = (_progress(partition_state) or Progress((), today)).left_on(
        today, settings.calendar, settings.lookback_periods
    )
    progress = before.plus(emitted, today)
    upto_gap = progress.upto_gap(wanted.start)
    end_export(partition_state, upto_gap.newest.isoformat() if upto_gap and upto_gap.newest else None)
    if upto_gap and upto_gap.end >= wanted.end:
        partition_state.pop(EMITTED, None)
    else:
        partition_state[EMITTED] = msgspec.to_builtins(progress)


def read_in_flight(state: Mapping[str, Any], settings: Settings) -> dict[ExportRequest, Job]:
    """The jobs that an earlier run left unfinished in this project.

    What cannot be read is left out, because SEI can be asked again.
    """
    project = (settings.org_identifier, settings.project_identifier)
    jobs = {}
    for entry in state.get(IN_FLIGHT, ()):
        try:
            left = msgspec.convert(entry, _Unfinished)
        except (msgspec.ValidationError, ValueError):
            continue
        if (left.org_identifier, left.project_identifier) == project:
            jobs[left.request] = Job(left.export_id, JobStatus.QUEUED, created_at=left.created_at)
    return jobs


def write_in_flight(tasks: Iterable[Task], settings: Settings) -> list[dict[str, Any]]:
    """The entries of the state for the jobs of `tasks`."""
    project = (settings.org_identifier, settings.project_identifier)
    entries = (_Unfinished(*project, task.job.export_id, task.job.created_at, task.request) for task in tasks)
    return [msgspec.to_builtins(entry) for entry in entries]
