"""Blocks of records into a Parquet file: the only importer of pyarrow, which is optional."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_sei_efficiency.decode import Block

_TYPES = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "string": pa.string()}
_FORMATS = {"date": pa.date32(), "date-time": pa.timestamp("us", tz="UTC")}


class ParquetWriter:
    """Writes one file, whose columns have the types of a JSON schema; an object is a struct.

    Parquet has no object without a field: if no row of the file has one, the column is null.
    """

    def __init__(self, file: IO[bytes], schema: Mapping[str, Any], compression: str | None) -> None:
        self._file = file
        self._properties = schema["properties"]
        self._compression = compression or "snappy"
        self._arrays: dict[str, list[pa.Array]] = {}
        self._objects: dict[str, list[Any]] = {}

    def write(self, block: Block) -> None:
        """Add the rows of a block."""
        for name, values in block.columns.items():
            if "object" in self._properties[name]["type"]:
                # The types of the fields are known only after the last row.
                self._objects.setdefault(name, []).extend(values)
                self._arrays[name] = []
            else:
                self._arrays.setdefault(name, []).append(_array(values, self._properties[name]))

    def close(self) -> None:
        """Write the file, which stays open."""
        columns = {
            name: _structs(self._objects[name]) if name in self._objects else pa.chunked_array(arrays)
            for name, arrays in self._arrays.items()
        }
        parquet.write_table(pa.table(columns), self._file, compression=self._compression)


def _array(values: Sequence[Any], schema: Mapping[str, Any]) -> pa.Array:
    if schema.get("format") in _FORMATS:
        return pa.array(values, pa.string()).cast(_FORMATS[schema["format"]])
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return _typed(values, next(_TYPES[kind] for kind in kinds if kind in _TYPES))


def _typed(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except pa.ArrowInvalid:  # an integer that a double cannot represent exactly
        return pa.array([None if value is None else float(value) for value in values], kind)


def _structs(objects: Sequence[Mapping[str, Any]]) -> pa.Array:
    names = list(dict.fromkeys(name for fields in objects for name in fields))
    if not names:
        return pa.nulls(len(objects), pa.string())
    return pa.StructArray.from_arrays([_guessed([fields.get(name) for fields in objects]) for name in names], names)


def _guessed(values: Iterable[Any]) -> pa.Array:
    values = list(values)
    kinds = {type(value) for value in values} - {type(None)}
    if str in kinds and len(kinds) > 1:  # a column of a file has one type
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    return (
        _typed(values, pa.float64())
        if float in kinds
        else pa.array(values, pa.int64() if int in kinds else pa.string())
    )
