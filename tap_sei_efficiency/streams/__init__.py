"""The streams, as the Singer SDK needs them. Besides this package, the SDK is known to `tap.py` and two modules."""

from tap_sei_efficiency.streams.export_pass import ExportPass
from tap_sei_efficiency.streams.exports import ExportsStream
from tap_sei_efficiency.streams.metric_stream import MetricStream
from tap_sei_efficiency.streams.team_reports import TeamReportsStream
from tap_sei_efficiency.streams.teams import ListStream, OrgTreesStream, TeamsStream

__all__ = [
    "ExportPass",
    "ExportsStream",
    "ListStream",
    "MetricStream",
    "OrgTreesStream",
    "TeamReportsStream",
    "TeamsStream",
]
