"""One export request in the runner: its stage, its jobs, its readers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from tap_sei_efficiency.run.lifecycle import Event, Stage, after
from tap_sei_efficiency.run.splitting import readers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sei_efficiency.errors import ExportError
    from tap_sei_efficiency.model.jobs import Job
    from tap_sei_efficiency.model.requests import ExportRequest, Scope


class Origin(StrEnum):
    """The origin of a job."""

    CREATED = "created"
    REUSED = "reused"  # SEI returned an earlier job for an identical request
    RESUMED = "resumed"  # an interrupted run left it in the state


@dataclass(slots=True)
class Attempt:
    """One job of a request. `started` is monotonic seconds; `seconds` how long the job took until its last poll.

    `outcome` is how it ended, `words` SEI's message if it failed.
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

    `streams` asked for its rows, and `readers` are those of them that still wait for the file.
    `due` is the monotonic second of the next thing to do; `trouble` says why SEI cannot be asked about the job now;
    `error` why the request was given up; `parts` are the requests that replace it when it is split.
    """

    request: ExportRequest
    streams: frozenset[str]
    parent: Task | None = None
    stage: Stage = Stage.WAITING
    due: float = 0.0
    attempts: list[Attempt] = field(default_factory=list)
    parts: list[Task] = field(default_factory=list)
    trouble: ExportError | None = None
    error: ExportError | None = None
    readers: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.readers = set(self.streams)

    @property
    def scope(self) -> Scope:
        """The scope of the request."""
        return self.request.scope

    @property
    def attempt(self) -> Attempt:
        """The latest job."""
        return self.attempts[-1]

    @property
    def job(self) -> Job:
        """SEI's last answer about the latest job."""
        return self.attempt.job

    def apply(self, event: Event) -> None:
        """Move to the stage that follows; ValueError if the transition is not legal."""
        self.stage = after(self.stage, event)

    def begin(self, job: Job, origin: Origin, now: float, due: float) -> None:
        """Add `job` as a new attempt."""
        self.attempts.append(Attempt(job, origin, started=now))
        self.due = due
        self.apply(Event.RESUMED if origin is Origin.RESUMED else Event.CREATED)

    def give_up(self, error: ExportError) -> None:
        """End with `error`, which goes to each reader."""
        self.error = error
        self.apply(Event.GIVEN_UP)

    def divide(self, requests: Sequence[ExportRequest]) -> list[Task]:
        """Let `requests` replace this one; their tasks."""
        self.parts = [Task(part, readers_of(part, self.request, self.readers), parent=self) for part in requests]
        self.readers = set()
        self.apply(Event.DIVIDED)
        return self.parts
