"""A straightforward tap on the Singer SDK: one stream that yields records one by one. The SDK does the rest."""

from __future__ import annotations

import csv
import gzip
import io
import time
from typing import TYPE_CHECKING, Any, ClassVar

import requests
from singer_sdk import Stream, Tap
from singer_sdk import typing as th

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context

NUMBERS = ("PLANNING", "CODING", "REVIEW", "BUILD", "DEPLOY", "LTTC")
TEXTS = (
    "org_identifier",
    "project_identifier",
    "team_path",
    "team",
    "granularity",
    "aggregation",
    "team_hierarchy",
    "period_label",
    "scope",
    "export_id",
)


class LeadTime(Stream):
    """The lead times of one export: the properties that the measured tap emits."""

    name = "lttc"
    primary_keys = ("org_identifier", "project_identifier", "team_path", "team", "period_start")
    replication_key = "period_start"
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        *(th.Property(name, th.StringType) for name in TEXTS),
        th.Property("period_start", th.DateType),
        th.Property("period_end", th.DateType),
        th.Property("is_period_complete", th.BooleanType),
        th.Property("exported_at", th.DateTimeType),
        *(th.Property(name.lower(), th.NumberType) for name in NUMBERS),
    ).to_dict()

    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:  # noqa: ARG002 - the SDK's signature
        """Create, poll, download, unpack, and yield."""
        base = self.config["api_url"]
        session = requests.Session()
        session.headers["authorization"] = f"ApiKey {self.config['api_key']}"
        session.params = {"orgIdentifier": "acme", "projectIdentifier": "dora"}
        exports = f"{base}v2/insights/efficiency/exports"
        body = {
            "scope": {"teamId": "bench"},
            "dateRange": {"start": "2025-01-01", "end": "2025-12-31"},
            "metricGroups": ["lttc"],
            "options": {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"},
        }
        export_id = session.post(exports, json=body, timeout=60).json()["exportId"]
        job: dict[str, Any] = {}
        while job.get("status") != "COMPLETED":
            time.sleep(2 if job else 0)
            job = session.get(f"{exports}/{export_id}", timeout=60).json()
        answer = session.get(f"{base}{job['downloadUrl'].lstrip('/')}", timeout=60)
        with gzip.open(io.BytesIO(answer.content), "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield {
                    "org_identifier": "acme",
                    "project_identifier": "dora",
                    "team_path": row["Team_Hierarchy"] or row["Team"],
                    "team": row["Team"],
                    "granularity": "MONTHLY",
                    "aggregation": "mean",
                    "team_hierarchy": row["Team_Hierarchy"],
                    "period_label": row["Granularity"],
                    "scope": "team:bench",
                    "export_id": export_id,
                    "period_start": row["Start_Date"],
                    "period_end": row["End_Date"] or None,
                    "is_period_complete": True,
                    "exported_at": job["createdAt"],
                    **{name.lower(): float(row[name]) if row[name] else None for name in NUMBERS},
                }


class TapLeadTime(Tap):
    """The tap."""

    name = "tap-lead-time"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("api_key", th.StringType, required=True, secret=True),
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        """The one stream."""
        return [LeadTime(self)]


if __name__ == "__main__":
    TapLeadTime.cli()
