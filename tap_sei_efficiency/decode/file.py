"""A CSV file of SEI into records: one pass, constant memory, every cell typed, no column lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from tap_sei_efficiency.decode.blocks import JSON, Block, BlockTyper, FileSpec
from tap_sei_efficiency.decode.csv_rows import CsvRows, RowBlock
from tap_sei_efficiency.decode.headers import Header, HeaderError, read_header
from tap_sei_efficiency.decode.repeats import KeyHashes
from tap_sei_efficiency.errors import DecodeError
from tap_sei_efficiency.model.spelling import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

_DELIMITERS = (",", ";", "\t", "|")  # a comma is documented for a sibling export


def read(stream: BinaryIO, spec: FileSpec) -> Decoded:
    """The file in `stream`, its header understood. The stream must be able to go back to its start.

    Raises:
        DecodeError: There is no header, or it cannot be understood.
    """
    errors = []
    for delimiter in _DELIMITERS:
        try:
            return Decoded(stream, spec, _header(stream, spec, delimiter), delimiter)
        except DecodeError as error:
            errors.append(error)
    raise errors[0]


def _header(stream: BinaryIO, spec: FileSpec, delimiter: str) -> Header:
    stream.seek(0)
    names = CsvRows(stream, spec.label, delimiter).header()
    if names is None:
        if spec.period:  # a legacy report without a byte says that there is no data (documented)
            return Header()
        msg = f"There is no header line in {spec.label}."
        raise DecodeError(msg)
    try:
        return read_header(names, spec.wanted)
    except HeaderError as error:
        msg = f"The header of {spec.label} {error}."
        raise DecodeError(msg) from None


@dataclass
class Decoded:
    """A file whose header is understood, and whose rows can be read."""

    stream: BinaryIO
    spec: FileSpec
    header: Header
    delimiter: str
    off_calendar: date | None = field(default=None, init=False)
    """After reading: the first day seen on which a period of the file starts, but none of the calendar."""

    def records(self) -> Iterator[dict[str, JSON]]:
        """Every row as a record.

        Raises:
            DecodeError: As for `blocks`.
        """
        for block in self.blocks():
            yield from block.records()

    def blocks(self) -> Iterator[Block]:
        """Every row, in blocks of columns.

        Raises:
            DecodeError: A row cannot be read; or, found out after the last block, two rows have one key.
        """
        with KeyHashes() as hashes:
            for block, _ in self._typed():
                hashes.add(_keys(block))
                yield block
            for suspects in hashes.repeated():
                self._check_repeats(suspects)

    def _typed(self) -> Iterator[tuple[Block, RowBlock]]:
        if not self.header.names:
            return
        self.stream.seek(0)
        rows = CsvRows(self.stream, self.spec.label, self.delimiter)
        rows.header()
        typer = BlockTyper(self.spec, self.header)
        for block in rows.blocks(len(self.header.names)):
            yield typer.typed(block), block
            self.off_calendar = typer.periods.off_calendar

    def _check_repeats(self, suspects: frozenset[int]) -> None:
        """Tell rows with one key from keys that merely share a hash, by reading the file again."""
        seen: dict[tuple[str, ...], int] = {}
        for block, rows in self._typed():
            for index, key in enumerate(_keys(block)):
                if hash(key) not in suspects:
                    continue
                line = rows.line(index)
                if key in seen:
                    path, team = shown(key[0]), shown(key[1])
                    where = f"Lines {seen[key]} and {line} of {self.spec.label}"
                    msg = f"{where} both hold team {team} (path {path}) in the period that starts on {key[2]}."
                    raise DecodeError(msg)
                seen[key] = line


def _keys(block: Block) -> Iterator[tuple[str, ...]]:
    """What tells the rows of one file apart."""
    return zip(block.team_paths, block.teams, block.period_starts, strict=True)
