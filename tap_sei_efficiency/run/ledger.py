"""The ledger: the request, job and result of each export of a run. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.run.lifecycle import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from tap_sei_efficiency.run.task import Attempt, Task

LEDGER_KEY = ("run_id", "sequence")
_MOST_TEAMS_COUNTED = 2**16

_TEXT = "string"
_NUMBER = "integer"
_DATE: dict[str, Any] = {"type": "string", "format": "date"}
_INSTANT: dict[str, Any] = {"type": "string", "format": "date-time"}

_COLUMNS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("run_id", {"type": _TEXT}, "Identifier of the run; the tap creates it."),
    ("sequence", {"type": _NUMBER}, "Number of the row in the run, starting at 1."),
    ("run_started_at", _INSTANT, "When the run started, UTC."),
    ("org_identifier", {"type": _TEXT}, "Identifier of the Harness organization."),
    ("project_identifier", {"type": _TEXT}, "Identifier of the Harness project."),
    ("stream", {"type": _TEXT}, "Stream that reads the export; if streams share it, there is a row for each."),
    ("metric_groups", {"type": _TEXT}, "Requested metric groups, separated by commas."),
    ("scope", {"type": _TEXT}, "What was exported: team: and its ID, or org_tree: and its name."),
    ("window_start", _DATE, "First requested day."),
    ("window_end", _DATE, "Last requested day."),
    ("granularity", {"type": _TEXT}, "Requested length of the periods."),
    ("aggregation", {"type": _TEXT}, "Requested aggregation; of sprint metrics, the computation mode."),
    ("export_id", {"type": _TEXT}, "SEI's identifier of the export; null if there is no job."),
    ("origin", {"type": _TEXT}, "Where the job comes from: created, reused (SEI returned an earlier job) or resumed."),
    ("split_from", {"type": _TEXT}, "Export that was split; this one replaces a part of it."),
    ("attempt", {"type": _NUMBER}, "Number of this attempt for the window, starting at 1; 0 if there is no job."),
    ("created_at", _INSTANT, "When SEI created the job."),
    ("completed_at", _INSTANT, "When SEI completed the job."),
    (
        "wait_seconds",
        {"type": "number"},
        "Seconds from the job's creation in this run, or its resumption, to its last poll.",
    ),
    ("polls", {"type": _NUMBER}, "Number of polls."),
    ("bytes", {"type": _NUMBER}, "Downloaded bytes, before decompression."),
    ("rows", {"type": _NUMBER}, "Records of the export that the tap emitted in this stream, after stream maps."),
    ("teams", {"type": _NUMBER}, "Number of distinct teams in these rows; null above 65,535."),
    (
        "status",
        {"type": _TEXT},
        (
            "How it ended: completed, unread, unreadable, failed, cancelled, timed out, vanished, running, refused or "
            "skipped."
        ),
    ),
    ("message", {"type": _TEXT}, "What went wrong; null if nothing did."),
)


@dataclass(slots=True)
class Emitted:
    """What a stream has emitted of one export. `rows` counts the emitted records.

    A stream map that filters records leaves fewer than the file has. `newest` is the start of the newest period in
    the file, or of the newest sprint that is over; `oldest_open` of the oldest sprint that is not. `message` says why
    the stream stopped in it.
    """

    rows: int = 0
    newest: str | None = None
    oldest_open: str | None = None
    teams: set[str] = field(default_factory=set)
    message: str | None = None

    def count(
        self, rows: int, starts: Sequence[str], team_paths: Sequence[str], are_over: Sequence[bool] | None = None
    ) -> None:
        """Count a block with `rows` emitted records of periods or, if `are_over` is given, of sprints."""
        self.rows += rows
        if are_over is not None:
            still_open = (start for start, is_over in zip(starts, are_over, strict=True) if not is_over)
            if oldest := min(still_open, default=None):
                self.oldest_open = min(oldest, self.oldest_open or oldest)
            starts = list(compress(starts, are_over))
        if newest := max(starts, default=None):
            self.newest = max(newest, self.newest or newest)
        if len(self.teams) < _MOST_TEAMS_COUNTED:
            self.teams.update(team_paths)

    @property
    def bookmark(self) -> str | None:
        """The newest start that is final: none after the start of a sprint that is still open."""
        return min(self.newest, self.oldest_open) if self.newest and self.oldest_open else self.newest

    @property
    def distinct_teams(self) -> int | None:
        """Number of teams; None above the limit."""
        return len(self.teams) if len(self.teams) < _MOST_TEAMS_COUNTED else None


def ledger_schema() -> dict[str, Any]:
    """JSON schema of a row of the ledger."""
    properties = {}
    for name, schema, description in _COLUMNS:
        kind = schema["type"] if name in LEDGER_KEY else [schema["type"], "null"]
        properties[name] = {**schema, "type": kind, "description": description}
    return {"type": "object", "properties": properties, "required": list(LEDGER_KEY)}


def ledger_rows(
    tasks: Iterable[Task], emitted: Mapping[tuple[Any, str], Emitted], run: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """A row for each export and stream of a run; `run` contains the columns that all rows share."""
    sequence = 0
    for task in tasks:
        if task.stage is Stage.SPLIT and not task.attempts:
            continue
        for stream in sorted(task.streams):
            jobs: list[tuple[int, Attempt | None]] = [*enumerate(task.attempts, 1)]
            for number, attempt in jobs or [(0, None)]:
                sequence += 1
                is_last = number == len(task.attempts)
                yield {
                    **run,
                    "sequence": sequence,
                    "stream": stream,
                    **_asked(task),
                    **_job(attempt, number),
                    **_outcome(task, attempt, emitted.get((task, stream)) if is_last else None),
                }


def _asked(task: Task) -> dict[str, Any]:
    request = task.request
    return {
        "metric_groups": ",".join(request.groups),
        "scope": str(request.scope),
        "window_start": request.window.start.isoformat(),
        "window_end": request.window.end.isoformat(),
        "granularity": request.granularity.value,
        "aggregation": request.aggregation.value,
        "split_from": task.parent.job.export_id if task.parent and task.parent.attempts else None,
    }


def _job(attempt: Attempt | None, number: int) -> dict[str, Any]:
    job = attempt.job if attempt else None
    return {
        "export_id": job.export_id if job else None,
        "origin": attempt.origin.value if attempt else None,
        "attempt": number,
        "created_at": _text(job.created_at) if job else None,
        "completed_at": _text(job.completed_at) if job else None,
        "wait_seconds": round(attempt.seconds, 3) if attempt else None,
        "polls": attempt.polls if attempt else None,
        "bytes": attempt.size if attempt else None,
    }


def _outcome(task: Task, attempt: Attempt | None, emitted: Emitted | None) -> dict[str, Any]:
    return {
        "rows": emitted.rows if emitted else None,
        "teams": emitted.distinct_teams if emitted else None,
        "status": _status(task, attempt, emitted),
        "message": (emitted and emitted.message)
        or (task.error and str(task.error))
        or (attempt and attempt.words)
        or None,
    }


def _status(task: Task, attempt: Attempt | None, emitted: Emitted | None) -> str:
    if attempt is None:
        return "refused" if task.error else "skipped"
    if not attempt.outcome:
        return "unread" if task.stage is Stage.COMPLETED else "running"
    if attempt.outcome != "completed":
        return attempt.outcome
    if emitted is None:
        return "unread"
    return "unreadable" if emitted.message else "completed"


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
