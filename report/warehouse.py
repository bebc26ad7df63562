"""The marts, read from a DuckDB file or from PostgreSQL."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import duckdb
import psycopg

from report.metrics import COLUMNS

Row = dict[str, Any]

# The columns that the report needs of each mart, under the names that it uses.
_QUERIES = {
    # The columns are constants of report.metrics.
    "figures": f"""
        SELECT team_key, org_identifier, project_identifier, granularity, aggregation, period_start,
            exported_at, last_exported_at, harness_overall_rating AS rating, {", ".join(COLUMNS)}
        FROM {{schema}}.fct_dora JOIN {{schema}}.dim_team USING (team_key)
    """,  # noqa: S608
    "teams": """
        SELECT team_key, org_identifier, project_identifier, path, team, parent_team_key
        FROM {schema}.dim_team ORDER BY path, team_key
    """,
    "periods": """
        SELECT granularity, period_start, period_label, is_complete FROM {schema}.dim_period ORDER BY period_start
    """,
    "restatements": """
        SELECT team_key, granularity, aggregation, period_start, metric, from_value, to_value, restated_at
        FROM {schema}.restatements ORDER BY restated_at
    """,
    "places": """
        SELECT team_key, granularity, aggregation, period_start, metric,
            benchmark_year, best_band, worst_band, placement
        FROM {schema}.fct_dora_benchmark
    """,
    "withdrawn": """
        SELECT DISTINCT team_key, granularity, aggregation, period_start
        FROM {schema}.coverage_teams WHERE coverage = 'withdrawn'
    """,
    "failed": """
        SELECT org_identifier, project_identifier, granularity, aggregation, stream, scope, coverage,
            min(period_start) AS first_start, max(period_start) AS last_start
        FROM {schema}.coverage_periods WHERE coverage <> 'received'
        GROUP BY org_identifier, project_identifier, granularity, aggregation, stream, scope, coverage
        ORDER BY stream, scope, coverage
    """,
}
_PLACES = "SELECT table_schema FROM information_schema.tables WHERE table_name = 'fct_dora' ORDER BY table_schema"


class ReportError(Exception):
    """No report can be made; the message is one sentence for whoever asked for it."""


class _Cursor(Protocol):
    @property
    def description(self) -> Any: ...  # noqa: ANN401 - each driver has a type of its own
    def fetchall(self) -> list[Any]: ...


class _Connection(Protocol):
    def execute(self, query: str, /) -> _Cursor: ...
    def close(self) -> None: ...


def read(warehouse: str, schema: str | None = None) -> dict[str, list[Row]]:
    """The rows that the report is made from: the marts, query by query.

    Raises:
        ReportError: The warehouse cannot be read, or the marts are not in it.
    """
    try:
        with closing(_connect(warehouse)) as connection:
            found = schema or _schema(connection)
            return {name: _rows(connection, query, found) for name, query in _QUERIES.items()}
    except (duckdb.Error, psycopg.Error) as error:
        # The drivers go on for lines; a URL with a password is never repeated.
        reason = str(error).partition("\n")[0].rstrip(".")
        msg = f"The marts could not be read; build the dbt models of this version first ({reason})."
        raise ReportError(msg) from error


def _connect(warehouse: str) -> _Connection:
    if warehouse.startswith(("postgresql://", "postgres://")):
        connection: _Connection = psycopg.connect(warehouse)
        return connection
    if not Path(warehouse).is_file():
        msg = f"There is no warehouse at {warehouse}; load it and build the dbt models first."
        raise ReportError(msg)
    opened: _Connection = duckdb.connect(warehouse, read_only=True)
    return opened


def _schema(connection: _Connection) -> str:
    schemas = [str(schema) for (schema,) in connection.execute(_PLACES).fetchall()]
    if not schemas:
        msg = "The warehouse holds no table fct_dora; build the dbt models first."
        raise ReportError(msg)
    if len(schemas) > 1:
        msg = f"fct_dora stands in more than one schema ({', '.join(schemas)}); choose one with --schema."
        raise ReportError(msg)
    return schemas[0]


def _rows(connection: _Connection, query: str, schema: str) -> list[Row]:
    quoted = schema.replace('"', '""')
    cursor = connection.execute(query.format(schema=f'"{quoted}"'))
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
