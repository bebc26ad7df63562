"""What can go wrong, by name: one table, one switch each."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

Parameter = int | float | str
ENDPOINTS = ("any", "create", "poll", "download", "report", "teams", "storage")


class Hook(StrEnum):
    """Where a fault takes hold."""

    REQUEST = "request"  # answered before anything else is looked at
    CHECK = "check"  # what a create request is refused for
    JOB = "job"  # a job's fate, when it is created
    STATUS = "status"  # answers that tell of a job
    FILE = "file"  # what a file holds
    DOWNLOAD = "download"  # how a file is sent


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table: what the fault does, where, and its own parameters with their defaults."""

    name: str
    hook: Hook
    description: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def _kinds(hook: Hook, *rows: tuple[str, str] | tuple[str, str, dict[str, Parameter]]) -> dict[str, Kind]:
    return {row[0]: Kind(row[0], hook, *row[1:]) for row in rows}


KINDS: Mapping[str, Kind] = MappingProxyType(
    _kinds(
        Hook.REQUEST,
        ("rate_limit", "429 without Retry-After"),
        ("rate_limit_retry_after", "429 with Retry-After, in seconds", {"seconds": 30}),
        ("limit_per_minute", "429 to what goes beyond `requests` in any 60 seconds", {"requests": 400}),
        ("server_error", "an HTML page with this 5xx status", {"status": 503}),
        ("connection_reset", "the connection is reset instead of an answer"),
        ("connection_closed", "the connection is closed without an answer"),
        (
            "hang",
            "no answer until the client gives up, or with hold=0 the connection closed; a fake clock moves on",
            {"seconds": 60, "hold": 1},
        ),
        ("unauthorized", "401 whatever the key"),
        ("forbidden", "403 whatever the project"),
        ("bad_request", "400 with an error body", {"message": "Invalid request"}),
        ("not_json", "an HTML page with status 200"),
    )
    | _kinds(
        Hook.CHECK,
        ("only_df", "the group is known as `df` and no longer as `deployment_frequency`"),
        ("df_too", "the group is known as `df` as well as `deployment_frequency`"),
        ("refuse_combination", "400 to more than one metric group at once"),
    )
    | _kinds(
        Hook.JOB,
        ("job_failed", "the job fails; with reusable=0 it is not handed back later", {"reusable": 1}),
        ("job_failed_forever", "each job of a request fails, and is handed back to whoever asks again"),
        ("fails_above_periods", "a job of more than `periods` periods fails", {"periods": 6}),
        ("job_cancelled", "the job ends as CANCELLED (sibling API)", {"reusable": 1}),
        ("job_stuck", "the job stays PROCESSING for ever", {"reusable": 1}),
        ("job_slow", "the job takes this many seconds", {"seconds": 600}),
    )
    | _kinds(
        Hook.STATUS,
        ("unknown_status", "the first polls of a job tell an undocumented status", {"word": "WARMING_UP", "polls": 3}),
        ("lowercase_status", "statuses in lower case (sibling API)"),
        ("vanish_on_poll", "the job is gone when asked for: 404", {"status": 404}),
        ("vanish_on_download", "the job is gone when its file is asked for: 410", {"status": 410}),
        ("sibling_download_shape", "`download` with url, filename, size in place of `downloadUrl` (sibling API)"),
        ("absolute_download_url", "`downloadUrl` is absolute"),
        ("created_by", "answers carry a person's name as `createdBy`"),
    )
    | _kinds(
        Hook.FILE,
        ("missing_group_columns", "a file of several groups lacks the columns of `group`", {"group": "mttr"}),
        ("no_rows", "a header and no rows"),
        ("many_rows", "the file's rows over and over, up to `rows`, with made-up teams", {"rows": 100_000}),
    )
    | _kinds(
        Hook.DOWNLOAD,
        ("plain", "text/csv, not compressed (sibling API)"),
        ("gzip_body", "gzip as the body itself; what happens without a fault"),
        ("gzip_content_encoding", "gzip as Content-Encoding"),
        ("gzip_both", "a gzip body, and gzip as Content-Encoding around it"),
        ("gzip_members", "a body of several gzip members"),
        ("redirect_download", "302 to a signed URL on another origin"),
        (
            "cut_body",
            "a gzip body cut in the middle; Content-Length tells the full size, the cut one, or is missing",
            {"content_length": "full"},
        ),
        ("reset_body", "the connection is reset in the middle of the body"),
        ("zero_bytes", "an empty body"),
        ("html_page", "an HTML page with status 200"),
        ("json_error_200", "a JSON error with status 200"),
        ("trickle", "`bytes` at a time, `seconds` apart", {"bytes": 64, "seconds": 5}),
        ("gzip_bomb", "a small body that unpacks to so many megabytes", {"megabytes": 64}),
    )
)


class Fault:
    """A fault switched on: of which kind, at which endpoint, for which requests, after and for how many of them.

    `match` is looked for in what was asked: the request's path and body, and its job's body.
    """

    def __init__(  # noqa: PLR0913 - each is a switch of its own
        self,
        name: str,
        *,
        endpoint: str = "any",
        times: int | None = None,
        after: int = 0,
        match: str = "",
        **parameters: Parameter,
    ) -> None:
        if name not in KINDS:
            msg = f"no fault is named {name!r}; python -m standin --list-faults names them"
            raise ValueError(msg)
        unknown = parameters.keys() - KINDS[name].parameters.keys()
        if unknown:
            msg = f"fault {name} has no parameter {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        if endpoint not in ENDPOINTS:
            msg = f"endpoint is one of {', '.join(ENDPOINTS)}, not {endpoint!r}"
            raise ValueError(msg)
        self.name = name
        self.kind = KINDS[name]
        self.endpoint = endpoint
        self.times = times
        self.after = after
        self.match = match
        self.parameters = {**self.kind.parameters, **parameters}
        self.seen = 0
        self.struck = 0

    def number(self, parameter: str) -> float:
        """A parameter that is a number."""
        return float(self.parameters[parameter])

    def text(self, parameter: str) -> str:
        """A parameter as text."""
        return str(self.parameters[parameter])

    @classmethod
    def parse(cls, text: str) -> Fault:
        """The fault that `name:parameter=value,…` on the command line means."""
        name, _, rest = text.partition(":")
        pairs = [part.partition("=") for part in rest.split(",") if part]
        values: dict[str, Parameter] = {key: int(value) if value.isdecimal() else value for key, _, value in pairs}
        return cls(name, **values)  # type: ignore[arg-type] # a wrong type fails at its first use


class Faults:
    """The faults that are switched on. Threads may share it."""

    def __init__(self, *faults: Fault) -> None:
        self._faults = list(faults)
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        """Switch `faults` on."""
        with self._lock:
            self._faults.extend(faults)

    def remove(self, name: str) -> None:
        """Switch off every fault of this name."""
        with self._lock:
            self._faults = [fault for fault in self._faults if fault.name != name]

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._faults = []

    def take(self, hook: Hook, endpoint: str, asked: str = "") -> list[Fault]:
        """The faults that strike here and now; they count this as one of their times."""
        with self._lock:
            met = [fault for fault in self._faults if fault.kind.hook is hook and _meets(fault, endpoint, asked)]
            return [fault for fault in met if _strikes(fault)]

    def first(self, hook: Hook, endpoint: str, asked: str = "", name: str = "") -> Fault | None:
        """The first fault that strikes here and now, of this name if one is given; the others do not count this."""
        with self._lock:
            for fault in self._faults:
                is_asked_for = fault.kind.hook is hook and name in {"", fault.name}
                if is_asked_for and _meets(fault, endpoint, asked) and _strikes(fault):
                    return fault
        return None


def _meets(fault: Fault, endpoint: str, asked: str) -> bool:
    return fault.endpoint in {"any", endpoint} and fault.match in asked


def _strikes(fault: Fault) -> bool:
    fault.seen += 1
    is_over = fault.times is not None and fault.struck >= fault.times
    if fault.seen <= fault.after or is_over:
        return False
    fault.struck += 1
    return True
