"""The time for an export that all streams share, for one stream alone, and for a script that writes every group."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench.files import ALL_GROUPS
from bench.measure import Command, in_turn, peaks, processor, ratio, spread, table, walls
from bench.peers import PEERS
from bench.servers import ready_made
from bench.tap import Tap
from bench.throughput import export

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 260_000
STREAMS = ("lttc", "work_items", "deployment_frequency", "cfr", "mttr", "rating")
_ONE, _SIX, _SCRIPT = "the tap, one stream", "the tap, six streams", "script, six groups"


def measure(folder: Path, runs: int) -> str:
    """Measure, and return the results as Markdown."""
    with ready_made(export(ROWS, ALL_GROUPS)) as url:
        tap = Tap(folder, url, first_wait=0.05)
        given = {"SEI_URL": url, "SEI_API_KEY": "standin-key", "SEI_TEAM": "bench"}
        script = [sys.executable, str(PEERS / "shared_script.py"), "2025-01-01", "2025-12-31"]
        done = in_turn(
            {
                _ONE: tap.command("one", rows=ROWS),
                _SIX: tap.command("six", rows=ROWS * len(STREAMS), streams=STREAMS),
                _SCRIPT: Command(script, folder, ROWS * len(STREAMS), given),
            },
            runs,
        )
    rows = [
        (name, spread(walls(found)), spread(processor(found)), spread(peaks(found), 0), ratio(found, done[_ONE]))
        for name, found in done.items()
    ]
    header = (f"one shared export of {ROWS:,} rows", "wall, s", "processor, s", "peak, MiB", "wall / one stream")
    return table(header, rows)
