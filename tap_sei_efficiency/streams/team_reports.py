"""The legacy reports, for accounts and clusters where V2 exports are not to be had."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.decode import FileSpec, read
from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.model.metrics_table import TEAM_REPORT
from tap_sei_efficiency.run.plan import plan_reports
from tap_sei_efficiency.run.prefetch import Ahead
from tap_sei_efficiency.run.state import begin_export, context_of, end_export, read_bookmarks
from tap_sei_efficiency.run.sync import Emitted
from tap_sei_efficiency.streams.period_stream import PeriodStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.helpers.types import Context

    from tap_sei_efficiency.api.protocol import Report
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.model.team_reports import ReportRequest
    from tap_sei_efficiency.tap import TapSeiEfficiency


class TeamReportStream(PeriodStream):
    """One report for each team of `legacy_team_ref_ids` and period; it covers the teams below as well."""

    def __init__(self, tap: TapSeiEfficiency) -> None:
        super().__init__(tap, "team_reports", TEAM_REPORT)

    @override
    @property
    def scopes(self) -> Sequence[Scope]:
        return self._sei_tap.settings.report_scopes

    @cached_property
    def _pages(self) -> dict[Scope, list[ReportRequest]]:
        settings, archived = self._sei_tap.settings, self._sei_tap.session.archived_reports
        if archived is not None:
            return {scope: [request for request in archived if request.scope == scope] for scope in self.scopes}
        bookmarks = read_bookmarks(self._sei_tap.state, settings, self.scopes)
        pages = {
            scope: plan_reports(settings, scope, bookmarks.get((self.name, scope)), self._sei_tap.today)
            for scope in self.scopes
        }
        return {scope: requests[-1:] for scope, requests in pages.items()} if self.is_test else pages

    @property
    def requests(self) -> Sequence[ReportRequest]:
        """The reports of a run, team by team."""
        return [request for page in self._pages.values() for request in page]

    @cached_property
    def _reports(self) -> Ahead[ReportRequest, Report]:
        workers = 1 if self.is_test else self._sei_tap.settings.max_concurrent_exports
        return Ahead(self._sei_tap.session.sync.report, self.requests, workers)

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        if context is None or self.is_shown:
            return
        scope = next(scope for scope in self.scopes if str(scope) == context["scope"])
        requests = remaining = self._pages[scope]
        try:
            for number, request in enumerate(requests, 1):
                remaining = requests[number:]
                yield from self._records(request, context)
        except ExportError as error:
            if self.is_test:
                raise
            self._reports.drop(remaining)
            end_export(self.get_context_state(context), None)
            self._sei_tap.session.sync.fail(self.name, str(scope), error)

    def _records(self, request: ReportRequest, context: Context) -> Iterator[dict[str, Any]]:
        sync, partition_state = self._sei_tap.session.sync, self.get_context_state(context)
        with sync.gate.open():
            report = self._reports.take(request)
        begin_export(partition_state)
        emitted = Emitted()
        most_bytes = self._sei_tap.settings.max_export_megabytes * 2**20
        with open_export(report.file, max_bytes=most_bytes, may_be_empty=True) as file:
            yield from self.emit(read(file, self._spec(request, report)), emitted)
        report.file.unlink()
        end_export(partition_state, emitted.newest)
        self._sei_tap.write_state()

    def _spec(self, request: ReportRequest, report: Report) -> FileSpec:
        settings = self._sei_tap.settings
        return FileSpec(
            label=str(request),
            metrics=TEAM_REPORT,
            aggregation=request.aggregation,
            calendar=settings.calendar,
            window=request.window,
            as_of=report.at.date() if report.at else self._sei_tap.today,
            constants={
                **context_of(settings, request.scope),
                "export_id": None,
                "exported_at": report.at.isoformat() if report.at else None,
            },
            period=request.period,
        )
