"""Load the script's JSON lines from stdin into SEI_DATABASE, as a user would by hand: replace rows by their key."""

from __future__ import annotations

import json
import os
import sys

import duckdb
import psycopg

DATABASE, SCHEMA = os.environ["SEI_DATABASE"], os.environ["SEI_SCHEMA"]
KEY = ("Team_Hierarchy", "Team", "Granularity", "Start_Date")
TEXTS = {*KEY, "End_Date"}

if DATABASE.endswith(".duckdb"):
    with duckdb.connect(DATABASE) as file:
        file.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        file.execute("CREATE TEMP TABLE new AS FROM read_json('/dev/stdin', format = 'newline_delimited')")
        file.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.lttc AS FROM new LIMIT 0")
        same = " AND ".join(f"lttc.{name} = new.{name}" for name in KEY)
        file.execute(f"DELETE FROM {SCHEMA}.lttc USING new WHERE {same}")  # noqa: S608 - constants
        file.execute(f"INSERT INTO {SCHEMA}.lttc BY NAME FROM new")
else:
    lines = map(json.loads, sys.stdin)
    first = next(lines)
    columns = ", ".join(f"{name} {'text' if name in TEXTS else 'double precision'}" for name in first)
    with psycopg.connect(DATABASE) as server:
        server.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        server.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.lttc ({columns}, PRIMARY KEY ({', '.join(KEY)}))")
        server.execute(f"CREATE TEMP TABLE new (LIKE {SCHEMA}.lttc)")
        with server.cursor().copy("COPY new FROM STDIN") as copy:
            for row in (first, *lines):
                copy.write_row([*row.values()])
        changes = ", ".join(f"{name} = excluded.{name}" for name in first if name not in KEY)
        target = f"INSERT INTO {SCHEMA}.lttc SELECT * FROM new ON CONFLICT ({', '.join(KEY)})"  # noqa: S608 - the same
        server.execute(f"{target} DO UPDATE SET {changes}")
