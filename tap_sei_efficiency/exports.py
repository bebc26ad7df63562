"""Exports as data: what is asked for, and what SEI answers.

Pure: request bodies out, answers in. A shape is documented for this API where no comment says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from tap_sei_efficiency.errors import ExportError

# msgspec reads these classes' fields at run time, to write requests into the state and read them back.
from tap_sei_efficiency.periods import Granularity, Window  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Mapping


class Aggregation(StrEnum):
    """How SEI sums up the work items of a period, in the API's words (documented)."""

    MEAN = "mean"
    MEDIAN = "median"
    P90 = "p90"
    P95 = "p95"


class ScopeKind(StrEnum):
    """What a scope's name means. The value stands in front of it in the partition and in the records."""

    TEAM = "team"
    ORG_TREE = "org_tree"
    TEAM_REF = "team_ref"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Whose figures an export holds: one team, or all teams of an org tree."""

    kind: ScopeKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What one export job is asked for. Equal requests may share one job."""

    scope: Scope
    window: Window
    groups: tuple[str, ...]
    granularity: Granularity
    aggregation: Aggregation
    metrics: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{'+'.join(self.metrics or self.groups)} of {self.scope}, {self.window}"

    def body(self, org_identifier: str, group_names: Mapping[str, str]) -> dict[str, Any]:
        """The JSON body of the create request; `group_names` gives the server's word for a group."""
        scope: dict[str, str] = (
            {"teamId": self.scope.name}
            if self.scope.kind is ScopeKind.TEAM
            else {"orgTreeName": self.scope.name, "orgIdentifier": org_identifier}
        )
        body: dict[str, Any] = {
            "scope": scope,
            "dateRange": {"start": self.window.start.isoformat(), "end": self.window.end.isoformat()},
            "metricGroups": [group_names.get(group, group) for group in self.groups],
            "options": {
                "granularity": self.granularity.value,
                "aggregation": self.aggregation.value,
                "format": "csv",
                "compression": "gzip",
            },
        }
        if self.metrics:
            body["metrics"] = list(self.metrics)
        return body


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


def read_created(answer: object) -> Job:
    """The job that an answer to a create request speaks of.

    An answer without `status` hands back an earlier job (documented); how far that one is, a poll must tell.

    Raises:
        ExportError: The answer names no export.
    """
    job = _read(answer)
    return job if job.status_word else Job(job.export_id, JobStatus.QUEUED, created_at=job.created_at, reused=True)


def read_status(answer: object, export_id: str) -> Job:
    """The job that an answer to a poll speaks of.

    Raises:
        ExportError: The answer is none, or speaks of another export.
    """
    job = _read(answer, export_id)
    if job.export_id != export_id:
        msg = f"SEI answered with export {job.export_id} when asked for export {export_id}."
        raise ExportError(msg)
    return job


def _read(answer: object, export_id: str | None = None) -> Job:
    fields: dict[str, Any] = answer if isinstance(answer, dict) else {}
    found = fields.get("exportId") or export_id
    if not isinstance(found, str) or not fields:
        msg = f"SEI answered without an `exportId`{f' when asked for export {export_id}' if export_id else ''}."
        raise ExportError(msg)
    word = str(fields.get("status") or "")
    return Job(
        export_id=found,
        status=JobStatus.read(word),
        status_word=word,
        created_at=_instant(fields.get("createdAt")),
        completed_at=_instant(fields.get("completedAt")),
        location=_location(fields),
        message=_text(fields.get("message") or fields.get("error") or fields.get("errorMessage")),
    )


def _location(fields: Mapping[str, Any]) -> str | None:
    download = fields.get("download")  # sibling API, in place of `downloadUrl`
    return _text(fields.get("downloadUrl") or (download.get("url") if isinstance(download, dict) else None))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _instant(value: object) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if instant is None:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
