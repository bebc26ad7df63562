"""The insights that SEI exports: they differ in paths, groups, options and key columns, and in nothing else. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.metrics_table import GROUPS, SPRINT_GROUPS
from tap_sei_efficiency.model.record_schema import BY_MODE, BY_PERIOD, BY_SPRINT

if TYPE_CHECKING:
    from tap_sei_efficiency.model.metrics_table import MetricGroup
    from tap_sei_efficiency.model.record_schema import Shape


@dataclass(frozen=True, slots=True, eq=False)
class Insight:
    """One kind of export.

    `option` is the field of a request's `options` that takes one of `choices`. `create_words` and `job_words` begin the
    names of its paths in the dialect, in the order in which to try them. `shape` is that of its records; with
    `has_levels` it also exports single sprints, whose records have `sprint_shape`. SEI may refuse the groups
    `doubtful_by_sprint` at that level, because the documentation contradicts itself. `says_status` is whether only an
    answer about a new job has a status.
    """

    option: str
    choices: tuple[str, ...]
    groups: tuple[MetricGroup, ...]
    shape: Shape
    sprint_shape: Shape = BY_SPRINT
    create_words: tuple[str, ...] = ("",)
    job_words: tuple[str, ...] = ("",)
    has_levels: bool = False
    says_status: bool = True
    doubtful_by_sprint: frozenset[str] = frozenset()


EFFICIENCY = Insight(
    option="aggregation",
    choices=("mean", "median", "p90", "p95"),
    groups=tuple(GROUPS.values()),
    shape=BY_PERIOD,
)
SPRINT = Insight(
    option="computationMode",
    choices=("STORY_POINTS", "TICKETS"),
    groups=SPRINT_GROUPS,
    shape=BY_MODE,
    create_words=("sprint_", "sprints_"),
    job_words=("sprints_", "sprint_"),
    has_levels=True,
    says_status=False,
    doubtful_by_sprint=frozenset({"sprint_delivery_analysis"}),
)
INSIGHTS = (EFFICIENCY, SPRINT)


def insight_of(choice: str) -> Insight:
    """The insight whose option takes `choice`."""
    return next(insight for insight in INSIGHTS if choice in insight.choices)
