"""Alternatives to the tap, each written as its own documentation suggests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

PEERS = Path(__file__).parent


def script(folder: Path, url: str, *, team: str, windows: Sequence[str], threads: int = 1, rows: int = 0) -> Command:
    """The command of the hand-written script, for the lead times of `team` in `windows`, each START..END."""
    given = {"SEI_URL": url, "SEI_API_KEY": "standin-key", "SEI_TEAM": team, "SEI_THREADS": str(threads)}
    return Command([sys.executable, str(PEERS / "script.py"), *windows], folder, rows, given)
