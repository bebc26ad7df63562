"""The true figures: a pure function of the seed, the team, the days, the aggregation and the moment of asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from standin.draws import between, uniforms
from standin.history import Totals, total, totals
from standin.metrics import STAGES
from standin.org import NO_DATA, Org, Team
from standin.periods import Period, periods

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

Value = int | float | str | None

RATINGS = ("Low", "Medium", "High", "Elite")
_DAYS_IN = {"daily": 1.0, "weekly": 7.0, "monthly": 30.4375}
# How the percentiles of a long-tailed duration lie to its mean.
_SPREAD = {"mean": (1.0, 1.0), "median": (0.55, 0.85), "p90": (1.8, 2.3), "p95": (2.4, 3.4)}
# The worst value that is still Elite, High, Medium: days, deployments a week (negative), percent, days.
_BANDS = {
    "LTTC": (1.0, 7.0, 30.0),
    "DEPLOYMENT_FREQUENCY": (-7.0, -1.0, -0.25),
    "CFR": (5.0, 10.0, 15.0),
    "MTTR": (1 / 24, 1.0, 7.0),
}
_TRENDS = ("Declining", "Steady", "Improving")


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one team in one period, by documented metric name; None is "no data"."""

    team: Team
    period: Period
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Truth:
    """The figures of `org`."""

    org: Org
    seed: int = 0
    week_start: str = "monday"

    def rows(
        self, teams: Iterable[Team], first: date, last: date, granularity: str, aggregation: str, as_of: datetime
    ) -> Iterator[Row]:
        """A row for each of `teams` and period that touches `first` to `last`: team by team, oldest period first."""
        asked = list(periods(granularity, first, last, self.week_start))
        for team in teams:
            for period in asked:
                values = self.figures(team, period.start, period.end, aggregation, as_of)
                if values is not None:
                    yield Row(team, period, values)

    def figures(self, team: Team, start: date, end: date, aggregation: str, as_of: datetime) -> dict[str, Value] | None:
        """Every metric of `team` from `start` to `end` as known at `as_of`; None if there is no row."""
        as_of = as_of.astimezone(UTC)
        leaves = [leaf for leaf in self.org.leaves(team) if leaf.name != NO_DATA and leaf.founded <= end]
        if not leaves or start > as_of.date():
            return None
        known = total([totals(self.seed, leaf, start, end, as_of) for leaf in leaves])
        values: dict[str, Value] = {
            **self._durations(team, known, aggregation),
            "TOTAL_WORK_ITEMS": known.items,
            "PR_ASSOCIATIONS": known.pull_requests,
            "PERCENTAGE_PR_ASSOCIATED": _ratio(100 * known.pull_requests, known.items),
            "DEPLOYMENT_FREQUENCY": known.deployments,
            "TOTAL_SUCCESS": known.deployments - known.failures,
            "TOTAL_FAILURES": known.failures,
            "CFR": _ratio(100 * known.failures, known.deployments),
        }
        weekly = known.deployments * 7 / ((end - start).days + 1)
        grades = [grade for grade in _grades(values, weekly).values() if grade is not None]
        return {
            **values,
            "OVERALL_RATING": RATINGS[round(sum(grades) / len(grades))] if grades else None,
            "DORA_Score": round(10 * (1 + sum(grades) / len(grades)) / len(RATINGS), 2) if grades else None,
            "Deployments_Per_Week": round(weekly, 2),
            "Teams_Reporting": len(leaves),
            "DORA_Trend": _TRENDS[int(uniforms(self.seed, team.path, start, end)[0] * len(_TRENDS))],
        }

    def report(
        self, team: Team, first: date, last: date, unit: str, aggregation: str, as_of: datetime
    ) -> dict[str, Value] | None:
        """A legacy report's figures and ratings of one team for the whole range, by documented metric name.

        The deployment frequency is per `unit`: `daily`, `weekly` or `monthly`.
        """
        values = self.figures(team, first, last, aggregation, as_of)
        if values is None:
            return None
        deployments, days = values["DEPLOYMENT_FREQUENCY"], (last - first).days + 1
        rate = deployments / days if isinstance(deployments, int) else 0.0
        ratings = {
            metric: None if grade is None else RATINGS[grade] for metric, grade in _grades(values, rate * 7).items()
        }
        return {
            "LEAD_TIME_FOR_CHANGES": values["LTTC"],
            "LEAD_TIME_FOR_CHANGES_RATING": ratings["LTTC"],
            "DEPLOYMENT_FREQUENCY": round(rate * _DAYS_IN[unit], 2),
            "DEPLOYMENT_FREQUENCY_RATING": ratings["DEPLOYMENT_FREQUENCY"],
            "CHANGE_FAILURE_RATE": values["CFR"],
            "CHANGE_FAILURE_RATE_RATING": ratings["CFR"],
            "MEAN_TIME_TO_RESTORE": values["MTTR"],
            "MEAN_TIME_TO_RESTORE_RATING": ratings["MTTR"],
            "OVERALL_DORA": values["DORA_Score"],
            "OVERALL_DORA_RATING": values["OVERALL_RATING"],
        }

    def _durations(self, team: Team, known: Totals, aggregation: str) -> dict[str, Value]:
        sums = {
            **{stage: (days, known.changes) for stage, days in zip(STAGES, known.stages, strict=True)},
            "LTTC": (sum(known.stages), known.changes),
            "MTTR": (known.restoring, known.failures),
        }
        low, high = _SPREAD[aggregation]
        return {
            metric: _ratio(days * between(low, high, uniforms(self.seed, team.path, metric)[0]), number)
            for metric, (days, number) in sums.items()
        }


def _grades(values: Mapping[str, Value], weekly: float) -> dict[str, int | None]:
    """The grade of each rated metric, 0 for Low to 3 for Elite; None if there is nothing to rate."""
    rated = {**values, "DEPLOYMENT_FREQUENCY": -weekly if weekly else None}
    return {metric: _grade(rated[metric], bounds) for metric, bounds in _BANDS.items()}


def _grade(value: Value, bounds: tuple[float, ...]) -> int | None:
    if not isinstance(value, int | float):
        return None
    return sum(value <= bound for bound in bounds)


def _ratio(amount: float, number: int) -> float | None:
    return round(amount / number, 2) if number else None
