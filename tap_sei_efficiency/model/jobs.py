"""An export job as SEI last described it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from tap_sei_efficiency.model.dialect import PLAIN

if TYPE_CHECKING:
    from datetime import datetime

    from tap_sei_efficiency.model.dialect import Words


class JobStatus(StrEnum):
    """How far SEI is with a job."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"  # sibling API
    UNKNOWN = "UNKNOWN"  # the tap's own, for an undocumented word; the job may still be running

    @classmethod
    def read(cls, word: str, words: Words = PLAIN.statuses) -> Self:
        """The status of `word` in the dialect's `words`, in any case (sibling API: lower case)."""
        folded = word.strip().casefold()
        return cls(next((name for name, known in words.items() if folded in map(str.casefold, known)), "UNKNOWN"))

    @property
    def is_dead(self) -> bool:
        """Whether the job has ended without a file."""
        return self in {JobStatus.FAILED, JobStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class Job:
    """What SEI last said of an export job.

    `created_at` and `completed_at` are UTC; `location` is the URL of the file, relative to the base URL or
    absolute; `reused` says that SEI returned an earlier job for an identical request. If not `status_is_known`, the
    status word is undocumented and `status` is what the rest of the answer shows.
    """

    export_id: str
    status: JobStatus
    status_word: str = ""
    created_at: datetime | None = None
    completed_at: datetime | None = None
    location: str | None = None
    message: str | None = None
    reused: bool = False
    status_is_known: bool = True

    @property
    def seconds(self) -> float | None:
        """How long SEI took for the job, by SEI's own clock."""
        if self.created_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.created_at).total_seconds()
