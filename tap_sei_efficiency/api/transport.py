"""One HTTP request to SEI, with retries.

Sends the key and both identifiers, keeps the rate limit, follows redirects as `urls` allows, bounds the time and size
of an answer, retries what can pass with a warning each time, and turns everything else into one of the tap's errors.
"""

from __future__ import annotations

import io
import logging
import random
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from urllib.parse import parse_qs, urlsplit

import requests
import tenacity
import urllib3

from tap_sei_efficiency import errors
from tap_sei_efficiency.api import codings, http_errors, urls
from tap_sei_efficiency.api.envelope import opened
from tap_sei_efficiency.api.failures import BAD_PROXY, failure_of
from tap_sei_efficiency.api.json_body import UnreadableError, read_json
from tap_sei_efficiency.api.retry import RateLimit, RetryLog, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.settings import Settings

_BLOCK = 64 * 1024
_MOST_JSON_BYTES = 64 * 1024 * 1024
_MOST_REDIRECTS = 5
_CONNECT_SECONDS = 10.0

# A redirect's signed URL would otherwise stand in the debug log.
logging.getLogger("urllib3").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` is relative to the base URL or absolute; `purpose` completes "the request to …"."""

    method: str
    path: str
    purpose: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    concerns_job: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: its headers, its size in bytes, and the content of JSON."""

    headers: Mapping[str, str]
    size: int
    content: Any = None


class _TransientError(Exception):
    """Can pass: the request is retried. The text completes "Could not …: "."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class _KeyAuth(requests.auth.AuthBase):
    """Sends the API key. A class of its own, since `requests` would prefer the machine's .netrc to a plain header."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["authorization"] = f"ApiKey {self._key}"
        return request


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class Transport:
    """Requests to the SEI of `settings`. One instance keeps one rate limit, whichever thread asks."""

    def __init__(self, settings: Settings, clock: Clock, retry: RetryPolicy, log: RetryLog) -> None:
        self._settings = settings
        self._clock = clock
        self._retry = retry
        self._log = log
        self._limit = RateLimit(settings.requests_per_minute, clock)
        self._is_down = False
        self._has_answered = False
        self._auth = _KeyAuth(settings.api_key)
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": "tap-sei-efficiency", "Accept-Encoding": "gzip"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def send(self, call: Call) -> Answer:
        """The answer to `call`, which must be JSON, without the envelope that may be around it.

        Raises:
            AuthenticationError, RefusedError, GoneError, UnavailableError: By the answer's status, or its lack.
            UnreachableError: SEI has not answered in this run, and does not now.
        """

        def attempt() -> Answer:
            sink = io.BytesIO()
            answer = self._try(call, sink, _MOST_JSON_BYTES)
            return replace(answer, content=self._content(sink.getvalue(), answer.headers, call))

        return self._repeat(call, attempt)

    def fetch(self, call: Call, sink: BinaryIO, most_bytes: int) -> Answer:
        """The answer to `call`, its body written to `sink` as it came over the wire.

        Raises:
            AuthenticationError, RefusedError, GoneError, UnavailableError: By the answer's status, or its lack.
            UnreachableError: SEI has not answered in this run, and does not now.
            BadDownloadError: The body is larger than `most_bytes`, or in a coding that the tap does not read.
        """

        def attempt() -> Answer:
            answer = self._try(call, sink, most_bytes, may_leave=True)
            if coding := codings.unasked(answer.headers.get("Content-Encoding", "")):
                msg = f"It has the content coding {coding!r}, which the tap does not ask for."
                raise errors.BadDownloadError(msg)
            self._has_answered |= "html" not in answer.headers.get("Content-Type", "")
            return answer

        return self._repeat(call, attempt)

    def _repeat(self, call: Call, attempt: Callable[[], Answer]) -> Answer:
        started = self._clock.monotonic()

        def left() -> float:
            return self._budget - (self._clock.monotonic() - started)

        def wait(state: tenacity.RetryCallState) -> float:
            asked = getattr(state.outcome.exception(), "retry_after", None) if state.outcome else None
            jitter = random.random()  # noqa: S311 - spreads requests, hides nothing
            return self._retry.delay(state.attempt_number, left(), asked, jitter)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TransientError),
            wait=wait,
            # Once SEI has been down for a whole budget, other requests do not each spend one more.
            stop=lambda _: self._is_down or left() <= 0,
            before_sleep=lambda state: self._warn(call, state, left()),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            answer = retrying(attempt)
        except _TransientError as error:
            self._is_down = True
            spent = self._clock.monotonic() - started
            raise self._gave_up(call, str(error), spent) from None
        self._is_down = False
        return answer

    @property
    def _budget(self) -> float:
        return self._retry.budget if self._has_answered else min(self._retry.budget, self._retry.first_contact)

    def _warn(self, call: Call, state: tenacity.RetryCallState, left: float) -> None:
        error = state.outcome.exception() if state.outcome else None
        asked = getattr(error, "retry_after", None) or 0.0
        text = (
            f"Could not {call.purpose}: {str(error).rstrip('.')}. "
            f"Attempt {state.attempt_number + 1} follows in {state.upcoming_sleep:.0f} s"
        )
        if asked > left:
            text += f", because SEI asks to wait for {asked:,.0f} s and `retry_budget_seconds` allows no more"
        self._log.note(self._scrub(f"{text}."))

    def _gave_up(self, call: Call, reason: str, spent: float) -> errors.SeiTapError:
        reason = reason.rstrip(".")
        if self._has_answered:
            msg = f"Gave up after {spent:.0f} s trying to {call.purpose}: {reason}."
            return errors.UnavailableError(self._scrub(msg))
        return self._unreachable(f"{reason} (tried for {spent:.0f} s)")

    def _unreachable(self, reason: str) -> errors.UnreachableError:
        msg = f"Could not reach SEI at {self._settings.api_url}: {reason}. Check `api_url` and your network."
        return errors.UnreachableError(self._scrub(msg))

    def _try(self, call: Call, sink: BinaryIO, most_bytes: int, *, may_leave: bool = False) -> Answer:
        sink.seek(0)
        sink.truncate()
        self._limit.wait()
        deadline = self._clock.monotonic() + self._settings.request_timeout_seconds
        hop = self._start(call)
        try:
            for _ in range(_MOST_REDIRECTS):
                with self._request(call, hop) as response:
                    if not response.is_redirect:
                        self._check(response, hop, call, deadline)
                        self._copy(response, sink, most_bytes, deadline)
                        return Answer(response.headers, sink.tell())
                    hop = self._follow(call, hop, response, may_leave=may_leave)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise self._failed(error, hop, call) from None
        except OSError as error:
            # `requests` says so of a file that REQUESTS_CA_BUNDLE names and that is not there.
            reason = "the file in REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be read"
            raise self._unreachable(reason) from error
        msg = f"SEI redirected the request to {call.purpose} more than {_MOST_REDIRECTS} times."
        raise errors.RefusedError(msg, HTTPStatus.FOUND)

    def _start(self, call: Call) -> urls.Hop:
        try:
            return urls.first_hop(self._settings.api_url, call.path)
        except ValueError:
            raise _no_url(call) from None

    def _follow(self, call: Call, hop: urls.Hop, response: requests.Response, *, may_leave: bool) -> urls.Hop:
        try:
            target = self._session.get_redirect_target(response) or ""
            return urls.next_hop(hop, response.status_code, target, call.method, may_leave=may_leave)
        except ValueError:
            raise _no_url(call) from None
        except urls.RedirectError as refused:
            if not self._has_answered:
                msg = f"it redirects {refused}"
                raise self._unreachable(msg) from None
            msg = f"SEI redirected the request to {call.purpose} {refused}; check `api_url`."
            raise errors.RefusedError(msg, response.status_code) from None

    def _request(self, call: Call, hop: urls.Hop) -> requests.Response:
        settings = self._settings
        identifiers = {"projectIdentifier": settings.project_identifier, "orgIdentifier": settings.org_identifier}
        params = {**call.params, **identifiers} if hop.trusted else {}
        given = parse_qs(urlsplit(hop.url).query)
        timeout = settings.request_timeout_seconds
        try:
            return self._session.request(
                call.method,
                hop.url,
                params={name: value for name, value in params.items() if name not in given},
                json=call.body,
                headers={"Content-Type": "application/json"} if hop.trusted else {},
                auth=self._auth if hop.trusted else _no_auth,
                timeout=(min(timeout, _CONNECT_SECONDS), timeout),
                allow_redirects=False,
                stream=True,
            )
        except BAD_PROXY:
            raise
        except ValueError:
            # `requests` looks at a redirect's address too, also if it is not to follow it.
            raise _no_url(call) from None

    def _failed(self, error: Exception, hop: urls.Hop, call: Call) -> Exception:
        failure = failure_of(error, hop.url)
        reason = failure.reason if hop.trusted else f"{failure.reason} ({urls.origin(hop.url)})"
        if failure.may_pass:
            return _TransientError(reason)
        if self._has_answered:
            return errors.UnavailableError(f"Could not {call.purpose}: {reason}.")
        return self._unreachable(reason)

    def _check(self, response: requests.Response, hop: urls.Hop, call: Call, deadline: float) -> None:
        status = response.status_code
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if status < HTTPStatus.OK:
            # The real answer is still to come. Left unread, it would pass for the answer to the next request.
            response.close()
            msg = f"HTTP {status} without an answer after it"
            raise _TransientError(msg)
        if not hop.trusted:
            msg = f"{urls.origin(hop.url)} answered HTTP {status} instead of the file"
            raise _TransientError(msg)
        body = http_errors.read_error(self._error_body(response, deadline))
        self._has_answered |= body.is_json or status == HTTPStatus.TOO_MANY_REQUESTS
        raise self._refused(status, body.words, response.headers, call)

    def _refused(self, status: int, words: str, headers: Mapping[str, str], call: Call) -> Exception:
        words = self._scrub(words)
        if http_errors.may_pass(status):
            return _TransientError(f"HTTP {status}: {words}", http_errors.retry_after(headers))
        if call.concerns_job and status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return errors.GoneError(f"SEI does not know the export: could not {call.purpose} (HTTP {status}: {words}).")
        return http_errors.refusal(status, words, call.purpose, self._settings)

    def _error_body(self, response: requests.Response, deadline: float) -> bytes:
        sink = io.BytesIO()
        try:
            self._copy(response, sink, _BLOCK, deadline)
            return codings.decoded(sink.getvalue(), response.headers.get("Content-Encoding", ""), _BLOCK)
        except (urllib3.exceptions.HTTPError, errors.BadDownloadError, _TransientError, codings.CodingError):
            # The status counts, also if its explanation is cut or cannot be read.
            return b""

    def _copy(self, response: requests.Response, sink: BinaryIO, most_bytes: int, deadline: float) -> None:
        size = 0
        # One read of the socket at a time: a larger read would wait for a trickle to fill it.
        while block := response.raw.read1(_BLOCK, decode_content=False):
            size += len(block)
            if size > most_bytes:
                msg = f"The answer from {urls.origin(response.url)} is larger than {most_bytes / 2**20:.0f} MB."
                raise errors.BadDownloadError(msg)
            if self._clock.monotonic() > deadline:
                msg = "the answer took longer than `request_timeout_seconds`"
                raise _TransientError(msg)
            _write(sink, block)

    def _content(self, body: bytes, headers: Mapping[str, str], call: Call) -> object:
        try:
            content = read_json(codings.decoded(body, headers.get("Content-Encoding", ""), _MOST_JSON_BYTES))
        except (UnreadableError, codings.CodingError) as error:
            reason = f"the answer {error}"
            if self._has_answered:  # it is SEI, then, and something in between has put in a word of its own
                raise _TransientError(reason) from None
            raise self._unreachable(reason) from None
        self._has_answered = True
        status = http_errors.hidden_error(content)
        if status is not None:
            raise self._refused(status, http_errors.words_of(content), headers, call)
        return opened(content)

    def _scrub(self, text: str) -> str:
        return text.replace(self._settings.api_key, "***")


def _no_url(call: Call) -> errors.RefusedError:
    return errors.RefusedError(f"SEI gave an address that is not a URL for the request to {call.purpose}.", 0)


def _write(sink: BinaryIO, block: bytes) -> None:
    try:
        sink.write(block)
    except OSError as error:
        msg = f"A download cannot be written to {getattr(sink, 'name', 'disk')}: {error.strerror}."
        raise errors.StorageError(msg) from None
