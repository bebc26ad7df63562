"""One DuckDB file: creates its tables and writes rows to them."""

from __future__ import annotations

import glob
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from target_duckdb_sei import batch, sql
from target_duckdb_sei.errors import LoaderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_duckdb_sei.columns import Column

# The types of dates and counts in tables of target-duckdb 0.8.0: the loader keeps such columns.
_ALSO_HELD_BY = {"DATE": {"VARCHAR"}, "BIGINT": {"HUGEINT"}}
# Only the type with a time zone respects offsets; the tables contain UTC.
_READ_AS = {"TIMESTAMP": "TIMESTAMPTZ"}
_HOLDER = re.compile(r"Could not set lock.*?(?:held in (?P<program>\S+) )?\(PID (?P<pid>\d+)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name in messages and in SQL, the columns of its stream, and their types in the table."""

    stream: str
    title: str
    name: str
    columns: Sequence[Column]
    stored: Mapping[str, str]


class Warehouse:
    """A DuckDB file that only this process has open, and the schema of its tables.

    Raises:
        LoaderError: The file cannot be opened.
    """

    def __init__(self, path: Path, schema: str) -> None:
        # One name, because only one process has the file open. The next load overwrites what a killed load left.
        self._rows_file = Path(f"{path}.rows")
        self._schema = schema
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = duckdb.connect(str(path))
        except (duckdb.Error, OSError) as error:
            raise LoaderError(_cannot_open(path, error)) from None
        self._run("SET TimeZone = 'UTC'")
        ((self._catalog,),) = self._run("SELECT current_database()")

    def close(self) -> None:
        """Close the file."""
        self._rows_file.unlink(missing_ok=True)
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in one transaction, which an error rolls back."""
        self._run("BEGIN")
        yield
        self._run("COMMIT")

    def table(self, stream: str, columns: Sequence[Column]) -> Table:
        """Return the table of a stream; create it, or add the columns that it lacks.

        Raises:
            LoaderError: A column has another type in the table, or the table another key.
        """
        name = ".".join(map(sql.name, (self._catalog, self._schema, stream)))
        with self.transaction():
            self._run(f"CREATE SCHEMA IF NOT EXISTS {sql.name(self._catalog)}.{sql.name(self._schema)}")
            if stored := self._stored(stream):
                for column in columns:
                    self._fit(stream, name, column, stored.get(column.name.lower()))
            else:
                self._run(sql.create(name, columns))
        stored = self._stored(stream)
        types = {column.name: stored[column.name.lower()] for column in columns}
        return Table(stream, f"{self._schema}.{stream}", name, columns, types)

    def _stored(self, stream: str) -> dict[str, str]:
        """The columns of a table with their types; none if there is no table."""
        query = (
            "SELECT lower(column_name), data_type FROM duckdb_columns() "
            "WHERE database_name = ? AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?)"
        )
        return dict(self._run(query, [self._catalog, self._schema, stream]))

    def _fit(self, stream: str, table: str, column: Column, stored: str | None) -> None:
        """Add a column that the table lacks; fail if it has another type."""
        elsewhere = "or load into another schema (`default_target_schema`)"
        if stored is None and column.is_key:
            msg = f"Stream `{stream}`: its table lacks the key column `{column.name}`. Drop the table, {elsewhere}."
            raise LoaderError(msg)
        if stored is None:
            self._run(f"ALTER TABLE {table} ADD COLUMN {sql.name(column.name)} {column.type}")
        elif stored != column.type and stored not in _ALSO_HELD_BY.get(column.type, ()):
            msg = (
                f"Stream `{stream}`: column `{column.name}` is {stored} in its table, and {column.type} by its SCHEMA. "
                f"Change the column with ALTER TABLE, {elsewhere}."
            )
            raise LoaderError(msg)

    def write(self, table: Table, rows: Sequence[bytes]) -> None:
        """Upsert `rows`: lines of JSON with distinct keys.

        Raises:
            LoaderError: The rows could not be written, or DuckDB counts another number of rows.
        """
        try:
            self._rows_file.write_bytes(b"\n".join(rows))
        except OSError as error:
            msg = f"Could not write {self._rows_file}: {error.strerror}."
            raise LoaderError(msg) from None
        types = {column.name: _READ_AS.get(column.type, column.type) for column in table.columns}
        values = {column.name: f"CAST({sql.name(column.name)} AS {column.type})" for column in table.columns}
        source = sql.json_lines(glob.escape(str(self._rows_file)), types, longest=max(map(len, rows)))
        self._upsert(table, sql.select(values, table.stored, source), len(rows))

    def write_file(self, table: Table, path: Path, encoding: Mapping[str, Any]) -> int:
        """Upsert the last row of each key in a BATCH file; returns the number of rows in the file.

        Raises:
            LoaderError: The file's values do not fit the SCHEMA, or DuckDB counts another number of rows.
        """
        if not path.is_file():
            raise LoaderError(_of_file(path, "there is no such file"))
        try:
            values = self._stage(table, path, encoding)
        except duckdb.Error as error:
            raise LoaderError(_of_file(path, _first_line(error))) from None
        ((rows, distinct, *nulls),) = self._run(batch.counts(table.columns))
        keys = [column.name for column in table.columns if column.is_key]
        if empty := [key for key, number in zip(keys, nulls, strict=True) if number]:
            raise LoaderError(_of_file(path, f"a row has no value in the key column `{empty[0]}`"))
        source = sql.select(values, table.stored, batch.STAGED)
        self._upsert(table, batch.newest(table.columns, source), distinct)
        return int(rows)

    def _stage(self, table: Table, path: Path, encoding: Mapping[str, Any]) -> dict[str, str]:
        """Read a file into a temporary table and check it; returns the expression of each column."""
        file, columns = glob.escape(str(path)), table.columns
        if encoding.get("format") == "parquet":
            self._connection.execute(batch.stage_parquet(file))
            found = {name: kind for name, kind, *_ in self._run(f"DESCRIBE {batch.STAGED}")}
            if complaint := batch.unfit_parquet(columns, found):
                raise LoaderError(_of_file(path, complaint))
            return batch.values_of_parquet(columns, found)
        self._connection.execute(
            batch.stage_lines(file, columns, "gzip" if encoding.get("compression") == "gzip" else "uncompressed")
        )
        (unfit,) = self._run(batch.unfit_lines(columns))
        for column, number in zip(columns, unfit, strict=True):
            if number:
                what = f"{number} values of column `{column.name}` do not fit {column.type}"
                raise LoaderError(_of_file(path, what))
        return batch.values_of_lines(columns)

    def _upsert(self, table: Table, source: str, expected: int) -> None:
        ((written,),) = self._run(sql.upsert(table.name, table.columns, source))
        if written != expected:
            msg = (
                f"Stream `{table.stream}`: DuckDB wrote {written:,} of {expected:,} rows, so nothing was committed. "
                "Report this as a fault of the loader."
            )
            raise LoaderError(msg)

    def _run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except duckdb.Error as error:
            msg = f"DuckDB: {_first_line(error)}"
            raise LoaderError(msg) from None


def _cannot_open(path: Path, error: Exception) -> str:
    if holder := _HOLDER.search(str(error)):
        program = f", {holder['program']}" if holder["program"] else ""
        return f"{path} is open in another process (PID {holder['pid']}{program}). Close that process, and run again."
    return f"Could not open {path}: {_first_line(error)}"


def _of_file(path: Path, what: str) -> str:
    return f"Could not load BATCH file {path}: {what}."


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
