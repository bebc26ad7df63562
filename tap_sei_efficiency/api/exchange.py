"""One exchange with SEI over HTTP: a request, redirects, and an answer that is good, can pass, or is an error.

Sends the key and both identifiers, keeps the rate limit, follows redirects as `urls` allows, and bounds the time and
size of an answer.
"""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import requests
import urllib3

from tap_sei_efficiency import errors
from tap_sei_efficiency.api import codings, http_errors, urls
from tap_sei_efficiency.api.failures import BAD_PROXY, failure_of
from tap_sei_efficiency.api.retry import RateLimit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.settings import Settings

_BLOCK = 64 * 1024
_MOST_REDIRECTS = 5
_CONNECT_SECONDS = 10.0

# Otherwise the log would contain a redirect's signed URL: in each request at DEBUG, and in warnings of bad headers.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` is relative to the base URL or absolute; `purpose` completes "the request to …".

    `about` is the part of `purpose` that names the scope and window, or the job.
    """

    method: str
    path: str
    purpose: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    concerns_job: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Any answer as it came: status, headers, body, how many redirects led there, and if to another server."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    redirects: int
    left_host: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: its headers, its size in bytes, the content of JSON, and its status."""

    headers: Mapping[str, str]
    size: int
    content: Any = None
    status: int = HTTPStatus.OK

    @property
    def has_end(self) -> bool:
        """Whether HTTP marks the end of the body; if not, a connection that breaks off looks like the end."""
        return not {"content-length", "transfer-encoding"}.isdisjoint(map(str.lower, self.headers))


class TransientError(Exception):
    """A temporary failure: retry. The text completes "Could not …: "."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class BlockedError(Exception):
    """A permanent failure to reach SEI: a retry does not help. The text completes "Could not …: "."""


class _KeyAuth(requests.auth.AuthBase):
    """Sends the API key. Without this class, `requests` would prefer the machine's .netrc to a plain header."""

    def __init__(self, key: str, auth: Mapping[str, str]) -> None:
        self._header = auth["header"]
        self._value = f"{auth['scheme']} {key}".lstrip()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._header] = self._value
        return request


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class Exchange:
    """Exchanges with the SEI of `settings`. `has_answered` says that SEI itself answered, not a gateway."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._limit = RateLimit(settings.requests_per_minute, clock)
        self._auth = _KeyAuth(settings.api_key, settings.dialect.auth)
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": "tap-sei-efficiency", "Accept-Encoding": "gzip"})
        self.has_answered = False

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def run(self, call: Call, sink: BinaryIO, most_bytes: int, *, may_leave: bool = False) -> Answer:
        """The good answer to `call`, its body in `sink` as it came; `may_leave` lets another server give it.

        Raises:
            TransientError, BlockedError: There was none.
            AuthenticationError, RefusedError, GoneError: By the answer's status.
            BadDownloadError: The body is larger than `most_bytes`.
        """
        sink.seek(0)
        sink.truncate()
        with self._answering(call, may_leave=may_leave) as (response, hops, deadline):
            self._check(response, hops[-1], call, deadline)
            self._copy(response, sink, most_bytes, deadline)
            return Answer(response.headers, sink.tell(), status=response.status_code)

    def look(self, call: Call, most_bytes: int) -> Look:
        """Any answer to `call`, including refusals and answers of a redirect's target.

        Raises:
            TransientError, BlockedError: Nothing came back.
            BadDownloadError: The body is larger than `most_bytes`.
        """
        sink = io.BytesIO()
        with self._answering(call, may_leave=True) as (response, hops, deadline):
            self._copy(response, sink, most_bytes, deadline)
            left_host = not hops[-1].trusted
            return Look(response.status_code, response.headers, sink.getvalue(), len(hops) - 1, left_host)

    @contextmanager
    def _answering(self, call: Call, *, may_leave: bool) -> Iterator[tuple[requests.Response, list[urls.Hop], float]]:
        """The answer at the end of all redirects, the addresses on the way, and when it must have been read."""
        self._limit.wait()
        deadline = self._clock.monotonic() + self._settings.request_timeout_seconds
        hops = [hop := self._start(call)]
        try:
            for _ in range(_MOST_REDIRECTS):
                with self._request(call, hop) as response:
                    if not response.is_redirect:
                        yield response, hops, deadline
                        return
                    hops.append(hop := self._follow(call, hop, response, may_leave=may_leave))
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise self._failed(error, hop) from None
        except OSError as error:
            # `requests` raises this if the file in REQUESTS_CA_BUNDLE does not exist.
            msg = "the file in REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be read"
            raise BlockedError(msg) from error
        msg = f"it redirects more than {_MOST_REDIRECTS} times"
        raise BlockedError(msg)

    def _start(self, call: Call) -> urls.Hop:
        try:
            return urls.first_hop(self._settings.api_url, call.path, self._settings.dialect.base_paths)
        except ValueError:
            raise _no_url(call) from None

    def _follow(self, call: Call, hop: urls.Hop, response: requests.Response, *, may_leave: bool) -> urls.Hop:
        try:
            target = self._session.get_redirect_target(response) or ""
            return urls.next_hop(hop, response.status_code, target, call.method, may_leave=may_leave)
        except ValueError:
            raise _no_url(call) from None
        except urls.RedirectError as refused:
            msg = f"it redirects {refused}"
            raise BlockedError(msg) from None

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
        except (*BAD_PROXY, requests.exceptions.InvalidHeader):
            raise
        except ValueError as error:
            if "SOCKS" in str(error):
                msg = "the proxy speaks SOCKS, which needs PySocks; install it beside the tap, or name an HTTP proxy"
                raise BlockedError(msg) from None
            # `requests` parses a redirect's address even if it must not follow it.
            raise _no_url(call) from None

    def _failed(self, error: Exception, hop: urls.Hop) -> Exception:
        failure = failure_of(error, hop.url)
        reason = failure.reason if hop.trusted else f"{failure.reason} ({urls.origin(hop.url)})"
        return TransientError(reason) if failure.may_pass else BlockedError(reason)

    def _check(self, response: requests.Response, hop: urls.Hop, call: Call, deadline: float) -> None:
        status = response.status_code
        if status == HTTPStatus.PARTIAL_CONTENT:
            # The tap did not ask for a part, and an uncompressed part of a CSV file looks like a whole file.
            msg = f"HTTP {status}, a part of the answer"
            raise TransientError(msg)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if status < HTTPStatus.OK:
            # The final answer is still to come. Left unread, it would be taken as the answer to the next request.
            response.close()
            msg = f"HTTP {status} without an answer after it"
            raise TransientError(msg)
        if not hop.trusted:
            msg = f"{urls.origin(hop.url)} answered HTTP {status} instead of the file"
            if http_errors.may_pass(status):
                raise TransientError(msg)
            # Such as 403 to a link that has expired: only SEI can give another one.
            msg = f"{msg}."
            raise errors.BadDownloadError(msg)
        body = http_errors.read_error(self._error_body(response, deadline))
        self.has_answered |= body.is_json or status == HTTPStatus.TOO_MANY_REQUESTS
        # A wrong path in `api_url` or `dialect` looks like this.
        where = "" if body.is_json or status != HTTPStatus.NOT_FOUND else f", at {urls.shown(hop.url, hop.url)}"
        raise self.refused(status, f"{body.words}{where}", response.headers, call)

    def refused(self, status: int, words: str, headers: Mapping[str, str], call: Call) -> Exception:
        """What an answer with this status to `call` raises."""
        words = self.scrub(words)
        if http_errors.may_pass(status):
            return TransientError(f"HTTP {status}: {words}", http_errors.retry_after(headers))
        if call.concerns_job and status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            msg = f"SEI does not know the export: could not {call.purpose} (HTTP {status}: {words})."
            return errors.GoneError(msg, about=call.about)
        return http_errors.refusal(status, words, call.purpose, self._settings, about=call.about)

    def _error_body(self, response: requests.Response, deadline: float) -> bytes:
        sink = io.BytesIO()
        try:
            self._copy(response, sink, _BLOCK, deadline)
            return codings.decoded(sink.getvalue(), response.headers.get("Content-Encoding", ""), _BLOCK)
        except (urllib3.exceptions.HTTPError, errors.BadDownloadError, TransientError, codings.CodingError):
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
                raise TransientError(msg)
            _write(sink, block)

    def scrub(self, text: str) -> str:
        """`text` without the API key."""
        return text.replace(self._settings.api_key, "***")


def _no_url(call: Call) -> errors.RefusedError:
    msg = f"SEI gave an address that is not a URL for the request to {call.purpose}."
    return errors.RefusedError(msg, 0, about=call.about)


def _write(sink: BinaryIO, block: bytes) -> None:
    try:
        sink.write(block)
    except OSError as error:
        msg = f"Could not write a download to {getattr(sink, 'name', 'disk')}: {error.strerror}."
        raise errors.StorageError(msg) from None
