"""A client of the stand-in without code of the tap."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING, Any

import requests

from standin import API_KEY, ORG_IDENTIFIER, PROJECT_IDENTIFIER

if TYPE_CHECKING:
    from standin import FakeClock, Standin
    from standin.jobs import Job

EXPORTS = "v2/insights/efficiency/exports"
HEADERS = {"authorization": f"ApiKey {API_KEY}", "Content-Type": "application/json"}
IDENTIFIERS = {"projectIdentifier": PROJECT_IDENTIFIER, "orgIdentifier": ORG_IDENTIFIER}


class Client:
    """Sends requests to one stand-in, by default with everything that each request needs."""

    def __init__(self, sei: Standin, clock: FakeClock) -> None:
        self.sei = sei
        self.clock = clock
        self.session = requests.Session()

    def send(self, method: str, path: str, **changes: Any) -> requests.Response:
        """Send a request to a path below the base URL."""
        asked: dict[str, Any] = {"headers": HEADERS, "params": IDENTIFIERS, "timeout": 10, "allow_redirects": False}
        return self.session.request(method, self.sei.base_url + path, **{**asked, **changes})

    def get(self, path: str, **changes: Any) -> requests.Response:
        """Send a GET."""
        return self.send("GET", path, **changes)

    def body(self, **changes: Any) -> dict[str, Any]:
        """A create request for three months of one leaf team; a change to None leaves a field out."""
        plain = {
            "scope": {"teamId": self.team_id("Engineering/Payments/Checkout")},
            "dateRange": {"start": "2025-10-01", "end": "2025-12-31"},
            "metricGroups": ["lttc"],
            "options": {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"},
        }
        return {name: value for name, value in {**plain, **changes}.items() if value is not None}

    def team_id(self, path: str) -> str:
        """The ID of the team at `path` in an export's scope."""
        return self.sei.org.team_at(path).team_id

    def create(self, **changes: Any) -> requests.Response:
        """Create an export."""
        return self.send("POST", EXPORTS, json=self.body(**changes))

    def poll(self, export_id: str) -> requests.Response:
        """Poll an export."""
        return self.get(f"{EXPORTS}/{export_id}")

    def made(self, **changes: Any) -> Job:
        """Create a job and let the clock pass its duration."""
        export_id = self.create(**changes).json()["exportId"]
        job = self.sei.jobs.get(export_id)
        assert job is not None
        self.clock.sleep(60)
        return job

    def download(self, job: Job, **changes: Any) -> requests.Response:
        """Download a job's file; `raw_body` of the answer is the body as transferred."""
        return self.get(f"{EXPORTS}/{job.export_id}/download", **changes)

    def text(self, **changes: Any) -> str:
        """Create an export and return the text of its file."""
        return gzip.decompress(self.download(self.made(**changes)).content).decode("utf-8")

    def rows(self, **changes: Any) -> list[dict[str, str]]:
        """The rows of an export."""
        return read(self.text(**changes))


def read(text: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text, newline="")))
