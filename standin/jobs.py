"""Export jobs: created, queued for a worker, complete after a while by an injected clock, and returned for repeats."""

from __future__ import annotations

import heapq
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from standin.draws import between, token, uniforms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from standin.clock import Clock

REUSED_FOR = timedelta(minutes=30)
NEVER = datetime.max.replace(tzinfo=UTC)
TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class Fate:
    """How a job will end. `seconds` overrides how long it takes; `reusable` says if it is ever returned again."""

    outcome: str = "COMPLETED"
    message: str = ""
    seconds: float | None = None
    reusable: bool = True


@dataclass(slots=True)
class Job:
    """One job, and what was asked about it."""

    export_id: str
    body: Mapping[str, Any]
    created: datetime
    started: datetime
    finished: datetime
    fate: Fate
    reused: int = 0
    polls: int = 0
    downloads: int = 0
    gone: int = 0
    """The HTTP status that everything about a job gets that has vanished, or 0."""

    @property
    def is_of_sprints(self) -> bool:
        """Whether this is a job of the sprint export."""
        return "computationMode" in self.body["options"]

    @property
    def is_reusable(self) -> bool:
        """Whether an identical request can get this job."""
        return self.fate.reusable and not self.gone

    def status(self, now: datetime) -> str:
        """The documented word for how far the job is."""
        if now < self.started:
            return "QUEUED"
        return "PROCESSING" if now < self.finished else self.fate.outcome


@dataclass
class Jobs:
    """All jobs ever created. At most `workers` are PROCESSING at once; each takes between `seconds[0]` and `[1]`."""

    clock: Clock
    seed: int = 0
    seconds: tuple[float, float] = (3.0, 3.0)
    workers: int | None = None
    all: list[Job] = field(default_factory=list)
    max_unfinished: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, Job] = {}
        self._running: list[Job] = []
        self._busy_until: list[datetime] = []

    def submit(
        self, body: Mapping[str, Any], choose_fate: Callable[[], Fate], *, reuses: bool = True
    ) -> tuple[Job, bool]:
        """The job for `body`, and whether it is one that an identical request made within the last 30 minutes."""
        with self._lock:
            now = self.clock.now()
            recent = takewhile(lambda job: now - job.created < REUSED_FOR, reversed(self.all))
            earlier = next((job for job in recent if job.body == body and job.is_reusable), None)
            if earlier and reuses:
                earlier.reused += 1
                return earlier, True
            job = self._make(body, choose_fate(), now)
            self.all.append(job)
            self._by_id[job.export_id] = job
            self._running.append(job)
            self.max_unfinished = max(self.max_unfinished, self._count_unfinished(now))
            return job, False

    def get(self, export_id: str) -> Job | None:
        """The job with this id."""
        with self._lock:
            return self._by_id.get(export_id)

    def count_poll(self, job: Job) -> None:
        """Note that `job` was asked for."""
        with self._lock:
            job.polls += 1

    def count_download(self, job: Job) -> None:
        """Note that the file of `job` was asked for."""
        with self._lock:
            job.downloads += 1

    def unfinished(self) -> int:
        """The number of unfinished jobs."""
        with self._lock:
            return self._count_unfinished(self.clock.now())

    def _count_unfinished(self, now: datetime) -> int:
        self._running = [job for job in self._running if job.status(now) not in TERMINAL and not job.gone]
        return len(self._running)

    def _make(self, body: Mapping[str, Any], fate: Fate, now: datetime) -> Job:
        number = len(self.all) + 1
        takes = between(*self.seconds, uniforms(self.seed, "job", number)[0]) if fate.seconds is None else fate.seconds
        started = self._free_worker(now)
        finished = NEVER if fate.outcome == "PROCESSING" else started + timedelta(seconds=takes)
        if self.workers is not None:
            # A job that never ends is no reason to keep a worker from the others.
            heapq.heappush(self._busy_until, started if finished == NEVER else finished)
        return Job(f"exp_{token(8, self.seed, 'job', number, now).upper()}", body, now, started, finished, fate)

    def _free_worker(self, now: datetime) -> datetime:
        if self.workers is None or len(self._busy_until) < self.workers:
            return now
        return max(now, heapq.heappop(self._busy_until))
