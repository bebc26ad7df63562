"""The probe's requests: counted, bounded, sent by the tap's own exchange, so the key goes only to allowed servers."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from tap_sei_efficiency.api import codings
from tap_sei_efficiency.api.downloads import GZIP_MAGIC
from tap_sei_efficiency.api.envelope import opened
from tap_sei_efficiency.api.exchange import BlockedError, Call, Exchange, TransientError
from tap_sei_efficiency.api.json_body import UnreadableError, read_json
from tap_sei_efficiency.errors import UnreachableError
from tap_sei_efficiency.probe.facts import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.settings import Settings

MOST_REQUESTS = 30
_MOST_BYTES = 64 * 1024 * 1024
_MOST_LAYERS = 3
_PAUSE_SECONDS = 3.0
_BUSY = {408, 425, 429, 500, 502, 503, 504}


class SpentError(Exception):
    """The probe has made as many requests as it announced."""


class Wire:
    """Requests to the SEI of `settings`, `left` more at most; base path and header can be changed on the way."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.left = MOST_REQUESTS
        self._exchange = Exchange(settings, clock)

    @property
    def base_path(self) -> str:
        """The path of the base URL that is being asked."""
        return urlsplit(self.settings.api_url).path or "/"

    def ask_as(self, *, base_path: str | None = None, auth: Mapping[str, str] | None = None) -> None:
        """Ask below `base_path` of the same host, or with another header, from now on."""
        settings = self.settings
        if base_path is not None:
            settings = replace(settings, api_url=urljoin(settings.api_url, base_path))
        if auth is not None:
            settings = replace(settings, dialect=replace(settings.dialect, auth=auth))
        self.close()
        self.settings = settings
        self._exchange = Exchange(settings, self.clock)

    def open(self, envelope: str) -> None:
        """Take the content of each answer out of the field `envelope` from now on."""
        self.settings = replace(self.settings, dialect=replace(self.settings.dialect, envelope=envelope))

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()

    def ask(self, method: str, path: str, purpose: str, body: Any = None, **params: str) -> Seen:  # noqa: ANN401
        """The answer to one request; a temporary failure is retried once.

        Raises:
            SpentError: No request is left.
            UnreachableError: Nothing answers.
        """
        call = Call(method, path, purpose, params, body)
        try:
            seen = self._once(call)
        except TransientError:
            seen = None
        if seen is None or seen.status in _BUSY:
            self.clock.sleep(_PAUSE_SECONDS)
            try:
                seen = self._once(call)
            except TransientError as error:
                raise self._unreachable(str(error)) from None
        return seen

    def _once(self, call: Call) -> Seen:
        if not self.left:
            raise SpentError
        self.left -= 1
        try:
            look = self._exchange.look(call, _MOST_BYTES)
        except BlockedError as error:
            raise self._unreachable(str(error)) from None
        try:
            body = codings.decoded(look.body, look.headers.get("Content-Encoding", ""), _MOST_BYTES)
        except codings.CodingError:
            body = look.body
        raw = None if look.body != body and "json" not in look.headers.get("Content-Type", "") else _json(body)
        content = opened(raw, self.settings.dialect.envelope)
        return Seen(look.status, look.headers, body, content, raw, look.redirects, look.left_host, _layers(look.body))

    def _unreachable(self, reason: str) -> UnreachableError:
        msg = f"Could not reach SEI at {self.settings.api_url}: {reason}. Check `api_url` and your network."
        return UnreachableError(self._exchange.scrub(msg))


def _layers(body: bytes) -> int:
    layers = 0
    while body.startswith(GZIP_MAGIC) and layers < _MOST_LAYERS:
        layers += 1
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            break
    return layers


def _json(body: bytes) -> Any:  # noqa: ANN401 - a JSON value
    if body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] not in {b"{", b"["}:
        return None
    try:
        return read_json(body)
    except UnreadableError:
        return None
