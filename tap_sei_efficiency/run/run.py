"""One run of the tap: which SEI it asks, for which scopes, by what plan, what it emitted and what failed.

Knows no Singer SDK: `streams/` emits, and says here what it has emitted.
"""

from __future__ import annotations

import itertools
import logging
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from tap_sei_efficiency.api.connect import connect, replayed
from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.api.retry import PollPolicy
from tap_sei_efficiency.api.teams import Team, leaf_scopes, read_teams
from tap_sei_efficiency.errors import ExportError, RunFailedError
from tap_sei_efficiency.run.ledger import Emitted, ledger_rows
from tap_sei_efficiency.run.plan import Plan, Planner, StreamPlan, plan_replay, plan_reports
from tap_sei_efficiency.run.run_folder import RunFolder
from tap_sei_efficiency.run.runner import Runner, RunnerPolicy
from tap_sei_efficiency.run.state import (
    IN_FLIGHT,
    end_window,
    read_bookmarks,
    read_in_flight,
    read_progress,
    write_in_flight,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime
    from pathlib import Path

    from tap_sei_efficiency.api.protocol import Report, SeiApi
    from tap_sei_efficiency.api.replay import ReplayClient
    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.model.requests import ExportRequest, Scope
    from tap_sei_efficiency.model.team_reports import ReportRequest
    from tap_sei_efficiency.run.signals import SignalGate
    from tap_sei_efficiency.run.task import Task
    from tap_sei_efficiency.settings import Settings

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a stream could not emit for a scope, and why."""

    stream: str
    scope: str
    error: ExportError


class Run:
    """One run. `state` is the tap's, in which the run keeps its jobs in flight; `write_state` sends it to the target.

    The settings, and what the selected streams ask for, are read when they are first needed: a catalog can be
    discovered without a valid config.
    """

    def __init__(
        self,
        load_settings: Callable[[], Settings],
        stream_plans: Callable[[], Sequence[StreamPlan]],
        state: dict[str, Any],
        *,
        clock: Clock,
        today: date,
        gate: SignalGate,
        write_state: Callable[[], None] = lambda: None,
    ) -> None:
        self._load_settings = load_settings
        self._stream_plans = stream_plans
        self._state = state
        self._clock = clock
        self._gate = gate
        self._cleanup = ExitStack()
        self._file_numbers = itertools.count(1)
        self._teams: dict[str, Sequence[Team]] = {}
        self._seen: dict[str, set[str]] = {}
        self.today = today
        self.write_state = write_state
        self.failures: list[Failure] = []
        self.emitted: dict[tuple[Task | ReportRequest, str], Emitted] = {}

    @cached_property
    def settings(self) -> Settings:
        """The settings of the run.

        Raises:
            SettingsError: With one sentence about the first setting that cannot be used.
        """
        return self._load_settings()

    @cached_property
    def _api(self) -> SeiApi:
        return self._replayed or connect(self.settings, self._clock)

    @cached_property
    def _replayed(self) -> ReplayClient | None:
        return replayed(self.settings)

    @cached_property
    def _folder(self) -> Path:
        folder = RunFolder()
        self._cleanup.callback(folder.close)
        return folder.path

    @cached_property
    def _runner(self) -> Runner:
        settings = self.settings
        return Runner(
            api=self._api,
            clock=self._clock,
            policy=RunnerPolicy(
                poll=PollPolicy(settings.poll_interval_seconds, settings.poll_max_interval_seconds),
                max_concurrent=settings.max_concurrent_exports,
                max_attempts=settings.max_export_attempts,
                timeout=settings.export_timeout_seconds,
            ),
            calendar=settings.calendar,
            on_change=self._note_in_flight,
        )

    def close(self) -> None:
        """Delete the files on disk; a run that nobody closes deletes them when the process ends."""
        self._cleanup.close()

    # What to export.

    @cached_property
    def export_scopes(self) -> Sequence[Scope]:
        """The scopes of the V2 exports; every leaf team of the org trees if the settings ask for that."""
        if self._replayed and self.settings.every_leaf_team:
            return list(dict.fromkeys(request.scope for request in self._replayed.exports))
        trees = self.settings.org_tree_ids if self.settings.every_leaf_team else ()
        leaves = [scope for tree in trees for scope in self._leaves(tree)]
        return [*self.settings.team_scopes, *dict.fromkeys(leaves), *self.settings.org_tree_scopes]

    def _leaves(self, org_tree_id: str) -> Sequence[Scope]:
        try:
            return leaf_scopes(self.teams_of(org_tree_id), org_tree_id)
        except ExportError as error:
            self.fail("team_ids", f"org tree {org_tree_id}", error)
            return []

    def teams_of(self, org_tree_id: str) -> Sequence[Team]:
        """The teams of an org tree, asked for once a run.

        Raises:
            ExportError: SEI does not know the tree, or the answer cannot be read.
        """
        if org_tree_id not in self._teams:
            with self._gate.open():
                self._teams[org_tree_id] = read_teams(self._api.teams(org_tree_id), org_tree_id)
        return self._teams[org_tree_id]

    @cached_property
    def plan(self) -> Plan:
        """The exports that the selected streams ask for, given the settings and the state when this is first read."""
        streams = self._stream_plans()
        if self._replayed:
            return plan_replay(self.settings, streams, self.export_scopes, self._replayed.exports)
        planner = Planner(
            settings=self.settings,
            today=self.today,
            bookmarks=read_bookmarks(self._state, self.settings, self.export_scopes),
            progress=read_progress(self._state, self.settings, self.export_scopes),
            unfinished=list(self._unfinished),
        )
        return planner.plan(streams, self.export_scopes)

    @cached_property
    def _unfinished(self) -> Mapping[ExportRequest, Any]:
        return read_in_flight(self._state, self.settings)

    def report_pages(self, stream: str, *, newest_only: bool, from_the_start: bool) -> dict[Scope, list[ReportRequest]]:
        """The legacy reports that `stream` asks of each scope, oldest period first; those of an archive in a replay."""
        settings, scopes = self.settings, self.settings.report_scopes
        if self._replayed:
            archived = self._replayed.reports
            return {scope: [request for request in archived if request.scope == scope] for scope in scopes}
        bookmarks = {} if from_the_start else read_bookmarks(self._state, settings, scopes)
        pages = {scope: plan_reports(settings, scope, bookmarks.get((stream, scope)), self.today) for scope in scopes}
        return {scope: requests[-1:] for scope, requests in pages.items()} if newest_only else pages

    # What the exports give.

    def exports(self, streams: Collection[str]) -> Iterator[Task]:
        """The exports that `streams` ask for, each when its file is at SEI or when it cannot be had."""
        readers = {request: [name for name in names if name in streams] for request, names in self.plan.readers.items()}
        with self._gate.open():
            self._runner.plan({request: names for request, names in readers.items() if names}, self._unfinished)
        yield from self._gated(self._runner.finished())

    def exports_of(self, stream: str, scope: Scope, *, newest_only: bool) -> Iterator[Task]:
        """The exports of `stream` for `scope` alone, oldest window first.

        Raises:
            ExportError: One cannot be had.
        """
        plan = self.plan.newest_period(self.settings.calendar) if newest_only else self.plan
        for request in plan.pages.get((stream, scope), ()):
            yield from self._gated(self._runner.wait(request, stream))

    def _gated(self, tasks: Iterator[Task]) -> Iterator[Task]:
        while True:
            with self._gate.open():
                task = next(tasks, None)
            if task is None:
                return
            yield task

    @contextmanager
    def file_of(self, task: Task) -> Iterator[BinaryIO | None]:
        """The text of a task's file, which is deleted afterwards; None if SEI has lost it and is asked again.

        Raises:
            ExportError: The file cannot be had.
        """
        path = self._next_file()
        try:
            with self._gate.open():
                is_there = self._runner.download(task, path)
            if not is_there:
                yield None
                return
            with open_export(path, max_bytes=self.settings.max_export_megabytes * 2**20) as file:
                yield file
        finally:
            path.unlink(missing_ok=True)

    def report(self, request: ReportRequest) -> Report:
        """Download a legacy report; its reader deletes the file. Any thread may ask."""
        return self._api.report(request, self._next_file())

    def _next_file(self) -> Path:
        return self._folder / f"download-{next(self._file_numbers)}"

    def waiting(self) -> AbstractContextManager[None]:
        """Let a signal end the run while the caller waits inside."""
        return self._gate.open()

    def between_blocks(self) -> None:
        """Look after the jobs in flight, so that a slot that falls free is filled while rows are emitted."""
        with self._gate.open():
            self._runner.sweep()

    def export_alone(self, task: Task, stream: str) -> None:
        """Let `stream` have an export of its own, because the shared file of `task` does not serve it."""
        if self.first_seen("exported alone", [stream]):
            _logger.warning("Shared exports hold no column of %s; the tap exports this stream separately.", stream)
        self._runner.add(replace(task.request, groups=(stream,)), stream)

    def end_export(self, task: Task) -> None:
        """The rows of the task's file were emitted, or cannot be: it is in flight no more."""
        self._runner.done(task)
        self._state[IN_FLIGHT] = write_in_flight(self._runner.in_flight, self.settings)

    def end_window(self, stream: str, partition_state: dict[str, Any], task: Task) -> None:
        """Move the bookmark of `stream`, in its partition's state, over the window of `task`."""
        request = task.request
        newest = self.emitted[task, stream].newest
        end_window(partition_state, request.window, newest, self.plan.days.get((stream, request.scope)), self.today)

    def _note_in_flight(self) -> None:
        self._state[IN_FLIGHT] = write_in_flight(self._runner.in_flight, self.settings)
        self.write_state()

    # What failed, and what is said.

    def give_up(self, stream: str, scope: Scope, error: ExportError) -> None:
        """`stream` gives `scope` up; its later windows are not wanted any more."""
        self.fail(stream, str(scope), error)
        self._runner.forget(stream, scope)

    def fail(self, stream: str, scope: str, error: ExportError) -> None:
        """Note that `stream` could not emit `scope`; the run goes on, and ends with the error."""
        _logger.error("Stream %s stops at %s: %s", stream, scope, error)
        self.failures.append(Failure(stream, scope, error))

    def first_seen(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of `names` that no earlier call of the run had for this `kind`."""
        seen = self._seen.setdefault(kind, set())
        new = [name for name in names if name not in seen]
        seen.update(new)
        return new

    @property
    def is_fruitless(self) -> bool:
        """Whether the run has failed without a single row."""
        return bool(self.failures) and not any(emitted.rows for emitted in self.emitted.values())

    def ledger(self, started_at: datetime) -> Iterator[dict[str, Any]]:
        """The rows of the ledger of this run."""
        run = {
            "run_id": uuid.uuid4().hex,
            "run_started_at": started_at.isoformat(),
            "org_identifier": self.settings.org_identifier,
            "project_identifier": self.settings.project_identifier,
        }
        yield from ledger_rows(self._runner.tasks, self.emitted, run)

    def log_summary(self) -> None:
        """One line about what the run did."""
        tasks = list(self._runner.tasks)
        attempts = [attempt for task in tasks for attempt in task.attempts]
        _logger.info(
            "%d exports: %d reused, %d resumed, %d split, %d retried; %d rows, %d bytes, %.0f s waited.",
            len({attempt.job.export_id for attempt in attempts}),
            sum(attempt.origin == "reused" for attempt in attempts),
            sum(attempt.origin == "resumed" for attempt in attempts),
            sum(bool(task.parts) for task in tasks),
            sum(max(0, len(task.attempts) - 1) for task in tasks),
            sum(emitted.rows for emitted in self.emitted.values()),
            sum(attempt.size for attempt in attempts),
            self._runner.seconds_waited,
        )

    def raise_for_failures(self) -> None:
        """End the run with one line for each thing that failed.

        Raises:
            RunFailedError: Something failed.
        """
        lines: dict[str, list[str]] = {}
        for failure in self.failures:
            lines.setdefault(f"{failure.scope}: {failure.error}", []).append(failure.stream)
        if lines:
            raise RunFailedError([f"{', '.join(streams)} of {text}" for text, streams in lines.items()])
