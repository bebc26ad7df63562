"""What all streams of team and period have in common: key, partitions, and how records leave the tap."""

from __future__ import annotations

import logging
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream

from tap_sei_efficiency.emit.batch import BatchFiles, BatchSettings
from tap_sei_efficiency.model.record_schema import KEY_PROPERTIES, record_schema
from tap_sei_efficiency.run.state import REPLICATION_KEY, context_of
from tap_sei_efficiency.streams.fast_path import FastPath

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig  # the SDK names them for `get_batches`
    from singer_sdk.helpers.types import Context
    from singer_sdk.metrics import Counter

    from tap_sei_efficiency.decode import Block, Decoded
    from tap_sei_efficiency.model.metrics_table import Metric
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.run.sync import Emitted
    from tap_sei_efficiency.tap import TapSeiEfficiency

_logger = logging.getLogger(__name__)


class PeriodStream(Stream):
    """A stream keyed on team and period, with a partition for each scope."""

    primary_keys = KEY_PROPERTIES
    replication_key = REPLICATION_KEY
    # The tap writes STATE itself, after each export: amid an export there is nothing to resume from.
    STATE_MSG_FREQUENCY = sys.maxsize

    def __init__(self, tap: TapSeiEfficiency, name: str, metrics: Sequence[Metric]) -> None:
        self.metrics = tuple(metrics)
        self._sei_tap = tap
        self._counter: Counter | None = None
        self._files: BatchFiles | None = None
        self._has_emitted = False
        super().__init__(tap, schema=record_schema(metrics), name=name)

    @property
    def scopes(self) -> Sequence[Scope]:
        """The scopes that this stream exports."""
        raise NotImplementedError

    @override
    @cached_property
    def partitions(self) -> list[dict[str, Any]] | None:
        return [context_of(self._sei_tap.settings, scope) for scope in self.scopes]

    @property
    def is_test(self) -> bool:
        """Whether the SDK wants a record and no more."""
        return self.ABORT_AT_RECORD_COUNT is not None

    @property
    def is_shown(self) -> bool:
        """Whether a test has its record, so that no further partition need be asked for."""
        return self.is_test and self._has_emitted

    @cached_property
    def _fast_path(self) -> FastPath | None:
        return FastPath.find(self, self._sei_tap.message_writer)

    def emit(self, decoded: Decoded, emitted: Emitted) -> Iterator[dict[str, Any]]:
        """Let the records of a file go: past the SDK where that does the same, else through it.

        Raises:
            DecodeError: The file cannot be read to its end.
        """
        blocks = self._watched(decoded, emitted)
        if self._fast_path is None:
            for block in blocks:
                yield from block.records()
        elif self._files:
            for _ in self._fast_path.write_batches(blocks, self._files):
                self._count(1)
        else:
            for block in blocks:
                self._fast_path.write(block)
                self._count(len(block))

    def _count(self, number: int) -> None:
        if self._counter:
            self._counter.increment(number)

    def _watched(self, decoded: Decoded, emitted: Emitted) -> Iterator[Block]:
        """The blocks of a file, counted as they go; between two of them the jobs in flight are looked after."""
        for block in decoded.blocks():
            emitted.count(block.period_starts, block.team_paths)
            self._has_emitted = True
            yield block
            self._sei_tap.session.sync.between_blocks()

    @override
    def get_record_counter(self, **kwargs: Any) -> Counter:
        self._counter = super().get_record_counter(**kwargs)
        return self._counter

    @override
    def get_batch_counter(self) -> Counter:
        self._counter = super().get_batch_counter()
        return self._counter

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        batch_config = super().get_batch_config(config)
        if batch_config and not (self._fast_path and self._fast_path.alias):
            _logger.info("Records of %s leave one by one, not in batches: something changes each of them.", self.name)
            return None
        return batch_config

    @override
    def get_batches(
        self, batch_config: BatchConfig, context: Context | None = None
    ) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        # BATCH messages are written where an export ends, before its STATE, and none is left to the SDK: that would
        # write the STATE after each, whatever its size, which is megabytes where partitions are thousands.
        storage = batch_config.storage
        prefix = f"{storage.prefix or ''}{self.tap_name}--{self.name}-"
        settings = BatchSettings.from_config(self.config)
        self._files = BatchFiles(settings, storage, prefix, self.schema) if settings else None
        for partition in [context] if context else self.partitions or ():
            for _ in self.get_records(partition):
                pass
        yield from ()
