"""A CSV file of SEI to records: one pass for all streams, constant memory, every cell typed, no column lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from tap_sei_efficiency.decode.blocks import JSON, Block, BlockTyper, FileSpec
from tap_sei_efficiency.decode.csv_rows import CsvRows, RowBlock
from tap_sei_efficiency.decode.headers import Header, HeaderError, Rows, read_header
from tap_sei_efficiency.decode.repeats import KeyHashes
from tap_sei_efficiency.errors import DecodeError
from tap_sei_efficiency.model.dialect import END, HIERARCHY
from tap_sei_efficiency.model.periods import Granularity
from tap_sei_efficiency.model.spelling import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from tap_sei_efficiency.model.dialect import DecimalMark

_NO_HIERARCHY = ". The file has no hierarchy, so the teams have one key: rename one of them in SEI."
_DELIMITERS = (",", ";", "\t", "|")  # a comma is documented for a sibling export


def read(stream: BinaryIO, spec: FileSpec) -> Decoded:
    """The file in `stream`, its header understood. The stream must be able to go back to its start.

    Raises:
        DecodeError: There is no header, or it cannot be understood.
    """
    errors = []
    for delimiter in [spec.dialect.delimiter] if spec.dialect.delimiter else _DELIMITERS:
        try:
            return Decoded(stream, spec, _header(stream, spec, delimiter), delimiter)
        except DecodeError as error:
            errors.append(error)
    raise errors[0]


def _header(stream: BinaryIO, spec: FileSpec, delimiter: str) -> Header:
    stream.seek(0)
    names = CsvRows(stream, spec.label, delimiter).header()
    if names is None:
        if spec.period:  # an empty legacy report means that there is no data (documented)
            return Header()
        msg = f"There is no header line in {spec.label}."
        raise DecodeError(msg, about=f" in {spec.label}")
    try:
        kind = Rows.TEAMS if spec.period else Rows.SPRINTS if spec.is_by_sprint else Rows.PERIODS
        return read_header(names, spec.readers, spec.aggregation, spec.dialect, kind)
    except HeaderError as error:
        msg = f"The header of {spec.label} {error}."
        raise DecodeError(msg, about=f" of {spec.label}") from None


@dataclass
class Decoded:
    """A file whose header is understood, and whose rows can be read.

    After reading, `errors` contains the readers with an unreadable cell in one of their columns, and `decimal_mark` is
    the one that a cell has proven. `only_start` is the start of all rows, if they can be longer periods than what was
    asked for. `left_out` is the number of rows without a sprint that has begun.
    """

    stream: BinaryIO
    spec: FileSpec
    header: Header
    delimiter: str
    errors: dict[str, DecodeError] = field(default_factory=dict, init=False)
    decimal_mark: DecimalMark | None = field(default=None, init=False)
    only_start: date | None = field(default=None, init=False)
    left_out: int = field(default=0, init=False)

    def records(self, reader: str) -> Iterator[dict[str, JSON]]:
        """Every row as a record of `reader`.

        Raises:
            DecodeError: As for `blocks`, and for a cell that `reader` needs.
        """
        for blocks in self.blocks([reader], reader):
            yield from blocks[reader].records()
        if error := self.errors.get(reader):
            raise error

    def blocks(self, readers: Collection[str], keeper: str) -> Iterator[Mapping[str, Block]]:
        """Every row, in blocks of columns, for each of `readers`; `keeper` gets the columns that no reader knows.

        A reader with an unreadable cell gets no further block, and an entry in `errors`.

        Raises:
            DecodeError: A row cannot be read; or, found out after the last block, two rows have one key.
        """
        for reader in readers:
            if self.header.names and (clash := self.header.columns[reader].clash):
                msg = f"The header of {self.spec.label} {clash}."
                self.errors[reader] = DecodeError(msg, about=f" of {self.spec.label}")
        typer = BlockTyper(self.spec, self.header, readers, keeper) if self.header.names else None
        is_weekly = self.spec.calendar.granularity is Granularity.WEEKLY
        if typer and self.spec.period is None and (is_weekly or END not in self.header.keys):
            # If weeks start on another day, the two halves of one week can be anywhere in the file. And without end
            # dates only all rows together show that they are quarters.
            for _ in self._common(typer):
                pass
            typer.check_lengths()
        hashes = KeyHashes()
        for common, rows in self._common(typer):
            hashes.add(common.row_keys)
            typed = typer.typed(rows, common, self.errors) if typer else {}
            self.decimal_mark = typer.decimal_mark if typer else None
            if not typed:
                return
            yield typed
        if typer:
            typer.check_lengths()
            self.only_start, self.left_out = typer.only_start, typer.left_out
        for suspects in hashes.repeated():
            self._check_repeats(suspects)

    def _common(self, typer: BlockTyper | None) -> Iterator[tuple[Block, RowBlock]]:
        if typer is None:
            return
        self.stream.seek(0)
        rows = CsvRows(self.stream, self.spec.label, self.delimiter)
        rows.header()
        for block in rows.blocks(len(self.header.names)):
            wanted = typer.wanted(block)
            if wanted.rows:
                yield typer.common(wanted), wanted

    def _check_repeats(self, suspects: frozenset[int]) -> None:
        """Read the file again to distinguish rows with one key from keys that only share a hash."""
        seen: dict[tuple[str, ...], int] = {}
        for common, rows in self._common(BlockTyper(self.spec, self.header, (), "")):
            for index, key in enumerate(common.row_keys):
                if hash(key) not in suspects:
                    continue
                line = rows.line(index)
                if key in seen:
                    path, team = shown(key[0]), shown(key[1])
                    where = f"Lines {seen[key]} and {line} of {self.spec.label}"
                    when = (
                        f"sprint {shown(key[2])}" if self.spec.is_by_sprint else f"the period that starts on {key[2]}"
                    )
                    msg = f"{where} both have team {team} (path {path}) in {when}"
                    msg += "." if HIERARCHY in self.header.keys else _NO_HIERARCHY
                    raise DecodeError(msg, about=f" of {self.spec.label}")
                seen[key] = line
