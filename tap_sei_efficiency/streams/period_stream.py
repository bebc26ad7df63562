"""The base of all streams of team and period: key, partitions and output."""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.mapper import RemoveRecordTransform
from singer_sdk.singerlib import SchemaMessage

from tap_sei_efficiency.emit.batch import BatchFiles, BatchSettings
from tap_sei_efficiency.errors import DecodeError, ExportError
from tap_sei_efficiency.model.dialect import HIERARCHY
from tap_sei_efficiency.model.record_schema import BY_PERIOD, REPLICATION_KEY, Shape, record_schema
from tap_sei_efficiency.model.requests import ScopeKind
from tap_sei_efficiency.run.state import context_of
from tap_sei_efficiency.streams.fast_path import BatchOutput, FastPath, Output, RecordOutput

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig  # the SDK names them for `get_batches`
    from singer_sdk.helpers.types import Context
    from singer_sdk.metrics import Counter

    from tap_sei_efficiency.decode import Block, Decoded
    from tap_sei_efficiency.model.metrics_table import Metric
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.run.ledger import Emitted
    from tap_sei_efficiency.run.run import Run
    from tap_sei_efficiency.settings import Settings

_logger = logging.getLogger(__name__)


class PeriodStream(Stream):
    """A stream keyed on team and period or sprint, with a partition for each scope, granularity and aggregation."""

    replication_key = REPLICATION_KEY
    # The tap writes STATE itself, after each export: amid an export there is nothing to resume from.
    STATE_MSG_FREQUENCY = sys.maxsize

    def __init__(self, tap: Tap, run: Run, name: str, metrics: Sequence[Metric], shape: Shape = BY_PERIOD) -> None:
        self.metrics = tuple(metrics)
        self.run = run
        self._sei_tap = tap
        self._has_emitted = False
        self._counter: Counter | None = None
        super().__init__(tap, schema=record_schema(metrics, shape), name=name)
        self.primary_keys = shape.key

    @property
    def scopes(self) -> Sequence[Scope]:
        """The scopes that this stream exports."""
        raise NotImplementedError

    @property
    def views(self) -> Sequence[Settings]:
        """The run's settings as the partitions of each scope have them."""
        return (self.run.settings,)

    @property
    def pages(self) -> Iterator[tuple[Settings, Scope]]:
        """The view and the scope of each partition."""
        return ((view, scope) for view in self.views for scope in self.scopes)

    @override
    @cached_property
    def partitions(self) -> list[dict[str, Any]] | None:
        return [context_of(*page) for page in self.pages]

    def partition_state(self, scope: Scope, view: Settings) -> dict[str, Any]:
        """The writable state of the partition of `scope` in this view."""
        return self.get_context_state(context_of(view, scope))

    @property
    def is_test(self) -> bool:
        """Whether the SDK stops at the first record."""
        return self.ABORT_AT_RECORD_COUNT is not None

    @property
    def is_shown(self) -> bool:
        """Whether a test has its record, and needs no further partition."""
        return self.is_test and self._has_emitted

    @cached_property
    def fast_path(self) -> FastPath | None:
        """How to emit blocks without the SDK; None if only the SDK can process the records."""
        return FastPath.find(self, self._sei_tap.message_writer)

    def write_schema(self) -> None:
        """Write the SCHEMA message of the stream, or one for each of its stream maps."""
        for stream_map in self.stream_maps:
            if not isinstance(stream_map, RemoveRecordTransform):
                self._sei_tap.write_message(
                    SchemaMessage(
                        stream_map.stream_alias,
                        stream_map.transformed_schema,
                        stream_map.transformed_key_properties,
                        [self.replication_key] if self.replication_key else None,
                    )
                )

    def output(self) -> Output:
        """Where the blocks of one export go: RECORD messages, or BATCH files if those are set and possible.

        ValueError if the stream has no fast path.
        """
        if self.fast_path is None:
            msg = f"Only the SDK can emit {self.name}"
            raise ValueError(msg)
        settings, batch = BatchSettings.from_config(self.config), self.get_batch_config(self.config)
        if settings is None or batch is None:
            return RecordOutput(self.fast_path)
        prefix = f"{batch.storage.prefix or ''}{self.tap_name}--{self.name}-"
        return BatchOutput(self.fast_path, BatchFiles(settings, batch.storage, prefix, self.schema))

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Log the SDK's metrics of a sync: how many records, how long."""
        with self.get_record_counter() as counter, self.get_sync_timer():
            self._counter = counter
            yield

    def count(self, rows: int) -> None:
        """Count records that left the tap, for the SDK's metrics."""
        self._has_emitted = True
        if self._counter:
            self._counter.increment(rows)

    def counted(self, decoded: Decoded, emitted: Emitted) -> Iterator[dict[str, Any]]:
        """The records of a file for the SDK's own loop, counted as they go.

        Raises:
            DecodeError: The file cannot be read to its end.
        """
        try:
            for blocks in decoded.blocks([self.name], self.name):
                block = blocks[self.name]
                if error := self.namesake(decoded, block):
                    raise error
                emitted.count(len(block), block.period_starts, block.team_paths, block.are_over)
                self._has_emitted = True
                yield from block.records()
            if error := decoded.errors.get(self.name):
                raise error
        except ExportError as error:
            emitted.message = str(error)
            raise

    def namesake(self, decoded: Decoded, block: Block) -> DecodeError | None:
        """The error for a block with a team whose key another team of the run has."""
        if len(self.scopes) == 1:
            return None
        scope = next(scope for scope in self.scopes if str(scope) == block.columns["scope"][0])
        has_paths = HIERARCHY in decoded.header.keys
        # The path distinguishes teams of a tree, and a tree can have millions of rows.
        if has_paths and scope.kind is ScopeKind.ORG_TREE:
            return None
        figures = zip(*(block.columns[metric.name] for metric in self.metrics), strict=True)
        closed = compress(zip(block.team_paths, block.when, figures, strict=True), block.columns["is_period_complete"])
        stream = f"{self.name}, {decoded.spec.aggregation}"
        clash = self.run.namesakes.clash(stream, scope, closed, has_paths=has_paths)
        label = decoded.spec.label
        if clash and clash.is_one_team:
            if self.run.first_seen("restated", [str(scope)]):
                _logger.warning(
                    "In %s, %s: SEI restated them between the two exports, and a loader keeps the row that comes last. "
                    "Leave the team out of one of the two scopes.",
                    label,
                    clash.text,
                )
            return None
        if clash:
            advice = (
                "If it is one team, leave it out of one of the two scopes; if they are two teams, rename one in SEI."
            )
            return DecodeError(f"In {label}, {clash.text}, and both have one key. {advice}", about=f" {label},")
        return None

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        batch_config = None if self.run.newest_only else super().get_batch_config(config)
        if batch_config and not (self.fast_path and self.fast_path.alias):
            if self.run.first_seen("no batches", [self.name]):
                _logger.info(
                    "Stream %s writes records, not batches: a stream map or a catalog changes each record.", self.name
                )
            return None
        return batch_config

    @override
    def get_batches(
        self, batch_config: BatchConfig, context: Context | None = None
    ) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        # The tap's own run writes BATCH messages itself: the SDK would write the whole STATE after each file.
        msg = f"Stream {self.name} writes batches only in a run of the tap."
        raise NotImplementedError(msg)


def write_blocks(
    run: Run, decoded: Decoded, streams: Mapping[str, PeriodStream], emitted: Mapping[str, Emitted], keeper: str
) -> None:
    """Write the records of a file to each of `streams`; between blocks the run looks after its jobs.

    A stream with an unreadable cell stops there, and has its error in `decoded.errors`.

    Raises:
        DecodeError: A row cannot be read for any stream.
    """
    with ExitStack() as cleanup:
        outputs = {name: stream.output() for name, stream in streams.items()}
        for output in outputs.values():
            cleanup.callback(output.close)
        for blocks in decoded.blocks(list(streams), keeper):
            for name, block in blocks.items():
                if error := streams[name].namesake(decoded, block):
                    decoded.errors[name] = error
                    continue
                rows = outputs[name].write(block)
                emitted[name].count(rows, block.period_starts, block.team_paths, block.are_over)
                streams[name].count(rows)
            run.between_blocks()
        for name, output in outputs.items():
            if name not in decoded.errors:
                output.end()
