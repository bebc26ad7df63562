"""The archive: keeps downloaded files unchanged, each with a manifest of its request, and reads them again.

A file and its manifest get their names only when they are complete, the manifest last.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tap_sei_efficiency.api.downloads import GZIP_MAGIC
from tap_sei_efficiency.errors import BadDownloadError, SettingsError, StorageError
from tap_sei_efficiency.model.requests import ExportRequest
from tap_sei_efficiency.model.team_reports import TeamReportRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_sei_efficiency.api.protocol import TeamReport
    from tap_sei_efficiency.model.jobs import Job
    from tap_sei_efficiency.settings import Settings

_OTHER = re.compile(r"[^A-Za-z0-9.-]+")
_NOT_ARCHIVED = 404

R = TypeVar("R", ExportRequest, TeamReportRequest)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a kept file is: a project's answer to `export` or to `report`, made by SEI at `created_at`."""

    org_identifier: str
    project_identifier: str
    file: str
    sha256: str
    created_at: datetime | None
    export_id: str | None = None
    completed_at: datetime | None = None
    export: ExportRequest | None = None
    report: TeamReportRequest | None = None


class Archive:
    """A folder of downloaded files, of which those of the settings' project count."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._project = (settings.org_identifier, settings.project_identifier)

    def check_writable(self) -> None:
        """Make the folder, and check that a file can be written there.

        Raises:
            SettingsError: No file can be written there.
        """
        probe = self._folder / f".probe-{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            msg = f"Setting `archive_path`: could not write to {self._folder}: {error.strerror}."
            raise SettingsError(msg) from None

    def keep_export(self, request: ExportRequest, job: Job, file: Path) -> None:
        """Keep the file of a job.

        Raises:
            StorageError: It cannot be written. No part of it is left.
        """
        manifest = Manifest(
            *self._project,
            file=_name(file, str(request.scope), str(request.window.start), str(request.window.end), job.export_id),
            sha256=_digest(file),
            created_at=job.created_at,
            export_id=job.export_id,
            completed_at=job.completed_at,
            export=request,
        )
        self._keep(manifest, file)

    def keep_team_report(self, request: TeamReportRequest, report: TeamReport) -> None:
        """Keep a legacy report.

        Raises:
            StorageError: It cannot be written. No part of it is left.
        """
        day = str(report.at.date()) if report.at else "undated"
        name = _name(
            report.file,
            str(request.scope),
            str(request.window.start),
            str(request.window.end),
            request.aggregation,
            day,
        )
        self._keep(Manifest(*self._project, name, _digest(report.file), report.at, report=request), report.file)

    def _keep(self, manifest: Manifest, file: Path) -> None:
        target = self._folder / manifest.file
        parts = [self._folder / f".{manifest.file}.part", self._folder / f".{manifest.file}.json.part"]
        try:
            shutil.copyfile(file, parts[0])
            parts[1].write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
            parts[0].replace(target)
            parts[1].replace(target.with_name(f"{target.name}.json"))
        except OSError as error:
            for part in parts:
                part.unlink(missing_ok=True)
            msg = f"Could not keep {manifest.file} in `archive_path` {self._folder}: {error.strerror}."
            raise StorageError(msg) from None

    def manifests(self) -> Iterator[Manifest]:
        """Every manifest of the project, oldest export first.

        Raises:
            SettingsError: The folder cannot be read, or contains a damaged manifest.
        """
        if not self._folder.is_dir():
            msg = f"Setting `archive_path`: there is no folder {self._folder} to replay."
            raise SettingsError(msg)
        found = [_read(path) for path in self._folder.glob("[!.]*.json")]
        undated = datetime.min.replace(tzinfo=UTC)
        mine = (each for each in found if (each.org_identifier, each.project_identifier) == self._project)
        yield from sorted(mine, key=lambda manifest: (manifest.created_at or undated, manifest.file))

    def fetch(self, manifest: Manifest, target: Path) -> int:
        """Copy an archived file to `target`; its size in bytes.

        Raises:
            BadDownloadError: The file is missing or has changed.
        """
        source = self._folder / manifest.file
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            msg = f"Could not read archived file {source}: {error.strerror}."
            raise BadDownloadError(msg) from None
        if _digest(target) != manifest.sha256:
            msg = f"Archived file {source} does not match its manifest."
            raise BadDownloadError(msg)
        return target.stat().st_size


def _read(path: Path) -> Manifest:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, ValueError, msgspec.MsgspecError):
        msg = f"Setting `archive_path`: manifest {path} is damaged. Remove it together with its file."
        raise SettingsError(msg) from None


def _name(file: Path, *parts: str) -> str:
    with file.open("rb") as content:
        ending = "csv.gz" if content.read(len(GZIP_MAGIC)) == GZIP_MAGIC else "csv"
    return f"{'_'.join(_OTHER.sub('-', part) for part in parts)}.{ending}"


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
