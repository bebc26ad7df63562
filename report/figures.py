"""The figures of one scope, with all that the marts know of each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from report.metrics import COLUMNS
from report.model import Figures, Restatement, scope_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from report.model import Scope
    from report.warehouse import Row

    At = tuple[str, date]


def in_scope(row: Row, scope: Scope) -> bool:
    """Whether a row agrees with the scope in those of its fields that it has."""
    return all(row.get(name, value) == value for name, value in scope._asdict().items())


def figures(tables: Mapping[str, Sequence[Row]], scope: Scope) -> dict[str, dict[date, Figures]]:
    """The figures of `scope`, by team and by the period's first day."""
    restated = _restated([row for row in tables["restatements"] if in_scope(row, scope)])
    places = _places([row for row in tables["places"] if in_scope(row, scope)])
    withdrawn = {_at(row) for row in tables["withdrawn"] if in_scope(row, scope)}
    found: dict[str, dict[date, Figures]] = defaultdict(dict)
    for row in tables["figures"]:
        if scope_of(row) == scope:
            at = team_key, start = _at(row)
            found[team_key][start] = Figures(
                has_row=True,
                values={column: _value(row[column]) for column in COLUMNS},
                rating=None if row["rating"] is None else str(row["rating"]),
                restated=restated.get(at, {}),
                places=places.get(at, {}),
                is_withdrawn=at in withdrawn,
            )
    return found


def _at(row: Row) -> At:
    return row["team_key"], row["period_start"]


def _value(value: object) -> float | None:
    return None if value is None else float(str(value))  # PostgreSQL has decimals


def _restated(rows: Sequence[Row]) -> dict[At, dict[str, Restatement]]:
    """The restated figures; of several restatements of one, from the first value to the last."""
    found: dict[At, dict[str, Restatement]] = defaultdict(dict)
    for row in rows:
        metrics = found[_at(row)]
        now = Restatement(_value(row["from_value"]), _value(row["to_value"]), str(row["restated_at"])[:10])
        known = metrics.get(row["metric"])
        metrics[row["metric"]] = replace(now, old=known.old) if known else now
    return found


def _places(rows: Sequence[Row]) -> dict[At, dict[str, str]]:
    """Where the published bands of one year place each metric, in words."""
    found: dict[At, dict[str, str]] = defaultdict(dict)
    for row in rows:
        bands = dict.fromkeys(band for band in (row["best_band"], row["worst_band"]) if band)
        found[_at(row)][row["metric"]] = f"DORA {row['benchmark_year']}: {' to '.join(bands) or row['placement']}"
    return found
