"""Keeps export jobs in flight, and yields each one when SEI has its file, in the order in which SEI completes them.

A single-threaded loop that its reader pulls: the concurrency is on SEI's side, so it is enough to start early. The plan
is a hint: the runner also creates a request that is not in it.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tap_sei_efficiency.errors import ExportError, GoneError, RefusedError, UnavailableError
from tap_sei_efficiency.model.insights import INSIGHTS, insight_of
from tap_sei_efficiency.model.jobs import JobStatus
from tap_sei_efficiency.run.heartbeat import Heartbeat, Standing
from tap_sei_efficiency.run.lifecycle import Event, Stage
from tap_sei_efficiency.run.splitting import by_group, smaller, without_doubtful
from tap_sei_efficiency.run.task import Origin, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tap_sei_efficiency.api.protocol import ExportApi
    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.model.jobs import Job
    from tap_sei_efficiency.model.periods import Calendar
    from tap_sei_efficiency.model.requests import Aggregation, ExportRequest, Scope
    from tap_sei_efficiency.run.polling import PollPolicy

_logger = logging.getLogger(__name__)

_TICK = 0.001
"""Tolerance in seconds: sums of waits miss a deadline by less."""
_YOUNG_SECONDS = 60.0
"""A 404 within so many seconds of the creation: the replica does not know the job *yet*."""
_BAD_REQUEST = 400
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class RunnerPolicy:
    """The limits of the runner. `timeout` is seconds from a job's creation to COMPLETED.

    `combine_groups` False divides each request by group; None does so from the first 400 on.
    """

    poll: PollPolicy
    max_concurrent: int
    max_attempts: int
    timeout: float
    combine_groups: bool | None = None


class Runner:
    """Runs the export requests of one run. It calls `on_change` when a job starts."""

    def __init__(
        self,
        *,
        api: ExportApi,
        clock: Clock,
        policy: RunnerPolicy,
        calendar: Calendar,
        on_change: Callable[[], None] = lambda: None,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        self._api = api
        self._clock = clock
        self._policy = policy
        self._calendar = calendar
        self._on_change = on_change
        self._tasks: dict[ExportRequest, Task] = {}
        self._queue: deque[Task] = deque()
        self._running: list[Task] = []
        self._settled: deque[Task] = deque()
        self._reading: Task | None = None
        self._waits_for_one = False
        self._dead: set[str] = set()
        self._owners: dict[str, ExportRequest] = {}
        self._warned: set[str] = set()
        self._most_at_once = policy.max_concurrent
        self._groups_combine = dict.fromkeys(INSIGHTS, policy.combine_groups is not False)
        self._doubtful_exist = True
        self._job_seconds: float | None = None
        self._heartbeat = heartbeat or Heartbeat(clock)
        self.seconds_waited = 0.0

    @property
    def tasks(self) -> Iterator[Task]:
        """Every task of the run, each before the parts that replace it."""
        for task in self._tasks.values():
            yield from _with_parts(task)

    @property
    def in_flight(self) -> list[Task]:
        """The tasks that have a job at SEI whose rows are still to be emitted."""
        return list(self._running)

    def plan(self, readers: Mapping[ExportRequest, Sequence[str]], unfinished: Mapping[ExportRequest, Job]) -> None:
        """Queue the requests of a plan, in order; resume the unfinished jobs of an earlier run that are in it."""
        for request, names in readers.items():
            task = self._tasks[request] = Task(request, frozenset(names))
            if job := unfinished.get(request):
                self._begin(task, job, Origin.RESUMED)
            else:
                self._queue.append(task)

    def add(self, request: ExportRequest, reader: str) -> Task:
        """Put `request` at the front of the queue; its task, which can exist already."""
        task = self._tasks.get(request)
        if task is None:
            task = self._tasks[request] = Task(request, frozenset({reader}))
            self._queue.appendleft(task)
        task.readers.add(reader)
        return task

    def start_first(self) -> bool:
        """Create the first job alone; whether SEI accepted it."""
        if self._queue and self._has_slot():
            self._start(self._queue.popleft())
        return bool(self._running)

    def finished(self) -> Iterator[Task]:
        """Wait for the tasks that have readers, and yield each when SEI has its file or when it failed.

        A yielded task is COMPLETED (`download` its file, then say that it is `done`), FAILED, or in trouble.
        """
        while True:
            while self._settled:
                task = self._settled.popleft()
                # Since a poll failed, another one may have shown that SEI lost the job, which is then retried.
                if task.readers and (task.trouble or task.stage in {Stage.COMPLETED, Stage.FAILED}):
                    yield task
            if not any(task.readers for task in (*self._queue, *self._running)):
                return
            self._wait_once()

    def wait(self, request: ExportRequest, reader: str) -> Iterator[Task]:
        """Wait for `request` alone, or for the parts that it is split into; each yielded task is COMPLETED or DONE.

        Raises:
            ExportError: The request, or a part of it, was given up.
        """
        self._waits_for_one = True
        yield from self._files(self.add(request, reader), reader)

    def _files(self, task: Task, reader: str) -> Iterator[Task]:
        while task.stage in {Stage.WAITING, Stage.RUNNING}:
            self._settled.clear()
            self._wait_once()
            if task.trouble:
                raise task.trouble
        if task.error:
            raise task.error
        if task.stage is not Stage.SPLIT:
            yield task
        for part in task.parts:
            if reader in part.streams:
                yield from self._files(part, reader)

    def download(self, task: Task, target: Path) -> bool:
        """Download the file of a COMPLETED task; False if SEI lost the job, which is then retried.

        Raises:
            ExportError: The download failed.
        """
        try:
            task.attempt.size = self._api.download(task.request, task.job, target)
        except GoneError as error:
            self._died(task, "vanished", str(error))
            return False
        except UnavailableError:
            raise  # the job stays in flight, for the next run
        except ExportError as error:
            self._end_job(task, "failed")
            task.give_up(error)
            raise
        self._reading = task
        return True

    def done(self, task: Task) -> None:
        """The rows of the task's file were emitted, or cannot be; nothing changes if it was not downloaded."""
        was_read, self._reading = task is self._reading, None
        task.readers.clear()
        if was_read and task.stage is Stage.COMPLETED:
            self._end_job(task, "completed")
            task.apply(Event.READ)

    def forget(self, reader: str, scope: Scope, aggregation: Aggregation | None = None) -> None:
        """Drop `reader` from the tasks of `scope`, of one `aggregation` or of all: none is created without readers."""
        for task in self.tasks:
            if task.request.scope == scope and aggregation in {None, task.request.aggregation}:
                task.readers.discard(reader)
        self._queue = deque(task for task in self._queue if task.readers)

    def sweep(self) -> float:
        """Do everything that is due; the monotonic second of the next action."""
        for task in list(self._running):
            if task.stage is Stage.RUNNING and task.due <= self._clock.monotonic():
                self._look_after(task)
        self._fill_slots()
        self._beat()
        waiting = (task for task in self._queue if self._has_slot())
        running = (task for task in self._running if task.stage is Stage.RUNNING)
        return min((task.due for task in (*running, *waiting)), default=self._clock.monotonic())

    def _wait_once(self) -> None:
        due = self.sweep()
        pause = due - self._clock.monotonic()
        if pause > 0 and not self._settled:
            self._clock.sleep(pause)
            self.seconds_waited += pause

    def _fill_slots(self) -> None:
        now = self._clock.monotonic()
        not_yet = []
        while self._queue and self._has_slot():
            task = self._queue.popleft()
            if task.due > now:
                not_yet.append(task)
            else:
                self._start(task)
            if task.error:  # its readers now get the error, and may stop
                break
        self._queue.extendleft(reversed(not_yet))

    def _has_slot(self) -> bool:
        # A completed job keeps its slot until it is read, because it is in the state, which must stay small. While one
        # request is waited for, the others are not read.
        taken = (t for t in self._running if t.stage is Stage.RUNNING or (t.readers and not self._waits_for_one))
        return sum(task is not self._reading for task in taken) < self._most_at_once

    def _start(self, task: Task) -> None:
        request = task.request
        if not self._groups_combine[insight_of(request.aggregation)] and (parts := by_group(request)):
            self._divide(task, parts)
            return
        if not self._doubtful_exist and (parts := without_doubtful(request)):
            self._divide(task, parts)
            return
        try:
            job = self._api.create(request)
        except RefusedError as error:
            self._refused(task, error)
            return
        except ExportError as error:
            self._give_up(task, error)
            return
        if job.export_id in self._dead:
            words = f"SEI returned the failed export {job.export_id} again"
            said = task.attempt.words if task.attempts and task.attempt.words else "no message"
            self._split_or_give_up(task, job.export_id, words, said)
        elif (owner := self._owners.get(job.export_id, request)) != request:
            # The file need not show it: a team's rows would be loaded as those of another scope.
            msg = (
                f"SEI returned export {job.export_id} for {request}, but that is the job of {owner}, and its "
                "file contains the figures of that one. Run again in half an hour, or ask Harness support."
            )
            self._give_up(task, ExportError(msg, about=f" {job.export_id} for {request}"))
        else:
            self._begin(task, job, Origin.REUSED if job.reused else Origin.CREATED)

    def _refused(self, task: Task, error: RefusedError) -> None:
        request = task.request
        is_bad = error.status == _BAD_REQUEST
        may_divide = is_bad and self._policy.combine_groups is None
        if may_divide and (parts := by_group(request)):
            _logger.warning(
                "SEI refuses %s in one export; the tap requests each group separately from now on.", request
            )
            self._groups_combine[insight_of(request.aggregation)] = False
            self._divide(task, parts)
        elif is_bad and (parts := without_doubtful(request)):
            missing = ", ".join(group for group in request.groups if group not in parts[0].groups)
            _logger.warning(
                "SEI refuses %s (HTTP %d); the tap leaves out %s by sprint from now on, and its columns are null.",
                request,
                error.status,
                missing,
            )
            self._doubtful_exist = False
            self._divide(task, parts)
        elif error.status == _CONFLICT and self._at_work:
            self._lower_limit(task, error)
        else:
            self._most_at_once = self._policy.max_concurrent
            if is_bad and task.parent and task is task.parent.parts[0]:
                # It was not for the combination, or for the doubtful group, that SEI refused.
                self._groups_combine[insight_of(request.aggregation)] = self._policy.combine_groups is not False
                self._doubtful_exist |= bool(without_doubtful(task.parent.request))
            self._give_up(task, error)

    def _lower_limit(self, task: Task, error: RefusedError) -> None:
        """Try again when a job has ended: how many may run at once is not documented."""
        self._most_at_once = self._at_work
        self._queue.appendleft(task)
        _logger.warning("%s The tap tries again when one of its %d running exports has ended.", error, self._at_work)

    @property
    def _at_work(self) -> int:
        """The number of jobs that SEI works on."""
        return sum(task.stage is Stage.RUNNING for task in self._running)

    def _begin(self, task: Task, job: Job, origin: Origin) -> None:
        now = self._clock.monotonic()
        # A job that is not new can be complete already.
        wait = self._policy.poll.delay(0, expected=self._job_seconds) if origin is Origin.CREATED else 0.0
        task.begin(job, origin, now, now + wait)
        self._owners[job.export_id] = task.request
        self._running.append(task)
        _logger.info("Export %s %s: %s.", job.export_id, origin, task.request)
        self._on_change()

    def _look_after(self, task: Task) -> None:
        task.trouble = None
        try:
            self._poll(task)
        except GoneError as error:
            self._not_found(task, error)
        except UnavailableError as error:
            task.trouble = error
            task.due = self._clock.monotonic() + self._policy.poll.longest
            self._settled.append(task)
        except ExportError as error:
            self._end_job(task, "failed")
            self._give_up(task, error)

    def _not_found(self, task: Task, error: GoneError) -> None:
        attempt, now = task.attempt, self._clock.monotonic()
        if attempt.origin is not Origin.RESUMED and now - attempt.started + _TICK < _YOUNG_SECONDS:
            attempt.polls += 1
            task.due = now + self._policy.poll.delay(attempt.polls)
            _logger.info("Export %s is not known to SEI yet; asking again.", task.job.export_id)
        else:
            self._died(task, "vanished", str(error))

    def _poll(self, task: Task) -> None:
        attempt, before = task.attempt, task.job
        job = self._api.status(before.export_id, insight_of(task.request.aggregation))
        attempt.polls += 1
        attempt.seconds = self._clock.monotonic() - attempt.started
        attempt.job = replace(job, created_at=job.created_at or before.created_at, reused=before.reused)
        _logger.debug("Export %s polled: %s.", job.export_id, job.status_word)
        if job.status is not before.status:
            _logger.info("Export %s %s after %.0f s.", job.export_id, job.status_word, attempt.seconds)
        if not job.status_is_known:
            self._warn_once(job)
        if job.status is JobStatus.COMPLETED:
            self._job_seconds = min(attempt.job.seconds or attempt.seconds, attempt.seconds)
            task.apply(Event.FINISHED)
            self._settled.append(task)
        elif job.status.is_dead:
            self._died(task, job.status.lower(), job.message or "SEI gave no reason")
        elif attempt.seconds + _TICK >= self._policy.timeout:
            self._died(
                task, "timed out", f"still {job.status_word} after `export_timeout_seconds` {attempt.seconds:.0f}"
            )
        else:
            wait = self._policy.poll.delay(attempt.polls, attempt.seconds, self._job_seconds)
            task.due = min(self._clock.monotonic() + wait, attempt.started + self._policy.timeout)

    def _died(self, task: Task, outcome: str, words: str) -> None:
        # A job of an earlier run, which SEI may have forgotten since, is no try of this one.
        job, tried = task.job, sum(attempt.origin is not Origin.RESUMED for attempt in task.attempts)
        self._dead.add(job.export_id)
        task.attempt.words = words
        self._end_job(task, outcome)
        task.apply(Event.DIED)
        _logger.warning("Export %s %s: %s.", job.export_id, outcome, words.rstrip("."))
        if tried >= self._attempts_of(task):
            self._split_or_give_up(task, job.export_id, f"{tried} of `max_export_attempts` tried", words)
        elif task.readers:
            task.due = self._clock.monotonic() + self._policy.poll.delay(tried)
            self._queue.appendleft(task)

    def _attempts_of(self, task: Task) -> int:
        # A part of a request that failed repeatedly is split at its first failure, as long as that is possible.
        is_last_hope = task.parent is None or not smaller(task.request, self._calendar)
        return self._policy.max_attempts if is_last_hope else 1

    def _end_job(self, task: Task, outcome: str) -> None:
        task.attempt.outcome = outcome
        self._running.remove(task)

    def _split_or_give_up(self, task: Task, export_id: str, why: str, said: str) -> None:
        if parts := smaller(task.request, self._calendar):
            _logger.warning("Export %s of %s: %s; splitting the request.", export_id, task.request, why)
            self._divide(task, parts)
        else:
            outcome = task.attempt.outcome if task.attempts else "failed"
            msg = (
                f"Export {export_id} of {task.request} {outcome}: {said.rstrip('.')}; {why}. "
                "Ask Harness support, or try a longer `export_timeout_seconds`."
            )
            self._give_up(task, ExportError(msg, about=f" {export_id} of {task.request}"))

    def _give_up(self, task: Task, error: ExportError) -> None:
        task.give_up(error)
        self._settled.append(task)

    def _divide(self, task: Task, requests: list[ExportRequest]) -> None:
        self._queue.extendleft(reversed([part for part in task.divide(requests) if part.readers]))

    def _warn_once(self, job: Job) -> None:
        if job.status_word not in self._warned:
            self._warned.add(job.status_word)
            status = "running" if job.status is JobStatus.UNKNOWN else job.status.lower()
            _logger.warning(
                "Export %s has the undocumented status %r; the tap treats it as %s.",
                job.export_id,
                job.status_word,
                status,
            )

    def _beat(self) -> None:
        running = [task for task in self._running if task.stage is Stage.RUNNING]
        if not self._heartbeat.is_due or not (running or self._queue):
            return
        now = self._clock.monotonic()
        tasks = [task for task in self.tasks if task.stage is not Stage.SPLIT]
        to_do = sum(task.stage is Stage.WAITING for task in tasks) + len(running)
        self._heartbeat.beat(
            Standing(
                done=sum(task.stage is Stage.DONE for task in tasks),
                total=len(tasks),
                in_flight=len(running),
                oldest=max((now - task.attempt.started for task in running), default=0.0),
                seconds_left=self._job_seconds and -(-to_do // self._policy.max_concurrent) * self._job_seconds,
            )
        )


def _with_parts(task: Task) -> Iterator[Task]:
    yield task
    for part in task.parts:
        yield from _with_parts(part)
