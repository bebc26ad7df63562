"""What an HTTP answer that is no good means: whether it may pass, in whose words, and as which error. Pure.

Harness documents no error body for this API; elsewhere it answers with `code`, `message` and `correlationId`.
"""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_sei_efficiency.errors import AuthenticationError, RefusedError, SeiTapError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sei_efficiency.settings import Settings

_MOST_CHARACTERS = 300
_MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


def may_pass(status: int) -> bool:
    """Whether the same request may succeed later."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _MAY_PASS


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server wants to be left alone for, where it says so."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        # An HTTP date counts from the server's own clock.
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(headers["Date"])).total_seconds())
    except (KeyError, TypeError, ValueError):
        return None


def words_of(body: bytes) -> str:
    """The server's own words, on one line, with the id that Harness support asks for."""
    text = body.decode(errors="replace")
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if isinstance(fields, dict):
        words = str(fields.get("message") or fields.get("error") or fields.get("code") or "no message")
        correlation = fields.get("correlationId")
        text = f"{words}, correlation id {correlation}" if correlation else words
    elif "<html" in text.lower():
        text = "an HTML page"
    return " ".join(text.split())[:_MOST_CHARACTERS].rstrip(".") or "no message"


def refusal(status: int, words: str, purpose: str, settings: Settings) -> SeiTapError:
    """The error that a 4xx answer to the request to `purpose` means."""
    told = f"(HTTP {status}: {words})"
    if status == HTTPStatus.UNAUTHORIZED:
        return AuthenticationError(f"SEI refused the API key {told}; check `api_key` and `api_url`.")
    if status == HTTPStatus.FORBIDDEN:
        return AuthenticationError(
            f"SEI forbids the API key to {purpose} {told}; check the key's role, and that its project is "
            f"`project_identifier` {settings.project_identifier} of `org_identifier` {settings.org_identifier}."
        )
    return RefusedError(f"SEI refused to {purpose} {told}.", status)
