"""One run of the tap: its SEI, scopes and plan, what it emitted and what failed.

Does not use the Singer SDK: `streams/` emits and reports here what it emitted.
"""

from __future__ import annotations

import itertools
import logging
import uuid
from collections import defaultdict
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, BinaryIO

from tap_sei_efficiency.api.connect import connect, replayed
from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.api.teams import OrgTree, Team, leaf_scopes, read_org_trees, read_teams
from tap_sei_efficiency.errors import ExportError, RunFailedError, SeiTapError, SettingsError
from tap_sei_efficiency.run.failures import Failure, Failures
from tap_sei_efficiency.run.heartbeat import Heartbeat
from tap_sei_efficiency.run.ledger import Emitted, ledger_rows
from tap_sei_efficiency.run.loads import note_load
from tap_sei_efficiency.run.namesakes import Namesakes
from tap_sei_efficiency.run.opening import named, not_archived, nothing_left, understood, warnings
from tap_sei_efficiency.run.plan import Plan, Planner, StreamPlan, plan_replay, plan_team_reports
from tap_sei_efficiency.run.polling import PollPolicy
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
from tap_sei_efficiency.run.trial import works

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime
    from pathlib import Path

    from tap_sei_efficiency.api.protocol import SeiApi, TeamReport
    from tap_sei_efficiency.api.replay import ReplayClient
    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.model.dialect import DecimalMark
    from tap_sei_efficiency.model.periods import Granularity
    from tap_sei_efficiency.model.requests import Aggregation, ExportRequest, Scope
    from tap_sei_efficiency.model.team_reports import TeamReportRequest
    from tap_sei_efficiency.run.signals import SignalGate
    from tap_sei_efficiency.run.task import Task
    from tap_sei_efficiency.settings import Settings

_logger = logging.getLogger(__name__)


class Run:
    """One run. `state` is the tap's, in which the run keeps its jobs in flight; `write_state` sends it to the target.

    `show_progress`, if set, gets the progress regularly; otherwise the log does.
    With `newest_only` the run asks only for the newest period of each scope.

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
        self.namesakes = Namesakes()
        self.today = today
        self.write_state = write_state
        self.newest_only = False
        self.show_progress: Callable[[str], None] | None = None
        self._failures = Failures()
        self.emitted: dict[tuple[Task | TeamReportRequest, str], Emitted] = {}
        self.decimal_mark: DecimalMark | None = None
        """The decimal mark that the files of exports have shown so far."""

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
                combine_groups=settings.dialect.combine_groups,
            ),
            calendar=settings.calendar,
            on_change=self._note_in_flight,
            heartbeat=Heartbeat(self._clock, self._rows, self.show_progress),
        )

    def close(self) -> None:
        """Delete the files on disk; without this call they are deleted when the process ends."""
        self._cleanup.close()

    # What to export.

    @cached_property
    def export_scopes(self) -> Sequence[Scope]:
        """The scopes of the V2 exports; every leaf team of the org trees if the settings ask for that."""
        if self._replayed and self.settings.every_leaf_team:
            return list(dict.fromkeys(request.scope for request in self._replayed.exports))
        trees = self._trees_of_leaves if self.settings.every_leaf_team else ()
        leaves = [scope for tree in trees for scope in self._leaves(tree)]
        if self.settings.every_leaf_team and not leaves and not self._failures.all:
            msg = "SEI lists no leaf team. Check `org_tree_ids`, and the role of the key."
            self.fail("team_ids", "every org tree", ExportError(msg))
        return [*self.settings.team_scopes, *dict.fromkeys(leaves), *self.settings.org_tree_scopes]

    @property
    def _trees_of_leaves(self) -> Sequence[str]:
        if self.settings.org_tree_ids:
            return self.settings.org_tree_ids
        try:
            return [tree.tree_id for tree in self.org_trees]
        except ExportError as error:
            msg = f'{error} Set `org_tree_ids`, from which `team_ids` ["*"] then takes its teams.'
            self.fail("team_ids", "every org tree", ExportError(msg))
            return []

    @cached_property
    def org_trees(self) -> Sequence[OrgTree]:
        """The org trees that SEI lists.

        Raises:
            ExportError: SEI does not list them, or the answer cannot be read.
        """
        with self._gate.open():
            return read_org_trees(self._api.org_trees(), self.settings.dialect.team_fields)

    def _leaves(self, org_tree_id: str) -> Sequence[Scope]:
        try:
            return leaf_scopes(self.teams_of(org_tree_id), org_tree_id)
        except ExportError as error:
            self.fail("team_ids", f"org tree {org_tree_id}", error)
            return []

    def teams_of(self, org_tree_id: str) -> Sequence[Team]:
        """The teams of an org tree, requested once per run.

        Raises:
            ExportError: SEI does not know the tree, or the answer cannot be read.
        """
        if org_tree_id not in self._teams:
            _logger.info("Asking SEI for the teams of org tree %s.", org_tree_id)
            with self._gate.open():
                self._teams[org_tree_id] = read_teams(
                    self._api.teams(org_tree_id), org_tree_id, self.settings.dialect.team_fields
                )
            if not self._teams[org_tree_id]:
                _logger.warning("SEI lists no team in org tree %s.", org_tree_id)
        return self._teams[org_tree_id]

    @cached_property
    def plan(self) -> Plan:
        """The exports that the selected streams ask for, given the settings and the state when this is first read."""
        return reduce(Plan.plus, self._plans.values(), Plan({}))

    @cached_property
    def _plans(self) -> Mapping[tuple[Granularity, Aggregation], Plan]:
        """The plan of each view of the settings: its partitions have bookmarks of their own."""
        streams: dict[tuple[Granularity, Aggregation], list[StreamPlan]] = defaultdict(list)
        for stream in self._stream_plans():
            for view in stream.views(self.settings):
                streams[view.granularity, view.aggregation].append(stream)
        return {
            view: self._plan_of(replace(self.settings, granularity=view[0], aggregation=view[1]), streams[view])
            for view in streams
        }

    def _plan_of(self, view: Settings, streams: Sequence[StreamPlan]) -> Plan:
        if self._replayed:
            return plan_replay(view, streams, self.export_scopes, self._replayed.exports)
        planner = Planner(
            settings=view,
            today=self.today,
            bookmarks=read_bookmarks(self._state, view, self.export_scopes, self.today),
            progress=read_progress(self._state, view, self.export_scopes, self.today),
            unfinished=list(self._unfinished),
        )
        plan = planner.plan(streams, self.export_scopes)
        return plan.newest_period(view.calendar) if self.newest_only else plan

    def view_of(self, request: ExportRequest) -> Settings:
        """The settings of the partition of `request`: with its granularity and its aggregation."""
        return replace(self.settings, granularity=request.granularity, aggregation=request.aggregation)

    @cached_property
    def _unfinished(self) -> Mapping[ExportRequest, Any]:
        return read_in_flight(self._state, self.settings)

    def team_report_pages(
        self, stream: str, *, newest_only: bool, from_the_start: bool
    ) -> dict[Scope, list[TeamReportRequest]]:
        """The legacy reports that `stream` asks of each scope, oldest period first; those of an archive in a replay."""
        settings, scopes = self.settings, self.settings.report_scopes
        if self._replayed:
            archived = self._replayed.team_reports
            return {scope: [request for request in archived if request.scope == scope] for scope in scopes}
        bookmarks = {} if from_the_start else read_bookmarks(self._state, settings, scopes, self.today)
        pages = {
            scope: plan_team_reports(settings, scope, bookmarks.get((stream, scope)), self.today) for scope in scopes
        }
        is_short = newest_only or self.newest_only
        return {scope: requests[-1:] for scope, requests in pages.items()} if is_short else pages

    # What the exports give.

    def start(self, streams: Collection[str]) -> bool:
        """Create the first of the exports that `streams` need; whether SEI accepted it."""
        readers = {request: [name for name in names if name in streams] for request, names in self.plan.readers.items()}
        with self._gate.open():
            self._runner.plan({request: names for request, names in readers.items() if names}, self._unfinished)
            return self._runner.start_first()

    def exports(self) -> Iterator[Task]:
        """The started exports, each when SEI has its file or when it failed."""
        yield from self._gated(self._runner.finished())

    def exports_of(self, stream: str, scope: Scope, view: Settings, *, newest_only: bool) -> Iterator[Task]:
        """The exports of `stream` for one partition of `scope` alone, oldest window first.

        Raises:
            ExportError: One of them failed.
        """
        plan = self._plans[view.granularity, view.aggregation]
        plan = plan.newest_period(view.calendar) if newest_only else plan
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
        """The text of a task's file, which is deleted afterwards; None if SEI lost it and the task is retried.

        Raises:
            ExportError: The download failed.
        """
        path = self._next_file()
        try:
            with self._gate.open():
                is_there = self._runner.download(task, path)
            if not is_there:
                self._keep_in_flight()
                yield None
                return
            with open_export(path, max_bytes=self.settings.max_export_megabytes * 2**20) as file:
                yield file
        finally:
            path.unlink(missing_ok=True)

    def team_report(self, request: TeamReportRequest) -> TeamReport:
        """Download a legacy report; its reader deletes the file. Any thread may ask."""
        return self._api.team_report(request, self._next_file())

    def _next_file(self) -> Path:
        return self._folder / f"download-{next(self._file_numbers)}"

    def waiting(self) -> AbstractContextManager[None]:
        """Let a signal end the run while the caller waits inside."""
        return self._gate.open()

    def between_blocks(self) -> None:
        """Poll the jobs in flight and fill free slots, also while rows are emitted."""
        with self._gate.open():
            self._runner.sweep()

    def export_alone(self, task: Task, stream: str) -> None:
        """Export `stream` separately, because the shared file of `task` does not serve it."""
        if self.first_seen("exported alone", [stream]):
            _logger.warning("Shared exports have no column of %s; the tap exports this stream separately.", stream)
        self._runner.add(replace(task.request, groups=(stream,)), stream)

    def end_export(self, task: Task) -> None:
        """Take the task out of flight: its rows were emitted, or cannot be."""
        self._runner.done(task)
        self._keep_in_flight()

    def end_window(self, stream: str, partition_state: dict[str, Any], task: Task) -> None:
        """Move the bookmark of `stream`, in its partition's state, over the window of `task`."""
        request = task.request
        newest = self.emitted[task, stream].bookmark
        wanted = self._plans[request.granularity, request.aggregation].days.get((stream, request.scope))
        if wanted:
            note_load(partition_state, wanted.start, request.metrics)
        end_window(partition_state, request.window, newest, wanted, self.view_of(request), self.today)

    def _keep_in_flight(self) -> None:
        self._state[IN_FLIGHT] = write_in_flight(self._runner.in_flight, self.settings)

    def _note_in_flight(self) -> None:
        self._keep_in_flight()
        self.write_state()

    # Failures and log lines.

    def describe_state(self, file: str | None) -> str:
        """The state that the plan uses, and the number of scopes with a bookmark."""
        if file is None:
            return "Without a state, this is the plan of a first run. Pass one with `--state FILE`."
        scopes = [*self.export_scopes, *self.settings.report_scopes]
        views = self.settings.every_view
        known = {scope for view in views for _, scope in read_bookmarks(self._state, view, scopes, self.today)}
        return f"State {file} has bookmarks for {len(known)} of {len(scopes)} scopes."

    def announce(self, given_state: Mapping[str, Any], reports: int) -> None:
        """Log what the run will do, and what is probably not intended. `reports` is its number of team reports.

        Raises:
            SettingsError: A replay has nothing of what it is asked for.
        """
        settings = self.settings
        _logger.info("%s", understood(settings, self.today))
        plan, scopes = self.plan, [*self.export_scopes, *settings.report_scopes]
        _logger.info("Planned: %d exports and %d team reports; %s.", len(plan.requests), reports, named(scopes))
        if self._replayed:
            missing = not_archived(plan, [stream.name for stream in self._stream_plans()], self.export_scopes)
            if missing and not plan.requests and not reports:
                raise SettingsError(missing)
            for text in [self._replayed.warning, *([missing] if missing else [])]:
                _logger.warning("%s", text)
            return
        streams = {stream.name: stream for stream in self._stream_plans()}
        is_idle = bool(streams and scopes) and not (plan.requests or reports)
        idle = nothing_left(settings, self.today) if is_idle else ()
        for text in (*idle, *(() if self.newest_only else warnings(settings, given_state, scopes, streams))):
            _logger.warning("%s", text)

    def give_up(self, stream: str, scope: Scope, aggregation: Aggregation, error: ExportError) -> None:
        """Stop `stream` for one partition of `scope`: the run no longer needs its later windows."""
        self.fail(stream, str(scope), error)
        self._runner.forget(stream, scope, aggregation)

    def fail(self, stream: str, scope: str, error: ExportError) -> None:
        """Record that `stream` could not emit `scope`; the run continues, and ends with the error."""
        self._failures.add(Failure(stream, scope, error))

    def first_seen(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of `names` that no earlier call of the run had for this `kind`."""
        seen = self._seen.setdefault(kind, set())
        new = [name for name in names if name not in seen]
        seen.update(new)
        return new

    @property
    def is_fruitless(self) -> bool:
        """Whether the run has failed without a single row."""
        return bool(self._failures.all) and not self._rows()

    def ledger(self, started_at: datetime) -> Iterator[dict[str, Any]]:
        """The rows of the ledger of this run."""
        run = {
            "run_id": uuid.uuid4().hex,
            "run_started_at": started_at.isoformat(),
            "org_identifier": self.settings.org_identifier,
            "project_identifier": self.settings.project_identifier,
        }
        yield from ledger_rows(self._runner.tasks, self.emitted, run)

    def works(self) -> Iterator[str]:
        """A line for each scope and org tree that worked, after the run."""
        failed = {failure.scope for failure in self._failures.all}
        yield from works(self.emitted, failed)
        yield from (f"org tree {tree} works. Teams: {len(teams)}." for tree, teams in self._teams.items())

    def _rows(self) -> int:
        return sum(emitted.rows for emitted in self.emitted.values())

    def log_summary(self) -> None:
        """Log one line about the run."""
        tasks = list(self._runner.tasks)
        attempts = [attempt for task in tasks for attempt in task.attempts]
        _logger.info(
            "%d exports: %d reused, %d resumed, %d split, %d retried; %d rows, %d bytes, %.0f s waited.",
            len({attempt.job.export_id for attempt in attempts}),
            sum(attempt.origin == "reused" for attempt in attempts),
            sum(attempt.origin == "resumed" for attempt in attempts),
            sum(bool(task.parts) for task in tasks),
            sum(max(0, len(task.attempts) - 1) for task in tasks),
            self._rows(),
            sum(attempt.size for attempt in attempts),
            self._runner.seconds_waited,
        )

        if self.emitted and not self._failures.all and not any(each.newest for each in self.emitted.values()):
            _logger.warning(
                "SEI has no row for any scope of this run. Check that the teams have data in SEI, and `start_date`, "
                "`org_identifier` and `project_identifier`."
            )

    def raise_for_failures(self) -> None:
        """End the run with one line for each cause.

        Raises:
            RunFailedError: Something failed.
        """
        if self._failures.all:
            streams = [plan.name for plan in self._stream_plans()]
            raise RunFailedError(self._failures.lines(streams, list(map(str, self.export_scopes)), self._known_teams()))

    def _known_teams(self) -> list[Team]:
        """The teams of the org trees, for suggestions if SEI does not know a scope."""
        if any(failure.is_unknown for failure in self._failures.all):
            for tree in self.settings.org_tree_ids:
                with suppress(SeiTapError):
                    self.teams_of(tree)
        return list(itertools.chain(*self._teams.values()))
