"""The sprints of each leaf team, two weeks each, and their figures; figures of longer periods are made from them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from standin.draws import between, uniforms
from standin.org import NO_DATA, NO_DEPLOYMENTS, Team
from standin.periods import Period, periods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from standin.truth import Truth, Value

MODES = ("STORY_POINTS", "TICKETS")
_LENGTH = timedelta(days=14)
_DAY = timedelta(days=1)
_FIRST_MONDAY = date(2020, 1, 6)
_SPRINTS_A_YEAR = 26
_OVERDUE = 3  # days for which a team may leave a sprint active after its last day
NO_ESTIMATES = NO_DEPLOYMENTS
"""This team counts tickets and estimates none."""

PICKS: Mapping[str, Callable[[Sprint, date, date], bool]] = {
    "touch": lambda sprint, first, last: sprint.start <= last and sprint.end >= first,
    "start": lambda sprint, first, last: first <= sprint.start <= last,
    "end": lambda sprint, first, last: first <= sprint.end <= last,
}
"""Which sprints a range of days has: those that share a day with it, begin in it, or end in it (not documented)."""


@dataclass(frozen=True, slots=True)
class Sprint(Period):
    """A sprint; its label is its name, which comes again every year."""

    sprint_id: str
    state: str


P = TypeVar("P", bound=Period)


@dataclass(frozen=True, slots=True)
class SprintRow(Generic[P]):
    """The figures of one team in one sprint or period, by documented metric name; None is "no data"."""

    team: Team
    period: P
    values: Mapping[str, Value]


class Work(NamedTuple):
    """What was committed, added, delivered of either, and removed: in story points or in tickets."""

    commit: float = 0
    creep: float = 0
    delivered_commit: float = 0
    delivered_creep: float = 0
    removed_tickets: int = 0
    removed: float = 0

    @property
    def delivered(self) -> float:
        """All that was delivered."""
        return self.delivered_commit + self.delivered_creep


def sprint_rows(
    truth: Truth, teams: Iterable[Team], first: date, last: date, mode: str, as_of: datetime, pick: str = "touch"
) -> Iterator[SprintRow[Sprint]]:
    """A row for each leaf team and sprint in the range that has begun: team by team, oldest sprint first."""
    for team in teams:
        for sprint in sprints_of(truth.seed, team, as_of) if team.is_leaf else ():
            if PICKS[pick](sprint, first, last):
                values = figures([work_of(truth.seed, team, sprint, mode, as_of)])
                yield SprintRow(team, sprint, values)


def period_rows(
    truth: Truth, teams: Iterable[Team], first: date, last: date, granularity: str, mode: str, as_of: datetime
) -> Iterator[SprintRow[Period]]:
    """A row for each team and period with the sprints that end in it; a parent's are those of its leaf teams."""
    asked = [period for period in periods(granularity, first, last, truth.week_start) if period.start <= as_of.date()]
    for team in teams:
        leaves = [(leaf, sprints_of(truth.seed, leaf, as_of)) for leaf in truth.org.leaves(team)]
        for period in asked if any(sprints for _, sprints in leaves) else ():
            works = [
                work_of(truth.seed, leaf, sprint, mode, as_of)
                for leaf, sprints in leaves
                for sprint in sprints
                if period.start <= sprint.end <= period.end
            ]
            yield SprintRow(team, period, figures(works))


def sprints_of(seed: int, team: Team, as_of: datetime) -> tuple[Sprint, ...]:
    """The sprints of a leaf team that have begun at `as_of`, oldest first."""
    return _sprints(seed, team, as_of.astimezone(UTC).date())


@cache
def _sprints(seed: int, team: Team, today: date) -> tuple[Sprint, ...]:
    if team.name == NO_DATA:
        return ()
    return tuple(
        Sprint(start, start + _LENGTH - _DAY, _name(team, number), _id(team, number), _state(seed, team, start, today))
        for number, start in enumerate(_starts(seed, team, today))
    )


def _starts(seed: int, team: Team, today: date) -> Iterator[date]:
    # Teams begin on different weekdays, in either of two weeks.
    draw = int(uniforms(seed, team.path, "first sprint")[0] * 10)
    start = _FIRST_MONDAY + timedelta(days=draw + 2 * (draw // 5))
    while start < team.founded:
        start += _LENGTH
    while start <= today:
        yield start
        start += _LENGTH


def _name(team: Team, number: int) -> str:
    return f"{team.name} Sprint {number % _SPRINTS_A_YEAR + 1}"


def _id(team: Team, number: int) -> str:
    return f"{team.ref_id}{number:04}"


def _state(seed: int, team: Team, start: date, today: date) -> str:
    late = int(uniforms(seed, team.path, start, "late")[0] * (_OVERDUE + 1))
    return "closed" if start + _LENGTH + late * _DAY <= today else "active"


def work_of(seed: int, team: Team, sprint: Sprint, mode: str, as_of: datetime) -> Work | None:
    """The work of a team in a sprint at `as_of`, as far as the sprint is; None if the team does not count so."""
    if mode == "STORY_POINTS" and team.name == NO_ESTIMATES:
        return None
    elapsed = min(1.0, ((as_of.astimezone(UTC).date() - sprint.start).days + 1) / _LENGTH.days)
    return _work(seed, team.path, sprint.start, mode, elapsed)


@cache
def _work(seed: int, path: str, start: date, mode: str, elapsed: float) -> Work:
    usual, adding, delivering, _, *_ = uniforms(seed, path, "sprint habits")
    size, added, done, done_of_added, removing, estimate, *_ = uniforms(seed, path, start, "sprint")
    commit = int(between(5, 22, 0.7 * usual + 0.3 * size))
    creep = int(commit * (0.1 + 0.5 * adding) * added * elapsed)
    delivered = min(commit, int(commit * between(0.55, 1.1, 0.6 * delivering + 0.4 * done) * elapsed))
    delivered_creep = int(creep * done_of_added)
    removed = int(3 * removing * elapsed)
    # Half points exist, so sums of points are not whole numbers.
    each = 1.0 if mode == "TICKETS" else 1 + int(5 * estimate) / 2
    return Work(commit * each, creep * each, delivered * each, delivered_creep * each, removed, removed * each)


def figures(works: list[Work | None]) -> dict[str, Value]:
    """Every metric of some sprints; None where there is nothing to say."""
    known = [work for work in works if work is not None]
    if works and not known:
        return dict.fromkeys((*_AMOUNTS, *_SHARES), None)
    total = Work(*map(sum, zip(*known, strict=True))) if known else Work()
    size, commit = total.commit + total.creep, total.commit
    return {
        "SPRINT_COMMIT": _amount(commit),
        "SPRINT_CREEP": _amount(total.creep),
        "SPRINT_SIZE": _amount(size),
        "TOTAL_WORK_DELIVERED": _amount(total.delivered),
        "DELIVERED_COMMIT": _amount(total.delivered_commit),
        "MISSED_COMMIT": _amount(commit - total.delivered_commit),
        "DELIVERED_CREEP": _amount(total.delivered_creep),
        "MISSED_CREEP": _amount(total.creep - total.delivered_creep),
        "TICKETS_REMOVED_MID_SPRINT": int(total.removed_tickets),
        "SPRINT_VELOCITY": round(total.delivered / len(known), 2) if known else None,
        "SCOPE_CREEP_PERCENT": _percent(total.creep, commit),
        "TOTAL_DELIVERED_WORK_VS_COMMITTED_WORK": _percent(total.delivered, commit),
        "COMMITTED_WORK_DELIVERED_PERCENT": _percent(total.delivered_commit, commit),
        "CREEP_WORK_DELIVERED_PERCENT": _percent(total.delivered_creep, total.creep),
        "TOTAL_WORK_DELIVERED_PERCENT": _percent(total.delivered, size),
        "CHURN_RATE": _percent(total.creep + total.removed, commit),
        "PREDICTABILITY_DELIVERY_CONSISTENCY": _consistency([work.delivered for work in known]),
        "PREDICTABILITY_RELIABILITY_OF_COMMITMENT": _percent(total.delivered_commit, commit),
    }


_AMOUNTS = (
    *("SPRINT_COMMIT", "SPRINT_CREEP", "SPRINT_SIZE", "TOTAL_WORK_DELIVERED", "DELIVERED_COMMIT", "MISSED_COMMIT"),
    *("DELIVERED_CREEP", "MISSED_CREEP", "TICKETS_REMOVED_MID_SPRINT", "SPRINT_VELOCITY"),
)
_SHARES = (
    *("SCOPE_CREEP_PERCENT", "TOTAL_DELIVERED_WORK_VS_COMMITTED_WORK", "COMMITTED_WORK_DELIVERED_PERCENT"),
    *("CREEP_WORK_DELIVERED_PERCENT", "TOTAL_WORK_DELIVERED_PERCENT", "CHURN_RATE"),
    *("PREDICTABILITY_DELIVERY_CONSISTENCY", "PREDICTABILITY_RELIABILITY_OF_COMMITMENT"),
)


def _amount(work: float) -> int | float:
    return int(work) if work == int(work) else work


def _percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 2) if whole else None


def _consistency(delivered: list[float]) -> float | None:
    """100 for a team that delivers the same in each sprint, less for one whose sprints differ."""
    mean = statistics.fmean(delivered) if len(delivered) > 1 else 0.0
    return round(max(0.0, 100 * (1 - statistics.pstdev(delivered) / mean)), 2) if mean else None
