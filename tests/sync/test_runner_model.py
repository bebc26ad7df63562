"""Under any failures, delays and kills, each requested period is emitted, and no job is wasted.

The runner works against the stand-in's model of jobs, without the network between them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from standin.clock import FakeClock
from standin.jobs import Fate, Jobs
from tap_sei_efficiency.errors import BadDownloadError, ExportError, GoneError, RefusedError, UnavailableError
from tap_sei_efficiency.model.dialect import PLAIN
from tap_sei_efficiency.model.jobs import Job, JobStatus
from tap_sei_efficiency.model.periods import Calendar, Days, Granularity
from tap_sei_efficiency.model.requests import ExportRequest, Scope, ScopeKind
from tap_sei_efficiency.run.lifecycle import Stage
from tap_sei_efficiency.run.plan import Planner, StreamPlan
from tap_sei_efficiency.run.polling import PollPolicy
from tap_sei_efficiency.run.runner import Runner, RunnerPolicy
from tap_sei_efficiency.run.state import (
    context_of,
    end_window,
    read_bookmarks,
    read_in_flight,
    read_progress,
    write_in_flight,
)
from tap_sei_efficiency.run.task import Origin, Task
from tests.examples import examples
from tests.unit.builders import TODAY, settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_sei_efficiency.model.insights import Insight

STREAMS = [StreamPlan("lttc", ("lttc",)), StreamPlan("cfr", ("cfr",))]
SCOPES = [Scope(ScopeKind.TEAM, f"team_{number}") for number in range(3)]
MONTHS = Calendar(Granularity.MONTHLY)
WANTED = {period.start for period in MONTHS.periods(Days(date(2026, 1, 1), TODAY))}
MOST_AT_ONCE = 3
MISHAPS = (
    *("create refused", "create unavailable", "poll unavailable", "poll gone"),
    *("download gone", "download broken", "download unavailable"),
)
FATES = ("FAILED", "CANCELLED", "PROCESSING")


class Model:
    """The runner's client: the stand-in's jobs, and the faults that are due."""

    def __init__(self, clock: FakeClock) -> None:
        self.jobs = Jobs(clock, seconds=(1, 90))
        self.mishaps: Counter[str] = Counter()
        self.fates: list[Fate] = []
        self.created: list[ExportRequest] = []

    def _strikes(self, mishap: str) -> bool:
        if not self.mishaps[mishap]:
            return False
        self.mishaps[mishap] -= 1
        return True

    def create(self, request: ExportRequest) -> Job:
        """Create a job, or return an earlier one."""
        if self._strikes("create refused"):
            msg = "refused"
            raise RefusedError(msg, 400)
        if self._strikes("create unavailable"):
            msg = "down"
            raise UnavailableError(msg)
        body = request.body("acme", PLAIN)
        job, reused = self.jobs.submit(body, lambda: self.fates.pop() if self.fates else Fate())
        if not reused:
            self.created.append(request)
        return Job(job.export_id, JobStatus.QUEUED, reused=reused, created_at=job.created)

    def status(self, export_id: str, insight: Insight) -> Job:
        """Poll a job."""
        del insight
        if self._strikes("poll unavailable"):
            msg = "down"
            raise UnavailableError(msg)
        job = self.jobs.get(export_id)
        assert job
        if self._strikes("poll gone"):
            job.gone = 404
        if job.gone:
            msg = "gone"
            raise GoneError(msg)
        word = job.status(self.jobs.clock.now())
        done = job.finished if word == "COMPLETED" else None
        return Job(export_id, JobStatus.read(word), word, job.created, done)

    def download(self, request: ExportRequest, job: Job, target: Path) -> int:
        """A file with the description of the request."""
        found = self.jobs.get(job.export_id)
        assert found
        if self._strikes("download gone"):
            found.gone = 410
        if found.gone:
            msg = "gone"
            raise GoneError(msg)
        if self._strikes("download broken"):
            msg = "broken"
            raise BadDownloadError(msg)
        if self._strikes("download unavailable"):
            msg = "down"
            raise UnavailableError(msg)
        assert found.body == request.body("acme", PLAIN)
        return target.write_bytes(str(request.window).encode())


class Syncs(RuleBasedStateMachine):
    """Runs in sequence, each from the state that the last one left when it ended or was killed."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.sei = Model(self.clock)
        self.folder = Path(tempfile.mkdtemp(prefix="model-"))
        self.emitted: dict[tuple[str, Scope], set[date]] = {(s.name, scope): set() for s in STREAMS for scope in SCOPES}
        self.partitions: dict[tuple[str, Scope], dict[str, Any]] = {
            (stream.name, scope): {"context": context_of(settings(), scope)} for stream in STREAMS for scope in SCOPES
        }
        self.in_flight: list[dict[str, Any]] = []
        self.runner: Runner | None = None
        self.tasks: Iterator[Task] = iter(())
        self.days: Mapping[tuple[str, Scope], Days] = {}

    def teardown(self) -> None:
        """Without further faults, one more run completes everything."""
        self.sei.mishaps.clear()
        self.sei.fates.clear()
        self.clock.sleep(3600)
        self.begin()
        while self.runner:
            self.read()
        assert all(periods == WANTED for periods in self.emitted.values())
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        """Start a run from the state."""
        unfinished = read_in_flight({"exports_in_flight": self.in_flight}, settings())
        wanted = settings(window_periods=4, share_exports=True, team_ids=[scope.name for scope in SCOPES])
        plan = Planner(
            wanted,
            TODAY,
            read_bookmarks(self.state, wanted, SCOPES, TODAY),
            read_progress(self.state, wanted, SCOPES, TODAY),
            list(unfinished),
        ).plan(STREAMS, SCOPES)
        self.days = plan.days
        self.runner = runner = Runner(
            api=self.sei,
            clock=self.clock,
            policy=RunnerPolicy(PollPolicy(2, 30), max_concurrent=MOST_AT_ONCE, max_attempts=3, timeout=600),
            calendar=MONTHS,
            on_change=lambda: self.note(runner),
        )
        self.made_before = Counter(self.sei.created)
        runner.plan(plan.readers, unfinished)
        self.tasks = runner.finished()

    def note(self, runner: Runner) -> None:
        """The content of a STATE message."""
        self.in_flight = write_in_flight(runner.in_flight, settings())

    @precondition(lambda self: self.runner)
    @rule()
    def read(self) -> None:
        """Emit the next export that SEI has finished."""
        assert self.runner
        task = next(self.tasks, None)
        if task is None:
            self.runner = None
            return
        if task.error or task.trouble:
            self.give_up(task)
            return
        file = self.folder / "file"
        try:
            is_there = self.runner.download(task, file)
        except ExportError:
            self.give_up(task)
            return
        if is_there:
            assert file.read_text() == str(task.request.window)
            self.emit(task)

    def give_up(self, task: Task) -> None:
        """Give up the scope of a task for this run."""
        assert self.runner
        for reader in list(task.readers):
            self.runner.forget(reader, task.request.scope)

    def emit(self, task: Task) -> None:
        """Emit the rows of a task to all its streams, and write STATE."""
        assert self.runner
        scope, window = task.request.scope, task.request.window
        starts = [period.start for period in MONTHS.periods(window)]
        for stream in sorted(task.readers):
            self.emitted[stream, scope].update(starts)
            days = self.days.get((stream, scope))
            end_window(self.partitions[stream, scope], window, starts[-1].isoformat(), days, settings(), TODAY)
        self.runner.done(task)
        self.note(self.runner)

    @precondition(lambda self: self.runner)
    @rule()
    def sweep(self) -> None:
        """Poll and create jobs, as between two blocks of rows."""
        assert self.runner
        self.runner.sweep()

    @property
    def state(self) -> dict[str, Any]:
        """The bookmarks of the state."""
        bookmarks: dict[str, Any] = {}
        for (stream, _), partition in self.partitions.items():
            bookmarks.setdefault(stream, {"partitions": []})["partitions"].append(partition)
        return {"bookmarks": bookmarks}

    @precondition(lambda self: not self.runner)
    @rule()
    def begin_again(self) -> None:
        """Start the run of the next night."""
        self.begin()

    @rule(is_late=st.booleans())
    def kill(self, is_late: bool) -> None:
        """Kill the run. The next one starts at once, or when SEI no longer returns earlier jobs."""
        self.clock.sleep(3600 if is_late else 1)
        self.begin()

    @rule(seconds=st.floats(0, 900))
    def wait(self, seconds: float) -> None:
        """Simulate a slow target."""
        self.clock.sleep(seconds)

    @rule(mishap=st.sampled_from(MISHAPS), times=st.integers(1, 3))
    def trouble(self, mishap: str, times: int) -> None:
        """Schedule a fault of a request."""
        self.sei.mishaps[mishap] += times

    @rule(outcome=st.sampled_from(FATES), reusable=st.booleans())
    def doom(self, outcome: str, reusable: bool) -> None:
        """Schedule a job that fails or never ends."""
        self.sei.fates.append(Fate(outcome, "doomed", reusable=reusable))

    @invariant()
    def no_bookmark_stands_past_what_was_not_emitted(self) -> None:
        """Nothing is lost, with any next step."""
        for page, bookmark in read_bookmarks(self.state, settings(), SCOPES, TODAY).items():
            assert {start for start in WANTED if start <= bookmark} <= self.emitted[page]

    @invariant()
    def no_more_jobs_are_in_flight_than_allowed(self) -> None:
        """Jobs of an earlier run are resumed at once; most of them are finished at SEI."""
        if self.runner:
            running = [task for task in self.runner.in_flight if task.stage is Stage.RUNNING]
            assert sum(task.attempt.origin is not Origin.RESUMED for task in running) <= MOST_AT_ONCE

    @invariant()
    def no_job_is_created_without_need(self) -> None:
        """A request has one job, and one more for each failed one."""
        if self.runner:
            made = Counter(self.sei.created) - self.made_before
            for task in self.runner.tasks:
                died = sum(attempt.outcome not in {"", "completed"} for attempt in task.attempts)
                assert made[task.request] <= 1 + died


TestSyncs = Syncs.TestCase
TestSyncs.settings = examples(100, stateful_step_count=30)
