"""Rows of a stream that wait for their transaction: checked against the schema, only the last row of each key."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from target_duckdb_sei.errors import LoaderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_duckdb_sei.columns import Column

_PYTHON_TYPES: dict[str, Any] = {
    "BIGINT": Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    "DOUBLE": float,
    "BOOLEAN": bool,
    "VARCHAR": str,
    "DATE": date,
    "TIMESTAMP": datetime,
    "JSON": msgspec.Raw,
}
_NULL = msgspec.Raw(b"null")
_AT_COLUMN = re.compile(r"(.*?)(?: - at `\$\.|field `)([^`]+)`$", re.DOTALL)
_encoder = msgspec.json.Encoder()


class Rows:
    """The rows of one stream, as lines of JSON."""

    def __init__(self, stream: str, columns: Sequence[Column]) -> None:
        self._stream = stream
        self._columns = {column.name: column for column in columns}
        self._decoder = msgspec.json.Decoder(_row_type(columns))
        self._key = _key(columns)
        self._held: dict[Any, bytes] = {}

    def __len__(self) -> int:
        return len(self._held)

    def add(self, record: msgspec.Raw) -> None:
        """Hold a record; it replaces an earlier one with the same key.

        Raises:
            LoaderError: The record does not fit the schema.
        """
        try:
            try:
                row = self._decoder.decode(record)
            except msgspec.ValidationError:
                row = self._decoder.decode(self._respelled(record))
        except msgspec.DecodeError as error:
            raise LoaderError(self._complaint(str(error))) from None
        self._held[self._key(row)] = _encoder.encode(row)

    def take(self) -> list[bytes]:
        """Return the held rows and release them."""
        rows = list(self._held.values())
        self._held.clear()
        return rows

    def _respelled(self, record: msgspec.Raw) -> bytes:
        """Convert values that the schema allows and the decoder does not: 5.0 as an integer, a day as a time."""
        fields = msgspec.json.decode(record, type=dict[str, msgspec.Raw])
        for name, value in fields.items():
            if column := self._columns.get(name):
                fields[name] = _respelled(bytes(value), column.type)
        return _encoder.encode(fields)

    def _complaint(self, problem: str) -> str:
        found = _AT_COLUMN.match(problem)
        what, name = found.groups() if found else (problem, "")
        if "unknown" in what:
            return f"A record of stream `{self._stream}` has a property `{name}`, which its SCHEMA does not declare."
        column = self._columns.get(name)
        if column and column.is_key and ("missing" in what or what.endswith("got `null`")):
            return f"A record of stream `{self._stream}` has no value in the key column `{name}`."
        where = f", column `{name}`" if name else ""
        return f"A record of stream `{self._stream}`{where} does not fit its SCHEMA: {what}."


def _row_type(columns: Sequence[Column]) -> type[Any]:
    names = {f"c{number}": column.name for number, column in enumerate(columns)}
    return msgspec.defstruct(
        "Row",
        [(field, *_typed(column)) for field, column in zip(names, columns, strict=True)],
        rename=names,
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )


def _typed(column: Column) -> tuple[Any, ...]:
    """The Python type of a column, and its default unless it must have a value."""
    kind = _PYTHON_TYPES[column.type]
    if column.is_key:
        return (kind,)
    return (kind, _NULL) if kind is msgspec.Raw else (kind | None, None)


def _key(columns: Sequence[Column]) -> Callable[[Any], Any]:
    """The identity of a row: its key, or its number if the stream has no key."""
    fields = [f"c{number}" for number, column in enumerate(columns) if column.is_key]
    if not fields:
        number = count()
        return lambda _: next(number)
    key = attrgetter(*fields)
    if not any(column.is_key and column.type == "TIMESTAMP" for column in columns):
        return key
    return lambda row: tuple(_instant(value) for value in (key(row) if len(fields) > 1 else [key(row)]))


def _instant(value: Any) -> Any:  # noqa: ANN401 - any value of a key
    """A form in which times are equal if they are equal in the table: without an offset, a time is UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _respelled(value: bytes, kind: str) -> msgspec.Raw:
    text = value.decode()
    if kind == "BIGINT" and re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        number = float(text)
        if number.is_integer() and abs(number) <= 2**53:
            return msgspec.Raw(str(int(number)).encode())
    if kind == "TIMESTAMP" and re.fullmatch(r'"\d{4}-\d\d-\d\d"', text):
        return msgspec.Raw(f'{text[:-1]}T00:00:00"'.encode())
    return msgspec.Raw(value)
