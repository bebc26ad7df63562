"""The SEI API's verbs: create, status, download, report, teams. Paths and group names stand here, nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import tenacity

from tap_sei_efficiency.api.downloads import verify
from tap_sei_efficiency.api.exchange import Answer, Call
from tap_sei_efficiency.api.job_answers import read_created, read_status
from tap_sei_efficiency.api.protocol import Report
from tap_sei_efficiency.api.retry import RetryLog, RetryPolicy
from tap_sei_efficiency.api.transport import Transport
from tap_sei_efficiency.errors import BadDownloadError, RefusedError
from tap_sei_efficiency.model.metrics_table import GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.model.jobs import Job
    from tap_sei_efficiency.model.requests import ExportRequest
    from tap_sei_efficiency.model.team_reports import ReportRequest
    from tap_sei_efficiency.settings import Settings

_EXPORTS = "v2/insights/efficiency/exports"


class SeiClient:
    """The SEI of `settings`."""

    def __init__(self, settings: Settings, clock: Clock, retry: RetryPolicy | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._retry = retry or RetryPolicy(settings.retry_budget_seconds)
        self._log = RetryLog(clock)
        self._transport = Transport(settings, clock, self._retry, self._log)
        self._most_bytes = settings.max_export_megabytes * 2**20
        self._group_names: Mapping[str, str] = {}
        self._names_are_known = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def create(self, request: ExportRequest) -> Job:
        """Create an export job, or be handed the one that SEI already has for an identical request.

        The documentation calls one group both `deployment_frequency` and `df`; a 400 on the one name tries the other.

        Raises:
            RefusedError: SEI refuses the request.
        """
        try:
            return self._create(request, self._group_names)
        except RefusedError as refused:
            others = _other_names(request)
            if refused.status != HTTPStatus.BAD_REQUEST or self._names_are_known or not others:
                raise
            # A request of this group alone settles the name; with others, the 400 may have been for the combination.
            self._names_are_known = len(request.groups) == 1
            try:
                job = self._create(request, others)
            except RefusedError:
                raise refused from None
            self._group_names, self._names_are_known = others, True
            return job

    def _create(self, request: ExportRequest, names: Mapping[str, str]) -> Job:
        body = request.body(self._settings.org_identifier, names)
        call = Call("POST", _EXPORTS, f"create an export of {request}", body=body)
        answer = self._transport.send(call)
        return _dated(read_created(answer.content), answer)

    def status(self, export_id: str) -> Job:
        """How far SEI is with a job.

        Raises:
            GoneError: SEI does not know the job any more.
        """
        call = Call("GET", _path_of(export_id), f"get the status of export {export_id}", concerns_job=True)
        answer = self._transport.send(call)
        return read_status(answer.content, export_id)

    def download(self, request: ExportRequest, job: Job, target: Path) -> int:
        """Download the file of a completed job of `request` to `target` as it comes, and prove it whole; its bytes.

        Raises:
            BadDownloadError: The file is damaged, too large, or no CSV file, also when fetched again.
            GoneError: SEI does not know the job any more.
        """
        path = job.location or f"{_path_of(job.export_id)}/download"
        call = Call("GET", path, f"download export {job.export_id} of {request}", concerns_job=True)
        return self._fetch_whole(call, target, f"export {job.export_id} of {request}").size

    def report(self, request: ReportRequest, target: Path) -> Report:
        """Download a legacy report to `target`, and prove it whole. No bytes are a documented "no data".

        Raises:
            BadDownloadError: The report is damaged, too large, or no CSV file, also when fetched again.
            RefusedError: SEI refuses the request.
        """
        call = Call(
            "POST", "v2/insights/teams/reports", f"get the {request}", params={"format": "csv"}, body=request.body()
        )
        answer = self._fetch_whole(call, target, f"the {request}", may_be_empty=True)
        return Report(target, _date_of(answer))

    def _fetch_whole(self, call: Call, target: Path, label: str, *, may_be_empty: bool = False) -> Answer:
        def fetch() -> Answer:
            with target.open("wb") as sink:
                answer = self._transport.fetch(call, sink, self._most_bytes)
            verify(target, self._most_bytes, may_be_empty=may_be_empty)
            return answer

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(BadDownloadError),
            wait=tenacity.wait_exponential_jitter(self._retry.first, self._retry.longest),
            stop=tenacity.stop_after_attempt(self._retry.downloads),
            before_sleep=lambda state: self._log.note(f"{_could_not(label, state)} The tap downloads it again."),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return retrying(fetch)
        except BadDownloadError as error:
            msg = f"Could not download {label} intact: {error}"
            raise BadDownloadError(msg) from None

    def teams(self, org_tree_id: str) -> object:
        """The teams of an org tree, in whatever JSON shape the server gives them.

        Raises:
            RefusedError: SEI does not know the org tree.
        """
        path = f"v2/org-trees/{quote(org_tree_id, safe='')}/teams"
        call = Call("GET", path, f"list the teams of org tree {org_tree_id}", params={"there_is_no_cache": "true"})
        return self._transport.send(call).content


def _could_not(label: str, state: tenacity.RetryCallState) -> str:
    return f"Could not download {label} intact: {state.outcome.exception() if state.outcome else ''}"


def _path_of(export_id: str) -> str:
    return f"{_EXPORTS}/{quote(export_id, safe='')}"


def _other_names(request: ExportRequest) -> dict[str, str]:
    return {group: GROUPS[group].api_names[1] for group in request.groups if len(GROUPS[group].api_names) > 1}


def _dated(job: Job, answer: Answer) -> Job:
    # Figures are as of the job's creation; where SEI does not say when that was, the time of its answer comes nearest.
    return job if job.created_at else replace(job, created_at=_date_of(answer))


def _date_of(answer: Answer) -> datetime | None:
    try:
        date = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
