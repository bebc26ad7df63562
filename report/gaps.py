"""What is missing, in sentences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from report.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from report.model import Period, Team


_MOST_SPANS = 6


def gaps(team: Team, periods: Sequence[Period]) -> list[str]:
    """The periods without a row, and those whose row lacks one of the four metrics."""
    if not team.has_figures:
        return [f"SEI gave no rows for {team.name} itself in any period shown."]
    silent = _spans(periods, lambda period: not team.at(period).has_row)
    withdrawn = _spans(periods, lambda period: team.at(period).is_withdrawn)
    nulls = {metric.title: _spans(periods, partial(_is_null, team, metric.column)) for metric in METRICS}
    return [
        *([f"No row: {silent}. SEI reported nothing for the team, which is not zero."] if silent else []),
        *(
            f"{title}, no figure: {spans}. Nothing to measure, which is not zero."
            for title, spans in nulls.items()
            if spans
        ),
        *(
            [f"Withdrawn: {withdrawn}. A newer export held the row no more; its last figures are shown."]
            if withdrawn
            else []
        ),
    ]


def below(team: Team, period: Period) -> list[str]:
    """The teams below that have no row in `period`."""
    silent = [other.name for other in team.walk() if other is not team and not other.at(period).has_row]
    return [f"Teams below without a row in {period.label}: {', '.join(silent)}."] if silent else []


def _is_null(team: Team, column: str, period: Period) -> bool:
    figures = team.at(period)
    return figures.has_row and figures.values[column] is None


def _spans(periods: Sequence[Period], is_missing: Callable[[Period], bool]) -> str:
    runs = list(_runs(periods, is_missing))
    if len(runs) > _MOST_SPANS:
        return f"{sum(map(len, runs))} of {len(periods)} periods, the newest of them {runs[-1][-1].label}"
    return ", ".join(run[0].label if len(run) == 1 else f"{run[0].label} to {run[-1].label}" for run in runs)


def _runs(periods: Sequence[Period], is_missing: Callable[[Period], bool]) -> Iterator[list[Period]]:
    run: list[Period] = []
    for period in periods:
        if is_missing(period):
            run.append(period)
        elif run:
            yield run
            run = []
    if run:
        yield run
