"""The streams of V2 exports: one for each metric group, and one for single metrics."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from singer_sdk import metrics

from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.decode import Decoded, FileSpec, read
from tap_sei_efficiency.errors import DecodeError, ExportError
from tap_sei_efficiency.model.metrics_table import GROUPS, Metric
from tap_sei_efficiency.run.state import begin_export, context_of, end_export
from tap_sei_efficiency.run.sync import Emitted, Sync
from tap_sei_efficiency.streams.period_stream import PeriodStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.helpers.types import Context

    from tap_sei_efficiency.decode import Header
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.run.plan import StreamPlan
    from tap_sei_efficiency.run.task import Task
    from tap_sei_efficiency.tap import TapSeiEfficiency

_logger = logging.getLogger(__name__)


class ExportStream(PeriodStream):
    """The records of V2 exports: of one metric group, or of single metrics."""

    def __init__(self, tap: TapSeiEfficiency, plan: StreamPlan, metrics: Sequence[Metric]) -> None:
        self.plan = plan
        super().__init__(tap, plan.name, metrics)

    @override
    @property
    def scopes(self) -> Sequence[Scope]:
        return self._sei_tap.session.export_scopes

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        if context is None or self.is_shown:
            return
        session = self._sei_tap.session
        session.begin(self._sei_tap.export_plans, newest_only=self.is_test)
        sync = session.sync
        scope = next(scope for scope in self.scopes if str(scope) == context["scope"])
        try:
            for request in sync.pages(self.name, scope):
                for task in sync.files(self.name, request):
                    yield from self._records(sync, task, context)
        except ExportError as error:
            if self.is_test:
                raise
            end_export(self.get_context_state(context), None)
            sync.give_up(self.name, scope, error)

    def _records(self, sync: Sync, task: Task, context: Context) -> Iterator[dict[str, Any]]:
        partition_state = self.get_context_state(context)
        most_bytes = self._sei_tap.settings.max_export_megabytes * 2**20
        emitted = Emitted()
        begin_export(partition_state)
        with open_export(task.path, max_bytes=most_bytes) as file:
            try:
                decoded = self._read(file, task)
                if decoded is None:
                    for own in sync.files_of_own(self.name, task):
                        yield from self._records(sync, own, context)
                    return
                yield from self.emit(decoded, emitted)
            except ExportError as error:
                emitted.message = str(error)
                raise
            finally:
                sync.done(self.name, task, emitted)
        self._tell(decoded)
        self._measure(task)
        end_export(partition_state, emitted.newest)
        self._sei_tap.write_state()

    def _measure(self, task: Task) -> None:
        # Streams that share an export share its waiting: only the first one tells.
        if self._sei_tap.session.first_seen("job duration", [task.job.export_id]):
            tags = {metrics.Tag.STREAM: self.name, metrics.Tag.JOB_TYPE: "export", "export_id": task.job.export_id}
            point = metrics.Point("timer", metrics.Metric.JOB_DURATION, round(task.attempt.seconds, 3), tags)
            metrics.log(self.metrics_logger, point)

    def _read(self, file: BinaryIO, task: Task) -> Decoded | None:
        """The file, understood; None where it is shared and does not serve this stream, which needs one of its own."""
        is_shared = task.request.groups != self.plan.groups
        try:
            decoded = read(file, self._spec(task))
        except DecodeError:
            # With the columns of several groups side by side, names may clash that do not clash alone.
            if is_shared:
                return None
            raise
        return None if is_shared and self._is_absent(decoded.header) else decoded

    def _spec(self, task: Task) -> FileSpec:
        settings, request, job = self._sei_tap.settings, task.request, task.job
        others = [GROUPS[group] for group in request.groups if group not in self.plan.groups]
        return FileSpec(
            label=f"export {job.export_id} of {request}",
            metrics=self.metrics,
            foreign=tuple(metric for group in others if group.is_documented for metric in group.metrics),
            keeps_unknown=keeper_of(request.groups) in self.plan.groups,
            aggregation=request.aggregation,
            calendar=settings.calendar,
            window=request.window,
            as_of=job.created_at.date() if job.created_at else self._sei_tap.today,
            constants={
                **context_of(settings, request.scope),
                "export_id": job.export_id,
                "exported_at": job.created_at.isoformat() if job.created_at else None,
            },
        )

    def _is_absent(self, header: Header) -> bool:
        """Whether a shared file holds nothing of this stream's group."""
        if all(GROUPS[group].is_documented for group in self.plan.groups):
            return not header.has(self.metrics)
        return not header.unknown

    def _tell(self, decoded: Decoded) -> None:
        """Warn of what a file held that the tap did not expect, each thing once a run."""
        unknown = self._sei_tap.session.first_seen(f"unknown in {self.name}", decoded.header.unknown)
        if unknown and all(GROUPS[group].is_documented for group in self.plan.groups):
            _logger.warning(
                "Columns that the tap does not know are kept in `additional_metrics` of %s: %s. "
                "Please report them, with the header of the file.",
                self.name,
                ", ".join(unknown),
            )
        missing = [metric.api_name for metric in decoded.header.missing]
        if missing := self._sei_tap.session.first_seen(f"missing in {self.name}", missing):
            _logger.warning("The exports of %s have no column for %s: null.", self.name, ", ".join(missing))
        if decoded.off_calendar and self._sei_tap.session.first_seen("off calendar", [str(decoded.off_calendar)]):
            _logger.warning(
                "A period of %s starts on %s, which is no first day in the tap's calendar; check `week_start`.",
                decoded.spec.label,
                decoded.off_calendar,
            )


def keeper_of(groups: Sequence[str]) -> str:
    """Which group's stream keeps the columns of a shared file that nobody knows: `summary`, else the first."""
    undocumented = [group for group in groups if not GROUPS[group].is_documented]
    return (undocumented or list(groups))[0]
