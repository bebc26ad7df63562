"""The SEI API's verbs: create, status, download, report, org trees and teams. Paths and words are the dialect's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import repeat
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import tenacity

from tap_sei_efficiency.api.downloads import is_gzip, verify
from tap_sei_efficiency.api.exchange import Answer, Call
from tap_sei_efficiency.api.job_answers import read_created, read_status
from tap_sei_efficiency.api.protocol import TeamReport
from tap_sei_efficiency.api.retry import RetryLog, RetryPolicy
from tap_sei_efficiency.api.transport import Transport
from tap_sei_efficiency.errors import BadDownloadError, GoneError, RefusedError, StorageError
from tap_sei_efficiency.model.insights import insight_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.model.insights import Insight
    from tap_sei_efficiency.model.jobs import Job
    from tap_sei_efficiency.model.requests import ExportRequest
    from tap_sei_efficiency.model.team_reports import TeamReportRequest
    from tap_sei_efficiency.settings import Settings


_NO_SUCH_PATH = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)


class SeiClient:
    """The SEI of `settings`."""

    def __init__(self, settings: Settings, clock: Clock, retry: RetryPolicy | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._retry = retry or RetryPolicy(settings.retry_budget_seconds)
        self._log = RetryLog(clock)
        self._transport = Transport(settings, clock, self._retry, self._log)
        self._most_bytes = settings.max_export_megabytes * 2**20
        self._dialect = settings.dialect
        self._words: dict[Insight, int] = {}
        self._words_are_known: set[Insight] = set()
        self._path_words: dict[tuple[Insight, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def create(self, request: ExportRequest) -> Job:
        """Create an export job, or return the one that SEI already has for an identical request.

        The dialect can have several words for a group; a 400 on the first ones tries the next.

        Raises:
            RefusedError: SEI refuses the request.
        """
        insight = insight_of(request.aggregation)
        try:
            return self._create(request, insight, self._words.get(insight, 0))
        except RefusedError as refused:
            attempts = self._dialect.attempts(request.groups)
            if refused.status != HTTPStatus.BAD_REQUEST or insight in self._words_are_known or attempts == 1:
                raise
            # A request of this group alone settles the word; with others, the 400 may have been for the combination.
            if len(request.groups) == 1:
                self._words_are_known.add(insight)
            for attempt in range(1, attempts):
                try:
                    job = self._create(request, insight, attempt)
                except RefusedError:
                    continue
                self._words[insight] = attempt
                self._words_are_known.add(insight)
                return job
            raise

    def _create(self, request: ExportRequest, insight: Insight, attempt: int) -> Job:
        body = request.body(self._settings.org_identifier, self._dialect, attempt)
        about = f" of {request}"
        call = Call("POST", "", f"create an export{about}", body=body, about=about)
        answer = self._send(call, insight, "create", insight.create_words)
        job = _dated(read_created(answer.content, self._dialect), answer)
        is_new = answer.status != HTTPStatus.OK and not insight.says_status
        return replace(job, reused=False) if is_new else job

    def status(self, export_id: str, insight: Insight) -> Job:
        """The status of a job.

        Raises:
            GoneError: SEI no longer knows the job.
        """
        about = f" of export {export_id}"
        call = Call("GET", "", f"get the status{about}", concerns_job=True, about=about)
        answer = self._send(call, insight, "status", insight.job_words, export_id=quote(export_id, safe=""))
        return read_status(answer.content, export_id, self._dialect)

    def _send(self, call: Call, insight: Insight, verb: str, words: tuple[str, ...], **names: str) -> Answer:
        """The answer to `call` at the path for `verb`; until one has worked, a 404 tries the next of `words`."""
        known = self._path_words.get((insight, verb))
        first: GoneError | RefusedError | None = None
        for word in [known] if known is not None else words:
            try:
                answer = self._transport.send(replace(call, path=self._dialect.path(f"{word}{verb}", **names)))
            except (GoneError, RefusedError) as error:
                if isinstance(error, RefusedError) and error.status not in _NO_SUCH_PATH:
                    raise
                first = first or error
            else:
                self._path_words[insight, verb] = word
                return answer
        raise first or ValueError(words)

    def download(self, request: ExportRequest, job: Job, target: Path) -> int:
        """Download the file of a completed job of `request` to `target`, unchanged, and verify it; its size in bytes.

        Raises:
            BadDownloadError: The file is damaged, too large, or no CSV file, also when fetched again.
            GoneError: SEI no longer knows the job.
        """
        label = f"export {job.export_id} of {request}"
        insight = insight_of(request.aggregation)
        polled = self._path_words.get((insight, "status"), insight.job_words[0])
        known = self._path_words.get((insight, "download"))
        words = [known] if known is not None else sorted(insight.job_words, key=lambda word: word != polled)
        first: GoneError | None = None
        for word in words[:1] if job.location else words:
            try:
                size = self._fetch_whole(self._calls_for(job, word, insight, label), target, label).size
            except GoneError as error:
                first = first or error
            else:
                if not job.location:
                    self._path_words[insight, "download"] = word
                return size
        raise first or ValueError(words)

    def _calls_for(self, job: Job, word: str, insight: Insight, label: str) -> Iterator[Call]:
        while True:
            path = job.location or self._dialect.path(f"{word}download", export_id=quote(job.export_id, safe=""))
            yield Call("GET", path, f"download {label}", concerns_job=True, about=f" {label}")
            if "//" in path:
                # It may be a signed link that has expired (not documented); SEI signs a fresh one with each answer.
                job = self.status(job.export_id, insight)

    def team_report(self, request: TeamReportRequest, target: Path) -> TeamReport:
        """Download a legacy report to `target`, and verify it. An empty file is a documented "no data".

        Raises:
            BadDownloadError: The report is damaged, too large, or no CSV file, also when fetched again.
            RefusedError: SEI refuses the request.
        """
        path = self._dialect.path("report")
        about = f" of {request.scope}, {request.window}"
        call = Call("POST", path, f"get the {request}", params={"format": "csv"}, body=request.body(), about=about)
        answer = self._fetch_whole(repeat(call), target, f"the {request}", may_be_empty=True)
        return TeamReport(target, _date_of(answer))

    def _fetch_whole(self, calls: Iterator[Call], target: Path, label: str, *, may_be_empty: bool = False) -> Answer:
        def fetch() -> Answer:
            try:
                with target.open("wb") as sink:
                    answer = self._transport.fetch(next(calls), sink, self._most_bytes)
            except OSError as error:
                msg = f"Could not write a download to {target}: {error.strerror}."
                raise StorageError(msg) from None
            verify(target, self._most_bytes, may_be_empty=may_be_empty)
            if not answer.has_end and not is_gzip(target):
                self._log.note(
                    f"The file of {label} came without its length and not compressed: the tap cannot tell if it is "
                    "whole. Compare its rows with SEI's dashboard, and report it."
                )
            return answer

        retrying = tenacity.Retrying(
            # A replica of SEI may know of the file a moment after the job is complete.
            retry=tenacity.retry_if_exception_type((BadDownloadError, GoneError)),
            wait=tenacity.wait_exponential_jitter(self._retry.first, self._retry.longest),
            stop=tenacity.stop_after_attempt(self._retry.downloads),
            before_sleep=lambda state: self._log.note(
                self._transport.scrub(f"{_could_not(label, state)} The tap downloads it again.")
            ),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return retrying(fetch)
        except BadDownloadError as error:
            msg = self._transport.scrub(f"Could not download {label} intact: {error}")
            raise BadDownloadError(msg, about=f" {label}") from None

    def org_trees(self) -> object:
        """The org trees, as the JSON value that the server sends (sibling API).

        Raises:
            RefusedError: SEI does not list them.
        """
        return self._transport.send(Call("GET", self._dialect.path("org_trees"), "list the org trees")).content

    def teams(self, org_tree_id: str) -> object:
        """The teams of an org tree, as the JSON value that the server sends.

        Raises:
            RefusedError: SEI does not know the org tree.
        """
        path = self._dialect.path("teams", org_tree_id=quote(org_tree_id, safe=""))
        about = f" of org tree {org_tree_id}"
        params = {"there_is_no_cache": "true"}
        return self._transport.send(Call("GET", path, f"list the teams{about}", params, about=about)).content


def _could_not(label: str, state: tenacity.RetryCallState) -> str:
    return f"Could not download {label} intact: {state.outcome.exception() if state.outcome else ''}"


def _dated(job: Job, answer: Answer) -> Job:
    # The job's creation is the time of the figures. If SEI does not send it, the time of its answer comes nearest.
    return job if job.created_at else replace(job, created_at=_date_of(answer))


def _date_of(answer: Answer) -> datetime | None:
    try:
        date = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
