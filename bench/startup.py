"""How long a start takes, without any work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench.environments import python_of
from bench.measure import BARE_SDK, Command, in_turn, peaks, ratio, spread, table, walls
from bench.peers import PEERS
from bench.tap import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

_BARE = "import of the Singer SDK alone"


def measure(folder: Path, runs: int) -> str:
    """Measure, and return the results as Markdown."""
    commands = {
        _BARE: BARE_SDK,
        "the tap, --version": [PROGRAM, "--version"],
        "SDK tap, --version": [sys.executable, str(PEERS / "sdk_tap.py"), "--version"],
        "imports of the script": [sys.executable, "-c", "import csv, gzip, json, requests"],
    }
    for peer, statement in (("dlt", "import dlt"), ("airbyte", "import airbyte_cdk.cli.source_declarative_manifest")):
        if python := python_of(peer):
            commands[f"import of {peer}"] = [python, "-c", statement]
    done = in_turn({name: Command(command, folder) for name, command in commands.items()}, 2 * runs)
    return table(
        ("start-up", "wall, s", "peak, MiB", "wall / bare SDK"),
        [
            (name, spread(walls(found)), spread(peaks(found), 0), ratio(found, done[_BARE]))
            for name, found in done.items()
        ],
    )
