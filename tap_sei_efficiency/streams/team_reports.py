"""The stream of legacy reports, for accounts and clusters without V2 exports."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.decode import Decoded, FileSpec, read
from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.model.metrics_table import TEAM_REPORT
from tap_sei_efficiency.run.ledger import Emitted
from tap_sei_efficiency.run.loads import note_load
from tap_sei_efficiency.run.prefetch import Prefetch
from tap_sei_efficiency.run.state import begin_export, context_of, end_export
from tap_sei_efficiency.streams.export_file import warn_of_header, warn_of_names
from tap_sei_efficiency.streams.period_stream import PeriodStream, write_blocks

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context

    from tap_sei_efficiency.api.protocol import TeamReport
    from tap_sei_efficiency.model.dialect import DecimalMark
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.model.team_reports import TeamReportRequest
    from tap_sei_efficiency.run.run import Run


class TeamReportsStream(PeriodStream):
    """One report for each team of `legacy_team_ref_ids` and period; it covers the teams below as well."""

    def __init__(self, tap: Tap, run: Run) -> None:
        self._decimal_mark: DecimalMark | None = None
        super().__init__(tap, run, "team_reports", TEAM_REPORT)

    @override
    @property
    def scopes(self) -> Sequence[Scope]:
        return self.run.settings.report_scopes

    @cached_property
    def _pages(self) -> dict[Scope, list[TeamReportRequest]]:
        return self.run.team_report_pages(
            self.name, newest_only=self.is_test, from_the_start=self.replication_method == "FULL_TABLE"
        )

    @property
    def requests(self) -> Sequence[TeamReportRequest]:
        """The reports of a run, team by team."""
        return [request for page in self._pages.values() for request in page]

    @cached_property
    def _reports(self) -> Prefetch[TeamReportRequest, TeamReport]:
        workers = 1 if self.is_test else self.run.settings.max_concurrent_exports
        return Prefetch(self.run.team_report, self.requests, workers)

    def emit_all(self) -> None:
        """Write SCHEMA, then RECORDs and STATE for each report. A team that fails does not stop the others."""
        self.write_schema()
        with self.measured():
            for scope in self.scopes:
                with self._failing_alone(scope) as requests:
                    for request in requests:
                        with self._file(request) as (decoded, emitted):
                            write_blocks(self.run, decoded, {self.name: self}, {self.name: emitted}, self.name)

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        if context is None or self.is_shown:
            return
        scope = next(scope for scope in self.scopes if str(scope) == context["scope"])
        with self._failing_alone(scope) as requests:
            for request in requests:
                with self._file(request) as (decoded, emitted):
                    yield from self.counted(decoded, emitted)

    @contextmanager
    def _failing_alone(self, scope: Scope) -> Iterator[Iterator[TeamReportRequest]]:
        """The requests of `scope`; an error inside ends them and is recorded."""
        requests = iter(self._pages[scope])
        try:
            yield requests
        except ExportError as error:
            if self.is_test:
                raise
            self._reports.drop(list(requests))
            end_export(self.partition_state(scope, self.run.settings), None)
            self.run.fail(self.name, str(scope), error)

    @contextmanager
    def _file(self, request: TeamReportRequest) -> Iterator[tuple[Decoded, Emitted]]:
        """A report with its header read; the bookmark moves after it was read without an error."""
        partition_state = self.partition_state(request.scope, self.run.settings)
        with self.run.waiting():
            report = self._reports.take(request)
        begin_export(partition_state)
        emitted = self.run.emitted[request, self.name] = Emitted()
        most_bytes = self.run.settings.max_export_megabytes * 2**20
        with open_export(report.file, max_bytes=most_bytes, may_be_empty=True) as file:
            decoded = read(file, self._spec(request, report))
            yield decoded, emitted
            if error := decoded.errors.get(self.name):
                raise error
        warn_of_header(self.run, decoded, self.name, self.name)
        warn_of_names(self.run, decoded, self.name, request)
        self._decimal_mark = decoded.decimal_mark or self._decimal_mark
        report.file.unlink()
        note_load(partition_state, request.window.start, ())
        end_export(partition_state, emitted.newest)
        self.run.write_state()

    def _spec(self, request: TeamReportRequest, report: TeamReport) -> FileSpec:
        settings = self.run.settings
        return FileSpec(
            label=str(request),
            readers={self.name: self.metrics},
            aggregation=request.aggregation,
            calendar=settings.calendar,
            window=request.window,
            as_of=report.at.date() if report.at else self.run.today,
            constants={
                **context_of(settings, request.scope),
                "export_id": None,
                "exported_at": report.at.isoformat() if report.at else None,
            },
            period=request.period,
            dialect=settings.dialect,
            decimal_mark=self._decimal_mark,
        )
