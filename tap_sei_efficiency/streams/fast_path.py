"""The fast path: blocks of columns leave the tap without the SDK looking at each record. `find` is its one door.

The SDK's own loop costs ten times as much a record as all else that the tap does. Here what it would do to each record
is done to blocks, through its public interface: properties that are not selected go, stream maps are applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform

from tap_sei_efficiency.emit.messages import MessageWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk import Stream
    from singer_sdk.mapper import StreamMap

    from tap_sei_efficiency.decode import Block
    from tap_sei_efficiency.emit.batch import BatchFiles


@dataclass(frozen=True, slots=True)
class FastPath:
    """How the blocks of a stream leave: which properties, changed by which stream maps."""

    writer: MessageWriter
    properties: tuple[str, ...]
    stream_maps: Sequence[StreamMap]

    @classmethod
    def find(cls, stream: Stream, writer: object) -> Self | None:
        """The fast path of `stream`; None where only the SDK knows what to do with a record.

        That is so in a test, which is to stop at a record; where a catalog has a schema of its own; and in a full
        table, whose records carry a version.
        """
        knows_all = (
            stream.ABORT_AT_RECORD_COUNT is None
            and stream.replication_method != "FULL_TABLE"
            and stream.effective_schema.get("properties") == stream.schema["properties"]
        )
        if not knows_all or not isinstance(writer, MessageWriter):
            return None
        return cls(
            writer,
            tuple(name for name in stream.schema["properties"] if stream.mask["properties", name]),
            [stream_map for stream_map in stream.stream_maps if not isinstance(stream_map, RemoveRecordTransform)],
        )

    @property
    def alias(self) -> str | None:
        """The name under which records leave, where no stream map changes them or sends them twice."""
        if len(self.stream_maps) == 1 and _changes_nothing(self.stream_maps[0]):
            return self.stream_maps[0].stream_alias
        return None

    def write(self, block: Block) -> None:
        """Write the records of `block` as RECORD messages."""
        block = block.only(self.properties)
        for stream_map in self.stream_maps:
            if _changes_nothing(stream_map):
                self.writer.write_columns(stream_map.stream_alias, block.columns)
            else:
                mapped = map(stream_map.transform, block.records())
                self.writer.write_records(stream_map.stream_alias, (record for record in mapped if record is not None))

    def write_batches(self, blocks: Iterable[Block], files: BatchFiles) -> Iterator[str]:
        """Write the records of `blocks` to files, with a BATCH message for each; their addresses."""
        for url in files.write(block.only(self.properties) for block in blocks):
            self.writer.write_batch(self.alias or "", files.encoding, [url])
            yield url


def _changes_nothing(stream_map: StreamMap) -> bool:
    return isinstance(stream_map, SameRecordTransform) and not stream_map.flattening_enabled
