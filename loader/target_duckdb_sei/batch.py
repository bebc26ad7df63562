"""The SQL that reads a BATCH file, checks its columns and converts them to those of the stream. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from target_duckdb_sei import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_duckdb_sei.columns import Column

STAGED = "temp.batch"
"""The table that a file is read into. Its rowid is the order of the rows in the file."""

# For each column type, the `json_type` of values that fit. DuckDB itself would round 1.5 to an integer.
_JSON_TYPES = {
    "BIGINT": ("UBIGINT", "BIGINT"),
    "DOUBLE": ("UBIGINT", "BIGINT", "DOUBLE"),
    "BOOLEAN": ("BOOLEAN",),
    "VARCHAR": ("VARCHAR",),
    "DATE": ("VARCHAR",),
    "TIMESTAMP": ("VARCHAR",),
}
# For each column type, the Parquet types that convert to it without loss.
_INTEGERS = r"U?(TINY|SMALL|BIG)?INT(EGER)?"
_PARQUET_TYPES = {
    "BIGINT": _INTEGERS,
    "DOUBLE": rf"{_INTEGERS}|FLOAT|DOUBLE|DECIMAL.*",
    "BOOLEAN": "BOOLEAN",
    "VARCHAR": "VARCHAR",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP.*",
    "JSON": ".*",
}


def stage_lines(file: str, columns: Sequence[Column], compression: str) -> str:
    """Read a file of JSON lines, each column as JSON, so every value is checked before its conversion."""
    source = sql.json_lines(file, {column.name: "JSON" for column in columns}, compression=compression)
    return f"CREATE OR REPLACE TEMP TABLE batch AS FROM {source}"


def stage_parquet(file: str) -> str:
    """Read a Parquet file."""
    return f"CREATE OR REPLACE TEMP TABLE batch AS FROM read_parquet({sql.text(file)})"


def unfit_lines(columns: Sequence[Column]) -> str:
    """For each column, the number of values whose type does not fit."""
    counts = (
        f"count(*) FILTER (json_type({sql.name(column.name)}) NOT IN {(*_JSON_TYPES[column.type], 'NULL')})"
        if column.type in _JSON_TYPES
        else "0"
        for column in columns
    )
    return f"SELECT {', '.join(counts)} FROM {STAGED}"


def unfit_parquet(columns: Sequence[Column], found: Mapping[str, str]) -> str | None:
    """What is wrong with the columns `found` in a file, each with its type; None if nothing is."""
    types = {column.name: column.type for column in columns}
    if missing := [column.name for column in columns if column.is_key and column.name not in found]:
        return f"it has no column `{missing[0]}`, which is part of the key"
    for name, kind in found.items():
        if name not in types:
            return f"the SCHEMA does not declare its column `{name}`"
        if not re.fullmatch(_PARQUET_TYPES[types[name]], kind):
            return f"its column `{name}` is {kind}, and {types[name]} by the SCHEMA"
    return None


def values_of_lines(columns: Sequence[Column]) -> dict[str, str]:
    """The expression of each column."""
    return {column.name: _from_json(column) for column in columns}


def _from_json(column: Column) -> str:
    name = sql.name(column.name)
    if column.type in {"BIGINT", "DOUBLE", "BOOLEAN", "JSON"}:
        return f"CAST({name} AS {column.type})"
    return _instant(f"({name} ->> '$')") if column.type == "TIMESTAMP" else f"CAST({name} ->> '$' AS {column.type})"


def values_of_parquet(columns: Sequence[Column], found: Mapping[str, str]) -> dict[str, str]:
    """The expression of each column; null for a column that the file lacks."""
    return {
        column.name: _from_parquet(column, found[column.name]) if column.name in found else "NULL" for column in columns
    }


def _from_parquet(column: Column, found: str) -> str:
    name = sql.name(column.name)
    if column.type == "JSON" and found != "VARCHAR":
        return f"to_json({name})"
    return _instant(name) if column.type == "TIMESTAMP" else f"CAST({name} AS {column.type})"


def _instant(value: str) -> str:
    return f"CAST(CAST({value} AS TIMESTAMPTZ) AS TIMESTAMP)"


def counts(columns: Sequence[Column]) -> str:
    """The numbers of rows, distinct keys, and nulls in each key column."""
    keys = [sql.name(column.name) for column in columns if column.is_key]
    distinct = f"count(DISTINCT row({', '.join(keys)}))" if keys else "count(*)"
    return f"SELECT count(*), {distinct}{''.join(f', count(*) - count({key})' for key in keys)} FROM {STAGED}"


def newest(columns: Sequence[Column], query: str) -> str:
    """`query` over the staged rows, limited to the last row of each key."""
    keys = ", ".join(sql.name(column.name) for column in columns if column.is_key)
    return f"{query} QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY rowid DESC) = 1" if keys else query
