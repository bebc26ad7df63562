"""A client of the stand-in that owes nothing to the tap."""

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
    """Speaks to one stand-in, by default with everything that each request must carry."""

    def __init__(self, sei: Standin, clock: FakeClock) -> None:
        self.sei = sei
        self.clock = clock
        self.session = requests.Session()

    def send(self, method: str, path: str, **changes: Any) -> requests.Response:
        """One request below the base URL."""
        asked: dict[str, Any] = {"headers": HEADERS, "params": IDENTIFIERS, "timeout": 10, "allow_redirects": False}
        return self.session.request(method, self.sei.base_url + path, **{**asked, **changes})

    def get(self, path: str, **changes: Any) -> requests.Response:
        """One GET."""
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
        """What an export's scope calls the team at `path`."""
        return self.sei.org.team_at(path).team_id

    def create(self, **changes: Any) -> requests.Response:
        """Ask for an export."""
        return self.send("POST", EXPORTS, json=self.body(**changes))

    def poll(self, export_id: str) -> requests.Response:
        """Ask how far an export is."""
        return self.get(f"{EXPORTS}/{export_id}")

    def made(self, **changes: Any) -> Job:
        """A job that has had the time it takes."""
        export_id = self.create(**changes).json()["exportId"]
        job = self.sei.jobs.get(export_id)
        assert job is not None
        self.clock.sleep(60)
        return job

    def download(self, job: Job, **changes: Any) -> requests.Response:
        """Ask for a job's file; its body as it came over the wire is `raw_body` of the answer."""
        return self.get(f"{EXPORTS}/{job.export_id}/download", **changes)

    def text(self, **changes: Any) -> str:
        """The file of an export, from the request to the text."""
        return gzip.decompress(self.download(self.made(**changes)).content).decode("utf-8")

    def rows(self, **changes: Any) -> list[dict[str, str]]:
        """The rows of an export."""
        return read(self.text(**changes))


def read(text: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text, newline="")))
