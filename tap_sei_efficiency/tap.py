"""The tap: settings, streams, and the door through which its errors reach the user."""

from __future__ import annotations

import json
import logging
import os
import sys
import uuid
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk import Tap

from tap_sei_efficiency.clock import Clock, SystemClock
from tap_sei_efficiency.errors import ExportError, SeiTapError, SettingsError
from tap_sei_efficiency.ledger import ledger_rows
from tap_sei_efficiency.messages import MessageWriter
from tap_sei_efficiency.metrics import GROUPS, custom_metric
from tap_sei_efficiency.plan import Plan, Planner, StreamPlan, custom_plan, describe, plan_replay
from tap_sei_efficiency.settings import Settings
from tap_sei_efficiency.settings_table import config_schema
from tap_sei_efficiency.signals import SignalGate, Terminated
from tap_sei_efficiency.state import IN_FLIGHT, read_bookmarks, read_in_flight, write_in_flight
from tap_sei_efficiency.streams import ExportStream, LedgerStream, TeamReportStream, TeamsStream
from tap_sei_efficiency.sync import Sync
from tap_sei_efficiency.teams import leaf_scopes

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk import Stream

    from tap_sei_efficiency.archive import ReplayClient
    from tap_sei_efficiency.exports import Scope
    from tap_sei_efficiency.reports import ReportRequest
    from tap_sei_efficiency.sync import SeiApi
    from tap_sei_efficiency.teams import Team

_logger = logging.getLogger(__name__)

_STATE_SHARE = 0.05
"""Most of a run's time that writing STATE may take: with thousands of partitions one message is megabytes."""


class TapSeiEfficiency(Tap):
    """Singer tap for Harness SEI 2.0 efficiency (DORA) metrics."""

    name = "tap-sei-efficiency"
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema()
    message_writer_class = MessageWriter

    def __init__(
        self,
        *,
        validate_config: bool = True,
        setup_mapper: bool = True,
        clock: Clock | None = None,
        today: date | None = None,
        **kwargs: Any,  # noqa: ANN401 - the SDK's own arguments, passed on
    ) -> None:
        # The SDK's own complaint about a bad setting repeats its value, which may be the API key.
        super().__init__(validate_config=False, setup_mapper=False, **kwargs)
        self.clock = clock or SystemClock()
        self.today = today or datetime.now(tz=UTC).date()
        self.gate = SignalGate()
        self._run_id = uuid.uuid4().hex
        self._teams: dict[str, Sequence[Team]] = {}
        self._next_state = 0.0
        self._seen: dict[str, set[str]] = {}
        if validate_config:
            _ = self.settings
        if setup_mapper:
            self.setup_mapper()

    @cached_property
    def settings(self) -> Settings:
        """The settings of the run.

        Raises:
            SettingsError: With one sentence on the first setting that cannot be used.
        """
        return Settings.from_config(self.config, self.config_jsonschema, self.today)

    @cached_property
    def sync(self) -> Sync:
        """The run over the SEI API."""
        return Sync(
            settings=self.settings, client=self._api, clock=self.clock, gate=self.gate, on_change=self.write_state
        )

    @cached_property
    def _api(self) -> SeiApi:
        if self._replayed:
            return self._replayed
        from tap_sei_efficiency.client import SeiClient  # noqa: PLC0415 - not needed to tell version or settings

        client = SeiClient(self.settings, self.clock)
        if self.settings.archive_path is None:
            return client
        from tap_sei_efficiency.archive import Archive, ArchivingClient  # noqa: PLC0415 - few runs need it

        archive = Archive(Path(self.settings.archive_path))
        archive.check_writable()
        return ArchivingClient(client, archive)

    @cached_property
    def _replayed(self) -> ReplayClient | None:
        if not self.settings.replay or self.settings.archive_path is None:
            return None
        from tap_sei_efficiency.archive import Archive, ReplayClient  # noqa: PLC0415 - few runs need it

        return ReplayClient(Archive(Path(self.settings.archive_path)))

    @cached_property
    def archived_reports(self) -> Sequence[ReportRequest] | None:
        """The legacy reports of an archive that is replayed; None where SEI is asked."""
        return self._replayed.reports if self._replayed else None

    @cached_property
    def export_scopes(self) -> Sequence[Scope]:
        """The scopes of the V2 exports; every leaf team of the org trees where the settings ask for that."""
        if self._replayed and self.settings.every_leaf_team:
            return list(dict.fromkeys(request.scope for request in self._replayed.exports))
        trees = self.settings.org_tree_ids if self.settings.every_leaf_team else ()
        leaves = [scope for tree in trees for scope in self._leaves(tree)]
        return [*self.settings.team_scopes, *dict.fromkeys(leaves), *self.settings.org_tree_scopes]

    def _leaves(self, org_tree_id: str) -> Sequence[Scope]:
        try:
            return leaf_scopes(self.teams_of(org_tree_id), org_tree_id)
        except ExportError as error:
            self.sync.fail("team_ids", f"org tree {org_tree_id}", error)
            return []

    def teams_of(self, org_tree_id: str) -> Sequence[Team]:
        """The teams of an org tree, asked for once a run.

        Raises:
            ExportError: SEI does not know the tree, or the answer cannot be read.
        """
        if org_tree_id not in self._teams:
            self._teams[org_tree_id] = self.sync.teams(org_tree_id)
        return self._teams[org_tree_id]

    @override
    def discover_streams(self) -> Sequence[Stream]:
        metrics = self.config.get("metrics")
        return [
            *([TeamsStream(self)] if self.config.get("org_tree_ids") else []),
            *(ExportStream(self, StreamPlan(group.name, (group.name,)), group.metrics) for group in GROUPS.values()),
            *([ExportStream(self, custom_plan(metrics), [custom_metric(name) for name in metrics])] if metrics else []),
            *([TeamReportStream(self)] if self.config.get("legacy_team_ref_ids") else []),
            LedgerStream(self),
        ]

    @property
    @override
    def streams(self) -> dict[str, Stream]:
        # A connection test should first meet what answers at once, and the ledger must see all the rest.
        last = {"teams": -1, LedgerStream.name: 1}
        return dict(sorted(super().streams.items(), key=lambda item: last.get(item[0], 0)))

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self._set_in_flight(state.get(IN_FLIGHT, []))

    def begin(self, stream: Stream) -> None:
        """Begin the run with its plan, unless an earlier stream has; a test of the connection asks for one period."""
        if self.sync.is_planned:
            return
        plan = self.plan()
        if stream.ABORT_AT_RECORD_COUNT is None:
            self.sync.start(plan, read_in_flight(self.state))
        else:
            self.sync.start(plan.newest_period(self.settings.calendar), unfinished={})

    def plan(self) -> Plan:
        """The exports that a run asks for, given the settings, the state and the selected streams."""
        selected = (stream for stream in self.streams.values() if stream.selected)
        streams = [stream.plan for stream in selected if isinstance(stream, ExportStream)]
        if self._replayed:
            return plan_replay(self.settings, streams, self._replayed.exports)
        planner = Planner(
            settings=self.settings,
            today=self.today,
            bookmarks=read_bookmarks(self.state, self.settings, self.export_scopes),
            unfinished=list(read_in_flight(self.state)),
        )
        return planner.plan(streams, self.export_scopes)

    def ledger(self) -> Iterator[dict[str, Any]]:
        """The rows of the ledger of this run."""
        run = {
            "run_id": self._run_id,
            "run_started_at": datetime.fromtimestamp(self.initialized_at / 1000, tz=UTC).isoformat(),
            "org_identifier": self.settings.org_identifier,
            "project_identifier": self.settings.project_identifier,
        }
        yield from ledger_rows(self.sync.runner.tasks, self.sync.emitted, run)

    def write_state(self) -> None:
        """Write a STATE message, unless those before took too much time; the next one then tells all."""
        self._set_in_flight(write_in_flight(self.sync.runner.in_flight))
        began = self.clock.monotonic()
        if began >= self._next_state:
            self.state_writer.write_state(self.state)
            ended = self.clock.monotonic()
            self._next_state = ended + (ended - began) / _STATE_SHARE

    def _set_in_flight(self, entries: list[dict[str, Any]]) -> None:
        cast("dict[str, Any]", self.state)[IN_FLIGHT] = entries

    def first_seen(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of `names` that no earlier call of the run had for this `kind`."""
        seen = self._seen.setdefault(kind, set())
        new = [name for name in names if name not in seen]
        seen.update(new)
        return new

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
            state=_read_json(state) if state else None,
            catalog=_read_json(catalog) if catalog else None,
            parse_env_config=bool(config and config.parse_env),
        )
        if plan:
            click.echo(describe(tap.plan()))
        else:
            tap.run()

    def run(self) -> None:
        """Sync all selected streams.

        Raises:
            RunFailedError: Something could not be emitted; all else was.
            Terminated: A signal has ended the run.
        """
        self.gate.install()
        try:
            self.sync_all()
            self.sync.log_summary()
            self.sync.raise_for_failures()
        except Terminated as ended:
            self._next_state = 0.0
            self.write_state()
            self.logger.warning("%s received: the next run resumes after the last export emitted.", ended.signal.name)
            raise
        finally:
            self.sync.close()


def _read_json(file: IO[str]) -> dict[str, Any]:
    try:
        content = json.load(file)
    except ValueError as error:
        msg = f"File {file.name} is not JSON: {error}."
        raise SettingsError(msg) from None
    if not isinstance(content, dict):
        msg = f"File {file.name} holds no JSON object."
        raise SettingsError(msg)
    return content


def main() -> None:
    """Run the command line; a known failure ends it with its sentence, without a traceback, and with status 1."""
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
