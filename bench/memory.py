"""How peak memory grows with the rows of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.files import ALL_GROUPS
from bench.measure import in_turn, peaks, spread, table
from bench.servers import ready_made
from bench.shared import STREAMS
from bench.tap import Tap
from bench.throughput import export

if TYPE_CHECKING:
    from pathlib import Path

SMALL, LARGE = 20_000, 2_000_000


def measure(folder: Path, runs: int) -> str:
    """Measure, and return the results as Markdown."""
    small, large = (_peaks(folder, rows, max(1, runs // 2)) for rows in (SMALL, LARGE))
    return table(
        ("peak memory, MiB", f"{SMALL:,} rows", f"{LARGE:,} rows", "most / least"),
        [
            (name, spread(small[name], 0), spread(large[name], 0), f"{max(large[name]) / min(small[name]):.2f}")
            for name in small
        ],
    )


def _peaks(folder: Path, rows: int, runs: int) -> dict[str, list[float]]:
    with ready_made(export(rows, ALL_GROUPS)) as url:
        shared = Tap(folder, url).command("shared", rows=rows * len(STREAMS), streams=STREAMS)
        six = {"RECORD, six streams of a shared export": peaks(in_turn({"shared": shared}, runs)["shared"])}
    with ready_made(export(rows)) as url:
        tap = Tap(folder, url)
        commands = {
            "RECORD": tap.command("records", rows=rows),
            "BATCH as gzip JSON lines": tap.batches("lines", format="jsonl", compression="gzip"),
        }
        return {name: peaks(done) for name, done in in_turn(commands, runs).items()} | six
