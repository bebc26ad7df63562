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
_MARKED, _OWN, _PLAIN = 5, 3, 2  # radii of points
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
    """One line a team: this one thick, its children thin."""
    drawn = svg.chart(svg.LINE, _HEIGHT, allow_interruptions=True)
    svg.time_axis(drawn, periods)
    _add_lines(drawn, [(other.name, other, metric) for other in (team, *team.children)], periods)
    return svg.drawing(drawn, label)


def _add_lines(drawn: Any, lines: Sequence[tuple[str, Team, Metric]], periods: Sequence[Period]) -> None:  # noqa: ANN401 - pygal is untyped
    """No line crosses a gap or leads to a period that still grows, whose points stand alone."""
    points = [_points(*line, periods, colour) for colour, line in enumerate(lines)]
    for is_open in (False, True):
        for (name, _, _), its in zip(lines, points, strict=True):
            fitting = zip(periods, its, strict=True)
            shown = [point if period.is_complete != is_open else None for period, point in fitting]
            drawn.add(name, shown, stroke=not is_open)


def _points(
    name: str, team: Team, metric: Metric, periods: Sequence[Period], colour: int
) -> list[dict[str, Any] | None]:
    joined = [period.is_complete and team.at(period).values.get(metric.column) is not None for period in periods]
    points: list[dict[str, Any] | None] = []
    for place, period in enumerate(periods):
        value = team.at(period).values.get(metric.column)
        if value is None:
            points.append(None)
            continue
        found = marks(team.at(period), period, metric.column)
        is_alone = not any(joined[max(place - 1, 0) : place] + joined[place + 1 : place + 2])
        tooltip = f"{name}, {period.label}: {metric.text(value)}{''.join(f', {mark}' for mark in found)}"
        classes = " ".join(["dot", f"color-{colour}", *found]) if found or is_alone or not colour else svg.UNMARKED
        radius = _MARKED if found else _PLAIN if colour else _OWN
        points.append({"value": value, "tooltip": tooltip, "node": {"class": classes, "r": radius}})
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
    drawn = svg.chart(svg.STACKED_BAR if stacked else svg.LINE, _HEIGHT, allow_interruptions=True)
    svg.time_axis(drawn, periods)
    if not stacked:
        _add_lines(drawn, [(stage.title, team, stage) for stage in STAGES], periods)
    for stage in STAGES if stacked else ():
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
