"""Compares the ways to load one export from SEI into a DuckDB file."""

from __future__ import annotations

import json
import shlex
import sys
from functools import partial
from typing import TYPE_CHECKING

import duckdb

from bench.environments import python_of
from bench.measure import BenchError, Command, in_turn, peaks, processor, ratio, spread, table, walls
from bench.peers import PEERS, script
from bench.servers import ROOT
from bench.tap import Tap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OURS = "the tap and target-duckdb"
_FIRST_WAIT = 0.05


def measure(folder: Path, url: str, rows: int, runs: int) -> str:
    """Measure, and return the results as Markdown."""
    files: dict[str, Path] = {}
    commands: dict[str, Command] = {}
    for number, (name, line, given) in enumerate(_ways(folder, url, rows)):
        files[name] = file = folder / f"{number}.duckdb"
        settings = {"filepath": str(file), "default_target_schema": "sei"}
        (folder / f"{number}.json").write_text(json.dumps(settings | {"add_metadata_columns": True}), encoding="utf-8")
        commands[name] = Command(
            ["/bin/sh", "-c", line],
            folder,
            environment={**given, "SEI_DUCKDB": str(file), "CONFIG": str(folder / f"{number}.json")},
            before=partial(file.unlink, missing_ok=True),
        )
    done = in_turn(commands, runs)
    for name, file in files.items():
        if (found := count(file)) != rows:
            msg = f"{name} loaded {found:,} of {rows:,} rows"
            raise BenchError(msg)
    return table(
        (f"{rows:,} rows of 6 numbers into DuckDB", "wall, s", "processor, s", "peak, MiB", f"wall / {_OURS}"),
        [
            (name, spread(walls(one)), spread(processor(one)), spread(peaks(one), 0), ratio(one, done[_OURS]))
            for name, one in done.items()
        ],
    )


def count(file: Path) -> int:
    """The rows in a DuckDB file."""
    with duckdb.connect(file, read_only=True) as connection:
        return sum(connection.execute("SELECT count(*) FROM sei.lttc").fetchone() or ())


def _ways(folder: Path, url: str, rows: int) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The name of each way, a shell command that loads into the file $SEI_DUCKDB, and its environment variables."""
    tap = Tap(folder, url, _FIRST_WAIT)
    loader = f"{ROOT / '.meltano/loaders/target-duckdb/venv/bin/target-duckdb'} --config $CONFIG"
    yield _OURS, f"{shlex.join(tap.command('plain').arguments)} | {loader}", {}
    lines = tap.batches("lines", format="jsonl", compression="gzip")
    yield f"{_OURS}, BATCH as gzip JSON lines", f"{shlex.join(lines.arguments)} | {loader}", {}
    if python := python_of("target-duckdb-0.8.0"):
        old = f"{python.removesuffix('python')}target-duckdb --config $CONFIG"
        yield "the tap and target-duckdb 0.8.0", f"{shlex.join(tap.command('plain').arguments)} | {old}", {}
    if python := python_of("dlt"):
        given = {"SEI_URL": url, "SEI_API_KEY": "key", "SEI_ROWS": str(rows)}
        yield "dlt, merge", shlex.join([python, str(PEERS / "dlt_pipeline.py")]), given
    by_hand = script(folder, url, team="bench", windows=["2025-01-01..2025-12-31"])
    load = shlex.join([sys.executable, str(PEERS / "load_script.py")])
    yield (
        "script, a new table",
        f"{shlex.join(by_hand.arguments)} | {load} $SEI_DUCKDB",
        dict(by_hand.environment or {}),
    )
