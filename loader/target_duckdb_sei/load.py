"""The loop of a load: collects lines into transactions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import msgspec

from target_duckdb_sei.columns import columns_of
from target_duckdb_sei.errors import LoaderError
from target_duckdb_sei.rows import Rows
from target_duckdb_sei.stop import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_duckdb_sei.warehouse import Table, Warehouse

COMMIT_ROWS = 50_000
COMMIT_BYTES = 256 * 2**20
COMMIT_SECONDS = 10.0
_SOONEST = 1.0
_COMMIT_SHARE = 0.1
"""Share of the time for commits that only time asks for: a large table takes longer than an empty one."""
_FORMATS = {"jsonl", "parquet"}


class _Message(msgspec.Struct, gc=False):
    type: str
    stream: str = ""
    record: msgspec.Raw = msgspec.Raw()
    value: msgspec.Raw = msgspec.Raw()
    schema: dict[str, Any] = {}
    key_properties: list[str] | None = None
    encoding: dict[str, Any] = {}
    manifest: list[str] = []


class _LedgerRow(msgspec.Struct, gc=False):
    stream: str
    rows: int | None = None


@dataclass(slots=True)
class _Stream:
    schema: tuple[dict[str, Any], list[str]]
    table: Table
    rows: Rows
    received: int = 0


_message = msgspec.json.Decoder(_Message)
_ledger_row = msgspec.json.Decoder(_LedgerRow)


class Load:
    """Loads the messages of a tap. `pass_on` gets each STATE whose rows are committed, `log` each line for the user.

    Rows are committed after `COMMIT_ROWS`, `COMMIT_BYTES` or one to `COMMIT_SECONDS` (by `clock`), and at the end.
    Then the last STATE before them is passed on. `ledger` is the stream whose records contain the number of `rows`
    that the tap emitted of each `stream`.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        pass_on: Callable[[bytes], None],
        log: Callable[[str], None],
        clock: Callable[[], float],
        ledger: str | None = None,
    ) -> None:
        self._warehouse = warehouse
        self._pass_on = pass_on
        self._log = log
        self._clock = clock
        self._ledger = ledger
        self._streams: dict[str, _Stream] = {}
        self._emitted: Counter[str] = Counter()
        self._state: bytes | None = None
        self._number = 0
        self._rows = 0
        self._bytes = 0
        self._due = clock() + _SOONEST

    def run(self, chunks: Iterable[bytes]) -> None:
        """Load all of `chunks`. A chunk is bytes as received, or empty if none arrived for some time.

        Raises:
            LoaderError: A line could not be loaded. Everything that the last passed-on STATE covers is committed.
            Stopped: `chunks` raised it. Every whole line before it is committed.
        """
        rest = b""
        try:
            for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._load(line)
                if self._clock() >= self._due:
                    self._commit()
        except Stopped:
            self._commit()
            raise
        self._commit()
        if rest.strip():
            self._load(rest)
            self._commit()
        self._compare()

    def _load(self, line: bytes) -> None:
        self._number += 1
        self._bytes += len(line)
        try:
            message = _message.decode(line)
            if not line.isascii():
                line.decode()
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if line.strip():
                msg = f"Line {self._number} is not a Singer message: {error}."
                raise LoaderError(msg) from None
            return
        if message.type == "RECORD":
            self._record(message)
            if self._rows >= COMMIT_ROWS or self._bytes >= COMMIT_BYTES:
                self._commit()
        elif message.type == "STATE":
            self._state = bytes(message.value)
        elif message.type == "SCHEMA":
            self._schema(message)
        elif message.type == "BATCH":
            self._batch(message)
        elif message.type != "ACTIVATE_VERSION":
            msg = f"Line {self._number} has the type `{message.type}`, which is not a Singer message."
            raise LoaderError(msg)

    def _record(self, message: _Message) -> None:
        stream = self._stream(message)
        try:
            stream.rows.add(message.record)
            if message.stream == self._ledger:
                row = _ledger_row.decode(message.record)
                self._emitted[row.stream] += row.rows or 0
        except (LoaderError, msgspec.ValidationError) as error:
            msg = f"Line {self._number}: {error}"
            raise LoaderError(msg) from None
        stream.received += 1
        self._rows += 1

    def _stream(self, message: _Message) -> _Stream:
        try:
            return self._streams[message.stream]
        except KeyError:
            msg = f"Line {self._number}: no SCHEMA of stream `{message.stream}` came before its {message.type}."
            raise LoaderError(msg) from None

    def _schema(self, message: _Message) -> None:
        schema = (message.schema, message.key_properties or [])
        known = self._streams.get(message.stream)
        if known and known.schema == schema:
            return
        self._commit()
        alike = {name for name in self._streams if name.lower() == message.stream.lower()} - {message.stream}
        if alike:
            msg = f"DuckDB cannot distinguish the streams `{alike.pop()}` and `{message.stream}`. Rename one."
            raise LoaderError(msg)
        columns = columns_of(message.stream, *schema)
        table = self._warehouse.table(message.stream, columns)
        received = known.received if known else 0
        self._streams[message.stream] = _Stream(schema, table, Rows(message.stream, columns), received)

    def _batch(self, message: _Message) -> None:
        stream = self._stream(message)
        if (form := message.encoding.get("format")) not in _FORMATS:
            msg = f"Line {self._number}: BATCH files are `{form}`. Set the tap's `batch_config` to jsonl or parquet."
            raise LoaderError(msg)
        self._commit()
        with self._warehouse.transaction():
            for url in message.manifest:
                stream.received += self._warehouse.write_file(stream.table, _local(url), message.encoding)

    def _commit(self) -> None:
        """Commit the held rows, and pass on the STATE that they complete."""
        began = self._clock()
        if self._rows:
            with self._warehouse.transaction():
                for stream in self._streams.values():
                    if rows := stream.rows.take():
                        self._warehouse.write(stream.table, rows)
        if self._state is not None:
            self._pass_on(self._state)
        self._state = None
        self._rows = self._bytes = 0
        ended = self._clock()
        self._due = ended + min(max(_SOONEST, (ended - began) / _COMMIT_SHARE), COMMIT_SECONDS)

    def _compare(self) -> None:
        """Log the committed rows, and fail if the tap emitted another number of rows."""
        for name, stream in self._streams.items():
            self._log(f"Stream {name}: {stream.received:,} rows loaded into {stream.table.title}.")
        for name, emitted in self._emitted.items():
            if name in self._streams and emitted != (received := self._streams[name].received):
                msg = (
                    f"Stream `{name}`: the tap emitted {emitted:,} rows by its stream `{self._ledger}`, and "
                    f"{received:,} were loaded. Run again with --full-refresh."
                )
                raise LoaderError(msg)


def _local(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme not in {"", "file"}:
        msg = f"BATCH file {url} is not on this machine. Set `batch_config.storage.root` of the tap to a folder."
        raise LoaderError(msg)
    return Path(unquote(parts.path) if parts.scheme else url)
