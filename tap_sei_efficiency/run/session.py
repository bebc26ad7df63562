"""A run's session with SEI: whom it asks, for which scopes, by what plan. Knows no Singer SDK."""

from __future__ import annotations

import uuid
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.api.teams import Team, leaf_scopes
from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.run.ledger import ledger_rows
from tap_sei_efficiency.run.plan import Plan, Planner, StreamPlan, plan_replay
from tap_sei_efficiency.run.state import IN_FLIGHT, read_bookmarks, read_in_flight, write_in_flight
from tap_sei_efficiency.run.sync import Sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from tap_sei_efficiency.api.protocol import SeiApi
    from tap_sei_efficiency.api.replay import ReplayClient
    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.model.team_reports import ReportRequest
    from tap_sei_efficiency.run.signals import SignalGate
    from tap_sei_efficiency.settings import Settings


class Session:
    """One run. `state` is the tap's, in which it keeps the jobs in flight; `on_change` tells when they changed."""

    def __init__(
        self,
        settings: Settings,
        state: dict[str, Any],
        *,
        clock: Clock,
        today: date,
        gate: SignalGate,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.state = state
        self.today = today
        self._clock = clock
        self._gate = gate
        self._on_change = on_change
        self._teams: dict[str, Sequence[Team]] = {}
        self._seen: dict[str, set[str]] = {}

    @cached_property
    def sync(self) -> Sync:
        """The exports of the run."""
        return Sync(
            settings=self.settings,
            client=self._api,
            clock=self._clock,
            gate=self._gate,
            on_change=self._note_in_flight,
        )

    @cached_property
    def _api(self) -> SeiApi:
        if self._replayed:
            return self._replayed
        from tap_sei_efficiency.api.client import SeiClient  # noqa: PLC0415 - not needed to tell version or settings

        client = SeiClient(self.settings, self._clock)
        if self.settings.archive_path is None:
            return client
        from tap_sei_efficiency.api.archive import Archive  # noqa: PLC0415 - few runs need it
        from tap_sei_efficiency.api.replay import ArchivingClient  # noqa: PLC0415 - few runs need it

        archive = Archive(Path(self.settings.archive_path), self.settings)
        archive.check_writable()
        return ArchivingClient(client, archive)

    @cached_property
    def _replayed(self) -> ReplayClient | None:
        if not self.settings.replay or self.settings.archive_path is None:
            return None
        from tap_sei_efficiency.api.archive import Archive  # noqa: PLC0415 - few runs need it
        from tap_sei_efficiency.api.replay import ReplayClient  # noqa: PLC0415 - few runs need it

        return ReplayClient(Archive(Path(self.settings.archive_path), self.settings))

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

    def plan(self, streams: Sequence[StreamPlan]) -> Plan:
        """The exports that `streams` ask for, given the settings and the state."""
        if self._replayed:
            return plan_replay(self.settings, streams, self.export_scopes, self._replayed.exports)
        planner = Planner(
            settings=self.settings,
            today=self.today,
            bookmarks=read_bookmarks(self.state, self.settings, self.export_scopes),
            unfinished=list(read_in_flight(self.state, self.settings)),
        )
        return planner.plan(streams, self.export_scopes)

    def begin(self, streams: Sequence[StreamPlan], *, newest_only: bool) -> None:
        """Begin with the plan of `streams`, or with its newest period only; once."""
        if self.sync.is_planned:
            return
        plan = self.plan(streams)
        if newest_only:
            self.sync.start(plan.newest_period(self.settings.calendar), unfinished={})
        else:
            self.sync.start(plan, read_in_flight(self.state, self.settings))

    def _note_in_flight(self) -> None:
        self.state[IN_FLIGHT] = write_in_flight(self.sync.runner.in_flight, self.settings)
        self._on_change()

    def ledger(self, started_at: datetime) -> Iterator[dict[str, Any]]:
        """The rows of the ledger of this run."""
        run = {
            "run_id": uuid.uuid4().hex,
            "run_started_at": started_at.isoformat(),
            "org_identifier": self.settings.org_identifier,
            "project_identifier": self.settings.project_identifier,
        }
        yield from ledger_rows(self.sync.runner.tasks, self.sync.emitted, run)

    def raise_for_failures(self) -> None:
        """End with one line for each thing that failed.

        Raises:
            RunFailedError: Where anything did.
        """
        if "sync" in vars(self):
            self.sync.raise_for_failures()

    def first_seen(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of `names` that no earlier call of the run had for this `kind`."""
        seen = self._seen.setdefault(kind, set())
        new = [name for name in names if name not in seen]
        seen.update(new)
        return new
