"""Bytes to CSV rows, in blocks and limited memory, with the physical line of each row."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from tap_sei_efficiency.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ROW = 1 << 20
"""Most characters in one row, over all its lines. The csv module's own bound on a cell is 131,072."""

_CHUNK_BYTES = 1 << 16
_BLOCK_ROWS = 512  # fewer where they are long


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Rows of equal width, and the number of the line on which each one ends, as an editor counts."""

    rows: list[list[str]]
    last_lines: list[int]

    def line(self, index: int, column: int = 0) -> int:
        """The line on which the cell in `column` of row `index` starts."""
        return self.last_lines[index] - sum(map(_line_breaks, self.rows[index][column:]))


class CsvRows:
    """The rows of a stream of bytes, whose position is its own from then on."""

    def __init__(self, stream: BinaryIO, label: str, delimiter: str = ",") -> None:
        self._stream = stream
        self._label = label
        self._delimiter = delimiter
        self._row_size = 0
        # Strict: a quote that never ends would otherwise swallow the rest of the file.
        self._reader = csv.reader(self._lines(), delimiter=delimiter, strict=True)

    def header(self) -> list[str] | None:
        """The first row that is not blank, or None. A line such as `sep=;`, which Excel writes, goes before it."""
        rows = (rows[0] for rows, _ in self._read(1) if not _is_blank(rows[0]))
        first = next(rows, None)
        is_separator_line = first and self._delimiter.join(first).lower() == f"sep={self._delimiter}"
        return next(rows, None) if is_separator_line else first

    def blocks(self, width: int) -> Iterator[RowBlock]:
        """The rows that follow, without blank lines.

        Raises:
            DecodeError: A row has not `width` cells, or the stream is no CSV text within the bounds.
        """
        for rows, last_lines in self._read(_BLOCK_ROWS):
            if set(map(len, rows)) == {width}:
                yield RowBlock(rows, last_lines)
            else:
                kept = [index for index, row in enumerate(rows) if len(row) == width or not _is_blank(row)]
                block = RowBlock([rows[index] for index in kept], [last_lines[index] for index in kept])
                self._check_widths(block, width)
                if kept:
                    yield block

    def _check_widths(self, block: RowBlock, width: int) -> None:
        for index, row in enumerate(block.rows):
            if len(row) != width:
                msg = f"Line {block.line(index)} of {self._label} has {len(row)} cells where the header has {width}."
                raise DecodeError(msg, about=f" of {self._label}")

    def _read(self, size: int) -> Iterator[tuple[list[list[str]], list[int]]]:
        try:
            while True:
                rows, last_lines, filled = [], [], 0
                for row in islice(self._reader, size):
                    rows.append(row)
                    last_lines.append(self._reader.line_num)
                    filled += self._row_size
                    self._row_size = 0
                    if filled > MAX_ROW:
                        break
                if not rows:
                    return
                yield rows, last_lines
        except csv.Error as error:
            msg = f"Line {self._reader.line_num} of {self._label} is not CSV: {error}."
            raise DecodeError(msg, about=f" of {self._label}") from None

    def _lines(self) -> Iterator[str]:
        for chunk in self._chunks():
            for line in io.StringIO(chunk, newline=""):
                self._row_size += len(line)
                self._check_size(self._row_size)
                yield line

    def _chunks(self) -> Iterator[str]:
        """The text in pieces of whole lines."""
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        rest = ""
        while data := self._stream.read(_CHUNK_BYTES):
            text = rest + self._decode(decoder, data, rest)
            # A carriage return at the very end may be half of a line break.
            end = (text.rfind("\n") + 1) or (text.rfind("\r", 0, -1) + 1)
            rest = text[end:]
            self._check_size(len(rest))
            yield text[:end]
        yield rest + self._decode(decoder, b"", rest, final=True)

    def _decode(self, decoder: codecs.IncrementalDecoder, data: bytes, rest: str, *, final: bool = False) -> str:
        try:
            text = decoder.decode(data, final)
        except UnicodeDecodeError as error:
            before = rest + error.object[: error.start].decode(errors="replace")
            self._refuse("is not UTF-8 text", before)
        if "\0" in text:
            self._refuse("contains a zero byte, which no text has", rest + text[: text.index("\0")])
        return text

    def _check_size(self, size: int) -> None:
        if size > MAX_ROW:
            self._refuse(f"makes a row longer than {MAX_ROW:,} characters")

    def _refuse(self, reason: str, before: str = "") -> NoReturn:
        line = self._reader.line_num + _line_breaks(before) + 1
        msg = f"Line {line} of {self._label} {reason}."
        raise DecodeError(msg, about=f" of {self._label}")


def _is_blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _line_breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
