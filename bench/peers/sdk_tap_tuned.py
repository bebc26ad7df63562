"""The straightforward tap with the optimizations that the Singer SDK's documentation offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers.conform import TypeConformanceLevel

from bench.peers.sdk_tap import LeadTime, TapLeadTime

if TYPE_CHECKING:
    from singer_sdk import Stream


class UncheckedLeadTime(LeadTime):
    """A stream that does not check values against the schema."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE


class TunedTapLeadTime(TapLeadTime):
    """A writer of messages that uses msgspec."""

    message_writer_class = MsgSpecWriter

    def discover_streams(self) -> list[Stream]:
        """The one stream."""
        return [UncheckedLeadTime(self)]


if __name__ == "__main__":
    TunedTapLeadTime.cli()
