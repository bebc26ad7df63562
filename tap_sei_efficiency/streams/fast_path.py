"""The fast path: emits blocks of columns without the SDK's work on each record. `find` is its only entry.

Per record, the SDK's own loop costs ten times as much as everything else in the tap. The fast path does the same to
blocks, through the SDK's public interface: it drops properties that are not selected and applies stream maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform

from tap_sei_efficiency.emit.messages import MessageWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from singer_sdk import Stream
    from singer_sdk.mapper import StreamMap

    from tap_sei_efficiency.decode import Block
    from tap_sei_efficiency.emit.batch import BatchFiles


@dataclass(frozen=True, slots=True)
class FastPath:
    """How to emit the blocks of a stream: its properties and stream maps."""

    writer: MessageWriter
    properties: tuple[str, ...]
    stream_maps: Sequence[StreamMap]

    @classmethod
    def find(cls, stream: Stream, writer: object) -> Self | None:
        """The fast path of `stream`; None if only the SDK can process its records.

        That is so in a test, which stops at the first record, and if a catalog gives a property another type.
        """
        knows_all = stream.ABORT_AT_RECORD_COUNT is None and _types(stream.effective_schema) == _types(stream.schema)
        if not knows_all or not isinstance(writer, MessageWriter):
            return None
        return cls(
            writer,
            tuple(name for name in stream.schema["properties"] if stream.mask["properties", name]),
            [stream_map for stream_map in stream.stream_maps if not isinstance(stream_map, RemoveRecordTransform)],
        )

    @property
    def alias(self) -> str | None:
        """The name of the emitted stream, if no stream map changes its records or sends them twice."""
        if len(self.stream_maps) == 1 and _changes_nothing(self.stream_maps[0]):
            return self.stream_maps[0].stream_alias
        return None

    def write(self, block: Block) -> int:
        """Write the records of `block` as RECORD messages; how many left the tap, copies by stream maps not counted."""
        block = block.only(self.properties)
        written = [self._write(block, stream_map) for stream_map in self.stream_maps]
        return written[0] if written else 0

    def _write(self, block: Block, stream_map: StreamMap) -> int:
        if _changes_nothing(stream_map):
            self.writer.write_columns(stream_map.stream_alias, block.columns)
            return len(block)
        records = [record for record in map(stream_map.transform, block.records()) if record is not None]
        self.writer.write_records(stream_map.stream_alias, records)
        return len(records)


@dataclass(frozen=True, slots=True)
class RecordOutput:
    """Writes blocks as RECORD messages."""

    path: FastPath

    def write(self, block: Block) -> int:
        """Write the records of `block`; how many left the tap."""
        return self.path.write(block)

    def end(self) -> None:
        """Nothing is left to write."""

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class BatchOutput:
    """Writes blocks to files, with a BATCH message for each file."""

    path: FastPath
    files: BatchFiles

    def write(self, block: Block) -> int:
        """Write the records of `block`; how many left the tap."""
        self._tell(self.files.write(block.only(self.path.properties)))
        return len(block)

    def end(self) -> None:
        """Write the rows that are not in a file yet."""
        self._tell(self.files.end())

    def close(self) -> None:
        """Drop the rows that are not in a file yet."""
        self.files.close()

    def _tell(self, urls: Iterable[str]) -> None:
        for url in urls:
            self.path.writer.write_batch(self.path.alias or "", self.files.encoding, [url])


Output: TypeAlias = RecordOutput | BatchOutput


def _types(schema: Mapping[str, Any]) -> dict[str, Any]:
    # A catalog of an earlier version has other descriptions, which change no record.
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    return {name: (each.get("type"), each.get("format")) for name, each in properties.items()}


def _changes_nothing(stream_map: StreamMap) -> bool:
    return isinstance(stream_map, SameRecordTransform) and not stream_map.flattening_enabled
