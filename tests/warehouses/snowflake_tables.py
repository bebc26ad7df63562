"""`python snowflake_tables.py PORT read SCHEMA | run STATEMENT ...`: print a schema as JSON, or run statements.

Run it with the Python of the loader's plugin, which has Snowflake's client. For each table and view it prints the types
of the columns, and the rows. Names are in lower case. fakesnow returns a null timestamp as 1970, so times are read as
text.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import snowflake.connector
from snowflake.connector.cursor import DictCursor


def tables(connection: Any, schema: str) -> dict[str, Any]:
    """Every table and view."""
    cursor = connection.cursor(DictCursor)
    columns = cursor.execute(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = %s",
        [schema.upper()],
    ).fetchall()
    found: dict[str, Any] = {}
    for column in columns:
        table = found.setdefault(column["TABLE_NAME"].lower(), {"columns": {}, "rows": []})
        table["columns"][column["COLUMN_NAME"].lower()] = column["DATA_TYPE"]
    for name, table in found.items():
        selected = ", ".join(
            f'to_varchar("{column.upper()}") as "{column.upper()}"' if "TIMESTAMP" in kind else f'"{column.upper()}"'
            for column, kind in table["columns"].items()
        )
        rows = cursor.execute(f"select {selected} from {schema}.{name}").fetchall()  # noqa: S608 - a table that there is
        table["rows"] = [{column.lower(): value for column, value in row.items()} for row in rows]
    return found


if __name__ == "__main__":
    with snowflake.connector.connect(
        account="emulator",
        user="loader",
        password="none",  # noqa: S106 - the emulator asks for any
        host="127.0.0.1",
        port=int(sys.argv[1]),
        protocol="http",
        database="ANALYTICS",
    ) as connection:
        what, *arguments = sys.argv[2:]
        for statement in arguments if what == "run" else ():
            connection.cursor().execute(statement)
        if what == "read":
            json.dump(tables(connection, *arguments), sys.stdout, default=str)
