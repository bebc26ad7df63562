"""Sprint metrics beside the series of DORA figures, if the marts have any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from report.metrics import FEW_TICKETS, SPRINT_METRICS, SPRINT_STREAMS
from report.series import NO_ROW, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from report.series import Key, Tables
    from report.warehouse import Row

NO_GROUP = "-"
"""The letter of a figure whose group has no row although other groups of the same team and period do."""
REASONS = {NO_GROUP: "No row of this group was loaded for the team and period."}


def sprints(tables: Tables, keys: Sequence[Key], places: Mapping[str, int]) -> list[dict[str, Any]]:
    """One entry for each project, length of periods and computation mode of `keys`; the page opens with the first."""
    wanted = {key[:3] for key in keys}
    rows = [row for row in tables.get("sprints", ()) if row[:3] in wanted and row[4] in places]
    current = [row[0] for row in tables.get("sprint_current", ())]
    found = sorted({row[:4] for row in rows}, key=lambda key: (key[3] not in current, key))
    return [_filled(key, [row for row in rows if row[:4] == key], tables, places) for key in found]


def metrics(unit: str) -> list[dict[str, Any]]:
    """The metrics in the order of the report, with work in `unit`."""
    is_count = unit == "tickets"
    return [
        {
            **metric._asdict(),
            "id": name,
            "title": f"{metric.title}, {unit}" if metric.unit == "work" else metric.title,
            "noun": "committed" if metric.against else unit,
            "count": False,
            "minimum": FEW_TICKETS if metric.part and is_count else 0,
        }
        for name, metric in SPRINT_METRICS.items()
    ]


def _filled(key: Row, rows: Sequence[Row], tables: Tables, places: Mapping[str, int]) -> dict[str, Any]:
    starts = sorted({row[5] for row in rows})
    at = {start: place for place, start in enumerate(starts)}
    dates: dict[str, int] = {}
    teams: dict[int, dict[str, Any]] = {}
    for row in rows:
        team = teams.setdefault(places[row[4]], _empty(len(starts)))
        _figures(team, at[row[5]], row[7:])
        team["dates"][at[row[5]]] = dates.setdefault(str(row[9])[:10], len(dates))
    unit = rows[0][6]
    return {
        **dict(zip(("org", "project", "granularity", "mode"), key, strict=True)),
        "unit": unit,
        "metrics": metrics(unit),
        "starts": [str(start) for start in starts],
        "dates": list(dates),
        "teams": {place: _joined(team) for place, team in teams.items()},
        "lost": [
            [*row[4:7], str(row[7]), str(row[8]), row[9]]
            for row in (*tables["lost"], *tables["short"])
            if tuple(row[:4]) == key
        ],
    }


def _empty(length: int) -> dict[str, Any]:
    return {
        "rows": [NO_ROW] * length,
        "dates": [None] * length,
        "figures": {name: [None] * length for name in SPRINT_METRICS},
        "coverage": {stream: [NO_ROW] * length for stream in SPRINT_STREAMS},
    }


def _figures(team: dict[str, Any], at: int, row: Row) -> None:
    is_leaf, is_complete, _, *rest = row
    letter = "l" if is_leaf else "p"
    team["rows"][at] = letter if is_complete else letter.upper()
    for stream, has_row in zip(SPRINT_STREAMS, rest, strict=False):
        if not has_row:
            team["coverage"][stream][at] = NO_GROUP
    for name, value in zip(SPRINT_METRICS, rest[len(SPRINT_STREAMS) :], strict=True):
        team["figures"][name][at] = number(value)


def _joined(team: dict[str, Any]) -> dict[str, Any]:
    coverage = {stream: "".join(letters) for stream, letters in team["coverage"].items()}
    return {
        **team,
        "rows": "".join(team["rows"]),
        "coverage": {stream: letters for stream, letters in coverage.items() if letters.strip(NO_ROW)},
    }
