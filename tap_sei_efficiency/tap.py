"""The tap: settings, streams, command line, and the output of its errors."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import sys
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk import Tap
from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities
from singer_sdk.singerlib import Catalog

from tap_sei_efficiency.clock import Clock, SystemClock
from tap_sei_efficiency.config_input import environment, read_catalog, read_file, read_state, unknown_variables
from tap_sei_efficiency.emit.batch import BatchSettings
from tap_sei_efficiency.emit.messages import MessageWriter, SilentWriter
from tap_sei_efficiency.errors import RunFailedError, SeiTapError, SettingsError
from tap_sei_efficiency.model.metric_names import custom_metric
from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.run.plan import StreamPlan, custom_plan, describe, sprint_plans
from tap_sei_efficiency.run.run import Run
from tap_sei_efficiency.run.scopes import find_scopes
from tap_sei_efficiency.run.signals import SignalGate, Terminated
from tap_sei_efficiency.run.state import IN_FLIGHT
from tap_sei_efficiency.settings import EVERY_LEAF_TEAM, Settings
from tap_sei_efficiency.settings_table import SCOPE_SETTINGS, config_schema
from tap_sei_efficiency.settings_text import typed
from tap_sei_efficiency.streams import (
    ExportPass,
    ExportsStream,
    ListStream,
    MetricStream,
    OrgTreesStream,
    TeamReportsStream,
    TeamsStream,
)
from tap_sei_efficiency.streams.maps import clashes, complaints
from tap_sei_efficiency.terminal import ProgressLine

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream


_COMMANDS = {
    "--plan": "Print the exports that a run would ask for; create nothing.",
    "--scopes": "Print the org trees and teams that SEI lists, with their words for the settings; create nothing.",
    "--probe": "Find out in at most 30 requests how SEI differs from its documentation, and what to set.",
}
"""What the tap does in place of a sync."""
_OPTIONAL_STREAMS = ("custom_metrics", "team_reports", TeamsStream.name, OrgTreesStream.name)
"""Streams that a setting turns on."""
_OBSERVED = Path("sei-observed.json")
_STATE_SHARE = 0.05
"""Share of a run's time for STATE messages: with thousands of partitions one message is megabytes long."""


class TapSeiEfficiency(Tap):
    """Singer tap for Harness SEI 2.0 efficiency (DORA) metrics."""

    name = "tap-sei-efficiency"
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema()
    message_writer_class = MessageWriter
    # Not ACTIVATE_VERSION: the loader would delete the ledger of earlier runs.
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
        any_scope: bool = False,
        **kwargs: Any,  # noqa: ANN401 - the SDK's own arguments, passed on
    ) -> None:
        self.append_builtin_config(self.config_jsonschema)
        env = environment(self.config_jsonschema, _prefix(self.name)) if parse_env_config else {}
        self._given_state: dict[str, Any] = kwargs.get("state") or {}
        given = typed(config or {}, self.config_jsonschema) | typed(env, self.config_jsonschema)
        if any_scope and not any(given.get(name) for name in SCOPE_SETTINGS):
            given["team_ids"] = [EVERY_LEAF_TEAM]
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
        streams += [MetricStream(self, run, *each) for each in sprint_plans(config.get("sprint_metrics") or ())]
        if config.get("legacy_team_ref_ids"):
            streams.append(TeamReportsStream(self, run))
        if config.get("org_tree_ids"):
            streams.append(TeamsStream(self, run))
        if config.get("list_org_trees"):
            streams.append(OrgTreesStream(self, run))
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

    @override
    def setup_mapper(self) -> None:
        streams = dict.fromkeys(_OPTIONAL_STREAMS, ()) | {s.name: s.schema["properties"] for s in self.streams.values()}
        for complaint in complaints(self.config.get("stream_maps") or {}, streams):
            raise SettingsError(complaint)
        # The SDK's own gives the mapper of a stream that is not selected its few columns, in which it misses the key.
        super(Tap, self).setup_mapper()
        selected = {stream.name for stream in self._selected}
        entries = ((entry.tap_stream_id, entry) for entry in self.catalog.streams if entry.tap_stream_id in selected)
        try:
            self.mapper.register_raw_streams_from_catalog(Catalog(entries))
            for stream in self.streams.values():
                if stream.name not in selected:
                    self.mapper.register_raw_stream_schema(stream.name, stream.schema, stream.primary_keys)
        except (MapExpressionError, StreamMapConfigError) as error:
            raise _bad_map(error) from None

    @property
    def _selected(self) -> Sequence[Stream]:
        return [stream for stream in self.streams.values() if stream.selected]

    def write_state(self) -> None:
        """Write a STATE message, unless the earlier ones took too much time; the next one then contains everything."""
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
        # The SDK's own `--test` writes messages, and logs an error for each stream that works.
        command.params = [option for option in command.params if option.name != "test"]
        command.params += [
            *(click.Option([option], is_flag=True, help=text) for option, text in _COMMANDS.items()),
            click.Option(
                ["--test"],
                is_flag=False,
                flag_value="all",
                type=click.Choice(["all", "schema"]),
                help="Export the newest period of each scope, and print if that works; =schema prints the schemas.",
            ),
        ]
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
        test: str | None = None,
        scopes: bool = False,
        probe: bool = False,
        **kwargs: Any,
    ) -> None:
        super(Tap, cls).invoke(**kwargs)
        cls.print_version(print_fn=cls.logger.info)
        tap = cls(
            config=config.config if config else None,
            state=read_state(state) if state else None,
            catalog=read_catalog(catalog) if catalog else None,
            parse_env_config=bool(config and config.parse_env),
            any_scope=scopes,
            message_writer=SilentWriter() if test == "all" else None,
        )
        for complaint in unknown_variables(os.environ, cls.config_jsonschema, _prefix(cls.name)):
            cls.logger.warning(complaint)
        if line := ProgressLine.find(sys.stderr, sys.stdout, logging.getLogger().handlers):
            tap.work.show_progress = line.show
            click.get_current_context().call_on_close(line.clear)
        if scopes:
            tap.print_scopes()
        elif probe:
            tap.print_probe()
        elif plan:
            click.echo(tap.describe_plan(state.name if state else None))
            tap.work.raise_for_failures()
        elif test == "all":
            tap.try_out()
        elif test == "schema":
            tap.write_schemas()
        else:
            tap.run()

    def print_scopes(self) -> None:
        """Print the org trees and teams that SEI lists, and end with what it does not list.

        Raises:
            RunFailedError: A list failed.
        """
        scopes = find_scopes(self.work)
        click.echo(str(scopes))
        if scopes.problems:
            raise RunFailedError(scopes.problems)

    def print_probe(self, file: Path = _OBSERVED) -> None:
        """Print what a few requests find out about SEI, and write the report that a user can send to `file`.

        Raises:
            RunFailedError: A sync would not work with these settings.
            SettingsError: There is no scope to ask for, or the report cannot be written.
            UnreachableError: Nothing answers.
        """
        from tap_sei_efficiency.probe.probe import run_probe  # noqa: PLC0415 - few starts need it

        given = self.config.get("dialect") or {}
        run_probe(self.work.settings, given, self.clock, self.today, file, click.echo)

    def describe_plan(self, state_file: str | None = None) -> str:
        """The exports and reports that a run requests, and the state that it uses, for a person to read."""
        self._check_selection()
        used = self.work.describe_state(state_file)
        return "\n".join([used, describe(self.work.plan, self._reports)])

    @property
    def _reports(self) -> list[object]:
        reports = [stream.requests for stream in self._selected if isinstance(stream, TeamReportsStream)]
        return list(itertools.chain(*reports))

    def _check_selection(self) -> None:
        if all(isinstance(stream, ExportsStream) for stream in self._selected):
            msg = (
                "The selection leaves no stream to export. Select at least one: "
                f"{', '.join(name for name in self.streams if name != ExportsStream.name)}."
            )
            raise SettingsError(msg)
        for complaint in clashes(self._selected):
            raise SettingsError(complaint)

    def try_out(self) -> None:
        """Export the newest period of each scope, and print a line for each one that works.

        Raises:
            RunFailedError: A scope does not work.
        """
        self.work.newest_only = True
        try:
            self.run()
        finally:
            for line in self.work.works():
                click.echo(line)

    def run(self) -> None:
        """Sync all selected streams: the exports in one pass, then what the SDK's own loop does as well.

        Raises:
            RunFailedError: Something could not be emitted; all else was.
            SettingsError: The selection leaves nothing to export, or a stream map cannot be evaluated.
            Terminated: A signal has ended the run.
        """
        self._check_selection()
        self._gate.install()
        try:
            self.work.announce(self._given_state, len(self._reports))
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
        except MapExpressionError as error:
            self._write_last_state()
            raise _bad_map(error) from None
        finally:
            self.work.close()

    def _emit_all(self) -> None:
        if self.state:
            self.state_writer.write_state(self.state)
        metric_streams = [stream for stream in self._selected if isinstance(stream, MetricStream) and stream.fast_path]
        teams = [stream for stream in self._selected if isinstance(stream, ListStream)]
        others = [stream for stream in self._selected if stream not in (*metric_streams, *teams)]
        if metric_streams:
            exports = ExportPass(self.work, metric_streams)
            if exports.start():
                # Meltano's connection test takes the first record for success: teams come at once, but not before SEI
                # has shown that it serves exports.
                self._sync(teams)
                teams = []
            exports.emit_all()
        self._sync([*teams, *others])

    def _sync(self, streams: Sequence[Stream]) -> None:
        for stream in streams:
            if isinstance(stream, (ListStream, ExportsStream)) and self.work.is_fruitless:
                self.logger.info("Nothing could be exported, so stream %s is not written.", stream.name)
            elif isinstance(stream, TeamReportsStream) and stream.fast_path:
                stream.emit_all()
            else:
                stream.sync()
                stream.finalize_state_progress_markers()

    def _write_last_state(self) -> None:
        # Write what was skipped because of its size.
        self._next_state = 0.0
        self.write_state()


def _bad_map(error: Exception) -> SettingsError:
    return SettingsError(f"Setting `stream_maps` cannot be used: {error}")


def _prefix(name: str) -> str:
    return f"{name.upper().replace('-', '_')}_"


def main() -> None:
    """Run the command line. A known failure ends it with its message, without a traceback, and with status 1."""
    # Imported objects stay: scanning them again and again took a twelfth of the time of a run.
    gc.freeze()
    try:
        TapSeiEfficiency.cli()
    except SeiTapError as error:
        for line in str(error).splitlines():
            TapSeiEfficiency.logger.error(line)
        sys.exit(1)
    except BrokenPipeError:
        # The target has ended and logs why. Without this, Python reports another error when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        TapSeiEfficiency.logger.error("The target closed the pipe before the run was over.")
        sys.exit(1)
    except OSError as error:
        if error.filename is not None:
            raise
        # A write to stdout names no file.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        TapSeiEfficiency.logger.error("The output cannot be written: %s.", error.strerror)
        sys.exit(1)
