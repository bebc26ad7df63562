"""Where a request goes: relative paths, origins, and which redirects are followed. Pure.

The API key goes to the origin of `api_url` and nowhere else. An origin is scheme, host and port.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEFAULT_PORTS = {"http": 80, "https": 443}
_KEEPS_METHOD = {307, 308}


class RedirectError(Exception):
    """A redirect is not followed. The text completes "it redirects "."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One address of a request, and whether it may have the API key and the identifiers."""

    url: str
    trusted: bool


def absolute(base: str, path: str, base_paths: Iterable[str] = ()) -> str:
    """The URL of `path`, which is absolute, or relative to the whole of `base`, path included.

    SEI's `downloadUrl` may repeat the path of `base`, or start with another of the `base_paths` that are known of SEI.
    """
    if urlsplit(path).scheme:
        return path
    if path.startswith("//"):
        return f"{urlsplit(base).scheme}:{path}"
    base_path = urlsplit(base).path
    if path.startswith(tuple(each for each in base_paths if len(each) > 1 and each != base_path)):
        return urljoin(base, path)
    return base + (path.removeprefix(base_path) if len(base_path) > 1 else path).lstrip("/")


def first_hop(base: str, path: str, base_paths: Iterable[str] = ()) -> Hop:
    """Where a request for `path` starts.

    Raises:
        ValueError: That is no URL.
    """
    url = absolute(base, path, base_paths)
    return Hop(url, trusted=origin(url) == origin(base))


def next_hop(hop: Hop, status: int, location: str, method: str, *, may_leave: bool) -> Hop:
    """Where a redirect with `status` and header `Location` leads to.

    `may_leave` says that the answer may come from another origin, as files do. What has left the trusted origin is
    never trusted again. A POST is repeated only on 307 and 308, which ask for exactly that, and on the same origin.

    Raises:
        RedirectError: The redirect is not followed.
        ValueError: The location is no URL.
    """
    target = urljoin(hop.url, location)
    here, there = urlsplit(hop.url), urlsplit(target)
    trusted = hop.trusted and (origin(target) == origin(hop.url) or _is_upgrade(hop.url, target))
    if (here.scheme, there.scheme) == ("https", "http"):
        problem = "which is not encrypted"
    elif method != "GET" and status not in _KEEPS_METHOD:
        problem = f"which changes a {method} into a GET"
    elif not trusted and not (may_leave and method == "GET"):
        problem = "which is another server"
    else:
        return Hop(target, trusted)
    msg = f"to {shown(target, hop.url)}, {problem}"
    raise RedirectError(msg)


def origin(url: str) -> str:
    """Scheme, host and port of `url`; the default port is left out.

    Raises:
        ValueError: `url` is no URL.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else "")


def shown(url: str, near: str) -> str:
    """`url` for a message: never its query; its path only on the origin of `near`, since paths may be signed."""
    return origin(url) + (urlsplit(url).path if origin(url) == origin(near) else "")


def _is_upgrade(url: str, target: str) -> bool:
    here, there = urlsplit(url), urlsplit(target)
    default = (here.port or 80, there.port or 443) == (80, 443)
    return (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname and default
