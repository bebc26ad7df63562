"""The content of the demo's warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from demo.meltano import WAREHOUSE, StepFailedError

_DORA = """
SELECT team, lttc.lttc, df.deployment_frequency, cfr.cfr, mttr.mttr, rating.overall_rating, lttc.period_label
FROM sei.lttc
JOIN sei.deployment_frequency AS df USING (team_path, team, granularity, aggregation, period_start)
JOIN sei.cfr USING (team_path, team, granularity, aggregation, period_start)
JOIN sei.mttr USING (team_path, team, granularity, aggregation, period_start)
JOIN sei.rating USING (team_path, team, granularity, aggregation, period_start)
WHERE team_path LIKE '%/%' AND team_path NOT LIKE '%/%/%'
  AND period_start = (SELECT max(period_start) FROM sei.lttc WHERE is_period_complete)
ORDER BY team_path
"""


@dataclass(frozen=True, slots=True)
class Load:
    """The exports that one run asked for, and the rows that it emitted and loaded."""

    exports: int
    first_day: str
    last_day: str
    emitted: int
    loaded: int


def last_load() -> Load:
    """The newest loaded run, from its ledger and the tables.

    Raises:
        StepFailedError: Emitted rows were not loaded.
    """
    with _connect() as connection:
        ledger = connection.table("sei.exports").filter(
            "run_started_at = (SELECT max(run_started_at) FROM sei.exports)"
        )
        emitted = {stream: int(rows) for stream, rows in ledger.aggregate("stream, sum(rows)").fetchall()}
        ids = [export_id for (export_id,) in ledger.select("export_id").distinct().fetchall()]
        loaded = {stream: _rows_of(connection, stream, ids) for stream in emitted}
        ((first_day, last_day),) = ledger.aggregate("min(window_start), max(window_end)").fetchall()
    if emitted != loaded:
        msg = f"The loader lost rows: emitted {emitted}, loaded {loaded}."
        raise StepFailedError(msg)
    return Load(len(ids), first_day, last_day, sum(emitted.values()), sum(loaded.values()))


def _rows_of(connection: duckdb.DuckDBPyConnection, stream: str, export_ids: list[str]) -> int:
    held = connection.table(f"sei.{stream}").filter(f"export_id IN {(*export_ids, '')}")
    return _count(held)


def _count(relation: duckdb.DuckDBPyRelation) -> int:
    ((rows,),) = relation.count("*").fetchall()
    return int(rows)


def tables() -> list[tuple[str, int]]:
    """Each table and its number of rows."""
    with _connect() as connection:
        names = connection.sql("SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        return [(name, _count(connection.table(name))) for (name,) in names]


def dora() -> list[tuple[Any, ...]]:
    """The figures of the areas below the root in the newest complete period."""
    with _connect() as connection:
        return connection.sql(_DORA).fetchall()


def _connect() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(WAREHOUSE), read_only=True)
