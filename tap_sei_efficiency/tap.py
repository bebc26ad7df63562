"""The tap: settings, streams, and the door through which its errors reach the user."""

from __future__ import annotations

import gc
import itertools
import os
import sys
from datetime import UTC, date, datetime
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk import Tap
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities

from tap_sei_efficiency.clock import Clock, SystemClock
from tap_sei_efficiency.config_input import environment, read_catalog, read_file, read_state
from tap_sei_efficiency.emit.batch import BatchSettings
from tap_sei_efficiency.emit.messages import MessageWriter
from tap_sei_efficiency.errors import SeiTapError
from tap_sei_efficiency.model.metric_names import custom_metric
from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.run.plan import StreamPlan, custom_plan, describe
from tap_sei_efficiency.run.run import Run
from tap_sei_efficiency.run.signals import SignalGate, Terminated
from tap_sei_efficiency.run.state import IN_FLIGHT
from tap_sei_efficiency.settings import Settings
from tap_sei_efficiency.settings_table import config_schema
from tap_sei_efficiency.settings_text import typed
from tap_sei_efficiency.streams import ExportPass, ExportsStream, MetricStream, TeamReportsStream, TeamsStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream


_STATE_SHARE = 0.05
"""Most of a run's time that writing STATE may take: with thousands of partitions one message is megabytes."""


class TapSeiEfficiency(Tap):
    """Singer tap for Harness SEI 2.0 efficiency (DORA) metrics."""

    name = "tap-sei-efficiency"
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema()
    message_writer_class = MessageWriter
    # Not ACTIVATE_VERSION: it would have the loader delete what the ledger of earlier runs says.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(
        self,
        *,
        validate_config: bool = True,
        setup_mapper: bool = True,
        clock: Clock | None = None,
        today: date | None = None,
        config: dict[str, Any] | None = None,
        parse_env_config: bool = False,
        **kwargs: Any,  # noqa: ANN401 - the SDK's own arguments, passed on
    ) -> None:
        self.append_builtin_config(self.config_jsonschema)
        env = environment(self.config_jsonschema, f"{self.name.upper().replace('-', '_')}_") if parse_env_config else {}
        given = typed(config or {}, self.config_jsonschema) | typed(env, self.config_jsonschema)
        # The SDK's own complaint about a bad setting repeats its value, which may be the API key.
        super().__init__(config=given, validate_config=False, setup_mapper=False, **kwargs)
        self.clock = clock or SystemClock()
        self.today = today or datetime.now(tz=UTC).date()
        self._gate = SignalGate()
        self._next_state = 0.0
        if validate_config:
            _ = self.work.settings, BatchSettings.from_config(self.config)
        if setup_mapper:
            self.setup_mapper()

    @cached_property
    def work(self) -> Run:
        """The run that the streams share."""
        return Run(
            lambda: Settings.from_config(self.config, self.config_jsonschema, self.today),
            lambda: [stream.plan for stream in self._selected if isinstance(stream, MetricStream)],
            cast("dict[str, Any]", self.state),
            clock=self.clock,
            today=self.today,
            gate=self._gate,
            write_state=self.write_state,
        )

    @override
    def discover_streams(self) -> Sequence[Stream]:
        run, config = self.work, self.config
        streams: list[Stream] = [
            MetricStream(self, run, StreamPlan(group.name, (group.name,)), group.metrics) for group in GROUPS.values()
        ]
        if metrics := config.get("metrics"):
            streams.append(MetricStream(self, run, custom_plan(metrics), [custom_metric(name) for name in metrics]))
        if config.get("legacy_team_ref_ids"):
            streams.append(TeamReportsStream(self, run))
        if config.get("org_tree_ids"):
            streams.append(TeamsStream(self, run))
        return [*streams, ExportsStream(self, run, datetime.fromtimestamp(self.initialized_at / 1000, tz=UTC))]

    @property
    @override
    def streams(self) -> dict[str, Stream]:
        # The SDK sorts by name, but the ledger must see all the rest.
        return dict(sorted(super().streams.items(), key=lambda item: item[0] == ExportsStream.name))

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        if IN_FLIGHT in state:
            cast("dict[str, Any]", self.state)[IN_FLIGHT] = state[IN_FLIGHT]

    @property
    def _selected(self) -> Sequence[Stream]:
        return [stream for stream in self.streams.values() if stream.selected]

    def write_state(self) -> None:
        """Write a STATE message, unless those before took too much time; the next one then tells all."""
        began = self.clock.monotonic()
        if began >= self._next_state:
            with self._gate.closed():
                self.state_writer.write_state(self.state)
            ended = self.clock.monotonic()
            self._next_state = ended + (ended - began) / _STATE_SHARE

    @override
    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        given = super().cb_config(ctx, param, tuple(path for path in value if path == "ENV"))
        for path in value:
            if path != "ENV":
                given.config |= read_file(path)
        return given

    @override
    @classmethod
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        command.params.append(
            click.Option(["--plan"], is_flag=True, help="Print the exports that a run would ask for; create nothing.")
        )
        return command

    @override
    @classmethod
    def invoke(
        cls,
        *,
        config: Any = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        plan: bool = False,
        **kwargs: Any,
    ) -> None:
        super(Tap, cls).invoke(**kwargs)
        cls.print_version(print_fn=cls.logger.info)
        tap = cls(
            config=config.config if config else None,
            state=read_state(state) if state else None,
            catalog=read_catalog(catalog) if catalog else None,
            parse_env_config=bool(config and config.parse_env),
        )
        if plan:
            click.echo(tap.describe_plan())
            tap.work.raise_for_failures()
        else:
            tap.run()

    def describe_plan(self) -> str:
        """The exports and reports that a run asks for, for a person to read before it does."""
        reports = [stream.requests for stream in self._selected if isinstance(stream, TeamReportsStream)]
        return describe(self.work.plan, list(itertools.chain(*reports)))

    def run(self) -> None:
        """Sync all selected streams: the exports in one pass, then what the SDK's own loop does as well.

        Raises:
            RunFailedError: Something could not be emitted; all else was.
            Terminated: A signal has ended the run.
        """
        self._gate.install()
        try:
            self._emit_all()
            self.work.log_summary()
            self.work.raise_for_failures()
        except Terminated as ended:
            self._write_last_state()
            self.logger.warning("%s received: the next run resumes after the last export emitted.", ended.signal.name)
            raise
        except SeiTapError:
            self._write_last_state()
            raise
        finally:
            self.work.close()

    def _emit_all(self) -> None:
        if self.state:
            self.state_writer.write_state(self.state)
        in_pass = [stream for stream in self._selected if isinstance(stream, MetricStream) and stream.fast_path]
        if in_pass:
            ExportPass(self.work, in_pass).emit_all()
        for stream in self._selected:
            if stream in in_pass:
                continue
            if isinstance(stream, (TeamsStream, ExportsStream)) and self.work.is_fruitless:
                # Meltano takes any record for the success of a connection test.
                self.logger.info("Nothing could be exported, so stream %s is not written.", stream.name)
            elif isinstance(stream, TeamReportsStream) and stream.fast_path:
                stream.emit_all()
            else:
                stream.sync()
                stream.finalize_state_progress_markers()

    def _write_last_state(self) -> None:
        # What was put off for its size must be told now.
        self._next_state = 0.0
        self.write_state()


def main() -> None:
    """Run the command line; a known failure ends it with its sentence, without a traceback, and with status 1."""
    # What is imported stays: looking through it again and again while rows pass took a twelfth of the time.
    gc.freeze()
    try:
        TapSeiEfficiency.cli()
    except SeiTapError as error:
        for line in str(error).splitlines():
            TapSeiEfficiency.logger.error(line)
        sys.exit(1)
    except BrokenPipeError:
        # The target has ended, and says why. Python would complain once more when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        TapSeiEfficiency.logger.error("The target closed the pipe before the run was over.")
        sys.exit(1)
