"""The streams, as the Singer SDK wants them. With `tap.py` the only rooms that know the SDK."""

from tap_sei_efficiency.streams.exports import ExportStream
from tap_sei_efficiency.streams.ledger import LedgerStream
from tap_sei_efficiency.streams.reports import TeamReportStream
from tap_sei_efficiency.streams.teams import TeamsStream

__all__ = ["ExportStream", "LedgerStream", "TeamReportStream", "TeamsStream"]
