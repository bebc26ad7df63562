"""Load the script's JSON lines from stdin into a DuckDB file, as a user would by hand: into a new table."""

from __future__ import annotations

import sys

import duckdb

with duckdb.connect(sys.argv[1]) as connection:
    connection.execute("CREATE SCHEMA IF NOT EXISTS sei")
    connection.execute("CREATE OR REPLACE TABLE sei.lttc AS FROM read_json('/dev/stdin', format = 'newline_delimited')")
