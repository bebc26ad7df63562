"""What brings exports from SEI into DuckDB and into PostgreSQL, side by side: a first load, and a nightly increment."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg

from bench.environments import python_of
from bench.measure import BenchError, Command, in_turn, peaks, processor, ratio, spread, table, walls
from bench.peers import PEERS, script
from bench.servers import ROOT, ready_made
from bench.tap import Tap
from bench.throughput import export
from tests.postgres import empty_postgres, sqlalchemy_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROWS = 100_000
_NIGHT = (range(11, 13), ROWS // 6)
"""Months that a nightly run asks for again, and their rows: each of them is in the first load."""
_OURS = "the tap and {}"
_OLD = "target-duckdb-0.8.0"
_FIRST_WAIT = 0.05


@dataclass(frozen=True, slots=True)
class Place:
    """Where one way loads to: settings of the loader, the same for peers, what empties it and counts its rows."""

    loader: str
    settings: Mapping[str, object]
    given: Mapping[str, str]
    empty: Callable[[], object]
    count: Callable[[], int]


def compare(folder: Path, runs: int) -> str:
    """Measure, and return the results as Markdown."""
    tables = []
    with (
        ready_made(export(ROWS)) as first,
        ready_made(export(_NIGHT[1], months=_NIGHT[0])) as night,
        empty_postgres() as postgres,
    ):
        for title, place in (("DuckDB", in_duckdb), ("PostgreSQL", partial(in_postgres, postgres))):
            below = folder / title
            below.mkdir()
            places = {name: place(below, number) for number, name in enumerate(_names(title))}
            firsts = _commands(places, below / "first", first, 1, ROWS)
            nights = _commands(places, below / "night", night, _NIGHT[0][0], _NIGHT[1])
            for name, command in firsts.items():
                firsts[name] = Command(
                    command.arguments, command.cwd, 0, command.environment, before=places[name].empty
                )
            tables.append(_table(f"first load of {ROWS:,} rows into {title}", firsts, runs))
            _check(places, firsts)
            tables.append(_table(f"increment of {_NIGHT[1]:,} rows into {title}", nights, runs))
            _check(places, nights)
    return "\n\n".join(tables)


def _table(title: str, commands: Mapping[str, Command], runs: int) -> str:
    done = in_turn(commands, runs)
    ours = next(iter(done))
    return table(
        (title, "wall, s", "processor, s", "peak, MiB", "wall / the first line's"),
        [
            (name, spread(walls(one)), spread(processor(one)), spread(peaks(one), 0), ratio(one, done[ours]))
            for name, one in done.items()
        ],
    )


def _check(places: Mapping[str, Place], commands: Mapping[str, Command]) -> None:
    for name in commands:
        if (found := places[name].count()) != ROWS:
            msg = f"{name} left {found:,} rows, not {ROWS:,}"
            raise BenchError(msg)


def in_duckdb(folder: Path, number: int) -> Place:
    """A file of its own."""
    file = folder / f"{number}.duckdb"
    settings = {"filepath": str(file), "default_target_schema": "sei", "add_metadata_columns": True}
    given = {"SEI_DATABASE": str(file), "SEI_SCHEMA": "sei"}
    return Place("target-duckdb", settings, given, partial(file.unlink, missing_ok=True), partial(_count, file))


def _count(file: Path) -> int:
    with duckdb.connect(file, read_only=True) as connection:
        return sum(connection.execute("SELECT count(*) FROM sei.lttc").fetchone() or ())


def in_postgres(address: str, _folder: Path, number: int) -> Place:
    """A schema of its own on the server at `address`."""
    schema = f"sei_{number}"

    def empty() -> None:
        with psycopg.connect(address) as connection:
            # dlt merges by way of a schema beside its own.
            connection.execute(f"DROP SCHEMA IF EXISTS {schema}, {schema}_staging CASCADE")

    def count() -> int:
        with psycopg.connect(address) as connection:
            return sum(connection.execute(f"SELECT count(*) FROM {schema}.lttc").fetchone() or ())  # noqa: S608 - own

    settings = {
        "sqlalchemy_url": sqlalchemy_url(address),
        "default_target_schema": schema,
        "use_copy": True,
        "validate_records": False,
        "batch_size_rows": 50_000,
    }
    return Place("target-postgres", settings, {"SEI_DATABASE": address, "SEI_SCHEMA": schema}, empty, count)


def _names(title: str) -> Iterator[str]:
    loader = f"target-{'duckdb' if title == 'DuckDB' else 'postgres'}"
    yield _OURS.format(loader)
    yield f"{_OURS.format(loader)}, BATCH"
    if title == "DuckDB":
        yield _OURS.format(_OLD)
    yield from ("dlt, rows", "dlt, Arrow", "script")


def _commands(places: Mapping[str, Place], folder: Path, url: str, month: int, rows: int) -> dict[str, Command]:
    """The command of each way that can be had, for the months of 2025 from `month` on."""
    folder.mkdir()
    start = f"2025-{month:02}-01"
    tap = Tap(folder, url, _FIRST_WAIT)
    batches = tap.batch_config(format="jsonl", compression="gzip")
    by_hand = script(folder, url, team="bench", windows=[f"{start}..2025-12-31"])
    load = shlex.join([sys.executable, str(PEERS / "load_script.py")])
    dlt, old = python_of("dlt"), python_of(_OLD)
    commands = {}
    for number, (name, place) in enumerate(places.items()):
        if name.startswith("dlt"):
            if dlt is None:
                continue
            line = shlex.join([dlt, str(PEERS / "dlt_pipeline.py")])
            own = {"SEI_URL": url, "SEI_API_KEY": "key", "SEI_ROWS": str(rows), "SEI_START": start}
            own |= {"SEI_ARROW": "1"} if name.endswith("Arrow") else {}
        elif name == "script":
            line, own = f"{shlex.join(by_hand.arguments)} | {load}", dict(by_hand.environment or {})
        else:
            config = folder / f"{number}.json"
            config.write_text(json.dumps(dict(place.settings)), encoding="utf-8")
            batching = batches if name.endswith("BATCH") else None
            read = tap.command(f"{number}", start_date=start, batch_config=batching)
            program = ROOT / ".meltano" / "loaders" / place.loader / "venv" / "bin" / place.loader
            if name.endswith(_OLD):
                if old is None:
                    continue
                program = Path(old).with_name(place.loader)
            line, own = f"{shlex.join(read.arguments)} | {program} --config {config}", {}
        # A pipe's status is that of its last command: a reader that fails is found by the rows.
        commands[name] = Command(["/bin/sh", "-c", line], folder, environment={**own, **place.given})
    return commands
