"""One series of figures: an organization, project, granularity and aggregation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from report.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from report.warehouse import Row

    Tables = Mapping[str, Sequence[Row]]
    Key = tuple[str, str, str, str]

NO_ROW = "."
# The letter of a figure that is null in an existing row.
NO_DATA = "0"
_COMPARISONS = ("previous period", "year ago")


def number(value: object) -> float | int | None:
    """A figure with six significant digits, which is more than SEI exports; counts are whole numbers."""
    if value is None:
        return None
    number = float(str(value))  # PostgreSQL returns decimals
    return int(number) if number.is_integer() else float(f"{number:.6g}")


def letters(reasons: Iterable[Row]) -> dict[str, str]:
    """A letter for each kind of missing figure in the marts."""
    kinds = [kind for kind, _ in reasons if kind != "no data"]
    return {"no data": NO_DATA} | {kind: chr(ord("a") + place) for place, kind in enumerate(kinds)}


class Series:
    """One series of figures, filled from one mart after the other."""

    def __init__(self, key: Key, periods: Iterable[Row], places: Mapping[str, int]) -> None:
        self.key = key
        self.places = places
        self.periods = [row for row in periods if row[0] == key[2]]
        self.at: dict[date, int] = {}
        self.teams: dict[int, dict[str, Any]] = {}
        self.dates: dict[str, int] = {}
        self.ratings: dict[str, int] = {}

    def filled(self, tables: Tables) -> dict[str, Any]:
        """The series as the page reads it."""
        kinds = letters(tables["reasons"])
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
                self._letters(self._of(team_key)["coverage"], stream)[self.at[start]] = kinds[coverage]
        return {
            **dict(zip(("org", "project", "granularity", "aggregation"), self.key, strict=True)),
            "periods": [self._period(row) for row in self.periods],
            "dates": list(self.dates),
            "ratings": list(self.ratings),
            "teams": {place: _joined(team) for place, team in self.teams.items()},
            "restated": [
                [self.places[row[4]], self.at[row[5]], row[6], row[7] or number(row[9]), row[8] or number(row[10]),
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
        """Rows of team, period, metric and the mart's values for the figure."""
        return [
            [self.places[row[4]], self.at[row[5]], row[6], *map(_plain, row[7:])]
            for row in self._mine(rows)
            if row[5] in self.at
        ]

    def _period(self, row: Row) -> list[Any]:
        _, start, label, days, is_complete, previous, year_ago, length = row
        places = [self.at.get(previous), self.at.get(year_ago)]
        return [str(start), label, number(days), int(is_complete), *places, number(length)]

    def _of(self, team_key: str) -> dict[str, Any]:
        """The data of a team, empty at first."""
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
        """Add a row of `fct_dora`: its letter says leaf or parent, and is a capital if the period is open."""
        team_key, start, path, is_leaf, is_complete, exported_at, rating, *values = row[4:]
        team, at = self._of(team_key), self.at[start]
        letter = "l" if is_leaf else "p"
        team["rows"][at] = letter if is_complete else letter.upper()
        team["paths"].append((at, path))
        team["dates"][at] = self.dates.setdefault(str(exported_at)[:10], len(self.dates))
        if rating is not None:
            team["ratings"][at] = self.ratings.setdefault(rating, len(self.ratings))
        for name, value in zip(METRICS, values, strict=True):
            team["figures"][name][at] = number(value)


def _plain(value: object) -> object:
    return value if isinstance(value, bool) else number(value)


def _joined(team: dict[str, Any]) -> dict[str, Any]:
    """A team with its letters as texts, a path only at each change, and without empty lists."""
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
