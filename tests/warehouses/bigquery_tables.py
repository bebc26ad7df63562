"""`python bigquery_tables.py read DATASET | run STATEMENT ...`: print a dataset as JSON, or run statements.

Run it with the Python of the loader's plugin, which has Google's client. For each table and view it prints the types
of the columns, and the rows.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from google.cloud import bigquery


def tables(client: bigquery.Client, dataset: str) -> dict[str, Any]:
    """Every table and view."""
    found = {}
    for listed in client.list_tables(dataset):
        table = client.get_table(listed.reference)
        rows = client.query_and_wait(f"SELECT * FROM `{table.dataset_id}`.`{table.table_id}`")  # noqa: S608 - as listed
        found[table.table_id] = {
            "columns": {field.name: field.field_type for field in table.schema},
            "rows": [dict(row) for row in rows],
        }
    return found


if __name__ == "__main__":
    client = bigquery.Client()
    what, *arguments = sys.argv[1:]
    for statement in arguments if what == "run" else ():
        client.query_and_wait(statement)
    if what == "read":
        json.dump(tables(client, *arguments), sys.stdout, default=str)
