"""`python snowflake_tables.py PORT [STATEMENT ...]`: run statements; without one, print schema SEI as JSON.

Run it with the Python of the loader's plugin, which has Snowflake's client. For each table it prints the types of the
columns, and the rows. Names are in lower case.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import snowflake.connector
from snowflake.connector.cursor import DictCursor


def tables(connection: Any) -> dict[str, Any]:
    """Every table."""
    cursor = connection.cursor(DictCursor)
    columns = cursor.execute(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'SEI'"
    ).fetchall()
    found: dict[str, Any] = {}
    for column in columns:
        name, kind = column["COLUMN_NAME"], column["DATA_TYPE"]
        table = found.setdefault(column["TABLE_NAME"].lower(), {"columns": {}, "rows": []})
        table["columns"][name.lower()] = kind
    for name, table in found.items():
        rows = cursor.execute(f"select * from SEI.{name}").fetchall()  # noqa: S608 - a table that there is
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
        for statement in sys.argv[2:]:
            connection.cursor().execute(statement)
        if not sys.argv[2:]:
            json.dump(tables(connection), sys.stdout, default=str)
