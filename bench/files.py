"""Export files of any size."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LEAD_TIMES = ("PLANNING", "CODING", "REVIEW", "BUILD", "DEPLOY", "LTTC")
ALL_GROUPS = (
    *LEAD_TIMES,
    *("TOTAL_WORK_ITEMS", "PR_ASSOCIATIONS", "PERCENTAGE_PR_ASSOCIATED", "DEPLOYMENT_FREQUENCY"),
    *("TOTAL_SUCCESS", "TOTAL_FAILURES", "CFR", "MTTR", "OVERALL_RATING"),
)
_COUNTS = {"TOTAL_WORK_ITEMS", "PR_ASSOCIATIONS", "TOTAL_SUCCESS", "TOTAL_FAILURES"}
_RATINGS = ("Elite", "High", "Medium", "Low")
YEAR = range(1, 13)
"""The months of a whole file."""


def write(path: Path, rows: int, metrics: Sequence[str] = LEAD_TIMES, months: range = YEAR) -> None:
    """Write a gzip file of `rows` rows of `months` of 2025 with a cell for each of `metrics`; one in fifty is empty."""
    with gzip.open(path, "wt", compresslevel=6, encoding="utf-8", newline="") as file:
        file.write(",".join(["Granularity,Team,Team_Hierarchy,Start_Date,End_Date", *metrics]) + "\n")
        for number in range(rows):
            team, nth = divmod(number, len(months))
            month = f"2025-{months[nth]:02}"
            cells = ",".join(
                "" if (number + at) % 50 == 0 else _cell(name, number, at) for at, name in enumerate(metrics)
            )
            file.write(f"{month},Team {team},Org/Unit {team % 97}/Team {team},{month}-01,,{cells}\n")


def _cell(metric: str, number: int, at: int) -> str:
    if metric == "OVERALL_RATING":
        return _RATINGS[number % len(_RATINGS)]
    value = number * (2 * at + 3) % 10_007
    return str(value) if metric in _COUNTS else str(value / 100)
