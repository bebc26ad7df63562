"""The facts of a probe: plain values that the checks fill in and the findings and the report read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer, refused or not, unpacked.

    `content` is its JSON inside any envelope, None if it is none; `layers` counts gzip around the body as it came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    content: Any = field(default=None, repr=False)
    raw: Any = field(default=None, repr=False)
    redirects: int = 0
    left_host: bool = False
    layers: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the server accepted the request."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own ranges

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def coding(self) -> str:
        """The content coding."""
        return self.headers.get("Content-Encoding", "").strip().lower()


@dataclass(slots=True)
class JobSeen:
    """A job that the probe created: its request and its progress."""

    groups: tuple[str, ...]
    granularity: str
    export_id: str
    status_word: str = ""
    location: str | None = None
    is_done: bool = False
    is_dead: bool = False
    is_read: bool = False


@dataclass(slots=True)
class FileSeen:
    """The structure of one file. `guesses` lead from a key or a metric to a header that seems to hold it."""

    groups: tuple[str, ...]
    granularity: str
    names: tuple[str, ...] = ()
    known: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    guesses: dict[str, str] = field(default_factory=dict)
    delimiter: str = ","
    decimal_mark: str | None = None
    is_ambiguous: bool = False
    null_words: tuple[str, ...] = ()
    new_null_words: tuple[str, ...] = ()
    has_mark: bool = False
    line_end: str = "LF"
    rows: int = 0
    starts: tuple[date, ...] = ()
    labels: tuple[str, ...] = ()
    has_open_period: bool | None = None
    problem: str = ""


@dataclass(slots=True)
class Facts:
    """Everything that a probe has found out. None means "not known", for example because it was not asked."""

    base_path: str = ""
    configured_path: str = ""
    auth: Mapping[str, str] = field(default_factory=dict)
    refused_auth: bool = False
    answers: dict[str, Seen] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    refused_groups: dict[str, str] = field(default_factory=dict)
    granularities: dict[str, str] = field(default_factory=dict)
    aggregations: dict[str, str] = field(default_factory=dict)
    combines: bool | None = None
    envelope: str = ""
    job_fields: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    reuses: bool | None = None
    jobs: list[JobSeen] = field(default_factory=list)
    job_seconds: float | None = None
    files: list[FileSeen] = field(default_factory=list)
    week_start: str | None = None
    trees: int | None = None
    teams: int | None = None
    problems: dict[str, str] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)
