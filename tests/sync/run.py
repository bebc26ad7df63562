"""One run of the tap in this process, and its output."""

from __future__ import annotations

import io
import json
import signal
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import fastjsonschema

from standin.server import API_KEY, ORG_IDENTIFIER, PROJECT_IDENTIFIER
from tap_sei_efficiency.errors import SeiTapError
from tap_sei_efficiency.tap import TapSeiEfficiency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from standin.clock import FakeClock
    from standin.org import Team
    from standin.server import Standin

KEY = (
    "org_identifier",
    "project_identifier",
    "team_path",
    "team",
    "granularity",
    "aggregation",
    "period_start",
)


@dataclass
class Output:
    """The messages of a run, and the error that ended it."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    error: BaseException | None = None

    def records(self, stream: str) -> list[dict[str, Any]]:
        """The records of a stream, in order."""
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    def table(self, stream: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The content of a warehouse table: the last record of each key."""
        schemas = (m for m in self.messages if m["type"] == "SCHEMA" and m["stream"] == stream)
        key = next((schema["key_properties"] for schema in schemas), KEY)
        return {tuple(record[name] for name in key): record for record in self.records(stream)}

    @property
    def states(self) -> list[dict[str, Any]]:
        """The values of the STATE messages."""
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    @property
    def state(self) -> dict[str, Any]:
        """The last state."""
        return self.states[-1] if self.states else {}

    @property
    def lines(self) -> list[str]:
        """The error as the user sees it."""
        return str(self.error).splitlines() if self.error else []


def config(sei: Standin, **changes: Any) -> dict[str, Any]:
    """A config for the stand-in; one leaf team unless `changes` say otherwise."""
    plain: dict[str, Any] = {
        "api_key": API_KEY,
        "api_url": sei.base_url,
        "org_identifier": ORG_IDENTIFIER,
        "project_identifier": PROJECT_IDENTIFIER,
        "start_date": "2026-06-01",
        "request_timeout_seconds": 5,
    }
    if not {"team_ids", "org_tree_names", "legacy_team_ref_ids", "org_tree_ids"} & changes.keys():
        plain["team_ids"] = [team(sei, "Engineering/Payments/Checkout").team_id]
    return {**plain, **changes}


def team(sei: Standin, path: str) -> Team:
    """The stand-in's team at a path."""
    return sei.org.team_at(path)


def every_stream(sei: Standin, start_date: str) -> dict[str, Any]:
    """Settings that turn on every stream of the DORA metrics, for a team, an org tree and the lists of teams."""
    payments = team(sei, "Engineering/Payments")
    return {
        "team_ids": [payments.team_id],
        "org_tree_names": ["Operations"],
        "legacy_team_ref_ids": [payments.ref_id],
        "org_tree_ids": [tree.tree_id for tree in sei.org.trees],
        "metrics": ["LTTC_Mean_Days"],
        "start_date": start_date,
    }


def run(
    sei: Standin,
    clock: FakeClock,
    *,
    state: dict[str, Any] | None = None,
    catalog: dict[str, Any] | None = None,
    select: tuple[str, ...] | None = None,
    output: Output | None = None,
    **changes: Any,
) -> Output:
    """Run the tap with a config for `sei`; an error of the tap is kept in the output, any other is raised.

    If you pass `output`, it contains what was written even then.
    """
    output = output or Output()
    with fitting(output), captured(output), own_signals():
        try:
            tap = TapSeiEfficiency(
                config=config(sei, **changes),
                state=json.loads(json.dumps(state or {})),
                catalog=catalog,
                clock=clock,
                today=clock.now().date(),
            )
            for name, stream in tap.streams.items():
                if select is not None:
                    stream.selected = name in select
            tap.run()
        except SeiTapError as error:
            output.error = error
    return output


@contextmanager
def captured(output: Output) -> Iterator[None]:
    """Record stdout as messages, even if the run is killed; an incomplete line is not a message."""
    raw = io.BytesIO()
    wrapped = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    try:
        with redirect_stdout(wrapped):
            yield
    finally:
        output.messages += [json.loads(line) for line in raw.getvalue().splitlines()]


@contextmanager
def fitting(output: Output) -> Iterator[None]:
    """Validate every record against the SCHEMA message of its stream."""
    yield
    validators: dict[str, Callable[[dict[str, Any]], None]] = {}
    for message in output.messages:
        if message["type"] == "SCHEMA":
            validators[message["stream"]] = validator(json.dumps(message["schema"]))
        elif message["type"] == "RECORD":
            validators[message["stream"]](message["record"])


@cache
def validator(schema: str) -> Callable[[dict[str, Any]], None]:
    """A function that raises an error for a record that does not fit `schema`."""
    draft = {"$schema": "http://json-schema.org/draft-07/schema#"}
    fits: Callable[[dict[str, Any]], None] = fastjsonschema.compile(
        draft | json.loads(schema), formats={"date": is_day}, use_default=False
    )
    return fits


def is_day(text: str) -> bool:
    """Whether `text` is a date of the calendar."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@contextmanager
def own_signals() -> Iterator[None]:
    """Restore the test runner's signal handlers."""
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
