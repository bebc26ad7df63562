"""What follows from the metric table: look-up by any spelling, and the JSON schema of records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.exports import Aggregation
from tap_sei_efficiency.metrics_table import GROUPS, TEAM_REPORT, UNIT_WORDS, Metric, MetricGroup, MetricType
from tap_sei_efficiency.spelling import snake_case, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ADDITIONAL",
    "GROUPS",
    "KEY_PROPERTIES",
    "TEAM_REPORT",
    "Metric",
    "MetricGroup",
    "MetricType",
    "Reading",
    "custom_metric",
    "group_of",
    "metric_of",
    "read_name",
    "record_schema",
]

_MOST_WORDS = 16  # a longer header is nobody's spelling, and would only cost time

_AGGREGATION_WORDS: Mapping[str, Aggregation] = MappingProxyType(
    {
        "mean": Aggregation.MEAN,
        "avg": Aggregation.MEAN,
        "average": Aggregation.MEAN,
        "median": Aggregation.MEDIAN,
        "p50": Aggregation.MEDIAN,
        "p90": Aggregation.P90,
        "90th": Aggregation.P90,
        "p95": Aggregation.P95,
        "95th": Aggregation.P95,
    }
)
_EMPTY_WORDS = frozenset({"in", "percentile"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a column's name says: the metric, and its aggregation where the name tells."""

    metric: Metric
    aggregation: Aggregation | None


def read_name(name: str, metrics: tuple[Metric, ...]) -> Reading | None:
    """What `name` says if it is one of `metrics`, alone or with words for aggregation and unit around it."""
    found = words(name)
    if len(found) > _MOST_WORDS:
        return None
    spellings = _spellings(metrics)
    for length in range(len(found), 0, -1):
        for start in range(len(found) - length + 1):
            metric = spellings.get(found[start : start + length])
            if metric and (reading := _qualified(metric, {*found[:start], *found[start + length :]})):
                return reading
    return None


def _qualified(metric: Metric, qualifiers: set[str]) -> Reading | None:
    aggregations = {_AGGREGATION_WORDS[word] for word in qualifiers if word in _AGGREGATION_WORDS}
    rest = qualifiers - _AGGREGATION_WORDS.keys() - UNIT_WORDS[metric.unit] - _EMPTY_WORDS
    if rest or len(aggregations) > 1:
        return None
    return Reading(metric, next(iter(aggregations), None))


@cache
def _spellings(metrics: tuple[Metric, ...]) -> Mapping[tuple[str, ...], Metric]:
    return {
        words(spelling): metric
        for metric in metrics
        for spelling in (metric.name, metric.api_name, metric.title, *metric.spellings)
        if spelling
    }


_EXPORTED = tuple(metric for group in GROUPS.values() if group.is_documented for metric in group.metrics)


def metric_of(name: str) -> Metric | None:
    """The metric of the table that `name`, as a user writes it in `metrics`, speaks of."""
    reading = read_name(name, _EXPORTED)
    return reading.metric if reading else None


def group_of(metric: Metric) -> MetricGroup:
    """The group that `metric` is exported with."""
    return next(group for group in GROUPS.values() if metric in group.metrics)


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
    ("team_path", _TEXT, "Team hierarchy where SEI gives one, else the team's name."),
    ("team", _TEXT, "Team's name."),
    ("granularity", _TEXT, "Length of the period: WEEKLY, MONTHLY or QUARTERLY."),
    ("aggregation", _TEXT, "How SEI sums up the work items of the period: mean, median, p90 or p95."),
    ("period_start", _DATE, "First day of the period."),
    ("team_hierarchy", _TEXT, "Team hierarchy as SEI writes it."),
    ("period_end", _DATE, "Last day of the period."),
    ("period_label", _TEXT, "Period's label as SEI writes it."),
    (
        "is_period_complete",
        {"type": "boolean"},
        "Whether the period was over when SEI made the export and the export holds all of it.",
    ),
    ("scope", _TEXT, "What was exported: team:, org_tree: or team_ref: and its name."),
    ("export_id", _TEXT, "SEI's identifier of the export."),
    ("exported_at", {"type": "string", "format": "date-time"}, "When SEI took up the export: the figures' date."),
)


_RESERVED = {name for name, _, _ in _LEADING} | {ADDITIONAL}


def custom_metric(name: str) -> Metric:
    """The column that `name`, an entry of the setting `metrics`, asks for: typed by the table, else a number."""
    known = metric_of(name)
    column = snake_case(name)
    return Metric(
        name=f"{column}_metric" if column in _RESERVED else column,
        api_name=name,
        type=known.type if known else MetricType.NUMBER,
        unit=known.unit if known else None,
        title=name,
        description=known.description if known else "Asked for by name; not in the tap's table of metrics.",
    )


def record_schema(metrics: Iterable[Metric]) -> dict[str, Any]:
    """JSON schema of the records of a stream that exports `metrics`; keys are never null, all else may be."""
    properties = {name: _property(name, schema, description) for name, schema, description in _LEADING}
    properties |= {metric.name: _metric_property(metric) for metric in metrics}
    properties[ADDITIONAL] = {
        "type": "object",
        "title": "Additional metrics",
        "description": "Columns of the file that have none of their own here, by name; numbers as numbers.",
    }
    return {"type": "object", "properties": properties, "required": list(KEY_PROPERTIES)}


def _property(name: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    kind = schema["type"] if name in KEY_PROPERTIES else [schema["type"], "null"]
    return {**schema, "type": kind, "title": name.replace("_", " ").capitalize(), "description": description}


def _metric_property(metric: Metric) -> dict[str, Any]:
    unit = f" Unit: {metric.unit}." if metric.unit else ""
    return {"type": [metric.type.value, "null"], "title": metric.title, "description": f"{metric.description}{unit}"}
