"""`python bigquery_tables.py [STATEMENT ...]`: run statements; without one, print dataset sei as JSON.

Run it with the Python of the loader's plugin, which has Google's client. For each table it prints the types of the
columns, and the rows.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from google.cloud import bigquery


def tables(client: bigquery.Client) -> dict[str, Any]:
    """Every table."""
    found = {}
    for listed in client.list_tables("sei"):
        table = client.get_table(listed.reference)
        rows = client.query_and_wait(f"SELECT * FROM `{table.dataset_id}`.`{table.table_id}`")  # noqa: S608 - as listed
        found[table.table_id] = {
            "columns": {field.name: field.field_type for field in table.schema},
            "rows": [dict(row) for row in rows],
        }
    return found


if __name__ == "__main__":
    client = bigquery.Client()
    for statement in sys.argv[1:]:
        client.query_and_wait(statement)
    if not sys.argv[1:]:
        json.dump(tables(client), sys.stdout, default=str)
