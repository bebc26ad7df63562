"""A small organization in hand-written, typed rows, and its changes between two loads.

Teams: Eng above Pay and Ops; Cart, Till and Gone below Pay. Ops is a leaf until Cart moves below it as Basket.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_sei_efficiency.model.metrics_table import SPRINT_GROUPS, SPRINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_sei_efficiency.model.metrics_table import Metric

ORG = {"org_identifier": "acme", "project_identifier": "dora"}
SERIES = {"granularity": "MONTHLY", "aggregation": "mean"}
SCOPE = "org_tree:Eng"
FIRST, SECOND = (datetime(2026, 3, 5, 8, tzinfo=UTC), datetime(2026, 3, 12, 8, tzinfo=UTC))
DEC, JAN, FEB, MAR = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
MONTHS = (*(date(2025, month, 1) for month in range(2, 13)), JAN, FEB)
"""The months of the first load, all over by then."""

_PERIOD = {
    "org_identifier": "text",
    "project_identifier": "text",
    "team_path": "text",
    "team": "text",
    "team_hierarchy": "text",
    "granularity": "text",
    "aggregation": "text",
    "period_start": "date",
    "period_end": "date",
    "period_label": "text",
    "is_period_complete": "boolean",
    "scope": "text",
    "export_id": "text",
    "exported_at": "timestamp with time zone",
}


def _with_metrics(columns: dict[str, str], metrics: Iterable[Metric]) -> dict[str, str]:
    return columns | {metric.name.lower(): "double precision" for metric in metrics}


_DAYS = ("planning", "coding", "review", "build", "deploy", "lttc")
TABLES = {
    "lttc": _PERIOD | dict.fromkeys(_DAYS, "double precision"),
    "deployment_frequency": _PERIOD | {"deployment_frequency": "double precision"},
    "cfr": _PERIOD | {"total_success": "bigint", "total_failures": "bigint", "cfr": "double precision"},
    "mttr": _PERIOD | {"mttr": "double precision"},
    "rating": _PERIOD | {"overall_rating": "text"},
    "teams": {
        "org_identifier": "text",
        "project_identifier": "text",
        "org_tree_id": "text",
        "ref_id": "bigint",
        "name": "text",
        "path": "text",
        "parent_ref_id": "bigint",
        "is_leaf": "boolean",
    },
    "exports": {
        "run_id": "text",
        "sequence": "bigint",
        "run_started_at": "timestamp with time zone",
        "org_identifier": "text",
        "project_identifier": "text",
        "stream": "text",
        "scope": "text",
        "window_start": "date",
        "window_end": "date",
        "granularity": "text",
        "aggregation": "text",
        "export_id": "text",
        "created_at": "timestamp with time zone",
        "rows": "bigint",
        "teams": "bigint",
        "status": "text",
    },
}
_BY_MODE = {"computation_mode" if name == "aggregation" else name: kind for name, kind in _PERIOD.items()}
SPRINT_TABLES = {group.name: _with_metrics(_BY_MODE, group.metrics) for group in SPRINT_GROUPS} | {
    "sprints": _with_metrics(_BY_MODE | dict.fromkeys(("sprint", "sprint_name", "sprint_state"), "text"), SPRINTS)
}
"""The tables of sprint metrics, which exist only if the tap was asked for them."""
STREAMS = ("lttc", "deployment_frequency", "cfr", "mttr", "rating")
"""The streams that are loaded; work_items was never selected."""


class Month(NamedTuple):
    """A team's month: deployments, failed ones among them, and lead time."""

    deployments: int
    failures: int = 0
    lead_time: float = 3.0


def month_end(start: date) -> date:
    """The last day of a month."""
    return (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def rows(path: str, start: date, did: Month, at: datetime, export_id: str) -> dict[str, dict[str, Any]]:
    """A team's row of one month in each stream."""
    shared = (
        ORG
        | SERIES
        | {
            "team_path": path,
            "team": path.rpartition("/")[2],
            "team_hierarchy": path,
            "period_start": start,
            "period_end": month_end(start),
            "period_label": f"{start:%b %Y}",
            "is_period_complete": month_end(start) < at.date(),
            "scope": SCOPE,
            "export_id": export_id,
            "exported_at": at,
        }
    )
    planning, coding = did.lead_time - 2, 0.5
    rate = round(100 * did.failures / did.deployments, 2) if did.deployments else None
    return {
        "lttc": shared | dict.fromkeys(_DAYS, 0.5) | {"planning": planning, "coding": coding, "lttc": did.lead_time},
        "deployment_frequency": shared | {"deployment_frequency": did.deployments},
        "cfr": shared | {"total_success": did.deployments - did.failures, "total_failures": did.failures, "cfr": rate},
        "mttr": shared | {"mttr": 0.5 if did.failures else None},
        "rating": shared | {"overall_rating": "High"},
    }


def first_load() -> Iterator[tuple[str, dict[str, Any]]]:
    """Thirteen months of all teams, SEI's list of them, and the ledger."""
    yield from _loaded(_first_figures(), FIRST, "e1", MONTHS[0], FEB)
    tree = [(1, "Eng", None), (2, "Eng/Pay", 1), (3, "Eng/Pay/Cart", 2), (4, "Eng/Pay/Till", 2), (5, "Eng/Ops", 1)]
    parents = {parent for *_, parent in tree}
    for ref_id, path, parent in tree:
        yield (
            "teams",
            ORG
            | {
                "org_tree_id": "1",
                "ref_id": ref_id,
                "name": path.rpartition("/")[2],
                "path": path,
                "parent_ref_id": parent,
                "is_leaf": ref_id not in parents,
            },
        )


def _first_figures() -> Iterator[tuple[str, date, Month]]:
    for start in MONTHS:
        # Till deploys once a day in months of any length; a failure of Ops is one of three deployments.
        yield "Eng/Pay/Till", start, Month(month_end(start).day, 2, 20.0 if start == FEB else 3 + start.month % 2 / 10)
        yield "Eng/Pay/Cart", start, Month(20, 4)
        yield "Eng/Pay", start, Month(20 + month_end(start).day, 6)
        yield "Eng/Ops", start, Month(3, 1 if start == FEB else 0)
        yield "Eng", start, Month(23 + month_end(start).day, 7)
        if start <= DEC:
            yield "Eng/Pay/Gone", start, Month(0)


def second_load() -> Iterator[tuple[str, dict[str, Any]]]:
    """February and March, a week later: Cart has moved below Ops and is called Basket."""
    yield from _loaded(_second_figures(), SECOND, "e2", FEB, SECOND.date())


def _second_figures() -> Iterator[tuple[str, date, Month]]:
    for start in (FEB, MAR):
        yield "Eng/Pay/Till", start, Month(month_end(start).day, 2, 20.0)
        yield "Eng/Ops/Basket", start, Month(30, 4)
        yield "Eng/Pay", start, Month(month_end(start).day, 2)
        yield "Eng/Ops", start, Month(30, 4)
        yield "Eng", start, Month(30 + month_end(start).day, 6)


def _loaded(
    figures: Iterable[tuple[str, date, Month]], at: datetime, export_id: str, first: date, last: date
) -> Iterator[tuple[str, dict[str, Any]]]:
    emitted = 0
    teams = set()
    for path, start, did in figures:
        emitted += 1
        teams.add(path)
        yield from rows(path, start, did, at, export_id).items()
    for sequence, stream in enumerate(STREAMS, start=1):
        yield (
            "exports",
            ORG
            | SERIES
            | {
                "run_id": export_id,
                "sequence": sequence,
                "run_started_at": at,
                "stream": stream,
                "scope": SCOPE,
                "window_start": first,
                "window_end": max(last, month_end(first)),
                "export_id": export_id,
                "created_at": at,
                "rows": emitted,
                "teams": len(teams),
                "status": "completed",
            },
        )


def create(schema: str = "sei") -> Iterator[str]:
    """SQL that creates the tables, in DuckDB and PostgreSQL."""
    yield f"CREATE SCHEMA {schema}"
    for table, columns in TABLES.items():
        described = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        yield f"CREATE TABLE {schema}.{table} ({described})"


def insert(loaded: Iterable[tuple[str, dict[str, Any]]], schema: str = "sei") -> Iterator[str]:
    """SQL that writes rows; each replaces an existing row with its key."""
    for table, row in loaded:
        if table in STREAMS:
            key = f"team_path = {_literal(row['team_path'])} AND period_start = {_literal(row['period_start'])}"
            yield f"DELETE FROM {schema}.{table} WHERE {key}"  # noqa: S608 - the test's own rows
        names = ", ".join(f'"{name}"' for name in row)
        yield f"INSERT INTO {schema}.{table} ({names}) VALUES ({', '.join(map(_literal, row.values()))})"  # noqa: S608


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    return f"'{value}'"
