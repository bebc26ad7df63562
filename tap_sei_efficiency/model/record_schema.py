"""The JSON schema of the records of team and period, made from the metric table."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_sei_efficiency.model.metrics_table import Metric

KEY_PROPERTIES = (
    "org_identifier",
    "project_identifier",
    "team_path",
    "team",
    "granularity",
    "aggregation",
    "period_start",
)
ADDITIONAL = "additional_metrics"

_TEXT: Mapping[str, Any] = MappingProxyType({"type": "string"})
_DATE: Mapping[str, Any] = MappingProxyType({"type": "string", "format": "date"})

_LEADING = (
    ("org_identifier", _TEXT, "Identifier of the Harness organization."),
    ("project_identifier", _TEXT, "Identifier of the Harness project."),
    ("team_path", _TEXT, "Team hierarchy, or the team's name if the file has no hierarchy."),
    ("team", _TEXT, "Name of the team."),
    ("granularity", _TEXT, "Length of the period: WEEKLY, MONTHLY or QUARTERLY."),
    ("aggregation", _TEXT, "How SEI aggregates the work items of the period: mean, median, p90 or p95."),
    ("period_start", _DATE, "First day of the period."),
    ("team_hierarchy", _TEXT, "Team hierarchy as in the file."),
    ("period_end", _DATE, "Last day of the period."),
    ("period_label", _TEXT, "Label of the period as in the file."),
    (
        "is_period_complete",
        {"type": "boolean"},
        "Whether the period was over when SEI created the export, and the export covers all of it.",
    ),
    ("scope", _TEXT, "What was exported: team: or team_ref: and an ID, or org_tree: and a name."),
    ("export_id", _TEXT, "SEI's identifier of the export."),
    ("exported_at", {"type": "string", "format": "date-time"}, "When SEI created the export: the time of the figures."),
)


LEADING = tuple(name for name, _, _ in _LEADING)
"""The properties before the metrics, which all streams have in common."""

RESERVED = {*LEADING, ADDITIONAL}


def record_schema(metrics: Iterable[Metric]) -> dict[str, Any]:
    """JSON schema of the records of a stream that exports `metrics`; keys are never null, all else may be."""
    properties = {name: _property(name, schema, description) for name, schema, description in _LEADING}
    properties |= {metric.name: _metric_property(metric) for metric in metrics}
    properties[ADDITIONAL] = {
        "type": "object",
        "title": "Additional metrics",
        "description": "Columns of the file that the tap does not know, by name.",
    }
    return {"type": "object", "properties": properties, "required": list(KEY_PROPERTIES)}


def _property(name: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    kind = schema["type"] if name in KEY_PROPERTIES else [schema["type"], "null"]
    return {**schema, "type": kind, "title": name.replace("_", " ").capitalize(), "description": description}


def _metric_property(metric: Metric) -> dict[str, Any]:
    unit = f" Unit: {metric.unit}." if metric.unit else ""
    return {"type": [metric.type.value, "null"], "title": metric.title, "description": f"{metric.description}{unit}"}
