"""An export job as SEI last described it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import datetime


class JobStatus(StrEnum):
    """How far SEI is with a job."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"  # sibling API
    UNKNOWN = "UNKNOWN"  # ours: a word that nobody has documented; such a job may still be running

    @classmethod
    def read(cls, word: str) -> Self:
        """The status that `word` means, in whatever case (sibling API: lower case)."""
        try:
            return cls(word.strip().upper().replace("CANCELED", "CANCELLED"))
        except ValueError:
            return cls("UNKNOWN")

    @property
    def is_dead(self) -> bool:
        """Whether the job has ended without a file."""
        return self in {JobStatus.FAILED, JobStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class Job:
    """What SEI last said of an export job.

    `created_at` and `completed_at` are UTC; `location` is where the file is to be had, relative to the base URL or
    absolute; `reused` says that SEI handed back an earlier job for an identical request.
    """

    export_id: str
    status: JobStatus
    status_word: str = ""
    created_at: datetime | None = None
    completed_at: datetime | None = None
    location: str | None = None
    message: str | None = None
    reused: bool = False

    @property
    def seconds(self) -> float | None:
        """How long SEI took for the job, by SEI's own clock."""
        if self.created_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.created_at).total_seconds()
