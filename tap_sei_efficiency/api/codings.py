"""Content codings: removes what a gateway can wrap around a short answer. Pure.

The tap asks for gzip. Gateways also compress twice, or label a plain body as gzip.
"""

from __future__ import annotations

import gzip
import io
import zlib

from tap_sei_efficiency.api.downloads import GZIP_MAGIC

_GZIP = {"gzip", "x-gzip"}
_NONE = {"", "identity"}
_MOST_LAYERS = 2


class CodingError(Exception):
    """A body cannot be decoded. The text completes "the answer "."""


def codings(header: str) -> list[str]:
    """The codings that a `Content-Encoding` header names, the outermost first; `identity` is none."""
    names = (name.strip().lower() for name in header.split(","))
    return [name for name in names if name not in _NONE][::-1]


def unasked(header: str) -> str | None:
    """The first coding in `header` that a download cannot have: it is read as gzip or as it is."""
    return next((name for name in codings(header) if name not in _GZIP), None)


def decoded(body: bytes, header: str, most_bytes: int) -> bytes:
    """`body` without the codings in `header`, and without gzip that no header mentions.

    Raises:
        CodingError: A coding is not known, or the body is damaged or larger than `most_bytes`.
    """
    for coding in [*codings(header), *["gzip"] * _MOST_LAYERS]:
        if coding in _GZIP:
            body = _gunzipped(body, most_bytes)
        elif coding == "deflate":
            body = _inflated(body, most_bytes)
        else:
            msg = f"has the content coding {coding!r}, which the tap does not ask for; a gateway must not add it"
            raise CodingError(msg)
    return body


def _gunzipped(body: bytes, most_bytes: int) -> bytes:
    if not body.startswith(GZIP_MAGIC):
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            return _bounded(file.read(most_bytes + 1), most_bytes)
    except EOFError:
        msg = "is cut short"
    except (OSError, zlib.error):
        msg = "contains damaged gzip data"
    raise CodingError(msg)


def _inflated(body: bytes, most_bytes: int) -> bytes:
    # The standard means zlib's format; some servers send the bare stream, and some nothing but the header.
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpacker = zlib.decompressobj(bits)
        try:
            data = unpacker.decompress(body, most_bytes + 1)
        except zlib.error:
            continue
        if unpacker.eof or len(data) > most_bytes:
            return _bounded(data, most_bytes)
    if body.lstrip()[:1] in {b"{", b"[", b"<"}:
        return body
    msg = "contains damaged deflate data"
    raise CodingError(msg)


def _bounded(data: bytes, most_bytes: int) -> bytes:
    if len(data) > most_bytes:
        msg = f"is larger than {most_bytes / 2**20:,.0f} MB when unpacked"
        raise CodingError(msg)
    return data
