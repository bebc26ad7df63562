"""Two SEI APIs with an archive: one keeps what it downloads, the other replays it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from tap_sei_efficiency.api.protocol import TeamReport
from tap_sei_efficiency.errors import RefusedError
from tap_sei_efficiency.model.jobs import Job, JobStatus
from tap_sei_efficiency.model.requests import ExportRequest
from tap_sei_efficiency.model.team_reports import TeamReportRequest

if TYPE_CHECKING:
    from pathlib import Path

    from tap_sei_efficiency.api.archive import Archive, Manifest
    from tap_sei_efficiency.api.protocol import SeiApi
    from tap_sei_efficiency.model.insights import Insight

_NOT_ARCHIVED = 404

R = TypeVar("R", ExportRequest, TeamReportRequest)


class ArchivingClient:
    """An SEI API whose downloads are kept in an archive."""

    def __init__(self, api: SeiApi, archive: Archive) -> None:
        self._api = api
        self._archive = archive
        self.create = api.create
        self.status = api.status
        self.org_trees = api.org_trees
        self.teams = api.teams

    def download(self, request: ExportRequest, job: Job, target: Path) -> int:
        """Download and keep the file of a completed job; its bytes."""
        size = self._api.download(request, job, target)
        self._archive.keep_export(request, job, target)
        return size

    def team_report(self, request: TeamReportRequest, target: Path) -> TeamReport:
        """Download and keep a legacy report."""
        report = self._api.team_report(request, target)
        self._archive.keep_team_report(request, report)
        return report


class ReplayClient:
    """An SEI API that is an archive: each job is done, and its file is the newest that was kept for its request."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._exports: dict[ExportRequest, Manifest] = {}
        self._reports: dict[TeamReportRequest, Manifest] = {}
        for manifest in archive.manifests():
            if manifest.export:
                _put_last(self._exports, manifest.export, manifest)
            if manifest.report:
                _put_last(self._reports, manifest.report, manifest)

    @property
    def exports(self) -> list[ExportRequest]:
        """The exports that can be replayed, oldest first."""
        return list(self._exports)

    @property
    def team_reports(self) -> list[TeamReportRequest]:
        """The reports that can be replayed, oldest first."""
        return list(self._reports)

    @property
    def warning(self) -> str:
        """What a replay does to figures that are newer than its files."""
        times = sorted(
            manifest.created_at
            for manifest in (*self._exports.values(), *self._reports.values())
            if manifest.created_at
        )
        made = f" that SEI made between {times[0]:%Y-%m-%d} and {times[-1]:%Y-%m-%d}" if times else ""
        return (
            f"Replaying files{made}. Their figures replace those in the warehouse for the same teams and periods, "
            "even newer ones: compare `exported_at`."
        )

    def create(self, request: ExportRequest) -> Job:
        """The archived job of `request`."""
        return self._job(_of(self._exports, request))

    def status(self, export_id: str, insight: Insight) -> Job:
        """The archived job of this id."""
        del insight
        return next(self._job(found) for found in self._exports.values() if found.export_id == export_id)

    def download(self, request: ExportRequest, job: Job, target: Path) -> int:
        """Copy the archived file of `request`; its bytes."""
        del job  # the newest file of the request is the one that counts
        return self._archive.fetch(_of(self._exports, request), target)

    def team_report(self, request: TeamReportRequest, target: Path) -> TeamReport:
        """Copy the archived report of `request`."""
        found = _of(self._reports, request)
        self._archive.fetch(found, target)
        return TeamReport(target, found.created_at)

    def org_trees(self) -> object:
        """No org tree: an archive keeps none."""
        return []

    def teams(self, org_tree_id: str) -> object:
        """No team: an archive keeps none."""
        del org_tree_id
        return []

    def _job(self, manifest: Manifest) -> Job:
        # Reused, not new: the runner polls a reused job at once.
        job = Job(manifest.export_id or "", JobStatus.COMPLETED, JobStatus.COMPLETED.value, reused=True)
        return replace(job, created_at=manifest.created_at, completed_at=manifest.completed_at)


def _put_last(manifests: dict[R, Manifest], request: R, manifest: Manifest) -> None:
    # Newest last, even if an older file of the request was earlier in the order: a warehouse keeps the last one.
    manifests.pop(request, None)
    manifests[request] = manifest


def _of(manifests: dict[R, Manifest], request: R) -> Manifest:
    try:
        return manifests[request]
    except KeyError:
        msg = f"The archive does not contain {request}."
        raise RefusedError(msg, _NOT_ARCHIVED) from None
