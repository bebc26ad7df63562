"""One HTTP request to SEI: the only importer of `requests`.

Sends the key and both identifiers, keeps the rate limit, follows redirects without giving the key away, bounds the time
and size of an answer, repeats what may pass, and turns everything else into one of the tap's errors.
"""

from __future__ import annotations

import io
import json
import logging
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
import tenacity
import urllib3

from tap_sei_efficiency import errors
from tap_sei_efficiency.api import http_errors
from tap_sei_efficiency.api.retry import RateLimit, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.settings import Settings

_BLOCK = 64 * 1024
_MOST_JSON_BYTES = 64 * 1024 * 1024
_MOST_REDIRECTS = 5

# A redirect's signed URL would otherwise stand in the debug log.
logging.getLogger("urllib3").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` is relative to the base URL or absolute; `purpose` completes "SEI refused to …"."""

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
    """May pass: the request is repeated. The text completes "SEI could not be reached to …: "."""

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

    def __init__(self, settings: Settings, clock: Clock, retry: RetryPolicy | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._retry = retry or RetryPolicy()
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
        """The answer to `call`, which must be JSON.

        Raises:
            AuthenticationError, RefusedError, GoneError, UnavailableError: By the answer's status, or its lack.
            ExportError: The first answer of all is not JSON.
        """

        def attempt() -> Answer:
            sink = io.BytesIO()
            answer = self._try(call, sink, _MOST_JSON_BYTES)
            return replace(answer, content=self._read(sink.getvalue(), call))

        return self._repeat(call, attempt)

    def fetch(self, call: Call, sink: BinaryIO, most_bytes: int) -> Answer:
        """The answer to `call`, its body written to `sink` as it came over the wire.

        Raises:
            AuthenticationError, RefusedError, GoneError, UnavailableError: By the answer's status, or its lack.
            BadDownloadError: The body is larger than `most_bytes`.
        """
        return self._repeat(call, lambda: self._try(call, sink, most_bytes))

    def _repeat(self, call: Call, attempt: Callable[[], Answer]) -> Answer:
        started = self._clock.monotonic()
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TransientError),
            wait=self._wait,
            # Once SEI has been down for a whole budget, other requests do not each spend one more.
            stop=lambda state: (
                self._is_down or self._clock.monotonic() - started + state.upcoming_sleep > self._retry.budget
            ),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            answer = retrying(attempt)
        except _TransientError as error:
            self._is_down = True
            spent = self._clock.monotonic() - started
            msg = f"SEI could not be made to {call.purpose}: {error} (tried for {spent:.0f} s)."
            raise errors.UnavailableError(self._scrub(msg)) from None
        self._is_down = False
        return answer

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _TransientError) and error.retry_after is not None:
            return error.retry_after
        return tenacity.wait_exponential_jitter(self._retry.first, self._retry.longest, jitter=self._retry.first)(state)

    def _try(self, call: Call, sink: BinaryIO, most_bytes: int) -> Answer:
        sink.seek(0)
        sink.truncate()
        self._limit.wait()
        deadline = self._clock.monotonic() + self._settings.request_timeout_seconds
        try:
            with self._open(call) as response:
                self._check(response, call)
                size = self._copy(response, sink, most_bytes, deadline)
                return Answer(response.headers, size)
        except requests.exceptions.SSLError as error:
            host = _origin(error.request.url) if error.request is not None and error.request.url else "SEI"
            msg = (
                f"The TLS certificate of {host} cannot be verified; "
                "where it is signed by a private CA, name that CA's file in REQUESTS_CA_BUNDLE."
            )
            raise errors.UnavailableError(msg) from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            msg = f"SEI gave an address that is no URL when asked to {call.purpose}."
            raise errors.RefusedError(msg, 0) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # The error's own text holds the URL, and with it the query of a signed one.
            raise _TransientError(_reason(error)) from None

    def _open(self, call: Call) -> requests.Response:
        url = self._url(call.path)
        for _ in range(_MOST_REDIRECTS):
            response = self._request(call, url)
            if not response.is_redirect:
                return response
            response.close()
            target = urljoin(url, response.headers["location"])
            if call.method != "GET" or (urlsplit(url).scheme, urlsplit(target).scheme) == ("https", "http"):
                msg = f"SEI redirected the request to {call.purpose} to {_origin(target)}; check `api_url`."
                raise errors.RefusedError(msg, response.status_code)
            url = target
        msg = f"SEI redirected the request to {call.purpose} more than {_MOST_REDIRECTS} times."
        raise errors.RefusedError(msg, HTTPStatus.FOUND)

    def _request(self, call: Call, url: str) -> requests.Response:
        settings = self._settings
        ours = self._is_ours(url)
        identifiers = {"projectIdentifier": settings.project_identifier, "orgIdentifier": settings.org_identifier}
        params = {**call.params, **identifiers} if ours else {}
        given = parse_qs(urlsplit(url).query)
        return self._session.request(
            call.method,
            url,
            params={name: value for name, value in params.items() if name not in given},
            json=call.body,
            headers={"Content-Type": "application/json"} if ours else {},
            auth=self._auth if ours else _no_auth,
            timeout=settings.request_timeout_seconds,
            allow_redirects=False,
            stream=True,
        )

    def _url(self, path: str) -> str:
        base = self._settings.api_url
        if urlsplit(path).scheme:
            return path
        # Relative paths stand below the whole base URL, its path included; a server may repeat that path.
        base_path = urlsplit(base).path
        return base + (path.removeprefix(base_path) if len(base_path) > 1 else path).lstrip("/")

    def _is_ours(self, url: str) -> bool:
        return _origin(url) == _origin(self._settings.api_url)

    def _check(self, response: requests.Response, call: Call) -> None:
        status = response.status_code
        if status < HTTPStatus.BAD_REQUEST:
            return
        if not self._is_ours(response.url):
            msg = f"{_origin(response.url)} answered HTTP {status} instead of the file"
            raise _TransientError(msg)
        words = self._scrub(http_errors.words_of(response.raw.read(_BLOCK, decode_content=True) or b""))
        if http_errors.may_pass(status):
            reason = f"HTTP {status}: {words}"
            raise _TransientError(reason, http_errors.retry_after(response.headers))
        if call.concerns_job and status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            msg = f"SEI could not {call.purpose}, which it does not know any more (HTTP {status}: {words})."
            raise errors.GoneError(msg)
        raise http_errors.refusal(status, words, call.purpose, self._settings)

    def _copy(self, response: requests.Response, sink: BinaryIO, most_bytes: int, deadline: float) -> int:
        size = 0
        # One read of the socket at a time: a larger read would wait for a trickle to fill it.
        while block := response.raw.read1(_BLOCK, decode_content=False):
            size += len(block)
            if size > most_bytes:
                msg = f"The answer from {_origin(response.url)} is larger than {most_bytes / 2**20:.0f} MB."
                raise errors.BadDownloadError(msg)
            if self._clock.monotonic() > deadline:
                msg = "the answer took longer than `request_timeout_seconds`"
                raise _TransientError(msg)
            _write(sink, block)
        return size

    def _read(self, body: bytes, call: Call) -> object:
        try:
            content = json.loads(body)
        except ValueError:
            if self._has_answered:  # it is SEI, then, and something in between has put in a word of its own
                reason = "the answer was not JSON"
                raise _TransientError(reason) from None
            msg = f"SEI's answer to the request to {call.purpose} is not JSON; check that `api_url` is its base URL."
            raise errors.ExportError(msg) from None
        self._has_answered = True
        return content

    def _scrub(self, text: str) -> str:
        return text.replace(self._settings.api_key, "***")


def _write(sink: BinaryIO, block: bytes) -> None:
    try:
        sink.write(block)
    except OSError as error:
        msg = f"A download cannot be written to {getattr(sink, 'name', 'disk')}: {error.strerror}."
        raise errors.StorageError(msg) from None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _reason(error: Exception) -> str:
    names = {
        requests.exceptions.ConnectTimeout: "the connection timed out",
        requests.exceptions.ReadTimeout: "no answer within `request_timeout_seconds`",
        requests.exceptions.ProxyError: "the proxy refused the connection",
        requests.exceptions.ConnectionError: "the connection was refused or broke",
    }
    return next((words for kind, words in names.items() if isinstance(error, kind)), "the answer broke off")
