"""Names of metrics as users and servers write them, matched with the metric table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.insights import SPRINT
from tap_sei_efficiency.model.metrics_table import GROUPS, SPRINTS, UNIT_WORDS, Metric, MetricGroup, MetricType
from tap_sei_efficiency.model.record_schema import RESERVED
from tap_sei_efficiency.model.requests import Aggregation
from tap_sei_efficiency.model.spelling import snake_case, words

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_WORDS = 16  # a longer header is no spelling of a metric

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
_MODE_WORDS: Mapping[str, Aggregation] = MappingProxyType(
    {
        "story": Aggregation.STORY_POINTS,
        "points": Aggregation.STORY_POINTS,
        "pts": Aggregation.STORY_POINTS,
        "sp": Aggregation.STORY_POINTS,
        "tickets": Aggregation.TICKETS,
    }
)
_SPRINT_METRICS = frozenset((*SPRINTS, *(metric for group in SPRINT.groups for metric in group.metrics)))
_EMPTY_WORDS = frozenset({"in", "percentile"})


@dataclass(frozen=True, slots=True)
class Reading:
    """The metric of a column's name, and its aggregation if the name contains one."""

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
    known = _MODE_WORDS if metric in _SPRINT_METRICS else _AGGREGATION_WORDS
    aggregations = {known[word] for word in qualifiers if word in known}
    rest = qualifiers - known.keys() - UNIT_WORDS[metric.unit] - _EMPTY_WORDS
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


def custom_metric(name: str) -> Metric:
    """The column that `name`, an entry of the setting `metrics`, asks for: typed by the table, else a number."""
    known = metric_of(name)
    column = snake_case(name)
    return Metric(
        name=f"{column}_metric" if column in RESERVED else column,
        api_name=name,
        type=known.type if known else MetricType.NUMBER,
        unit=known.unit if known else None,
        title=name,
        description=known.description if known else "Asked for by name; not in the tap's table of metrics.",
    )
