"""Singer messages, and a warehouse that they are loaded into."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb

from target_duckdb_sei.load import Load
from target_duckdb_sei.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

Message = dict[str, Any]

TEXT: dict[str, Any] = {"type": "string"}
WORD: dict[str, Any] = {"type": ["string", "null"]}
NUMBER: dict[str, Any] = {"type": ["number", "null"]}
COUNT: dict[str, Any] = {"type": ["integer", "null"]}
DAY: dict[str, Any] = {"type": ["string", "null"], "format": "date"}
INSTANT: dict[str, Any] = {"type": ["string", "null"], "format": "date-time"}
OBJECT: dict[str, Any] = {"type": ["object", "null"]}


def schema(properties: dict[str, Any], keys: Sequence[str] = (), stream: str = "s") -> Message:
    """A SCHEMA message."""
    described = {"type": "object", "properties": properties}
    return {"type": "SCHEMA", "stream": stream, "schema": described, "key_properties": list(keys)}


def record(stream: str = "s", /, **values: Any) -> Message:
    """A RECORD message."""
    return {"type": "RECORD", "stream": stream, "record": values}


def state(value: Any) -> Message:
    """A STATE message."""
    return {"type": "STATE", "value": value}


def lines(messages: Iterable[Message]) -> bytes:
    """Messages as a tap writes them."""
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    """A DuckDB that files are attached to: to start one takes 20 ms, to attach a file one."""
    return duckdb.connect()


class Warehouses:
    """A DuckDB file for one load after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.states: list[Any] = []
        self.said: list[str] = []

    def load(self, *messages: Message, ledger: str | None = None) -> None:
        """Load messages in this process."""
        self.load_chunks([lines(messages)], ledger=ledger)

    def load_chunks(
        self, chunks: Iterable[bytes], clock: Callable[[], float] = lambda: 0.0, ledger: str | None = None
    ) -> None:
        """Load chunks of bytes."""
        warehouse = Warehouse(self.path, "sei")
        try:
            Load(
                warehouse,
                pass_on=lambda value: self.states.append(json.loads(value)),
                log=self.said.append,
                clock=clock,
                ledger=ledger,
            ).run(chunks)
        finally:
            warehouse.close()

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        reader = _reader()
        path = str(self.path).replace("'", "''")
        name = f'"{self.path.stem}"'
        reader.execute(f"ATTACH '{path}' AS {name} (READ_ONLY); USE {name}")
        try:
            return reader.execute(statement).fetchall()
        finally:
            reader.execute(f"USE memory; DETACH {name}")

    def rows(self, stream: str = "s") -> list[tuple[Any, ...]]:
        """The rows of a table, in order."""
        return self.query(f'FROM sei."{stream}" ORDER BY ALL')

    def types(self, stream: str = "s") -> dict[str, str]:
        """The types of a table's columns."""
        return dict(self.query(f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{stream}'"))  # noqa: S608 - a test's own
