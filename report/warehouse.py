"""The marts, read from a DuckDB file or from PostgreSQL."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import duckdb
import psycopg

from report.metrics import METRICS, SPRINT_METRICS, SPRINT_STREAMS

Row = tuple[Any, ...]

# The columns of each mart, in the order in which report.data reads them.
_QUERIES = {
    "metrics": "SELECT metric, title, unit, better, stream, is_headline, is_count FROM {schema}.dora_metrics",
    "bands": """
        SELECT benchmark_year, metric, band, lower_bound, upper_bound
        FROM {schema}.dora_benchmarks ORDER BY benchmark_year, metric, band_rank
    """,
    "year": "SELECT max(benchmark_year) FROM {schema}.fct_dora_benchmark",
    "minimums": "SELECT metric, max(minimum_denominator) FROM {schema}.fct_dora_benchmark GROUP BY metric",
    "teams": """
        SELECT team_key, org_identifier, project_identifier, path, team, parent_team_key, has_ended, last_period_label
        FROM {schema}.dim_team ORDER BY org_identifier, project_identifier, path, team_key
    """,
    "former": """
        SELECT team_key, path, last_period_end FROM {schema}.dim_team_history
        WHERE NOT is_newest_name AND last_period_end IS NOT NULL ORDER BY last_period_end, path
    """,
    # The models compare counts per day or per working day.
    "periods": """
        SELECT granularity, period_start, period_label, period.days, is_complete,
            previous_period_start, year_ago_period_start, coalesce(counts.days, period.days)
        FROM {schema}.dim_period AS period
        LEFT JOIN (
            SELECT period_key, max(value / measure) AS days
            FROM {schema}.fct_dora_long WHERE is_count AND measure > 0 GROUP BY period_key
        ) AS counts USING (period_key)
        ORDER BY period_start, granularity
    """,
    # The columns are constants of report.metrics.
    "figures": f"""
        SELECT org_identifier, project_identifier, granularity, aggregation, team_key, period_start,
            path, is_leaf, is_period_complete, exported_at, harness_overall_rating, {", ".join(METRICS)}
        FROM {{schema}}.fct_dora
    """,  # noqa: S608
    "current": """
        SELECT DISTINCT granularity, aggregation FROM {schema}.fct_dora JOIN {schema}.dora_current USING (dora_key)
    """,
    "changes": """
        SELECT org_identifier, project_identifier, granularity, aggregation, team_key, period_start, metric, comparison,
            CASE WHEN direction = 'better' THEN 'b' WHEN direction = 'worse' THEN 'w' WHEN direction = 'same' THEN 's'
                WHEN is_within_noise THEN 'n' ELSE 'u' END
        FROM {schema}.fct_dora_change
        WHERE change IS NOT NULL AND metric IN (SELECT metric FROM {schema}.dora_metrics WHERE better IS NOT NULL)
    """,
    "coverage": """
        SELECT org_identifier, project_identifier, granularity, aggregation, team_key, period_start, stream, coverage
        FROM {schema}.coverage_teams JOIN {schema}.dim_team USING (team_key)
        WHERE coverage <> 'received' AND stream IN (SELECT stream FROM {schema}.dora_metrics)
    """,
    "reasons": "SELECT DISTINCT kind, reason FROM {schema}.missing_figures ORDER BY kind",
    "restatements": """
        SELECT org_identifier, project_identifier, granularity, aggregation, team_key, period_start, metric,
            coalesce(from_label, ''), coalesce(to_label, ''), from_value, to_value, restated_at
        FROM {schema}.restatements JOIN {schema}.dim_team USING (team_key)
        ORDER BY restated_at, path, period_start, metric
    """,
    "regressions": """
        SELECT org_identifier, project_identifier, granularity, aggregation, team_key, period_start, metric,
            measure, usual_low, usual_high
        FROM {schema}.regressions ORDER BY path, metric
    """,
    "targets": """
        SELECT org_identifier, project_identifier, granularity, aggregation, team_key, period_start, metric,
            target, is_met
        FROM {schema}.target_results
        WHERE period_start = (SELECT max(period_start) FROM {schema}.target_results) ORDER BY team_key, metric
    """,
    "lost": """
        SELECT org_identifier, project_identifier, granularity, aggregation, stream, scope, coverage,
            min(period_start), max(period_start), max(failure_message)
        FROM {schema}.coverage_periods WHERE coverage <> 'received'
        GROUP BY org_identifier, project_identifier, granularity, aggregation, stream, scope, coverage
        ORDER BY stream, scope, coverage
    """,
    "short": """
        SELECT org_identifier, project_identifier, granularity, aggregation, stream, scope, 'rows lost by the loader',
            window_start, window_end, 'the database lacks ' || missing_rows || ' rows of export ' || export_id
        FROM {schema}.coverage_exports WHERE loaded = 'short' ORDER BY stream, scope, window_start
    """,
}
# Sprint metrics are off by default, so their marts may not be there.
_SPRINT_QUERIES = {
    "sprints": f"""
        SELECT org_identifier, project_identifier, granularity, computation_mode, team_key, period_start, work_unit,
            is_leaf, is_period_complete, exported_at,
            {", ".join(f"has_{stream}" for stream in SPRINT_STREAMS)}, {", ".join(SPRINT_METRICS)}
        FROM {{schema}}.fct_sprint
    """,  # noqa: S608 - the columns are constants of report.metrics
    "sprint_current": "SELECT DISTINCT computation_mode FROM {schema}.sprint_current",
}
_HAS_SPRINTS = "SELECT 1 FROM information_schema.tables WHERE table_name = 'fct_sprint' AND table_schema = '{}'"
_PLACES = "SELECT table_schema FROM information_schema.tables WHERE table_name = 'fct_dora' ORDER BY table_schema"


class ReportError(Exception):
    """No report can be written; the message says why, and what to do."""


class _Cursor(Protocol):
    def fetchall(self) -> list[Row]: ...


class _Connection(Protocol):
    def execute(self, query: str, /) -> _Cursor: ...
    def close(self) -> None: ...


def read(warehouse: str, schema: str | None = None) -> dict[str, list[Row]]:
    """The rows of the marts that the report needs, one query each.

    Raises:
        ReportError: The warehouse cannot be read, or does not contain the marts.
    """
    try:
        with closing(_connect(warehouse)) as connection:
            found = schema or _schema(connection)
            has_sprints = connection.execute(_HAS_SPRINTS.format(found.replace("'", "''"))).fetchall()
            quoted = '"{}"'.format(found.replace('"', '""'))
            return {
                name: connection.execute(query.format(schema=quoted)).fetchall()
                for name, query in (_QUERIES | (_SPRINT_QUERIES if has_sprints else {})).items()
            }
    except (duckdb.Error, psycopg.Error) as error:
        # Only the first line of a driver's long message, and never a URL with a password.
        reason = str(error).partition("\n")[0].rstrip(".!")
        msg = f"Could not read the marts: {reason}. Build the dbt models of this version first."
        raise ReportError(msg) from error


def _connect(warehouse: str) -> _Connection:
    if warehouse.startswith(("postgresql://", "postgres://")):
        connection: _Connection = psycopg.connect(warehouse)
        return connection
    if not Path(warehouse).is_file():
        msg = f"There is no warehouse at {warehouse}. Load it and build the dbt models first."
        raise ReportError(msg)
    opened: _Connection = duckdb.connect(warehouse, read_only=True)
    return opened


def _schema(connection: _Connection) -> str:
    schemas = [str(schema) for (schema,) in connection.execute(_PLACES).fetchall()]
    if not schemas:
        msg = "The warehouse has no table fct_dora. Build the dbt models first."
        raise ReportError(msg)
    if len(schemas) > 1:
        msg = f"fct_dora is in more than one schema ({', '.join(schemas)}). Choose one with --schema."
        raise ReportError(msg)
    return schemas[0]
