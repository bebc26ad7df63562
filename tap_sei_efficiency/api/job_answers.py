"""SEI's JSON answers about an export job, read into a `Job`. Pure.

A shape is documented for this API unless a comment says otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.api.http_errors import one_line
from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.model.jobs import Job, JobStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_SECONDS = 10**11
"""An epoch time beyond is in milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973."""
_LEAST_SECONDS = 10**8
"""An epoch time before is 1973 or earlier: no time of a job, but a zero or a counter."""


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
    found = _export_id(fields) or export_id
    if not found or not fields:
        asked = f" when asked for export {export_id}" if export_id else ""
        names = f"; it has the fields {', '.join(sorted(fields))}" if fields else ""
        msg = f"SEI answered without an `exportId`{asked}{names}."
        raise ExportError(msg)
    word = str(fields.get("status") or "")
    return Job(
        export_id=found,
        status=JobStatus.read(word),
        status_word=word,
        created_at=_instant(fields.get("createdAt")),
        completed_at=_instant(fields.get("completedAt")),
        location=_location(fields),
        message=_words(fields),
    )


def _export_id(fields: Mapping[str, Any]) -> str | None:
    """The job's id, also as a number or under another spelling of `exportId` (neither is documented)."""
    for name, value in fields.items():
        if name.replace("_", "").lower() == "exportid" and isinstance(value, str | int) and not isinstance(value, bool):
            return str(value).strip()
    return None


def _location(fields: Mapping[str, Any]) -> str | None:
    download = fields.get("download")  # sibling API, in place of `downloadUrl`
    return _text(fields.get("downloadUrl") or (download.get("url") if isinstance(download, dict) else None))


def _words(fields: Mapping[str, Any]) -> str | None:
    words = _text(fields.get("message") or fields.get("error") or fields.get("errorMessage"))
    return one_line(words) if words else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _instant(value: object) -> datetime | None:
    """A time in ISO 8601 (documented), or in seconds or milliseconds since 1970 (other Harness APIs)."""
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdecimal()):
            return _epoch(float(value))
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        if instant is None:
            return None
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _epoch(number: float) -> datetime | None:
    seconds = number / 1000 if number > _MOST_SECONDS else number
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds > _LEAST_SECONDS else None
