"""Writes Singer messages to stdout: a block of records at a time, and flushed when the target should act on them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.singerlib import Message, RecordMessage
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_encoder = msgspec.json.Encoder(decimal_format="number")


class MessageWriter(GenericSingerWriter[bytes, Message]):
    """The SDK's message writer, but that it does not flush after each record."""

    def serialize_message(self, message: Message) -> bytes:
        """One line of JSON."""
        return _encoder.encode(message.to_dict()) + b"\n"

    def write_message(self, message: Message) -> None:
        """Write `message`; whatever is no record must reach the target now."""
        sys.stdout.buffer.write(self.format_message(message))
        if not isinstance(message, RecordMessage):
            self.flush()

    def write_records(self, stream: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Write a RECORD message for each of `records`."""
        extracted = datetime.now(tz=UTC)
        lines = _encoder.encode_lines(
            {"type": "RECORD", "stream": stream, "record": record, "time_extracted": extracted} for record in records
        )
        sys.stdout.buffer.write(lines)

    def flush(self) -> None:
        """Hand what is written to the target."""
        sys.stdout.buffer.flush()
