"""The interface of the SEI API.

`SeiClient` talks to a server, `ArchivingClient` keeps its files as well, `ReplayClient` reads kept files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tap_sei_efficiency.model.insights import Insight
    from tap_sei_efficiency.model.jobs import Job
    from tap_sei_efficiency.model.requests import ExportRequest
    from tap_sei_efficiency.model.team_reports import TeamReportRequest


@dataclass(frozen=True, slots=True)
class TeamReport:
    """A downloaded legacy report, and when SEI made it."""

    file: Path
    at: datetime | None


class ExportApi(Protocol):
    """The export part of the API. The errors are those of `SeiClient`."""

    def create(self, request: ExportRequest) -> Job:
        """Create a job."""

    def status(self, export_id: str, insight: Insight) -> Job:
        """Poll a job of an insight."""

    def download(self, request: ExportRequest, job: Job, target: Path) -> int:
        """Download the file of a completed job of `request`; its bytes."""


class SeiApi(ExportApi, Protocol):
    """The whole API. The errors are those of `SeiClient`."""

    def team_report(self, request: TeamReportRequest, target: Path) -> TeamReport:
        """Download a legacy report."""

    def org_trees(self) -> object:
        """List the org trees."""

    def teams(self, org_tree_id: str) -> object:
        """List the teams of an org tree."""
