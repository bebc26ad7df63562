"""The checks of a probe, in order: what each asks of the server, and with how many requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_sei_efficiency.probe import access, files, jobs, lists

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sei_efficiency.probe.probing import Probing


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it asks, how many requests that takes at most, and the code that asks."""

    name: str
    asks: str
    requests: str
    run: Callable[[Probing], None]


CHECKS: tuple[Check, ...] = (
    Check("access", "a group that does not exist: which base path and header answer", "1 to 8", access.way_in),
    Check("granularities", "a granularity that does not exist", "1", access.granularities),
    Check("aggregations", "an aggregation that does not exist", "1", access.aggregations),
    Check("unknown team", "a team that does not exist", "1", access.unknown_team),
    Check("groups", "an export of all groups; if refused, one of each", "1 to 9", jobs.groups),
    Check("reuse", "the same export again", "1", jobs.reuse),
    Check("weeks", "an export by week", "0 to 1", jobs.weekly),
    Check("jobs", "how far the exports are", "2 to 12", files.polls),
    Check("files", "the files of the exports", "2 to 7", files.downloads),
    Check("unclear columns", "an export of each group with a column that is not clear", "0 to 9", files.alone),
    Check("org trees and teams", "the lists of org trees and of the teams of one", "1 to 2", lists.trees),
    Check("legacy report", "a legacy report", "0 to 1", lists.legacy),
    Check("sprint metrics", "a group of sprint metrics that does not exist", "0 to 2", access.sprints),
)
