"""Columns of values to lines of JSON, one block at a time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode_line(value: object) -> bytes:
    """`value` as a line of JSON."""
    return _encoder.encode(value) + b"\n"


def encode_lines(values: Iterable[object]) -> bytes:
    """Each of `values` as a line of JSON."""
    # A list, because msgspec 0.22 keeps a reference to an iterator and to its content.
    return _encoder.encode_lines(list(values))


def rows_of(columns: Mapping[str, Sequence[object]]) -> Iterator[msgspec.Struct]:
    """The rows of `columns`, which are of one length, as structs: they are made and encoded twice as fast as dicts."""
    return map(_row_type(tuple(columns)), *columns.values())


@lru_cache
def _row_type(names: tuple[str, ...]) -> type[msgspec.Struct]:
    # The names of columns need not be Python's.
    fields = {f"field_{number}": name for number, name in enumerate(names)}
    return msgspec.defstruct("Row", list(fields), rename=fields, gc=False)
