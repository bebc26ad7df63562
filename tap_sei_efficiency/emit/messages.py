"""Writes Singer messages to stdout: a block of records at a time, and flushed when the target should act on them."""

from __future__ import annotations

import sys
from dataclasses import fields
from datetime import UTC, datetime
from itertools import repeat
from typing import TYPE_CHECKING

import msgspec
from singer_sdk.singerlib import Message, RecordMessage
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from tap_sei_efficiency.emit.lines import encode_line, encode_lines, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class _RecordLine(msgspec.Struct, gc=False):
    type: str
    stream: str
    record: object
    time_extracted: datetime


class MessageWriter(GenericSingerWriter[bytes, Message]):
    """The SDK's message writer, without a flush after each record."""

    def serialize_message(self, message: Message) -> bytes:
        """One line of JSON. `to_dict` holds the same, but takes its time to copy all of a state or a schema."""
        values = ((field.name, getattr(message, field.name)) for field in fields(message))
        return encode_line({name: value for name, value in values if value is not None})

    def write_message(self, message: Message) -> None:
        """Write `message`; flush unless it is a record, so the target gets it now."""
        sys.stdout.buffer.write(self.format_message(message))
        if not isinstance(message, RecordMessage):
            self.flush()

    def write_records(self, stream: str, records: Iterable[object]) -> None:
        """Write a RECORD message for each of `records`."""
        extracted = datetime.now(tz=UTC)
        sys.stdout.buffer.write(
            encode_lines(map(_RecordLine, repeat("RECORD"), repeat(stream), records, repeat(extracted)))
        )

    def write_columns(self, stream: str, columns: Mapping[str, Sequence[object]]) -> None:
        """Write a RECORD message for each row of `columns`, which are of one length."""
        self.write_records(stream, rows_of(columns))

    def write_batch(self, stream: str, encoding: Mapping[str, str], manifest: Sequence[str]) -> None:
        """Write a BATCH message, and let the target act on it."""
        message = {"type": "BATCH", "stream": stream, "encoding": encoding, "manifest": manifest}
        sys.stdout.buffer.write(encode_line(message))
        self.flush()

    def flush(self) -> None:
        """Flush, so the target gets everything written so far."""
        sys.stdout.buffer.flush()


class SilentWriter(MessageWriter):
    """Writes nothing: for a run without output."""

    def write_message(self, message: Message) -> None:
        """Drop `message`."""

    def write_records(self, stream: str, records: Iterable[object]) -> None:
        """Drop the records, but look at each: they may be made while they are written."""
        del stream
        for _ in records:
            pass

    def write_columns(self, stream: str, columns: Mapping[str, Sequence[object]]) -> None:
        """Drop the columns."""
