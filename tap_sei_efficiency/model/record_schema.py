"""The JSON schema of the records of team and period, made from the metric table."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_sei_efficiency.model.metrics_table import Metric

_Leading: TypeAlias = "tuple[tuple[str, Mapping[str, Any], str], ...]"

REPLICATION_KEY = "period_start"
ADDITIONAL = "additional_metrics"

_TEXT: Mapping[str, Any] = MappingProxyType({"type": "string"})
_DATE: Mapping[str, Any] = MappingProxyType({"type": "string", "format": "date"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What the records of a stream begin with: properties with schema and description, and those that make the key.

    `choice` is the property that holds the chosen aggregation.
    """

    leading: _Leading
    key: tuple[str, ...]
    choice: str

    @property
    def names(self) -> tuple[str, ...]:
        """The properties before the metrics."""
        return tuple(name for name, _, _ in self.leading)


_LEADING: _Leading = (
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


_MODE = ("computation_mode", _TEXT, "What SEI counts as work: STORY_POINTS or TICKETS.")
_OF_SPRINT: Mapping[str, _Leading] = MappingProxyType(
    {
        "granularity": (("granularity", _TEXT, "Always SPRINT."),),
        "aggregation": (
            _MODE,
            ("sprint", _TEXT, "ID of the sprint; if the file has none, its name and its first day."),
            ("sprint_name", _TEXT, "Name of the sprint."),
            ("sprint_state", _TEXT, "State of the sprint as in the file."),
        ),
        "period_start": (("period_start", _DATE, "First day of the sprint, as written in the file."),),
        "period_end": (("period_end", _DATE, "Last day of the sprint; null if the file does not have it yet."),),
        "is_period_complete": (
            (
                "is_period_complete",
                {"type": "boolean"},
                "Whether the sprint was over when SEI created the export, by its last day and its state.",
            ),
        ),
    }
)


def _replaced(by: Mapping[str, _Leading]) -> _Leading:
    return tuple(own for row in _LEADING for own in by.get(row[0], (row,)))


_TEAM = ("org_identifier", "project_identifier", "team_path", "team")
BY_PERIOD = Shape(_LEADING, (*_TEAM, "granularity", "aggregation", REPLICATION_KEY), "aggregation")
"""A row for each team and period."""
BY_MODE = Shape(
    _replaced({"aggregation": (_MODE,)}),
    (*_TEAM, "granularity", "computation_mode", REPLICATION_KEY),
    "computation_mode",
)
"""The same, with a computation mode in place of an aggregation."""
BY_SPRINT = Shape(_replaced(_OF_SPRINT), (*_TEAM, "computation_mode", "sprint"), "computation_mode")
"""A row for each team and sprint."""

KEY_PROPERTIES = BY_PERIOD.key
RESERVED = {*BY_PERIOD.names, ADDITIONAL}


def record_schema(metrics: Iterable[Metric], shape: Shape = BY_PERIOD) -> dict[str, Any]:
    """JSON schema of the records of a stream that exports `metrics`; keys are never null, all else may be."""
    required = dict.fromkeys((*shape.key, REPLICATION_KEY))
    properties = {name: _property(schema, name, what, name in required) for name, schema, what in shape.leading}
    properties |= {metric.name: _metric_property(metric) for metric in metrics}
    properties[ADDITIONAL] = {
        "type": "object",
        "title": "Additional metrics",
        "description": "Columns of the file that the tap does not know, by name.",
    }
    return {"type": "object", "properties": properties, "required": list(required)}


def _property(schema: Mapping[str, Any], name: str, description: str, is_required: bool) -> dict[str, Any]:  # noqa: FBT001
    kind = schema["type"] if is_required else [schema["type"], "null"]
    return {**schema, "type": kind, "title": name.replace("_", " ").capitalize(), "description": description}


def _metric_property(metric: Metric) -> dict[str, Any]:
    unit = f" Unit: {metric.unit}." if metric.unit else ""
    return {"type": [metric.type.value, "null"], "title": metric.title, "description": f"{metric.description}{unit}"}
