"""A script that a user would write by hand, with requests, csv and json: the file's own columns, numbers as numbers.

Its arguments are windows of periods. SEI_THREADS sets how many exports it waits for at once.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests

TEXTS = {"Granularity", "Team", "Team_Hierarchy", "Start_Date", "End_Date"}
HEADERS = {"authorization": f"ApiKey {os.environ['SEI_API_KEY']}", "content-type": "application/json"}
PROJECT = {"orgIdentifier": "acme", "projectIdentifier": "dora"}

base = os.environ["SEI_URL"]


def download(window: str) -> bytes:
    """Create an export, wait for it, and download its file."""
    session = requests.Session()
    session.headers.update(HEADERS)
    session.params = PROJECT
    start, end = window.split("..")
    exports = f"{base}v2/insights/efficiency/exports"
    body = {
        "scope": {"teamId": os.environ["SEI_TEAM"]},
        "dateRange": {"start": start, "end": end},
        "metricGroups": ["lttc"],
        "options": {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"},
    }
    created = session.post(exports, json=body, timeout=60)
    created.raise_for_status()
    export_id = created.json()["exportId"]
    while True:
        polled = session.get(f"{exports}/{export_id}", timeout=60)
        polled.raise_for_status()
        job = polled.json()
        if job["status"] == "COMPLETED":
            break
        if job["status"] == "FAILED":
            sys.exit(f"export {export_id} failed")
        time.sleep(2)
    answer = session.get(f"{base}{job['downloadUrl'].lstrip('/')}", timeout=60)
    answer.raise_for_status()
    return answer.content


with ThreadPoolExecutor(int(os.environ.get("SEI_THREADS", "1"))) as pool:
    for content in pool.map(download, sys.argv[1:]):
        with gzip.open(io.BytesIO(content), "rt", encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            numbers = [name for name in reader.fieldnames or () if name not in TEXTS]
            for row in reader:
                record = {**row, **{name: float(row[name]) if row[name] else None for name in numbers}}
                sys.stdout.write(json.dumps(record) + "\n")
