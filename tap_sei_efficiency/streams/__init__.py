"""The streams, as the Singer SDK wants them. With `tap.py` the only rooms that know the SDK."""

from tap_sei_efficiency.streams.exports import LedgerStream
from tap_sei_efficiency.streams.metric_groups import ExportStream
from tap_sei_efficiency.streams.team_reports import TeamReportStream
from tap_sei_efficiency.streams.teams import TeamsStream

__all__ = ["ExportStream", "LedgerStream", "TeamReportStream", "TeamsStream"]
