"""What can go wrong, by name: one row each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Parameter = int | float | str


class Hook(StrEnum):
    """The point at which a fault acts."""

    REQUEST = "request"  # answered before anything else is looked at
    LIMIT = "limit"  # the same, to requests that are too many
    CHECK = "check"  # what a create request is refused for
    JOB = "job"  # a job's fate, when it is created
    STATUS = "status"  # answers about a job
    FILE = "file"  # the content of a file
    DOWNLOAD = "download"  # how a file is sent
    ANSWER = "answer"  # any answer on its way


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
        (
            "rate_limit_retry_after",
            "429 with Retry-After, as a number of seconds, with form=date as a date, or as any other `form`",
            {"seconds": 30, "form": "seconds"},
        ),
        ("server_error", "an HTML page with this 5xx status", {"status": 503}),
        ("connection_reset", "the connection is reset instead of an answer"),
        ("connection_closed", "the connection is closed without an answer"),
        (
            "hang",
            "no answer until the client gives up, or with hold=0 the connection closed; a fake clock moves on",
            {"seconds": 60, "hold": 1},
        ),
        ("unauthorized", "401 for any key"),
        ("forbidden", "403 for any project"),
        ("bad_request", "400 with an error body", {"message": "Invalid request"}),
        ("not_json", "an HTML page with status 200"),
        ("empty_answer", "this status and no body", {"status": 204}),
        ("page", "an HTML page with this status", {"status": 401}),
        (
            "error_in_200",
            "an error body with status 200",
            {"code": "INVALID_REQUEST", "message": "Invalid request"},
        ),
        (
            "redirect",
            "a redirect with this status to the address `to`, or without one to the same address again",
            {"status": 302, "to": ""},
        ),
    )
    | _kinds(
        Hook.LIMIT,
        ("limit_per_minute", "429 to more than `requests` requests in any 60 seconds", {"requests": 400}),
    )
    | _kinds(
        Hook.CHECK,
        ("only_df", "the group is known as `df` and no longer as `deployment_frequency`"),
        ("df_too", "the group is known as `df` as well as `deployment_frequency`"),
        ("refuse_combination", "400 to more than one metric group at once"),
        ("refuse_group", "400 to the metric group with this word", {"group": "deliveryAnalysis"}),
    )
    | _kinds(
        Hook.JOB,
        ("job_failed", "the job fails; with reusable=0 the server does not return it again", {"reusable": 1}),
        ("job_failed_forever", "each job of a request fails, and the server returns it for the same request"),
        (
            "fails_above_periods",
            "a job of more than `periods` periods fails; with reusable=0 the next one has a new id",
            {"periods": 6, "reusable": 1},
        ),
        ("job_cancelled", "the job ends as CANCELLED (sibling API)", {"reusable": 1}),
        ("job_stuck", "the job stays PROCESSING for ever", {"reusable": 1}),
        ("job_slow", "the job takes this many seconds", {"seconds": 600}),
    )
    | _kinds(
        Hook.STATUS,
        ("unknown_status", "the first polls of a job have an undocumented status", {"word": "WARMING_UP", "polls": 3}),
        ("lowercase_status", "statuses in lower case (sibling API)"),
        (
            "unknown_at_first",
            "polls of a new job get 404: the first `polls`, and all of its first `seconds`",
            {"polls": 1, "seconds": 0},
        ),
        ("vanish_on_poll", "the job is gone when polled: 404", {"status": 404}),
        ("vanish_on_download", "the job is gone when its file is requested: 410", {"status": 410}),
        ("sibling_download_shape", "`download` with url, filename, size in place of `downloadUrl` (sibling API)"),
        ("absolute_download_url", "`downloadUrl` is absolute"),
        (
            "signed_download_url",
            "`downloadUrl` is a signed URL on another origin; the first `expired` ones have expired",
            {"expired": 0},
        ),
        ("created_by", "answers carry a person's name as `createdBy`"),
    )
    | _kinds(
        Hook.FILE,
        ("missing_group_columns", "a file of several groups lacks the columns of `group`", {"group": "mttr"}),
        ("no_rows", "a header and no rows"),
        ("unreadable_cell", "text in place of a number, in the last row's column of the metric", {"metric": "MTTR"}),
        ("many_rows", "the file's rows over and over, up to `rows`, with made-up teams", {"rows": 100_000}),
    )
    | _kinds(
        Hook.DOWNLOAD,
        ("plain", "text/csv, not compressed (sibling API)"),
        ("gzip_body", "gzip as the body itself; what happens without a fault"),
        ("gzip_content_encoding", "gzip as Content-Encoding"),
        ("gzip_both", "a gzip body, and gzip as Content-Encoding around it"),
        ("gzip_members", "a body of several gzip members"),
        (
            "redirect_download",
            "302 to a signed URL on another origin; the first `expired` ones have expired",
            {"expired": 0},
        ),
        (
            "cut_body",
            "a gzip body cut in the middle; Content-Length is the full size, the cut one, or missing",
            {"content_length": "full"},
        ),
        ("reset_body", "the connection is reset in the middle of the body"),
        ("zero_bytes", "an empty body"),
        ("html_page", "an HTML page with status 200"),
        ("json_error_200", "a JSON error with status 200"),
        ("trickle", "`bytes` at a time, `seconds` apart", {"bytes": 64, "seconds": 5}),
        ("gzip_bomb", "a small body that unpacks to so many megabytes", {"megabytes": 64}),
    )
    | _kinds(
        Hook.ANSWER,
        (
            "content_coding",
            "the body packed `layers` times by `coding`, and labelled so or as `label` (none: not at all)",
            {"coding": "gzip", "layers": 1, "label": ""},
        ),
        ("envelope", "`data` in an envelope with a `status` of its own (other Harness APIs)"),
        (
            "epoch_times",
            "times in seconds since 1970, or with unit=ms in milliseconds",
            {"unit": "s", "form": "number"},
        ),
        (
            "export_id_spelling",
            "`exportId` under another name, or with spelling=none not at all",
            {"spelling": "exportID"},
        ),
        (
            "odd_json",
            "JSON that is hard to process: surrogate, zero (in names), mark, duplicate, nan, huge, deep",
            {"form": "surrogate"},
        ),
        ("lower_case_headers", "the names of the headers in lower case"),
        ("chunked", "the body in chunks; with cut=1 the last ones are missing", {"cut": 0}),
        ("wrong_length", "Content-Length is wrong by so many bytes", {"by": 10}),
        ("closed_after_answer", "the connection is closed after an answer that does not say so"),
        ("no_length", "an answer without Content-Length, which ends with the connection"),
        ("interim_answer", "an answer with this 1xx status before the real one", {"status": 100}),
    )
)
