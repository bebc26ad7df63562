"""Downloaded files: opens them however they are compressed, limits their size, and verifies that they are whole."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from tap_sei_efficiency.api.http_errors import read_error
from tap_sei_efficiency.errors import BadDownloadError, ExportError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP_MAGIC = b"\x1f\x8b"
_MOST_LAYERS = 2  # such as a gzip file that the server sent with Content-Encoding: gzip
_CHUNK_BYTES = 1 << 18
_MOST_OF_A_PAGE = 1 << 16
_PAGE_STARTS = (b"<", b"{", b"[")
_BLANKS_AND_MARK = b"\xef\xbb\xbf \t\r\n"


def verify(source: Path | BinaryIO, max_bytes: int, *, may_be_empty: bool = False) -> int:
    """Read a file to its end to verify that it is whole; its size in bytes when unpacked.

    Raises:
        ExportError: As for `open_export`.
    """
    with open_export(source, max_bytes=max_bytes, may_be_empty=may_be_empty) as stream:
        size = 0
        while data := stream.read(_CHUNK_BYTES):
            size += len(data)
        return size


def is_gzip(file: Path) -> bool:
    """Whether a downloaded file is gzip, whose checksum shows if it is cut."""
    with file.open("rb") as stream:
        return stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC


def open_export(source: Path | BinaryIO, *, max_bytes: int, may_be_empty: bool = False) -> BinaryIO:
    """The text of a downloaded file; unpacked if its first bytes say that it is gzip, once or twice.

    `may_be_empty` accepts a file without a byte.

    Raises:
        BadDownloadError: The file is empty, a page of HTML or JSON, or damaged. A damage can show only while reading.
        ExportError: The file is larger than `max_bytes` when unpacked. This can show only while reading.
    """
    file = source.open("rb") if isinstance(source, Path) else source
    stream = io.BufferedReader(_Guarded((file,), max_bytes), _CHUNK_BYTES)
    try:
        for _ in range(_MOST_LAYERS):
            if stream.peek(1).startswith(GZIP_MAGIC):
                unpacked = cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb"))
                stream = io.BufferedReader(_Guarded((unpacked, stream), max_bytes), _CHUNK_BYTES)
        _check_start(stream, may_be_empty=may_be_empty)
    except ExportError:
        stream.close()
        raise
    return stream


class _Guarded(io.RawIOBase):
    """Reads the first of some streams, up to so many bytes, with errors of the tap; closes all of them together."""

    def __init__(self, streams: tuple[BinaryIO, ...], max_bytes: int) -> None:
        self._streams = streams
        self._max_bytes = max_bytes
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go back to the start, or return the position; anything else is slow in a packed stream."""
        if (offset, whence) == (0, io.SEEK_SET):
            self._position = self._streams[0].seek(0)
        elif (offset, whence) != (0, io.SEEK_CUR):
            raise io.UnsupportedOperation
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._read(len(view))
        self._position += len(data)
        if self._position > self._max_bytes:
            msg = (
                f"The downloaded file is larger than {self._max_bytes:,} bytes. "
                "Raise `max_export_megabytes` to accept it."
            )
            raise ExportError(msg)
        view[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        try:
            return self._streams[0].read(size)
        except EOFError:
            problem = "is cut short"
        except (gzip.BadGzipFile, zlib.error):
            problem = "is damaged"
        msg = f"The gzip data of the downloaded file {problem}."
        raise BadDownloadError(msg)

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        super().close()


def _check_start(stream: io.BufferedReader[_Guarded], *, may_be_empty: bool) -> None:
    start = stream.peek(1)
    if not start and not may_be_empty:
        msg = "The downloaded file is empty."
        raise BadDownloadError(msg)
    if start.startswith(GZIP_MAGIC):
        msg = f"The downloaded file is compressed with gzip more than {_MOST_LAYERS} times."
        raise BadDownloadError(msg)
    if start.lstrip(_BLANKS_AND_MARK).startswith(_PAGE_STARTS):
        words = read_error(start[:_MOST_OF_A_PAGE]).words
        msg = f"The downloaded file is a page of HTML or JSON, not CSV: {words}."
        raise BadDownloadError(msg)
