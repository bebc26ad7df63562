"""What all streams of team and period have in common: key, partitions, and how records leave the tap."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream

from tap_sei_efficiency.metrics import KEY_PROPERTIES, Metric, record_schema
from tap_sei_efficiency.state import REPLICATION_KEY, context_of
from tap_sei_efficiency.streams.fast_path import FastPath

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.metrics import Counter

    from tap_sei_efficiency.decode import Decoded
    from tap_sei_efficiency.exports import Scope
    from tap_sei_efficiency.sync import Emitted
    from tap_sei_efficiency.tap import TapSeiEfficiency


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
        for block in decoded.blocks():
            emitted.count(block.period_starts, block.team_paths)
            self._has_emitted = True
            if self._fast_path:
                self._fast_path.write(block)
                if self._counter:
                    self._counter.increment(len(block))
            else:
                yield from block.records()
            self._sei_tap.session.sync.between_blocks()

    @override
    def get_record_counter(self, **kwargs: Any) -> Counter:
        self._counter = super().get_record_counter(**kwargs)
        return self._counter
