"""The streams of V2 exports: one for each metric group, and one for single metrics."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.decode import read
from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.run.ledger import Emitted
from tap_sei_efficiency.run.state import begin_export, context_of, end_export
from tap_sei_efficiency.streams.export_file import keeper_of, measure, spec_of, warn_of_header, warn_of_left_out
from tap_sei_efficiency.streams.period_stream import PeriodStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context

    from tap_sei_efficiency.model.metrics_table import Metric
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.run.plan import StreamPlan
    from tap_sei_efficiency.run.run import Run
    from tap_sei_efficiency.run.task import Task
    from tap_sei_efficiency.settings import Settings


class MetricStream(PeriodStream):
    """The records of V2 exports: of one metric group, or of single metrics.

    In a run of the tap the `ExportPass` emits them. The SDK's own loop, as in a connection test, gets them here, an
    export of this stream alone at a time.
    """

    def __init__(self, tap: Tap, run: Run, plan: StreamPlan, metrics: Sequence[Metric]) -> None:
        self._plan = plan
        shape = plan.insight.sprint_shape if plan.by_sprint else plan.insight.shape
        super().__init__(tap, run, plan.name, metrics, shape)

    @property
    def plan(self) -> StreamPlan:
        """What this stream requests for every scope."""
        return replace(self._plan, from_the_start=self.replication_method == "FULL_TABLE")

    @override
    @property
    def scopes(self) -> Sequence[Scope]:
        return self.run.export_scopes

    @override
    @property
    def views(self) -> Sequence[Settings]:
        return self._plan.views(self.run.settings)

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        if context is None or self.is_shown:
            return
        view, scope = next(page for page in self.pages if context_of(*page) == context)
        try:
            for task in self.run.exports_of(self.name, scope, view, newest_only=self.is_test):
                yield from self._records(task)
        except ExportError as error:
            if self.is_test:
                raise
            end_export(self.partition_state(scope, view), None)
            self.run.give_up(self.name, scope, view.aggregation, error)

    def _records(self, task: Task) -> Iterator[dict[str, Any]]:
        partition_state = self.partition_state(task.request.scope, self.run.view_of(task.request))
        begin_export(partition_state)
        emitted = self.run.emitted[task, self.name] = Emitted()
        with self.run.file_of(task) as file:
            if file is None:
                msg = f"SEI has lost export {task.job.export_id} of {task.request}; run again."
                raise ExportError(msg)
            decoded = read(file, spec_of(self.run, task, {self.name: self.metrics}))
            yield from self.counted(decoded, emitted)
        warn_of_header(self.run, decoded, self.name, keeper_of([self.name]))
        warn_of_left_out(self.run, decoded, task)
        measure(self.run, self, task)
        self.run.end_export(task)
        self.run.end_window(self.name, partition_state, task)
        self.run.write_state()
