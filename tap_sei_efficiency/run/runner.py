"""Keeps export jobs in flight, and gives their files to whoever waits for them.

A single-threaded loop, pulled by its readers: the concurrency is on SEI's side, and all that is to be done here is to
start early. The plan is a hint: a request that nobody planned is simply created.
"""

from __future__ import annotations

import itertools
import logging
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tap_sei_efficiency.errors import ExportError, GoneError, RefusedError, UnavailableError
from tap_sei_efficiency.model.jobs import JobStatus
from tap_sei_efficiency.run.lifecycle import Event, Stage
from tap_sei_efficiency.run.task import Origin, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tap_sei_efficiency.api.protocol import ExportApi
    from tap_sei_efficiency.api.retry import PollPolicy
    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.model.jobs import Job
    from tap_sei_efficiency.model.periods import Calendar
    from tap_sei_efficiency.model.requests import ExportRequest

_logger = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 30.0
_TICK = 0.001
"""Seconds that make no difference: sums of waits miss a deadline by less."""
_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class RunnerPolicy:
    """The bounds that the runner keeps. `timeout` is seconds from a job's creation to COMPLETED.

    Above `most_bytes_on_disk` of files that wait for their readers, nothing is started ahead any more.
    """

    poll: PollPolicy
    max_concurrent: int
    max_attempts: int
    timeout: float
    most_bytes_on_disk: int = 2**30


class Runner:
    """Runs the export requests of one sync. `on_change` is called whenever the set of jobs in flight has changed."""

    def __init__(
        self,
        *,
        client: ExportApi,
        clock: Clock,
        policy: RunnerPolicy,
        calendar: Calendar,
        spool: Path,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._policy = policy
        self._calendar = calendar
        self._spool = spool
        self._on_change = on_change
        self._tasks: dict[ExportRequest, Task] = {}
        self._queue: deque[Task] = deque()
        self._running: list[Task] = []
        self._dead: set[str] = set()
        self._warned: set[str] = set()
        self._groups_combine = True
        self._job_seconds: float | None = None
        self._files_made = itertools.count(1)
        self._bytes_on_disk = 0
        self._next_heartbeat = clock.monotonic() + _HEARTBEAT_SECONDS
        self.seconds_waited = 0.0

    @property
    def tasks(self) -> Iterator[Task]:
        """Every task of the run, each before the parts that stand in for it."""
        for task in self._tasks.values():
            yield from _with_parts(task)

    @property
    def in_flight(self) -> list[Task]:
        """The tasks that have a job at SEI whose file is still to be fetched."""
        return list(self._running)

    def plan(self, readers: Mapping[ExportRequest, Sequence[str]], unfinished: Mapping[ExportRequest, Job]) -> None:
        """Queue the requests of a plan, in order; take up the unfinished jobs of an earlier run that it asks for."""
        for request, names in readers.items():
            task = self._tasks[request] = Task(request, frozenset(names))
            if job := unfinished.get(request):
                self._begin(task, job, Origin.RESUMED)
            else:
                self._queue.append(task)

    def fetch(self, request: ExportRequest, reader: str) -> Iterator[Task]:
        """Wait for the files of `request`: one, or the parts that it was split into, oldest window first.

        Each yielded task is READY; `release` it when its file has been read.

        Raises:
            ExportError: The request, or a part of it, was given up.
        """
        task = self._tasks.get(request)
        if task is None:
            task = self._tasks[request] = Task(request, frozenset({reader}))
        if task.stage is Stage.RELEASED:
            task.readers.add(reader)
            task.apply(Event.WANTED)
        yield from self._files(task, reader)

    def _files(self, task: Task, reader: str) -> Iterator[Task]:
        self._wait(task)
        if task.error:
            raise task.error
        if task.stage is Stage.SPLIT:
            for part in task.parts:
                if reader in part.readers:
                    yield from self._files(part, reader)
        else:
            yield task

    def release(self, task: Task, reader: str) -> None:
        """`reader` is done with the task's file, which goes when nobody else wants it."""
        task.readers.discard(reader)
        if not task.readers and task.file:
            task.file.unlink(missing_ok=True)
            task.file = None
            self._bytes_on_disk -= task.attempt.size
            task.apply(Event.READ)

    def forget(self, requests: Sequence[ExportRequest], reader: str) -> None:
        """`reader` will not come for `requests`: what nobody wants is not created any more."""
        for request in requests:
            for task in _with_parts(self._tasks[request]) if request in self._tasks else ():
                self.release(task, reader)
        self._queue = deque(task for task in self._queue if task.readers)

    def sweep(self, urgent: Task | None = None) -> float:
        """Do all that is due, `urgent` first; the monotonic second when there is next something to do."""
        for task in list(self._running):
            if task.due <= self._clock.monotonic():
                self._look_after(task)
        self._fill_slots(urgent)
        due = [task.due for task in self._running]
        if urgent and urgent.stage is Stage.WAITING and self._has_slot():
            due.append(urgent.due)
        return min(due, default=self._clock.monotonic())

    def _wait(self, task: Task) -> None:
        while not task.stage.is_settled:
            due = self.sweep(task)
            if task.trouble:
                raise task.trouble
            pause = due - self._clock.monotonic()
            if pause > 0 and not task.stage.is_settled:
                self._heartbeat()
                self._clock.sleep(pause)
                self.seconds_waited += pause

    def _fill_slots(self, urgent: Task | None) -> None:
        now = self._clock.monotonic()
        if urgent and urgent.stage is Stage.WAITING and urgent.due <= now and self._has_slot():
            self._start(urgent)
        not_yet = []
        while self._queue and self._has_slot() and self._bytes_on_disk < self._policy.most_bytes_on_disk:
            task = self._queue.popleft()
            if task.stage is Stage.WAITING and task.due > now:
                not_yet.append(task)
            elif task.stage is Stage.WAITING:
                self._start(task)
        self._queue.extendleft(reversed(not_yet))

    def _has_slot(self) -> bool:
        # A completed job whose file cannot be had just now keeps its slot: it stands in the state, which is bounded.
        return len(self._running) < self._policy.max_concurrent

    def _start(self, task: Task) -> None:
        request = task.request
        if len(request.groups) > 1 and not request.metrics and not self._groups_combine:
            self._divide(task, _by_group(request))
            return
        try:
            job = self._client.create(request)
        except RefusedError as error:
            if error.status == _BAD_REQUEST and len(request.groups) > 1 and not request.metrics:
                _logger.warning("SEI refuses %s in one export; each gets its own from here on.", request)
                self._groups_combine = False
                self._divide(task, _by_group(request))
            else:
                task.give_up(error)
            return
        except ExportError as error:
            task.give_up(error)
            return
        if job.export_id in self._dead:
            self._split_or_give_up(task, job)
        else:
            self._begin(task, job, Origin.REUSED if job.reused else Origin.CREATED)

    def _begin(self, task: Task, job: Job, origin: Origin) -> None:
        now = self._clock.monotonic()
        # A job that is not new may be done already.
        wait = self._policy.poll.delay(0, expected=self._job_seconds) if origin is Origin.CREATED else 0.0
        task.begin(job, origin, now, now + wait)
        self._running.append(task)
        _logger.info("Export %s %s: %s.", job.export_id, origin, task.request)
        self._on_change()

    def _look_after(self, task: Task) -> None:
        task.trouble = None
        try:
            if task.stage is Stage.RUNNING:
                self._poll(task)
            if task.stage is Stage.COMPLETED:
                self._download(task)
        except GoneError as error:
            self._died(task, "vanished", str(error))
        except UnavailableError as error:
            task.trouble = error
            task.due = self._clock.monotonic() + self._policy.poll.longest
        except ExportError as error:
            self._finish(task, "failed")
            task.give_up(error)

    def _poll(self, task: Task) -> None:
        attempt, before = task.attempt, task.job
        job = self._client.status(before.export_id)
        attempt.polls += 1
        attempt.seconds = self._clock.monotonic() - attempt.started
        attempt.job = replace(job, created_at=job.created_at or before.created_at, reused=before.reused)
        _logger.debug("Export %s polled: %s.", job.export_id, job.status_word)
        if job.status is not before.status:
            _logger.info("Export %s %s after %.0f s.", job.export_id, job.status_word, attempt.seconds)
        if job.status is JobStatus.UNKNOWN:
            self._warn_once(job)
        if job.status is JobStatus.COMPLETED:
            self._job_seconds = min(attempt.job.seconds or attempt.seconds, attempt.seconds)
            task.apply(Event.FINISHED)
        elif job.status.is_dead:
            self._died(task, job.status.lower(), job.message or "SEI gave no reason")
        elif attempt.seconds + _TICK >= self._policy.timeout:
            self._died(
                task, "timed out", f"still {job.status_word} after `export_timeout_seconds` {attempt.seconds:.0f}"
            )
        else:
            wait = self._policy.poll.delay(attempt.polls, attempt.seconds, self._job_seconds)
            task.due = min(self._clock.monotonic() + wait, attempt.started + self._policy.timeout)

    def _download(self, task: Task) -> None:
        file = self._spool / f"export-{next(self._files_made)}"
        task.attempt.size = self._client.download(task.request, task.job, file)
        task.file = file
        self._bytes_on_disk += task.attempt.size
        task.apply(Event.DOWNLOADED)
        self._finish(task, "completed")
        if not task.readers:
            self.release(task, "")

    def _died(self, task: Task, outcome: str, words: str) -> None:
        self._dead.add(task.job.export_id)
        task.attempt.words = words
        self._finish(task, outcome)
        tried = len(task.attempts)
        _logger.warning("Export %s %s: %s.", task.job.export_id, outcome, words.rstrip("."))
        if tried >= self._policy.max_attempts:
            task.give_up(_given_up(task, f"{tried} of `max_export_attempts` tried", words))
            return
        task.apply(Event.DIED)
        task.due = self._clock.monotonic() + self._policy.poll.delay(tried)
        self._queue.appendleft(task)

    def _finish(self, task: Task, outcome: str) -> None:
        task.attempt.outcome = outcome
        self._running.remove(task)
        self._on_change()

    def _split_or_give_up(self, task: Task, job: Job) -> None:
        halves = self._calendar.halves(task.request.window)
        parts = [replace(task.request, window=half) for half in halves or ()] or _by_group(task.request)
        if parts:
            _logger.warning("SEI hands the dead export %s back for %s: split.", job.export_id, task.request)
            self._divide(task, parts)
        else:
            words = task.job.message or "no message" if task.attempts else "no message"
            task.give_up(
                _given_up(task, f"SEI hands the dead export {job.export_id} back for an identical request", words)
            )

    def _divide(self, task: Task, requests: list[ExportRequest]) -> None:
        self._queue.extendleft(reversed([part for part in task.divide(requests) if part.readers]))

    def _warn_once(self, job: Job) -> None:
        if job.status_word not in self._warned:
            self._warned.add(job.status_word)
            _logger.warning(
                "Export %s has the status %r, which nobody has documented; taken as still running.",
                job.export_id,
                job.status_word,
            )

    def _heartbeat(self) -> None:
        now = self._clock.monotonic()
        if now < self._next_heartbeat or not self._running:
            return
        self._next_heartbeat = now + _HEARTBEAT_SECONDS
        tasks = [task for task in self.tasks if task.stage is not Stage.SPLIT]
        done = sum(task.stage in {Stage.READY, Stage.RELEASED} for task in tasks)
        oldest = max(now - task.attempt.started for task in self._running)
        _logger.info(
            "%d of %d exports done, %d in flight, oldest %.0f s.", done, len(tasks), len(self._running), oldest
        )


def _with_parts(task: Task) -> Iterator[Task]:
    yield task
    for part in task.parts:
        yield from _with_parts(part)


def _by_group(request: ExportRequest) -> list[ExportRequest]:
    if len(request.groups) == 1 or request.metrics:
        return []
    return [replace(request, groups=(group,)) for group in request.groups]


def _given_up(task: Task, why: str, words: str) -> ExportError:
    return ExportError(
        f"Export {task.job.export_id} of {task.request} {task.attempt.outcome}: {words.rstrip('.')}; {why}. "
        "Try a smaller `window_periods` or a longer `export_timeout_seconds`."
    )
