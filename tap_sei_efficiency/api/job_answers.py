"""SEI's JSON answers about an export job, read into a `Job`. Pure.

A shape is documented for this API unless a comment says otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.model.jobs import Job, JobStatus

if TYPE_CHECKING:
    from collections.abc import Mapping


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
