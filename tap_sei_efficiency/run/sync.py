"""One run of the export streams: the plan, the jobs in flight, what was emitted, what failed. Knows no Singer SDK."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tap_sei_efficiency.api.retry import PollPolicy
from tap_sei_efficiency.api.teams import read_teams
from tap_sei_efficiency.errors import ExportError, RunFailedError
from tap_sei_efficiency.run.run_folder import RunFolder
from tap_sei_efficiency.run.runner import Runner, RunnerPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_sei_efficiency.api.protocol import Report, SeiApi
    from tap_sei_efficiency.api.teams import Team
    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.model.jobs import Job
    from tap_sei_efficiency.model.requests import ExportRequest, Scope
    from tap_sei_efficiency.model.team_reports import ReportRequest
    from tap_sei_efficiency.run.plan import Plan
    from tap_sei_efficiency.run.signals import SignalGate
    from tap_sei_efficiency.run.task import Task
    from tap_sei_efficiency.settings import Settings

_logger = logging.getLogger(__name__)

_MOST_TEAMS_COUNTED = 2**16


@dataclass(slots=True)
class Emitted:
    """What a stream has emitted of one export."""

    rows: int = 0
    newest: str | None = None
    teams: set[str] = field(default_factory=set)
    message: str | None = None

    def count(self, period_starts: Sequence[str], team_paths: Sequence[str]) -> None:
        """Count a block of records."""
        self.rows += len(period_starts)
        newest = max(period_starts)
        self.newest = max(newest, self.newest or newest)
        if len(self.teams) < _MOST_TEAMS_COUNTED:
            self.teams.update(team_paths)

    @property
    def distinct_teams(self) -> int | None:
        """How many teams, or None where they are too many to have been told apart."""
        return len(self.teams) if len(self.teams) < _MOST_TEAMS_COUNTED else None


@dataclass(frozen=True, slots=True)
class Failure:
    """What a stream could not emit for a scope, and why."""

    stream: str
    scope: str
    error: ExportError


class Sync:
    """A run. `on_change` is called whenever the set of jobs in flight has changed."""

    def __init__(
        self,
        *,
        settings: Settings,
        client: SeiApi,
        clock: Clock,
        gate: SignalGate,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.gate = gate
        self._client = client
        self._folder = RunFolder()
        self._plan: Plan | None = None
        self._unshared: set[str] = set()
        self._reports = itertools.count(1)
        self.failures: list[Failure] = []
        self.emitted: dict[tuple[Task, str], Emitted] = {}
        self.runner = Runner(
            client=client,
            clock=clock,
            policy=RunnerPolicy(
                poll=PollPolicy(settings.poll_interval_seconds, settings.poll_max_interval_seconds),
                max_concurrent=settings.max_concurrent_exports,
                max_attempts=settings.max_export_attempts,
                timeout=settings.export_timeout_seconds,
            ),
            calendar=settings.calendar,
            spool=self._folder.path,
            on_change=on_change,
        )

    @property
    def is_planned(self) -> bool:
        """Whether the run has begun with a plan."""
        return self._plan is not None

    def close(self) -> None:
        """Delete the files on disk; a run that nobody closes deletes them when it ends."""
        self._folder.close()

    def start(self, plan: Plan, unfinished: Mapping[ExportRequest, Job]) -> None:
        """Begin with `plan`, and with the unfinished jobs of an earlier run."""
        self._plan = plan
        self.runner.plan(plan.readers, unfinished)

    def pages(self, stream: str, scope: Scope) -> Sequence[ExportRequest]:
        """What `stream` is to export for `scope`, oldest window first."""
        return self._plan.pages.get((stream, scope), ()) if self._plan else ()

    def files(self, stream: str, request: ExportRequest) -> Iterator[Task]:
        """Wait for the files of `request`; each stays on disk until `done`.

        Raises:
            ExportError: The request was given up.
        """
        if stream in self._unshared and len(request.groups) > 1:
            self.runner.forget([request], stream)
            request = replace(request, groups=(stream,))
        files = self.runner.fetch(request, stream)
        while True:
            with self.gate.open():
                task = next(files, None)
            if task is None:
                return
            yield task

    def files_of_own(self, stream: str, task: Task) -> Iterator[Task]:
        """Wait for `stream`'s own export of what the shared `task` did not hold for it; so from here on."""
        if stream not in self._unshared:
            self._unshared.add(stream)
            _logger.warning("Shared exports hold no column of %s; it gets its own from here on.", stream)
        self.runner.release(task, stream)
        yield from self.files(stream, task.request)

    def between_blocks(self) -> None:
        """Look after the jobs in flight, so that a slot that falls free is filled while rows are emitted."""
        with self.gate.open():
            self.runner.sweep()

    def done(self, stream: str, task: Task, emitted: Emitted) -> None:
        """`stream` has emitted `task`'s file, or stopped in it, or needs one of its own."""
        self.emitted[task, stream] = emitted
        self.runner.release(task, stream)

    def report(self, request: ReportRequest) -> Report:
        """Download a legacy report; the file is its reader's to delete. Any thread may ask."""
        return self._client.report(request, self._folder.path / f"report-{next(self._reports)}")

    def teams(self, org_tree_id: str) -> list[Team]:
        """The teams of an org tree.

        Raises:
            ExportError: SEI does not know the tree, or the answer cannot be read.
        """
        with self.gate.open():
            return read_teams(self._client.teams(org_tree_id), org_tree_id)

    def give_up(self, stream: str, scope: Scope, error: ExportError) -> None:
        """`stream` gives `scope` up; its later windows are not wanted any more, since the bookmark stays."""
        self.fail(stream, str(scope), error)
        self.runner.forget(self.pages(stream, scope), stream)

    def fail(self, stream: str, scope: str, error: ExportError) -> None:
        """Note that `stream` could not emit `scope`; the run goes on, and ends with the error."""
        _logger.error("Stream %s stops at %s: %s", stream, scope, error)
        self.failures.append(Failure(stream, scope, error))

    def log_summary(self) -> None:
        """One line on what the run did."""
        attempts = [attempt for task in self.runner.tasks for attempt in task.attempts]
        _logger.info(
            "%d exports: %d reused, %d resumed, %d split, %d retried; %d rows, %d bytes, %.0f s waited.",
            len({attempt.job.export_id for attempt in attempts}),
            sum(attempt.origin == "reused" for attempt in attempts),
            sum(attempt.origin == "resumed" for attempt in attempts),
            sum(bool(task.parts) for task in self.runner.tasks),
            sum(max(0, len(task.attempts) - 1) for task in self.runner.tasks),
            sum(emitted.rows for emitted in self.emitted.values()),
            sum(attempt.size for attempt in attempts),
            self.runner.seconds_waited,
        )

    def raise_for_failures(self) -> None:
        """End the run with one line for each thing that failed.

        Raises:
            RunFailedError: Where anything did.
        """
        lines: dict[str, list[str]] = {}
        for failure in self.failures:
            lines.setdefault(f"{failure.scope}: {failure.error}", []).append(failure.stream)
        if lines:
            raise RunFailedError([f"{', '.join(streams)} of {text}" for text, streams in lines.items()])
