"""The script that a user writes by hand: requests, csv and json, the file's own columns, numbers as numbers."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import sys
import time

import requests

NUMBERS = ("PLANNING", "CODING", "REVIEW", "BUILD", "DEPLOY", "LTTC")

base = os.environ["SEI_URL"]
session = requests.Session()
session.headers["authorization"] = f"ApiKey {os.environ['SEI_API_KEY']}"
session.params = {"orgIdentifier": "acme", "projectIdentifier": "dora"}

exports = f"{base}v2/insights/efficiency/exports"
body = {
    "scope": {"teamId": "bench"},
    "dateRange": {"start": "2025-01-01", "end": "2025-12-31"},
    "metricGroups": ["lttc"],
    "options": {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"},
}
created = session.post(exports, json=body, timeout=60)
created.raise_for_status()
export_id = created.json()["exportId"]
while True:
    job = session.get(f"{exports}/{export_id}", timeout=60).json()
    if job["status"] == "COMPLETED":
        break
    time.sleep(2)
answer = session.get(f"{base}{job['downloadUrl'].lstrip('/')}", timeout=60)
answer.raise_for_status()
with gzip.open(io.BytesIO(answer.content), "rt", encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        record = {**row, **{name: float(row[name]) if row[name] else None for name in NUMBERS}}
        sys.stdout.write(json.dumps(record) + "\n")
