"""A probe on its way: what it asks for, and what it has found out so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.model.periods import Granularity, Window
from tap_sei_efficiency.model.requests import Aggregation, ExportRequest, Scope
from tap_sei_efficiency.probe.facts import Facts, Seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sei_efficiency.model.dialect import Dialect
    from tap_sei_efficiency.probe.wire import Wire


@dataclass(slots=True)
class Probing:
    """A running probe: the wire, its scope, and the facts so far."""

    wire: Wire
    scope: Scope
    team_ref: int | None
    org_tree_id: str | None
    today: date
    facts: Facts = field(default_factory=Facts)

    @property
    def dialect(self) -> Dialect:
        """The dialect of the settings, with what was found out."""
        facts, dialect = self.facts, self.wire.settings.dialect
        groups = {**dialect.groups, **{name: (word,) for name, word in facts.groups.items()}}
        return replace(
            dialect,
            groups=groups,
            granularities={**dialect.granularities, **facts.granularities},
            aggregations={**dialect.aggregations, **facts.aggregations},
            job_fields={
                name: (*([facts.job_fields[name]] if name in facts.job_fields else []), *spellings)
                for name, spellings in dialect.job_fields.items()
            },
        )

    def create(self, purpose: str, groups: tuple[str, ...], days: Window, *, weekly: bool = False) -> Seen:
        """The answer to a create request for `groups` in `days`."""
        granularity = Granularity.WEEKLY if weekly else Granularity.MONTHLY
        request = ExportRequest(self.scope, days, groups, granularity, Aggregation.MEAN)
        return self._create(purpose, request.body(self.wire.settings.org_identifier, self.dialect))

    def create_odd(self, what: str, changes: Mapping[str, Any]) -> Seen:
        """The answer to a create request with `what`, which no server knows; `changes` are its fields."""
        request = ExportRequest(self.scope, self.months, ("lttc",), Granularity.MONTHLY, Aggregation.MEAN)
        body = request.body(self.wire.settings.org_identifier, self.dialect)
        options = {**body["options"], **changes.get("options", {})}
        return self._create(f"create an export of {what}", {**body, **changes, "options": options})

    def _create(self, purpose: str, body: Mapping[str, Any]) -> Seen:
        return self.wire.ask("POST", self.dialect.path("create"), purpose, body)

    @property
    def months(self) -> Window:
        """The last month that is over, and the open one."""
        return Window((self.today.replace(day=1) - timedelta(days=1)).replace(day=1), self.today)

    @property
    def weeks(self) -> Window:
        """Some weeks that start on an arbitrary day."""
        return Window(self.today - timedelta(days=25), self.today)
