"""The straightforward tap with what the Singer SDK's documentation offers against its cost for each record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers.conform import TypeConformanceLevel

from bench.peers.sdk_tap import LeadTime, TapLeadTime

if TYPE_CHECKING:
    from singer_sdk import Stream


class UncheckedLeadTime(LeadTime):
    """Values are taken to fit the schema."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE


class TunedTapLeadTime(TapLeadTime):
    """Messages are written by msgspec."""

    message_writer_class = MsgSpecWriter

    def discover_streams(self) -> list[Stream]:
        """The one stream."""
        return [UncheckedLeadTime(self)]


if __name__ == "__main__":
    TunedTapLeadTime.cli()
