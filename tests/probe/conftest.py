"""Servers to probe, and functions that use the result."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.probe.probe import observed, probe, tell
from tap_sei_efficiency.settings import Settings
from tap_sei_efficiency.settings_table import config_schema
from tests.sync.conftest import fake_clock, stand_in
from tests.sync.run import config, run, team
from tests.sync.truth import expected, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from standin.clock import FakeClock
    from standin.server import Standin
    from tests.sync.run import Output

PROBED = "Engineering/Payments"


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of a probe: the table, the dialect to paste, the report, and its duration on the server's clock."""

    table: str
    dialect: Mapping[str, Any]
    works: bool
    report: Mapping[str, Any]
    seconds: float

    @property
    def behaviour(self) -> dict[str, Any]:
        """The facts of the report, without the answers, which are for people."""
        return {name: value for name, value in self.report.items() if name not in {"answers", "job_seconds"}}


@contextmanager
def serving(arguments: Mapping[str, Any]) -> Iterator[tuple[Standin, FakeClock]]:
    """Create a stand-in with `arguments`."""
    clock = fake_clock()
    with stand_in(clock, **arguments) as sei:
        yield sei, clock


def config_for(sei: Standin, **changes: Any) -> dict[str, Any]:
    """A config with the documented base path, whatever that of `sei` is."""
    origin = "/".join(sei.base_url.split("/")[:3])
    wanted = {"team_ids": [team(sei, PROBED).team_id], "api_url": f"{origin}/prod1/sei/api/", **changes}
    return config(sei, **wanted)


def probed(sei: Standin, clock: FakeClock, **changes: Any) -> Probed:
    """Probe `sei`."""
    given, began = config_for(sei, **changes), clock.monotonic()
    settings = Settings.from_config(given, config_schema(), clock.now().date())
    lines: list[str] = []
    facts = probe(settings, clock, clock.now().date())
    works = tell(facts, settings, given.get("dialect", {}), lines.append)
    pasted: dict[str, Any] = next((json.loads(line)["dialect"] for line in lines if line.startswith("{")), {})
    return Probed("\n".join(lines), pasted, works, json.loads(observed(facts, settings)), clock.monotonic() - began)


STREAMS = ("lttc", "work_items", "deployment_frequency", "cfr", "mttr", "rating")


def assert_true(sei: Standin, clock: FakeClock, granularity: str, dialect: Mapping[str, Any]) -> Output:
    """A sync with `dialect` gives the stand-in's truth."""
    first, as_of = date(2026, 9, 1), clock.now()
    output = run(
        sei, clock, **config_for(sei, start_date=first.isoformat(), granularity=granularity, dialect=dict(dialect))
    )
    assert output.error is None
    teams = sei.org.below(team(sei, PROBED))
    for stream in STREAMS:
        true = expected(sei, stream, teams, first=first, last=as_of.date(), as_of=as_of, granularity=granularity)
        rows = output.records(stream)
        assert rows
        if not any(row["team_hierarchy"] for row in rows):  # without a hierarchy, the team's name is its path
            true = {(*key[:2], key[3], *key[3:]): figures for key, figures in true.items()}
        assert told(output.table(stream), true) == true
    return output
