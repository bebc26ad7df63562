"""Answers that a fault sends instead of the right one, for any request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from standin.faults import Fault
from standin.messages import RefusalError, Reply, Request, html_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

_Answer = Callable[[Fault, datetime], Reply]


def instead(fault: Fault, request: Request, now: datetime) -> Reply:
    """What `fault`, one that strikes at any request, answers.

    A fault of the connection comes back as the manner of an empty reply: it is the server that can break those.
    """
    if fault.name == "redirect":
        to = fault.text("to") or f"?{urlencode(request.query)}"
        return Reply(int(fault.number("status")), b"", {"Location": to})
    answer = _ANSWERS.get(fault.name)
    return answer(fault, now) if answer else Reply(0, manner=fault)


def too_many() -> Reply:
    """429, without a word on when to come back."""
    return RefusalError(429, "Too many requests").reply()


def _refused(status: int, words: str) -> _Answer:
    return lambda *_: RefusalError(status, words).reply()


def _limited(fault: Fault, now: datetime) -> Reply:
    reply, seconds = too_many(), fault.number("seconds")
    then = now + timedelta(seconds=seconds)
    form = fault.text("form")
    after = {"date": format_datetime(then, usegmt=True), "seconds": f"{seconds:.0f}"}.get(form, form)
    return Reply(429, reply.body, {**reply.headers, "Retry-After": after})


def _server_error(fault: Fault, _: datetime) -> Reply:
    status = int(fault.number("status"))
    return html_reply(status, f"{status} {HTTPStatus(status).phrase}")


def _hidden(fault: Fault, _: datetime) -> Reply:
    reply = RefusalError(400, fault.text("message"), fault.text("code")).reply()
    return Reply(200, reply.body, reply.headers)


_ANSWERS: Mapping[str, _Answer] = MappingProxyType(
    {
        "rate_limit": lambda *_: too_many(),
        "rate_limit_retry_after": _limited,
        "server_error": _server_error,
        "unauthorized": _refused(401, "Invalid API key"),
        "forbidden": _refused(403, "Not authorized to view SEI insights in this project"),
        "bad_request": lambda fault, _: RefusalError(400, fault.text("message")).reply(),
        "not_json": lambda *_: html_reply(200, "Sign in to continue"),
        "empty_answer": lambda fault, _: Reply(int(fault.number("status"))),
        "page": lambda fault, _: html_reply(int(fault.number("status")), "Access denied by the gateway"),
        "error_in_200": _hidden,
    }
)
