"""A dlt resource of lead times, and a pipeline that writes JSON lines, or merges rows into the file SEI_DUCKDB."""

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
from dlt.destinations import duckdb, filesystem
from dlt.sources.helpers import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

DUCKDB = os.environ.get("SEI_DUCKDB")
NUMBERS = ("PLANNING", "CODING", "REVIEW", "BUILD", "DEPLOY", "LTTC")


@dlt.resource(  # type: ignore[untyped-decorator] # dlt is not installed here
    name="lttc",
    write_disposition="merge" if DUCKDB else "append",
    primary_key=("Team_Hierarchy", "Team", "Granularity", "Start_Date"),
)
def lead_times() -> Iterator[dict[str, Any]]:
    """Create, poll, download, unpack, and yield."""
    base = os.environ["SEI_URL"]
    exports = f"{base}v2/insights/efficiency/exports"
    given = {
        "headers": {"authorization": f"ApiKey {os.environ['SEI_API_KEY']}"},
        "params": {"orgIdentifier": "acme", "projectIdentifier": "dora"},
    }
    body = {
        "scope": {"teamId": "bench"},
        "dateRange": {"start": "2025-01-01", "end": "2025-12-31"},
        "metricGroups": ["lttc"],
        "options": {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"},
    }
    export_id = requests.post(exports, json=body, **given).json()["exportId"]
    job: dict[str, Any] = {}
    while job.get("status") != "COMPLETED":
        time.sleep(2 if job else 0)
        job = requests.get(f"{exports}/{export_id}", **given).json()
    answer = requests.get(f"{base}{job['downloadUrl'].lstrip('/')}", **given)
    with gzip.open(io.BytesIO(answer.content), "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {**row, **{name: float(row[name]) if row[name] else None for name in NUMBERS}}


with tempfile.TemporaryDirectory() as folder:
    destination = duckdb(DUCKDB) if DUCKDB else filesystem(f"file://{folder}/out")
    pipeline = dlt.pipeline("bench", pipelines_dir=f"{folder}/pipelines", destination=destination, dataset_name="sei")
    pipeline.run(lead_times(), loader_file_format=None if DUCKDB else "jsonl").raise_on_failed_jobs()
    rows = pipeline.last_trace.last_normalize_info.row_counts["lttc"]
    if rows != int(os.environ["SEI_ROWS"]):
        sys.exit(f"{rows} rows instead of {os.environ['SEI_ROWS']}")
