"""Exports as large as a measurement wants them."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = "Granularity,Team,Team_Hierarchy,Start_Date,End_Date,PLANNING,CODING,REVIEW,BUILD,DEPLOY,LTTC\n"
_MONTHS = 12


def write(path: Path, rows: int) -> None:
    """A gzip file of `rows` rows of 2025 with six numbers each; one in fifty cells has no data."""
    with gzip.open(path, "wt", compresslevel=6, encoding="utf-8", newline="") as file:
        file.write(_HEADER)
        for number in range(rows):
            team, month = divmod(number, _MONTHS)
            values = [(number * factor) % 10_007 / 100 for factor in (3, 5, 7, 11, 13, 17)]
            cells = ",".join("" if (number + at) % 50 == 0 else str(value) for at, value in enumerate(values))
            file.write(
                f"2025-{month + 1:02},Team {team},Org/Unit {team % 97}/Team {team},2025-{month + 1:02}-01,,{cells}\n"
            )
