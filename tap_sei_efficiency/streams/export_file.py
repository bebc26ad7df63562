"""The file of an export: its spec, the stream that keeps its unknown columns, and warnings about it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from singer_sdk import metrics

from tap_sei_efficiency.decode import Decoded, FileSpec
from tap_sei_efficiency.model.dialect import HIERARCHY
from tap_sei_efficiency.model.metric_names import metric_of
from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.model.spelling import shown
from tap_sei_efficiency.run.state import context_of
from tap_sei_efficiency.run.task import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Stream

    from tap_sei_efficiency.model.metrics_table import Metric
    from tap_sei_efficiency.model.team_reports import TeamReportRequest
    from tap_sei_efficiency.run.run import Run
    from tap_sei_efficiency.run.task import Task

_MOST_NAMES = 20

_logger = logging.getLogger(__name__)


def spec_of(run: Run, task: Task, readers: Mapping[str, tuple[Metric, ...]]) -> FileSpec:
    """The spec of the file of `task`."""
    request, job = task.request, task.job
    view = run.view_of(request)
    as_of = min(job.created_at.date(), run.today) if job.created_at else run.today
    # An archived file is as old as its job: what was open then is in no later window of the same run.
    last = as_of - timedelta(days=1) if view.replay else view.end_date
    return FileSpec(
        label=f"export {job.export_id} of {request}",
        readers=readers,
        aggregation=request.aggregation,
        calendar=view.calendar,
        window=request.window,
        as_of=as_of,
        constants={
            **context_of(view, request.scope),
            "export_id": job.export_id,
            "exported_at": job.created_at.isoformat() if job.created_at else None,
        },
        dialect=view.dialect,
        decimal_mark=run.decimal_mark,
        has_open=view.include_open_period and request.window.end >= last,
    )


def keeper_of(streams: Sequence[str]) -> str:
    """The stream that keeps the unknown columns of a file: `summary` if the file serves it, otherwise the first."""
    undocumented = [name for name in streams if name in GROUPS and not GROUPS[name].is_documented]
    return (undocumented or list(streams))[0]


def measure(run: Run, stream: Stream, task: Task) -> None:
    """Log how long the job of `task` took, once a run, as a metric of `stream`."""
    if run.first_seen("job duration", [task.job.export_id]):
        tags = {metrics.Tag.STREAM: stream.name, metrics.Tag.JOB_TYPE: "export", "export_id": task.job.export_id}
        point = metrics.Point("timer", metrics.Metric.JOB_DURATION, round(task.attempt.seconds, 3), tags)
        metrics.log(stream.metrics_logger, point)


def warn_of_header(run: Run, decoded: Decoded, reader: str, keeper: str) -> None:
    """Warn of unexpected and missing columns, each once per run."""
    header = decoded.header
    if not header.names:
        return
    names = [header.names[each].strip() or f"column {each + 1}" for each in header.unknown] if reader == keeper else []
    others = [name for name in names if metric_of(name)] if reader in GROUPS else []
    if foreign := run.first_seen(f"foreign in {reader}", others):
        _logger.warning(
            "The exports of %s also have columns of other streams, which the tap keeps in `additional_metrics`: %s.",
            reader,
            ", ".join(foreign),
        )
    names = [name for name in names if name not in others]
    unknown = run.first_seen(f"unknown in {reader}", names)
    if unknown and (reader not in GROUPS or GROUPS[reader].is_documented):
        _logger.warning(
            "The tap does not know these columns and keeps them in `additional_metrics` of %s: %s. "
            "Please report them, with the header of the file.",
            reader,
            ", ".join(unknown),
        )
    missing = [metric.api_name for metric in header.columns[reader].missing if metric.api_name]
    if missing := run.first_seen(f"missing in {reader}", missing):
        _logger.warning("The exports of %s have no column for %s; its values are null.", reader, ", ".join(missing))


def warn_of_age(run: Run, task: Task) -> None:
    """Warn if SEI answered a request of this run with a job from before, whose figures are as old."""
    created = task.job.created_at
    is_new = task.attempt.origin is not Origin.RESUMED and not run.settings.replay
    if is_new and created and created.date() < run.today - timedelta(days=1):
        _logger.warning(
            "SEI says that it created export %s of %s on %s, which is before the tap asked for it: its figures can be "
            "as old. Run again in half an hour, or compare SEI's clock with that of this machine.",
            task.job.export_id,
            task.request,
            created.date(),
        )


def warn_of_lengths(run: Run, decoded: Decoded, task: Task) -> None:
    """Warn, once per run, of a file whose rows can be one longer period instead of the first of several."""
    if decoded.only_start and run.first_seen("only start", [""]):
        _logger.warning(
            "All rows of export %s of %s start on %s, and nothing shows how long their periods are. If SEI's figures "
            "are of all these days together, deselect the stream and report it.",
            task.job.export_id,
            task.request,
            decoded.only_start,
        )


def warn_of_left_out(run: Run, decoded: Decoded, task: Task) -> None:
    """Warn, once per run and scope, of rows that are about no sprint that has begun."""
    if decoded.left_out and run.first_seen("left out", [str(task.request.scope)]):
        _logger.warning(
            "The tap leaves out %d rows of export %s of %s: they have no dates, and are about a sprint that has not "
            "begun, or about no sprint.",
            decoded.left_out,
            task.job.export_id,
            task.request,
        )


def warn_of_names(run: Run, decoded: Decoded, reader: str, source: Task | TeamReportRequest) -> None:
    """Warn of teams that have one key in two scopes: without a hierarchy only the name distinguishes them."""
    if HIERARCHY in decoded.header.keys:
        return
    scope, teams = source.scope, run.emitted[source, reader].teams
    if names := run.first_seen("one name", run.namesakes.in_other_scopes(reader, scope, teams)):
        _logger.warning(
            "The files have no hierarchy, and %s has teams with names that another scope has, too: %s. Their rows have "
            "one key, and a loader keeps one of them. Rename them in SEI if they are different teams.",
            scope,
            ", ".join(map(shown, names[:_MOST_NAMES])) + (", …" if len(names) > _MOST_NAMES else ""),
        )
