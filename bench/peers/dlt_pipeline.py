"""A dlt resource of lead times, and a pipeline that writes JSON lines, or merges them into the database SEI_DATABASE.

With SEI_ARROW, the resource yields a table of Arrow in place of rows.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

import dlt
import pyarrow as pa
from dlt.destinations import duckdb, filesystem, postgres
from dlt.sources.helpers import requests
from pyarrow import csv as arrow_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = os.environ.get("SEI_DATABASE")
ARROW = "SEI_ARROW" in os.environ
NUMBERS = ("PLANNING", "CODING", "REVIEW", "BUILD", "DEPLOY", "LTTC")


@dlt.resource(  # type: ignore[untyped-decorator] # dlt is not installed here
    name="lttc",
    write_disposition="merge" if DATABASE else "append",
    primary_key=("Team_Hierarchy", "Team", "Granularity", "Start_Date"),
)
def lead_times() -> Iterator[dict[str, Any] | pa.Table]:
    """Create, poll, download, unpack, and yield."""
    base = os.environ["SEI_URL"]
    exports = f"{base}v2/insights/efficiency/exports"
    given = {
        "headers": {"authorization": f"ApiKey {os.environ['SEI_API_KEY']}"},
        "params": {"orgIdentifier": "acme", "projectIdentifier": "dora"},
    }
    body = {
        "scope": {"teamId": "bench"},
        "dateRange": {"start": os.environ.get("SEI_START", "2025-01-01"), "end": "2025-12-31"},
        "metricGroups": ["lttc"],
        "options": {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"},
    }
    export_id = requests.post(exports, json=body, **given).json()["exportId"]
    job: dict[str, Any] = {}
    while job.get("status") != "COMPLETED":
        time.sleep(2 if job else 0)
        job = requests.get(f"{exports}/{export_id}", **given).json()
    answer = requests.get(f"{base}{job['downloadUrl'].lstrip('/')}", **given)
    if ARROW:
        kinds = dict.fromkeys(NUMBERS, pa.float64())
        with gzip.open(io.BytesIO(answer.content)) as file:
            yield arrow_csv.read_csv(file, convert_options=arrow_csv.ConvertOptions(column_types=kinds))
        return
    with gzip.open(io.BytesIO(answer.content), "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {**row, **{name: float(row[name]) if row[name] else None for name in NUMBERS}}


def destination(folder: str) -> dlt.destinations.filesystem | dlt.destinations.duckdb | dlt.destinations.postgres:
    """Where the pipeline writes to."""
    if DATABASE is None:
        return filesystem(f"file://{folder}/out")
    # The server listens on a socket only: a host in the query replaces the other one.
    return duckdb(DATABASE) if DATABASE.endswith(".duckdb") else postgres(DATABASE.replace("@/", "@localhost/"))


with tempfile.TemporaryDirectory() as folder:
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=f"{folder}/pipelines",
        destination=destination(folder),
        dataset_name=os.environ.get("SEI_SCHEMA", "sei"),
    )
    pipeline.run(lead_times(), loader_file_format=None if DATABASE else "jsonl").raise_on_failed_jobs()
    rows = pipeline.last_trace.last_normalize_info.row_counts["lttc"]
    if rows != int(os.environ["SEI_ROWS"]):
        sys.exit(f"{rows} rows instead of {os.environ['SEI_ROWS']}")
