"""Answers that a fault gives in place of the right one, whatever was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from standin.faults import Fault
from standin.messages import RefusalError, Reply, html_reply


def instead(fault: Fault, requests_in_last_minute: int) -> Reply | None:
    """What `fault`, one that strikes at any request, answers; None where it lets the request pass.

    A fault of the connection comes back as the manner of an empty reply: it is the server that can break those.
    """
    if fault.name == "limit_per_minute" and requests_in_last_minute <= fault.number("requests"):
        return None
    answer = _ANSWERS.get(fault.name)
    return answer(fault) if answer else Reply(0, manner=fault)


def _refused(status: int, words: str) -> Callable[[Fault], Reply]:
    return lambda _: RefusalError(status, words).reply()


def _limited(fault: Fault) -> Reply:
    reply = RefusalError(429, "Too many requests").reply()
    return Reply(429, reply.body, {**reply.headers, "Retry-After": fault.text("seconds")})


def _server_error(fault: Fault) -> Reply:
    status = int(fault.number("status"))
    return html_reply(status, f"{status} {HTTPStatus(status).phrase}")


_ANSWERS: Mapping[str, Callable[[Fault], Reply]] = MappingProxyType(
    {
        "rate_limit": _refused(429, "Too many requests"),
        "limit_per_minute": _refused(429, "Too many requests"),
        "rate_limit_retry_after": _limited,
        "server_error": _server_error,
        "unauthorized": _refused(401, "Invalid API key"),
        "forbidden": _refused(403, "Not authorized to view SEI insights in this project"),
        "bad_request": lambda fault: RefusalError(400, fault.text("message")).reply(),
        "not_json": lambda _: html_reply(200, "Sign in to continue"),
    }
)
