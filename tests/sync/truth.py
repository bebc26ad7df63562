"""The expected records, computed from the stand-in's truth without code of the tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standin.metrics import GROUPS
from standin.server import ORG_IDENTIFIER, PROJECT_IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from standin.org import Team
    from standin.server import Standin

Key = tuple[Any, ...]


def expected(  # noqa: PLR0913 - what an export is asked for
    sei: Standin,
    stream: str,
    teams: Iterable[Team],
    *,
    first: date,
    last: date,
    as_of: datetime,
    granularity: str = "MONTHLY",
    aggregation: str = "mean",
) -> dict[Key, dict[str, Any]]:
    """For each key of the table, the figures that the stream's columns must have."""
    table = {}
    for row in sei.truth.rows(teams, first, last, granularity, aggregation, as_of):
        key = (
            ORG_IDENTIFIER,
            PROJECT_IDENTIFIER,
            row.team.path,
            row.team.name,
            granularity,
            aggregation,
            row.period.start.isoformat(),
        )
        figures = {column.name.lower(): row.values[column.name] for column in GROUPS[stream]}
        is_complete = row.period.end <= last and row.period.end < as_of.date()
        table[key] = {
            "period_end": row.period.end.isoformat(),
            "period_label": row.period.label,
            "is_period_complete": is_complete,
            **({"additional_metrics": figures} if stream == "summary" else figures),
        }
    return table


def told(table: dict[Key, dict[str, Any]], like: dict[Key, dict[str, Any]]) -> dict[Key, dict[str, Any]]:
    """The records of `table`, with only the columns that `like` has."""
    names = next(iter(like.values())).keys() if like else ()
    return {key: {name: record[name] for name in names} for key, record in table.items()}
