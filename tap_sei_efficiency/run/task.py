"""What the runner remembers of one export request: its stage, its jobs, its file, its readers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from tap_sei_efficiency.run.lifecycle import Event, Stage, after

if TYPE_CHECKING:
    from pathlib import Path

    from tap_sei_efficiency.errors import ExportError
    from tap_sei_efficiency.model.jobs import Job
    from tap_sei_efficiency.model.requests import ExportRequest


class Origin(StrEnum):
    """How the run came by a job."""

    CREATED = "created"
    REUSED = "reused"  # SEI handed back an earlier job for an identical request
    RESUMED = "resumed"  # an interrupted run had left it in the state


@dataclass(slots=True)
class Attempt:
    """One job of a request. `started` is monotonic seconds; `seconds` how long the job took until its last poll.

    `outcome` is how it ended, and `words` what SEI said when that was no good.
    """

    job: Job
    origin: Origin
    started: float
    polls: int = 0
    seconds: float = 0.0
    size: int = 0
    outcome: str = ""
    words: str = ""


@dataclass(slots=True, eq=False)
class Task:
    """One export request in a run.

    `streams` want its rows, and `readers` are those of them that have not had the file yet.
    `due` is the monotonic second when there is next something to do; `trouble` what keeps SEI from being asked about
    the job just now; `error` why the request was given up; `parts` the requests that stand in for it when it is split.
    """

    request: ExportRequest
    streams: frozenset[str]
    parent: Task | None = None
    stage: Stage = Stage.WAITING
    due: float = 0.0
    attempts: list[Attempt] = field(default_factory=list)
    parts: list[Task] = field(default_factory=list)
    file: Path | None = None
    trouble: ExportError | None = None
    error: ExportError | None = None
    readers: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.readers = set(self.streams)

    @property
    def attempt(self) -> Attempt:
        """The job that counts."""
        return self.attempts[-1]

    @property
    def job(self) -> Job:
        """What SEI last said of the job that counts."""
        return self.attempt.job

    @property
    def path(self) -> Path:
        """The file of a task that is READY; ValueError for any other."""
        if self.file is None:
            msg = f"{self.request} is {self.stage} and has no file"
            raise ValueError(msg)
        return self.file

    @property
    def is_in_flight(self) -> bool:
        """Whether there is a job at SEI whose file is still to be fetched."""
        return self.stage in {Stage.RUNNING, Stage.COMPLETED}

    def apply(self, event: Event) -> None:
        """Move to the stage that follows; ValueError where the transition is not legal."""
        self.stage = after(self.stage, event)

    def begin(self, job: Job, origin: Origin, now: float, due: float) -> None:
        """Take up `job` as one more attempt."""
        self.attempts.append(Attempt(job, origin, started=now))
        self.due = due
        self.apply(Event.RESUMED if origin is Origin.RESUMED else Event.CREATED)

    def give_up(self, error: ExportError) -> None:
        """End with `error`, which goes to each reader."""
        self.error = error
        self.apply(Event.GIVEN_UP)

    def divide(self, requests: list[ExportRequest]) -> list[Task]:
        """Let `requests` stand in for this one; their tasks."""
        self.parts = [Task(request, self._readers_of(request), parent=self) for request in requests]
        self.apply(Event.DIVIDED)
        return self.parts

    def _readers_of(self, part: ExportRequest) -> frozenset[str]:
        # A metric group's stream has the group's name; who reads single metrics reads every part.
        whole = part.groups == self.request.groups
        return frozenset(self.readers if whole else self.readers & set(part.groups))
