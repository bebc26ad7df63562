"""The charts of one team. A figure that is null, or that SEI did not give, is left out, never drawn as zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from report import svg
from report.metrics import STAGES, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from report.metrics import Metric
    from report.model import Figures, Period, Team

COLOURS = 8
_HEIGHT = 270
_BAR = 22
_LONG_NAME = 24
_ROOM_FOR_VALUES = 60
OPEN, RESTATED, WITHDRAWN = "open", "restated", "withdrawn"


def marks(figures: Figures, period: Period, column: str) -> list[str]:
    """What a reader must know of a figure: it still grows, was another before, or is no longer upheld."""
    found = {
        OPEN: not period.is_complete,
        RESTATED: column in figures.restated,
        WITHDRAWN: figures.is_withdrawn,
    }
    return [mark for mark, holds in found.items() if holds]


def trend(metric: Metric, team: Team, periods: Sequence[Period], label: str) -> Markup:
    """One line a team: this one thick, its children thin, no line across a gap nor to a period that still grows."""
    drawn = svg.chart(svg.LINE, _HEIGHT, allow_interruptions=True)
    svg.time_axis(drawn, periods)
    teams = [team, *team.children]
    points = [_points(metric, other, periods, colour) for colour, other in enumerate(teams)]
    for is_open in (False, True):
        for other, its in zip(teams, points, strict=True):
            shown = [
                point if period.is_complete != is_open else None for point, period in zip(its, periods, strict=True)
            ]
            drawn.add(other.name, shown, stroke=not is_open)
    return svg.drawing(drawn, label)


def _points(metric: Metric, team: Team, periods: Sequence[Period], colour: int) -> list[dict[str, Any] | None]:
    values = [team.at(period).values.get(metric.column) for period in periods]
    points: list[dict[str, Any] | None] = []
    for place, (period, value) in enumerate(zip(periods, values, strict=True)):
        if value is None:
            points.append(None)
            continue
        found = marks(team.at(period), period, metric.column)
        around = values[max(place - 1, 0) : place] + values[place + 1 : place + 2]
        alone = all(known is None for known in around)
        tooltip = f"{team.name}, {period.label}: {metric.text(value)}{''.join(f', {mark}' for mark in found)}"
        classes = " ".join(["dot", f"color-{colour}", *found]) if found or alone or not colour else svg.UNMARKED
        points.append({"value": value, "tooltip": tooltip, "node": {"class": classes, "r": 5 if found else 3}})
    return points


def spread(metric: Metric, leaves: Sequence[tuple[str, float]], label: str) -> Markup:
    """One bar a team, the greatest on top."""
    drawn = svg.chart(
        svg.BARS, _BAR * len(leaves) + 40, print_values=True, print_values_position="top", formatter=number
    )
    drawn.margin_right = _ROOM_FOR_VALUES
    # pygal draws from the bottom up.
    drawn.x_labels = [name if len(name) <= _LONG_NAME else f"{name[: _LONG_NAME - 1]}…" for name, _ in reversed(leaves)]
    drawn.add(
        metric.title, [{"value": value, "tooltip": f"{name}: {metric.text(value)}"} for name, value in reversed(leaves)]
    )
    return svg.drawing(drawn, label)


def stages(team: Team, periods: Sequence[Period], label: str, *, stacked: bool) -> Markup:
    """The stages of the lead time, on top of each other only where they add up to it."""
    drawn = svg.chart(
        svg.STACKED_BAR if stacked else svg.LINE, _HEIGHT, **({} if stacked else {"allow_interruptions": True})
    )
    svg.time_axis(drawn, periods)
    for stage in STAGES:
        drawn.add(stage.title, [_stage(stage, team.at(period), period) for period in periods])
    return svg.drawing(drawn, label)


def _stage(stage: Metric, figures: Figures, period: Period) -> dict[str, Any] | None:
    value = figures.values.get(stage.column)
    if value is None:
        return None
    found = marks(figures, period, stage.column)
    tooltip = f"{stage.title}, {period.label}: {number(value)} days{''.join(f', {mark}' for mark in found)}"
    point = {"value": value, "tooltip": tooltip}
    # A stacked bar of pygal's takes no class of its own.
    return point | {"style": "fill-opacity: .4"} if OPEN in found else point
