"""The statements that the loader runs, as text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_duckdb_sei.columns import Column

_LEAST_OBJECT_SIZE = 16 * 2**20
"""DuckDB's own default for the largest line of a JSON file, in bytes."""


def name(text: str) -> str:
    """An identifier."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def names(columns: Iterable[Column]) -> str:
    """Identifiers, separated by commas."""
    return ", ".join(name(column.name) for column in columns)


def create(table: str, columns: Iterable[Column]) -> str:
    """CREATE TABLE without an index, which would halve the speed of a load; the loader keeps the key unique."""
    definitions = (f"{name(column.name)} {column.type}{' NOT NULL' if column.is_key else ''}" for column in columns)
    return f"CREATE TABLE {table} ({', '.join(definitions)})"


def json_lines(file: str, types: Mapping[str, str], longest: int = 0, compression: str = "uncompressed") -> str:
    """The rows of a file of JSON lines whose longest line has `longest` bytes."""
    columns = ", ".join(f"{text(column)}: {text(kind)}" for column, kind in types.items())
    return (
        f"read_json({text(file)}, format = 'newline_delimited', compression = {text(compression)}, "
        f"maximum_object_size = {max(_LEAST_OBJECT_SIZE, 2 * longest)}, columns = {{{columns}}})"
    )


def select(values: Mapping[str, str], stored: Mapping[str, str], source: str) -> str:
    """A query of the expressions `values` over `source`, cast to the types of the table's columns."""
    typed = (f"CAST({value} AS {stored[column]}) AS {name(column)}" for column, value in values.items())
    return f"SELECT {', '.join(typed)} FROM {source}"


def upsert(table: str, columns: Sequence[Column], source: str) -> str:
    """Insert the rows of a query into a table and replace rows with their keys; without a key, append them."""
    keys = [name(column.name) for column in columns if column.is_key]
    if not keys:
        return f"INSERT INTO {table} ({names(columns)}) {source}"
    same = " AND ".join(f"held.{key} = given.{key}" for key in keys)
    rest = [name(column.name) for column in columns if not column.is_key] or keys
    update = ", ".join(f"{column} = given.{column}" for column in rest)
    given = ", ".join(f"given.{name(column.name)}" for column in columns)
    return (
        f"MERGE INTO {table} AS held USING ({source}) AS given ON ({same}) "
        f"WHEN MATCHED THEN UPDATE SET {update} WHEN NOT MATCHED THEN INSERT ({names(columns)}) VALUES ({given})"
    )
