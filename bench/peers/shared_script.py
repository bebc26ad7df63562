"""A script for all groups: one shared export, read once, a line of JSON for each group and row."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import sys
import time

import requests

KEYS = ("Granularity", "Team", "Team_Hierarchy", "Start_Date", "End_Date")
GROUPS = {
    "lttc": ("PLANNING", "CODING", "REVIEW", "BUILD", "DEPLOY", "LTTC"),
    "work_items": ("TOTAL_WORK_ITEMS", "PR_ASSOCIATIONS", "PERCENTAGE_PR_ASSOCIATED"),
    "deployment_frequency": ("DEPLOYMENT_FREQUENCY",),
    "cfr": ("TOTAL_SUCCESS", "TOTAL_FAILURES", "CFR"),
    "mttr": ("MTTR",),
    "rating": ("OVERALL_RATING",),
}

exports = f"{os.environ['SEI_URL']}v2/insights/efficiency/exports"
session = requests.Session()
session.headers["authorization"] = f"ApiKey {os.environ['SEI_API_KEY']}"
session.params = {"orgIdentifier": "acme", "projectIdentifier": "dora"}
body = {
    "scope": {"teamId": os.environ["SEI_TEAM"]},
    "dateRange": {"start": sys.argv[1], "end": sys.argv[2]},
    "metricGroups": list(GROUPS),
    "options": {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"},
}
export_id = session.post(exports, json=body, timeout=60).json()["exportId"]
while session.get(f"{exports}/{export_id}", timeout=60).json()["status"] != "COMPLETED":
    time.sleep(2)
content = session.get(f"{exports}/{export_id}/download", timeout=60).content

with gzip.open(io.BytesIO(content), "rt", encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        key = {name: row[name] for name in KEYS}
        for group, names in GROUPS.items():
            cells = {name: row[name] or None for name in names}
            if group != "rating":
                cells = {name: float(cell) if cell else None for name, cell in cells.items()}
            sys.stdout.write(json.dumps({"type": "RECORD", "stream": group, "record": {**key, **cells}}) + "\n")
