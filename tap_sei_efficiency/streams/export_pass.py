"""The pass over a run's exports: reads each file once, when SEI has it, and emits all of its streams at once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tap_sei_efficiency.decode import Decoded, read, serving
from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.run.ledger import Emitted
from tap_sei_efficiency.run.splitting import by_group
from tap_sei_efficiency.streams.export_file import (
    keeper_of,
    measure,
    spec_of,
    warn_of_age,
    warn_of_header,
    warn_of_left_out,
    warn_of_lengths,
    warn_of_names,
)
from tap_sei_efficiency.streams.period_stream import write_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from tap_sei_efficiency.run.run import Run
    from tap_sei_efficiency.run.task import Task
    from tap_sei_efficiency.streams.metric_stream import MetricStream


class ExportPass:
    """Emits the exports of `streams`, in the order in which SEI completes them."""

    def __init__(self, run: Run, streams: Sequence[MetricStream]) -> None:
        self._run = run
        self._streams = {stream.name: stream for stream in streams}

    def start(self) -> bool:
        """Write SCHEMA once for each stream, and create the first export; whether SEI accepted it."""
        for stream in self._streams.values():
            stream.write_schema()
        return self._run.start(self._streams.keys())

    def emit_all(self) -> None:
        """Write RECORDs and STATE for each export."""
        with ExitStack() as measured:
            for stream in self._streams.values():
                measured.enter_context(stream.measured())
            for task in self._run.exports():
                if error := task.error or task.trouble:
                    self._give_up(task, [name for name in self._streams if name in task.readers], error)
                else:
                    self._take(task)

    def _take(self, task: Task) -> None:
        readers = [name for name in self._streams if name in task.readers]
        try:
            with self._run.file_of(task) as file:
                if file is None:
                    return
                self._emit(file, task, readers)
        except ExportError as error:
            for reader in readers:
                emitted = self._run.emitted.setdefault((task, reader), Emitted())
                emitted.message = emitted.message or str(error)
            self._give_up(task, readers, error)
        self._run.end_export(task)
        self._run.write_state()

    def _emit(self, file: BinaryIO, task: Task, readers: Sequence[str]) -> None:
        decoded = read(file, spec_of(self._run, task, {name: self._streams[name].metrics for name in task.streams}))
        is_shared = bool(by_group(task.request))
        served = serving(decoded.header, readers) if is_shared else readers
        for reader in readers:
            self._run.emitted[task, reader] = Emitted()
            if reader not in served:
                self._run.export_alone(task, reader)
        if served:
            emitted = {reader: self._run.emitted[task, reader] for reader in served}
            streams = {reader: self._streams[reader] for reader in served}
            try:
                write_blocks(self._run, decoded, streams, emitted, keeper_of(served))
            finally:
                self._run.decimal_mark = decoded.decimal_mark or self._run.decimal_mark
        for reader in served:
            self._end(decoded, task, reader, keeper_of(served))
        measure(self._run, self._streams[readers[0]], task)
        warn_of_age(self._run, task)

    def _end(self, decoded: Decoded, task: Task, reader: str, keeper: str) -> None:
        if error := decoded.errors.get(reader):
            self._run.emitted[task, reader].message = str(error)
            self._give_up(task, [reader], error)
        else:
            view = self._run.view_of(task.request)
            self._run.end_window(reader, self._streams[reader].partition_state(task.request.scope, view), task)
            warn_of_header(self._run, decoded, reader, keeper)
            warn_of_lengths(self._run, decoded, task)
            warn_of_left_out(self._run, decoded, task)
            warn_of_names(self._run, decoded, reader, task)

    def _give_up(self, task: Task, readers: Sequence[str], error: ExportError) -> None:
        for reader in readers:
            self._run.give_up(reader, task.request.scope, task.request.aggregation, error)
