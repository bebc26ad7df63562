"""Messages for requests without an answer: DNS, proxy, TLS, or a connection that was refused or broke. Pure.

The tap never shows the texts of the exceptions: they contain URLs, and so the query of a signed URL.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
import urllib3

from tap_sei_efficiency.api.urls import origin

if TYPE_CHECKING:
    from collections.abc import Iterator

BAD_PROXY = (requests.exceptions.InvalidProxyURL, urllib3.exceptions.LocationParseError)
"""Exceptions for a proxy address that is not a URL."""
_TIMEOUT = "no answer within `request_timeout_seconds`"
_BROKE_OFF = "the connection broke off in the middle of the answer"
_REASONS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((socket.gaierror, urllib3.exceptions.NameResolutionError), "DNS does not know the host name"),
    ((requests.exceptions.ConnectTimeout,), "the connection timed out"),
    ((requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError), _TIMEOUT),
    ((http.client.RemoteDisconnected,), "the connection was closed without an answer"),
    ((ConnectionRefusedError,), "the connection was refused"),
    ((http.client.IncompleteRead, urllib3.exceptions.IncompleteRead), _BROKE_OFF),
    ((ConnectionError,), "the connection was reset"),
    ((http.client.BadStatusLine, http.client.LineTooLong, requests.exceptions.InvalidHeader), "the answer is not HTTP"),
)
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH}
_PLAIN_HTTP = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"}
_EXPIRED, _NOT_YET = 10, 9
_OTHER_HOST = {62, 64}
"""OpenSSL's codes for a certificate that is for another name or address."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there was no answer, and whether asking again can help."""

    reason: str
    may_pass: bool = True


def failure_of(error: Exception, url: str) -> Failure:
    """What `error` means for a request to `url`."""
    links = list(_chain(error))
    proxy = _proxy_of(url) if isinstance(error, requests.exceptions.ProxyError) else None
    if isinstance(error, BAD_PROXY):
        return Failure("the address of the proxy, in HTTPS_PROXY or HTTP_PROXY, is not a URL", may_pass=False)
    tls = next((link for link in links if isinstance(link, ssl.SSLError)), None)
    if tls and proxy:
        return Failure(f"the proxy {proxy} does not speak TLS; write its address with http://", may_pass=False)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return Failure(_certificate(tls.verify_code), may_pass=False)
    if tls and tls.reason in _PLAIN_HTTP:
        return Failure("it does not speak TLS: it is a plain HTTP server, or the port is wrong", may_pass=False)
    if tls:
        return Failure(f"the TLS handshake failed ({tls.reason or 'no reason given'})")
    return Failure(f"the proxy {proxy} failed: {_reason(links)}" if proxy else _reason(links))


def _certificate(code: int) -> str:
    if code in _OTHER_HOST:
        return "its TLS certificate is for another host name"
    if code in {_EXPIRED, _NOT_YET}:
        return "its TLS certificate has expired or is not valid yet; compare the date of this machine"
    return (
        "its TLS certificate cannot be verified; if a private CA has signed it, "
        "name the file of that CA in REQUESTS_CA_BUNDLE"
    )


def _reason(links: list[BaseException]) -> str:
    for kinds, words in _REASONS:
        if any(isinstance(link, kinds) for link in links):
            return words
    for link in links:
        if isinstance(link, OSError) and link.errno in _NO_ROUTE:
            return "there is no route to the host"
        if isinstance(link, OSError) and str(link).startswith("Tunnel connection failed"):
            return str(link)
    return _BROKE_OFF


def _chain(error: BaseException) -> Iterator[BaseException]:
    """`error` and what is behind it: `requests` and `urllib3` keep causes in three places."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        behind = (link.__cause__, link.__context__, getattr(link, "reason", None), *link.args)
        waiting += [other for other in behind if isinstance(other, BaseException)]


def _proxy_of(url: str) -> str:
    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    return origin(proxy) if proxy else "of this machine"
