"""The figures as tables: each chart's text alternative, and the teams side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from report.charts import RESTATED, marks
from report.metrics import METRICS, STAGES, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from report.metrics import Metric
    from report.model import Figures, Period, Team

NO_ROW = "no row"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: as it stands in the marts, as it is shown, and what to know of it."""

    value: float | str | None
    text: str
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a heading and its cells; a heading with a team links to the team's section."""

    caption: str
    header: Sequence[str]
    rows: Sequence[tuple[str, Team | None, Sequence[Cell]]]


def cell(figures: Figures, period: Period, metric: Metric) -> Cell:
    """A figure with its marks; a row without the figure is told apart from no row."""
    if not figures.has_row:
        return Cell(None, NO_ROW)
    value, restated = figures.values[metric.column], figures.restated.get(metric.column)
    notes = [mark for mark in marks(figures, period, metric.column) if mark != RESTATED]
    if restated:
        notes.append(f"restated by {restated.at}, was {number(restated.old)}")
    return Cell(value, number(value), notes)


def by_team(metric: Metric, teams: Sequence[Team], periods: Sequence[Period]) -> Table:
    """One metric: a row a period, newest first, and a column a team."""
    rows = [(p.label, None, [cell(team.at(p), p, metric) for team in teams]) for p in reversed(periods)]
    return Table(metric.heading, ["Period", *(team.name for team in teams)], rows)


def by_stage(team: Team, periods: Sequence[Period]) -> Table:
    """The stages of one team: a row a period, newest first."""
    rows = [(p.label, None, [cell(team.at(p), p, stage) for stage in STAGES]) for p in reversed(periods)]
    return Table("Stages of the lead time, in days", ["Period", *(stage.title for stage in STAGES)], rows)


def of_period(teams: Sequence[Team], period: Period) -> Table:
    """Teams side by side in one period: a row a team."""
    rows = []
    for team in teams:
        figures = team.at(period)
        rating = Cell(figures.rating, figures.rating or ("no rating" if figures.has_row else NO_ROW))
        rows.append((team.name, team, [*(cell(figures, period, metric) for metric in METRICS), rating]))
    header = ["Team", *(metric.heading for metric in METRICS), "Rating by SEI"]
    return Table(f"Teams in {period.label}", header, rows)


def of_leaves(metric: Metric, leaves: Sequence[tuple[str, Team]], period: Period) -> Table:
    """One metric of the leaf teams in one period."""
    rows = [(name, team, [cell(team.at(period), period, metric)]) for name, team in leaves]
    return Table(f"{metric.title} by leaf team in {period.label}", ["Team", metric.heading], rows)
