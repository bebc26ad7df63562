"""The rows of the marts as the page's data: each figure once, by team and metric, with an entry for each period.

A list of a team has one entry for each period of its series; texts have one letter for each.
report/templates/data.js reads it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from report.metrics import METRICS, SERIES, STAGES
from report.series import Series, letters, number
from report.sprints import REASONS, sprints
from report.warehouse import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from report.series import Key, Tables
    from report.warehouse import Row


def build(tables: Tables, wanted: Mapping[str, str | None], path: str | None = None) -> dict[str, Any]:
    """The data of the series that `wanted` allows, for the team at `path` and those below it, or for all teams.

    Raises:
        ReportError: There are no such figures, or there is no such team.
    """
    keys = _chosen(tables["figures"], wanted)
    teams = _teams(tables["teams"], {key[:2] for key in keys}, path)
    places = {row[0]: place for place, row in enumerate(teams)}
    keys = _with_figures(keys, tables["figures"], places, path)
    metrics = {row[0]: row for row in tables["metrics"]}
    kinds = letters(tables["reasons"])
    return {
        "metrics": [_metric(metrics[name], dict(tables["minimums"])) for name in METRICS if name in metrics],
        "stages": STAGES,
        "teams": [_team(row, places, tables["former"]) for row in teams],
        "bands": _bands(tables["bands"]),
        "year": tables["year"][0][0],
        "reasons": {**REASONS, **{kinds[kind]: reason for kind, reason in tables["reasons"]}},
        "current": _current(tables, keys),
        "sprints": sprints(tables, keys, places),
        "series": [Series(key, tables["periods"], places).filled(tables) for key in keys],
    }


def _chosen(rows: Sequence[Row], wanted: Mapping[str, str | None]) -> list[Key]:
    counts: Counter[Key] = Counter((row[0], row[1], row[2], row[3]) for row in rows)
    limits = [wanted.get(name) for name in SERIES]
    found = [key for key in counts if all(limit in {None, value} for limit, value in zip(limits, key, strict=True))]
    if not found:
        asked = ", ".join(f"{name} {value}" for name, value in wanted.items() if value)
        msg = f"fct_dora has no figures{' with ' if asked else ''}{asked}. Load them with the tap and run dbt again."
        raise ReportError(msg)
    return sorted(found, key=lambda key: (-counts[key], key))


def _with_figures(keys: Sequence[Key], rows: Sequence[Row], places: Mapping[str, int], path: str | None) -> list[Key]:
    """The series that have figures of the teams."""
    held = {tuple(row[:4]) for row in rows if row[4] in places}
    if not held.intersection(keys):
        msg = f"fct_dora has no figures of {path or 'the teams in dim_team'}. Load them with the tap and run dbt again."
        raise ReportError(msg)
    return [key for key in keys if key in held]


def _current(tables: Tables, keys: Sequence[Key]) -> int:
    """The series that the page opens with: the largest of those in `dora_current`, otherwise the largest."""
    current = {tuple(row) for row in tables["current"]}
    return next((place for place, key in enumerate(keys) if key[2:] in current), 0)


def _teams(rows: Sequence[Row], projects: set[tuple[str, str]], path: str | None) -> list[Row]:
    found = [
        row
        for row in rows
        if (row[1], row[2]) in projects and (path is None or row[3] == path or row[3].startswith(f"{path}/"))
    ]
    if path is not None and not any(row[3] == path for row in found):
        msg = f"There is no team with the path {path!r} in dim_team."
        raise ReportError(msg)
    if not found:
        msg = "dim_team has no teams of this project. Run dbt again."
        raise ReportError(msg)
    return found


def _team(row: Row, places: Mapping[str, int], former: Sequence[Row]) -> dict[str, Any]:
    key, org, project, path, name, parent, has_ended, last = row
    return {
        "project": f"{org}/{project}",
        "path": path,
        "name": name,
        "parent": None if parent == key else places.get(parent),
        "ended": last if has_ended else None,
        "former": [[old, str(until)] for moved, old, until in former if moved == key],
    }


def _metric(row: Row, minimums: Mapping[str, int]) -> dict[str, Any]:
    name, title, unit, better, stream, is_headline, is_count = row
    known = METRICS[name]
    return {
        "id": name,
        "title": title,
        "unit": unit,
        "direction": better,
        "stream": stream,
        "headline": is_headline,
        "count": is_count,
        **known._asdict(),
        "minimum": int(minimums.get(name, known.minimum)),
    }


def _bands(rows: Iterable[Row]) -> dict[str, dict[str, list[list[Any]]]]:
    found: dict[str, dict[str, list[list[Any]]]] = {}
    for year, metric, band, low, high in rows:
        found.setdefault(str(year), {}).setdefault(metric, []).append([band, number(low), number(high)])
    return found
