"""Converts the JSON schema of a stream to the columns of its table. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_duckdb_sei.errors import LoaderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "string": "VARCHAR",
    "object": "JSON",
    "array": "JSON",
}
_FORMATS = {"date": "DATE", "date-time": "TIMESTAMP"}
_NUMBERS = {"BIGINT", "DOUBLE"}
_TEXTS = {"DATE", "TIMESTAMP", "VARCHAR"}
_UNFIT = re.compile(r'["\\\x00-\x1f]')
_UNIONS = ("anyOf", "oneOf", "allOf")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a stream: its name, its DuckDB type by the schema, and whether it is part of the key."""

    name: str
    type: str
    is_key: bool


def columns_of(stream: str, schema: Mapping[str, Any], keys: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a stream, in the order of its schema.

    Raises:
        LoaderError: DuckDB cannot store the stream as its SCHEMA describes it.
    """
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        msg = f"The SCHEMA of stream `{stream}` has no properties, so there is no table to create."
        raise LoaderError(msg)
    if missing := [key for key in keys if key not in properties]:
        msg = f"The SCHEMA of stream `{stream}` has no property `{missing[0]}`, which its key_properties name."
        raise LoaderError(msg)
    columns = tuple(Column(name, sql_type(schema), name in keys) for name, schema in properties.items())
    for complaint in _complaints(stream, columns):
        raise LoaderError(complaint)
    return columns


def _complaints(stream: str, columns: Sequence[Column]) -> Iterator[str]:
    spellings = Counter(column.name.lower() for column in columns)
    alike = [column.name for column in columns if spellings[column.name.lower()] > 1]
    if alike:
        names = ", ".join(f"`{name}`" for name in alike)
        yield f"Stream `{stream}`: DuckDB cannot distinguish the columns {names}. Rename one with a stream map."
    for column in columns:
        if _UNFIT.search(column.name) or not column.name:
            yield f"Stream `{stream}`: {column.name!r} cannot name a column. Rename it with a stream map."
        if column.is_key and column.type == "JSON":
            yield f"Stream `{stream}`: key column `{column.name}` must be text, a number, a date or a boolean."


def sql_type(schema: Any) -> str:  # noqa: ANN401 - a JSON schema is an object, or true
    """The DuckDB type for every value that a JSON schema allows; JSON if it allows values of several kinds."""
    types = set(_types(schema))
    if len(types) == 1:
        return types.pop()
    if types and types <= _NUMBERS:
        return "DOUBLE"
    if types and types <= _TEXTS:
        return "VARCHAR"
    return "JSON"


def _types(schema: Any) -> Iterator[str]:  # noqa: ANN401 - a JSON schema is an object, or true
    if not isinstance(schema, dict):
        return
    for union in _UNIONS:
        for choice in schema.get(union, ()):
            yield from _types(choice)
    names = schema.get("type", ())
    for name in [names] if isinstance(names, str) else names:
        if name == "string":
            yield _FORMATS.get(schema.get("format", ""), "VARCHAR")
        elif name != "null":
            yield _TYPES.get(name, "JSON")
