"""HTTP messages as the stand-in's parts pass them on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from standin.draws import token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standin.faults import Fault


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `path` is relative to the base path, `query` contains the first value of each parameter."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `manner` is the fault with which it is sent, or None."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Fault | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The record of a request: only the names of its headers, so it contains no key."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: tuple[str, ...]
    endpoint: str
    at: datetime


class RefusalError(Exception):
    """A request is refused: HTTP status, Harness' error code, words."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or _CODES.get(status, "UNKNOWN_ERROR")

    def reply(self) -> Reply:
        """The error body that Harness answers with elsewhere (not documented for this API)."""
        correlation_id = token(32, self.status, self.message)
        fields = {"status": "ERROR", "code": self.code, "message": self.message, "correlationId": correlation_id}
        return json_reply(fields, self.status)


_CODES = {
    400: "INVALID_REQUEST",
    401: "INVALID_TOKEN",
    403: "ACCESS_DENIED",
    404: "RESOURCE_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    410: "RESOURCE_GONE",
    429: "TOO_MANY_REQUESTS",
}


def json_reply(value: object, status: int = 200) -> Reply:
    """`value` as JSON."""
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), {"Content-Type": "application/json"})


def html_reply(status: int, title: str) -> Reply:
    """A page such as a gateway puts in the way."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Reply(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


def instant(moment: datetime) -> str:
    """`moment` as the API writes it: UTC, whole seconds, with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_json(request: Request) -> dict[str, Any]:
    """The request's body as a JSON object."""
    try:
        value = json.loads(request.body)
    except ValueError:
        raise RefusalError(400, "The request body is not JSON") from None
    if not isinstance(value, dict):
        raise RefusalError(400, "The request body is not a JSON object")
    return value
