"""Downloaded files: opened whatever way they are compressed, bounded in size, and proven whole."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from tap_sei_efficiency.errors import BadDownloadError, ExportError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP_MAGIC = b"\x1f\x8b"
_MOST_LAYERS = 2  # such as a gzip file that the server sent with Content-Encoding: gzip
_CHUNK_BYTES = 1 << 18
_PAGE_STARTS = (b"<", b"{", b"[")
_BLANKS_AND_MARK = b"\xef\xbb\xbf \t\r\n"


def verify(source: Path | BinaryIO, max_bytes: int, *, label: str = "the download", may_be_empty: bool = False) -> int:
    """Read a file to its end, which proves that it is whole; its bytes when unpacked.

    Raises:
        ExportError: As for `open_export`.
    """
    with open_export(source, max_bytes=max_bytes, label=label, may_be_empty=may_be_empty) as stream:
        size = 0
        while data := stream.read(_CHUNK_BYTES):
            size += len(data)
        return size


def open_export(
    source: Path | BinaryIO, *, max_bytes: int, label: str = "the download", may_be_empty: bool = False
) -> BinaryIO:
    """The text of a downloaded file, unpacked where its first bytes say that it is gzip, once or twice.

    `label` names the file in errors; `may_be_empty` accepts a file without a byte.

    Raises:
        BadDownloadError: The file is empty, a page of HTML or JSON, or damaged; the last may show only in reading.
        ExportError: The file is larger than `max_bytes` when unpacked; may show only in reading.
    """
    file = source.open("rb") if isinstance(source, Path) else source
    stream = io.BufferedReader(_Guarded((file,), max_bytes, label), _CHUNK_BYTES)
    try:
        for _ in range(_MOST_LAYERS):
            if stream.peek(1).startswith(GZIP_MAGIC):
                unpacked = cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb"))
                stream = io.BufferedReader(_Guarded((unpacked, stream), max_bytes, label), _CHUNK_BYTES)
        _check_start(stream, label, may_be_empty=may_be_empty)
    except ExportError:
        stream.close()
        raise
    return stream


class _Guarded(io.RawIOBase):
    """The first of some streams, which are closed together: never more than so many bytes, errors in our own words."""

    def __init__(self, streams: tuple[BinaryIO, ...], max_bytes: int, label: str) -> None:
        self._streams = streams
        self._max_bytes = max_bytes
        self._label = label
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go back to the start, or tell where we are; a packed stream does nothing else at little cost."""
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
                f"More than {self._max_bytes:,} bytes are in {self._label}; setting `max_export_megabytes` allows more."
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
        msg = f"The gzip data in {self._label} {problem}."
        raise BadDownloadError(msg)

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        super().close()


def _check_start(stream: io.BufferedReader[_Guarded], label: str, *, may_be_empty: bool) -> None:
    start = stream.peek(1)
    if not start and not may_be_empty:
        msg = f"There is not a byte in {label}."
        raise BadDownloadError(msg)
    if start.startswith(GZIP_MAGIC):
        msg = f"More than {_MOST_LAYERS} layers of gzip are around {label}."
        raise BadDownloadError(msg)
    if start.lstrip(_BLANKS_AND_MARK).startswith(_PAGE_STARTS):
        msg = f"In place of CSV, a page of HTML or JSON is in {label}."
        raise BadDownloadError(msg)
