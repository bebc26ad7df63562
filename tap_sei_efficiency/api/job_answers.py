"""SEI's JSON answers about an export job to a `Job`. Pure.

A shape is documented for this API unless a comment says otherwise.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.api.http_errors import one_line, said
from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.model.dialect import PLAIN
from tap_sei_efficiency.model.jobs import Job, JobStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_sei_efficiency.model.dialect import Dialect

_MOST_SECONDS = 10**11
"""An epoch time beyond is in milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973."""
_TROUBLE = re.compile("fail|error|partial|warning|cancel|abort|reject|expire|time.?out|timed|fatal|kill", re.IGNORECASE)
"""What undocumented words for a job without a whole file have in common."""
_LEAST_SECONDS = 10**8
"""An epoch time before is 1973 or earlier: no time of a job, but a zero or a counter."""


def read_created(answer: object, dialect: Dialect = PLAIN) -> Job:
    """The job that an answer to a create request speaks of.

    An answer without `status` returns an earlier job (documented). A poll shows its status.

    Raises:
        ExportError: The answer names no export.
    """
    job = _read(answer, dialect)
    return job if job.status_word else Job(job.export_id, JobStatus.QUEUED, created_at=job.created_at, reused=True)


def read_status(answer: object, export_id: str, dialect: Dialect = PLAIN) -> Job:
    """The job that an answer to a poll speaks of.

    Raises:
        ExportError: The answer is none, or speaks of another export.
    """
    job = _read(answer, dialect, export_id)
    if job.export_id != export_id:
        msg = f"SEI answered with export {job.export_id} when asked for export {export_id}."
        raise ExportError(msg)
    return job


def _read(answer: object, dialect: Dialect, export_id: str | None = None) -> Job:
    fields: dict[str, Any] = answer if isinstance(answer, dict) else {}
    told = {name: field_of(fields, spellings) for name, spellings in dialect.job_fields.items()}
    found = _export_id(told["exportId"]) or export_id
    if not found or not fields:
        asked = f" when asked for export {export_id}" if export_id else ""
        names = f". It has the fields {', '.join(sorted(fields))}" if fields else ""
        msg = f"SEI answered without an `exportId`{asked}{names}."
        raise ExportError(msg)
    word = str(told["status"] or "")
    status = JobStatus.read(word, dialect.statuses)
    location, completed_at = _text(told["downloadUrl"]), _instant(told["completedAt"])
    is_known = status is not JobStatus.UNKNOWN
    if not is_known and word and _TROUBLE.search(word):
        # Such as EXPIRED or PARTIALLY_COMPLETED: a file of it would lack rows.
        status = JobStatus.FAILED
    elif not is_known and completed_at:
        # Only a job that is over has that. To wait on for the known word would end in a timeout.
        status = JobStatus.COMPLETED
    return Job(
        export_id=found,
        status=status,
        status_word=word,
        status_is_known=is_known,
        created_at=_instant(told["createdAt"]),
        completed_at=completed_at,
        location=location,
        message=one_line(words) if (words := said(told["message"])) else None,
    )


def field_of(fields: Mapping[str, Any], spellings: Sequence[str]) -> Any:  # noqa: ANN401 - a JSON value
    """The first value under one of `spellings` that is not blank; case and underscores do not matter."""
    return next((value for spelling in spellings if (value := _at(fields, spelling.split(".")))), None)


def _at(fields: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - a JSON value
    for step in path:
        names = {_plain(name): name for name in fields} if isinstance(fields, dict) else {}
        if _plain(step) not in names:
            return None
        fields = fields[names[_plain(step)]]
    return fields


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _export_id(value: object) -> str | None:
    """The job's id, also as a number (not documented)."""
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else None


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
