"""The marts' rows as the page's data: each figure once, in lists by team and metric with a place for each period.

A list of a team has one entry for each period of its series; texts have one letter for each.
report/templates/data.js reads it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from report.metrics import METRICS, SERIES, STAGES
from report.warehouse import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from report.warehouse import Row

    Tables = Mapping[str, Sequence[Row]]
    Key = tuple[str, str, str, str]

NO_ROW = "."
# How the marts call what is missing, in a letter each.
KINDS = {
    "withdrawn": "w",
    "not selected": "s",
    "lost": "l",
    "not loaded": "n",
    "missing": "m",
    "ended": "e",
    "silent": "q",
    "no data": "0",
}
_COMPARISONS = ("previous period", "year ago")


def build(tables: Tables, wanted: Mapping[str, str | None], path: str | None = None) -> dict[str, Any]:
    """The data of the series that `wanted` admits, of the team at `path` and those below it, or of all.

    Raises:
        ReportError: There are no such figures, or there is no such team.
    """
    keys = _chosen(tables["figures"], wanted)
    teams = _teams(tables["teams"], {key[:2] for key in keys}, path)
    places = {row[0]: place for place, row in enumerate(teams)}
    keys = _with_figures(keys, tables["figures"], places, path)
    metrics = {row[0]: row for row in tables["metrics"]}
    return {
        "metrics": [_metric(metrics[name], dict(tables["minimums"])) for name in METRICS if name in metrics],
        "stages": STAGES,
        "teams": [_team(row, places, tables["former"]) for row in teams],
        "bands": _bands(tables["bands"]),
        "year": tables["year"][0][0],
        "reasons": {KINDS[kind]: reason for kind, reason in tables["reasons"] if kind in KINDS},
        "current": _current(tables, keys),
        "series": [_Series(key, tables["periods"], places).filled(tables) for key in keys],
    }


def _chosen(rows: Sequence[Row], wanted: Mapping[str, str | None]) -> list[Key]:
    counts: Counter[Key] = Counter((row[0], row[1], row[2], row[3]) for row in rows)
    limits = [wanted.get(name) for name in SERIES]
    found = [key for key in counts if all(limit in {None, value} for limit, value in zip(limits, key, strict=True))]
    if not found:
        asked = ", ".join(f"{name} {value}" for name, value in wanted.items() if value)
        msg = f"fct_dora holds no figures{' with ' if asked else ''}{asked}; load them with the tap and run dbt again."
        raise ReportError(msg)
    return sorted(found, key=lambda key: (-counts[key], key))


def _with_figures(keys: Sequence[Key], rows: Sequence[Row], places: Mapping[str, int], path: str | None) -> list[Key]:
    """The series that hold figures of the teams."""
    held = {tuple(row[:4]) for row in rows if row[4] in places}
    if not held.intersection(keys):
        msg = (
            f"fct_dora holds no figures of {path or 'the teams in dim_team'}; load them with the tap and run dbt again."
        )
        raise ReportError(msg)
    return [key for key in keys if key in held]


def _current(tables: Tables, keys: Sequence[Key]) -> int:
    """The series that the page opens with: the largest of those in `dora_current`, else the largest."""
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
        msg = "dim_team holds no teams of this project; run dbt again."
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
        found.setdefault(str(year), {}).setdefault(metric, []).append([band, _number(low), _number(high)])
    return found


def _number(value: object) -> float | int | None:
    """A figure in six significant digits, which is more than SEI gives; counts are whole."""
    if value is None:
        return None
    number = float(str(value))  # PostgreSQL has decimals
    return int(number) if number.is_integer() else float(f"{number:.6g}")


class _Series:
    """One series of figures, filled from the marts mart by mart."""

    def __init__(self, key: Key, periods: Iterable[Row], places: Mapping[str, int]) -> None:
        self.key = key
        self.places = places
        self.periods = [row for row in periods if row[0] == key[2]]
        self.at: dict[date, int] = {}
        self.teams: dict[int, dict[str, Any]] = {}
        self.dates: dict[str, int] = {}
        self.ratings: dict[str, int] = {}

    def filled(self, tables: Tables) -> dict[str, Any]:
        """The series as the page takes it."""
        figures = self._mine(tables["figures"])
        starts = [row[5] for row in figures]
        self.periods = [row for row in self.periods if min(starts) <= row[1] <= max(starts)]
        self.at = {row[1]: place for place, row in enumerate(self.periods)}
        for row in figures:
            self._figure(row)
        for *_, team_key, start, metric, comparison, letter in self._mine(tables["changes"]):
            comparisons = self._of(team_key)["changes"].setdefault(metric, {})
            self._letters(comparisons, str(_COMPARISONS.index(comparison)))[self.at[start]] = letter
        for *_, team_key, start, stream, coverage in self._mine(tables["coverage"]):
            if start in self.at:
                self._letters(self._of(team_key)["coverage"], stream)[self.at[start]] = KINDS[coverage]
        return {
            **dict(zip(("org", "project", "granularity", "aggregation"), self.key, strict=True)),
            "periods": [self._period(row) for row in self.periods],
            "dates": list(self.dates),
            "ratings": list(self.ratings),
            "teams": {place: _joined(team) for place, team in self.teams.items()},
            "restated": [
                [self.places[row[4]], self.at[row[5]], row[6], row[7] or _number(row[9]), row[8] or _number(row[10]),
                 str(row[11])[:10]]
                for row in self._mine(tables["restatements"])
            ],
            "regressions": self._listed(tables["regressions"]),
            "targets": self._listed(tables["targets"]),
            "lost": [
                [*row[4:7], str(row[7]), str(row[8]), row[9]]
                for row in (*tables["lost"], *tables["short"])
                if tuple(row[:4]) == self.key
            ],
        }  # fmt: skip

    def _mine(self, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if row[4] in self.places and tuple(row[:4]) == self.key]

    def _listed(self, rows: Iterable[Row]) -> list[list[Any]]:
        """Rows of team, period, metric and what the mart says of the figure."""
        return [
            [self.places[row[4]], self.at[row[5]], row[6], *map(_plain, row[7:])]
            for row in self._mine(rows)
            if row[5] in self.at
        ]

    def _period(self, row: Row) -> list[Any]:
        _, start, label, days, is_complete, previous, year_ago, length = row
        places = [self.at.get(previous), self.at.get(year_ago)]
        return [str(start), label, _number(days), int(is_complete), *places, _number(length)]

    def _of(self, team_key: str) -> dict[str, Any]:
        """What is known of a team: nothing at first."""
        return self.teams.setdefault(
            self.places[team_key],
            {
                "rows": [NO_ROW] * len(self.at),
                "paths": [],
                "dates": [None] * len(self.at),
                "ratings": [None] * len(self.at),
                "figures": {name: [None] * len(self.at) for name in METRICS},
                "changes": {},
                "coverage": {},
            },
        )

    def _letters(self, texts: dict[str, list[str]], name: str) -> list[str]:
        return texts.setdefault(name, [NO_ROW] * len(self.at))

    def _figure(self, row: Row) -> None:
        """A row of `fct_dora`: the letter of the row is that of a leaf or of a parent, capital if it is open."""
        team_key, start, path, is_leaf, is_complete, exported_at, rating, *values = row[4:]
        team, at = self._of(team_key), self.at[start]
        letter = "l" if is_leaf else "p"
        team["rows"][at] = letter if is_complete else letter.upper()
        team["paths"].append((at, path))
        team["dates"][at] = self.dates.setdefault(str(exported_at)[:10], len(self.dates))
        if rating is not None:
            team["ratings"][at] = self.ratings.setdefault(rating, len(self.ratings))
        for name, value in zip(METRICS, values, strict=True):
            team["figures"][name][at] = _number(value)


def _plain(value: object) -> object:
    return value if isinstance(value, bool) else _number(value)


def _joined(team: dict[str, Any]) -> dict[str, Any]:
    """A team with its letters as texts, its paths where they change, and no list that is empty throughout."""
    paths: list[tuple[int, str]] = []
    for at, path in sorted(team["paths"]):
        if not paths or paths[-1][1] != path:
            paths.append((at, path))
    return {
        **team,
        "rows": "".join(team["rows"]),
        "paths": paths,
        "figures": {name: values for name, values in team["figures"].items() if any(v is not None for v in values)},
        "changes": {
            metric: {name: "".join(letters) for name, letters in comparisons.items()}
            for metric, comparisons in team["changes"].items()
        },
        "coverage": {stream: "".join(letters) for stream, letters in team["coverage"].items()},
    }
