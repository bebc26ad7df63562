"""What the page says of one team."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from report import charts, gaps, tables
from report.metrics import METRICS, STAGES, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from report.metrics import Metric
    from report.model import Period, Picture, Team
    from report.tables import Cell, Table


_STAGES = "Where the lead time goes, days"


@dataclass(frozen=True, slots=True)
class Tile:
    """One metric of the last period that is over, beside the period before it and the published bands."""

    metric: Metric
    cell: Cell
    before: Cell | None
    place: str | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, None where there is nothing to draw, with its table and what it leaves out."""

    title: str
    drawing: Markup | None
    table: Table
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One team's part of the page."""

    id: str
    team: Team
    trail: Sequence[Team]
    tiles: Sequence[Tile]
    trends: Sequence[Chart]
    compared: Table | None
    spread: Sequence[Chart]
    stages: Chart | None
    gaps: Sequence[str]


def section_id(team: Team) -> str:
    """The same in each report, so that a link to a team keeps its meaning."""
    return f"team-{hashlib.sha256(team.key.encode()).hexdigest()[:12]}"


def section(team: Team, picture: Picture) -> Section:
    """All that is said of `team`."""
    last = picture.closed[-1] if picture.closed else None
    missing = gaps.gaps(team, picture.periods)
    has_leaves = last is not None and bool(team.children)
    return Section(
        id=section_id(team),
        team=team,
        trail=_trail(team),
        tiles=_tiles(team, picture.closed[-2:]) if team.has_figures else [],
        trends=[_trend(metric, team, picture) for metric in METRICS],
        compared=tables.of_period(team.children, last) if last and team.children else None,
        spread=[_spread(metric, team, last) for metric in METRICS] if last and has_leaves else [],
        stages=_stages(team, picture) if team.has_figures else None,
        gaps=[*missing, *gaps.below(team, last)] if last else missing,
    )


def _trail(team: Team) -> list[Team]:
    above: list[Team] = []
    while team.parent is not None:
        team = team.parent
        above.insert(0, team)
    return above


def _tiles(team: Team, closed: Sequence[Period]) -> list[Tile]:
    tiles = []
    for metric in METRICS if closed else ():
        *before, now = (tables.cell(team.at(period), period, metric) for period in closed)
        place = team.at(closed[-1]).places.get(metric.column)
        tiles.append(Tile(metric, now, before[0] if before else None, place))
    return tiles


def _trend(metric: Metric, team: Team, picture: Picture) -> Chart:
    shown = [team, *team.children] if team.has_figures else team.children
    table = tables.by_team(metric, shown, picture.periods)
    if not any(cell.value is not None for _, _, cells in table.rows for cell in cells):
        return Chart(metric.heading, None, table)
    known = [(p, v) for p in picture.periods if (v := team.at(p).values.get(metric.column)) is not None]
    said = f"{team.name} has no figures of its own."
    if known:
        (newest, value), low, high = known[-1], min(v for _, v in known), max(v for _, v in known)
        still = "" if newest.is_complete else " (still open)"
        said = (
            f"{team.name}: {metric.text(value)} in {newest.label}{still}, "
            f"between {number(low)} and {metric.text(high)} since {known[0][0].label}."
        )
    label = f"Line chart of {metric.title.lower()} by period. {said}"
    if team.children:
        label += f" One more line for each of {len(team.children)} teams below. The table has every figure."
    return Chart(metric.heading, charts.trend(metric, team, picture.periods, label), table)


def _spread(metric: Metric, team: Team, period: Period) -> Chart:
    named = _named(team.leaves())
    known = [(name, leaf, v) for name, leaf in named if (v := leaf.at(period).values.get(metric.column)) is not None]
    known.sort(key=lambda entry: -entry[2])
    silent = [(name, leaf) for name, leaf in named if leaf.at(period).values.get(metric.column) is None]
    table = tables.of_leaves(metric, [*((name, leaf) for name, leaf, _ in known), *silent], period)
    notes = [f"Without a figure: {', '.join(name for name, _ in silent)}."] if silent else []
    if not known:
        return Chart(metric.heading, None, table, notes)
    (most, _, high), (least, _, low) = known[0], known[-1]
    label = (
        f"Bar chart of {metric.title.lower()} in {period.label}, one bar for each of {len(known)} leaf teams: "
        f"from {number(low)} ({least}) to {metric.text(high)} ({most})."
    )
    return Chart(metric.heading, charts.spread(metric, [(name, v) for name, _, v in known], label), table, notes)


def _named(leaves: Sequence[Team]) -> list[tuple[str, Team]]:
    """Each leaf with its name; one that bears another's name is told by its parent too."""
    counts = Counter(leaf.name for leaf in leaves)
    return [
        (f"{leaf.name} ({leaf.parent.name})" if counts[leaf.name] > 1 and leaf.parent else leaf.name, leaf)
        for leaf in leaves
    ]


def _stages(team: Team, picture: Picture) -> Chart:
    table = tables.by_stage(team, picture.periods)
    latest = next((cells for _, _, cells in table.rows if any(cell.value is not None for cell in cells)), None)
    if latest is None:
        return Chart(_STAGES, None, table)
    is_mean = picture.scope.aggregation == "mean"
    said = ", ".join(f"{stage.title.lower()} {cell.text}" for stage, cell in zip(STAGES, latest, strict=True))
    label = f"{'Stacked bar' if is_mean else 'Line'} chart of the stages of the lead time, in days. Newest: {said}."
    notes = [] if is_mean else [f"Stages are not stacked: their {picture.scope.aggregation} figures do not add up."]
    drawing = charts.stages(team, picture.periods, label, stacked=is_mean)
    return Chart(_STAGES, drawing, table, notes)
