"""HTTP answers that report a problem: whether to retry, the server's message, and the error of the tap. Pure.

Harness documents no error body for this API; elsewhere it answers with `status`, `code`, `message` and `correlationId`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_sei_efficiency.api.json_body import UnreadableError, read_json
from tap_sei_efficiency.errors import AuthenticationError, RefusedError, SeiTapError
from tap_sei_efficiency.model.dialect import PLAIN
from tap_sei_efficiency.model.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sei_efficiency.model.dialect import Words
    from tap_sei_efficiency.settings import Settings

_MOST_CHARACTERS = 300
_MOST_SEARCHED = 10 * _MOST_CHARACTERS
_MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_WORDS = ("message", "responseMessages", "errors", "error", "errorMessage", "detail", "msg", "title", "reason", "code")
"""Fields of an error body. Harness has `message`, and in older APIs `responseMessages`; the rest is usual elsewhere."""
_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")
_PERSON = re.compile(
    r"""(?ix) (["']?created_?by["']?\s*[:=]\s*) (?: \{[^}]*\}? | \[[^\]]*\]? | "[^"]*"? | '[^']*'? | [^\s,;}]+ )"""
)
_MAIL_ADDRESS = re.compile(r"""[^\s@<>"'(),;:=]+@[^\s@<>"'(),;:=]+""")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The message of an answer that reports a problem, and whether it is JSON, as SEI's own answers are."""

    words: str
    is_json: bool


def may_pass(status: int) -> bool:
    """Whether the same request can succeed later."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _MAY_PASS


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to be left alone, or None if it does not say so in a way that can be read."""
    value = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        # An HTTP date counts from the server's own clock.
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(headers["Date"])).total_seconds())
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def read_error(body: bytes) -> ErrorBody:
    """The server's own words, on one line, with the id that Harness support asks for."""
    try:
        fields = read_json(body)
    except UnreadableError:
        text = clean_text(body.decode(errors="replace"))
        return ErrorBody(page(text) or one_line(text), is_json=False)
    return ErrorBody(words_of(fields), is_json=True)


def words_of(content: object) -> str:
    """The words in the JSON value of an error, on one line."""
    words = said(content) or ("no message" if not content or isinstance(content, dict) else str(content))
    correlation = content.get("correlationId") if isinstance(content, dict) else None
    return one_line(f"{words}, correlation id {correlation}" if correlation else words)


def said(content: object) -> str:
    """The text in a JSON value that reports a problem, in whichever of the usual fields; empty if there is none."""
    if isinstance(content, dict):
        return next((text for name in _WORDS if (text := said(content.get(name)))), "")
    if isinstance(content, list):
        return "; ".join(filter(None, map(said, content)))
    return content.strip() if isinstance(content, str) else ""


def hidden_error(content: object, codes: Words = PLAIN.error_codes) -> int | None:
    """The HTTP status that an answer with 200 should have had: Harness also reports errors inside such answers.

    An answer with `exportId` is about a job, with any `status`.
    """
    if not isinstance(content, dict) or str(content.get("status")).upper() not in {"ERROR", "FAILURE"}:
        return None
    if any(name.lower() in {"exportid", "export_id"} for name in content):
        return None
    code = str(content.get("code")).upper()
    return next((int(status) for status, words in codes.items() if code in words), HTTPStatus.BAD_REQUEST)


def refusal(status: int, words: str, purpose: str, settings: Settings, *, about: str = "") -> SeiTapError:
    """The error that a 4xx answer to the request to `purpose` means; `about` is the request's own part of that."""
    told = f"(HTTP {status}: {words})"
    if status == HTTPStatus.UNAUTHORIZED:
        header = settings.dialect.auth["header"]
        return AuthenticationError(
            f"SEI refused the API key {told}. Check `api_key` and `api_url`. The tap sent the key in the "
            f"header {header}; `--probe` finds out if SEI wants another one, which `auth` in `dialect` sets."
        )
    if status == HTTPStatus.FORBIDDEN:
        return AuthenticationError(
            f"SEI forbids the API key to {purpose} {told}. Check the key's role, and that its project is "
            f"`project_identifier` {settings.project_identifier} of `org_identifier` {settings.org_identifier}."
        )
    return RefusedError(f"SEI refused the request to {purpose} {told}.", status, about=about)


def one_line(text: str) -> str:
    """`text` as a part of one line of a log: not endless, and without the person whom SEI names in its answers."""
    # What is not printable could steer the terminal that shows the log.
    printable = "".join(character if character.isprintable() else " " for character in text)
    start = " ".join(printable.split())[:_MOST_SEARCHED]
    return _MAIL_ADDRESS.sub("***", _PERSON.sub(r"\1***", start))[:_MOST_CHARACTERS].rstrip(".") or "no message"


def page(text: str) -> str | None:
    """What to call `text` if it is a page of HTML: its title says whose it is."""
    if "<html" not in text.lower():
        return None
    title = _TITLE.search(text)
    words = " ".join(title[1].split()) if title else ""
    return one_line(f"an HTML page, {words!r}" if words else "an HTML page")
