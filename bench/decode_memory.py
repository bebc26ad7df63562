"""Peak memory and speed of decoding: a file of 2,000,000 rows against one of 20,000, each in a process of its own.

`python -m bench.decode_memory` prints both and ends with 1 where the large one takes more than 1.2 times as much.
"""

from __future__ import annotations

import argparse
import gzip
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from tap_sei_efficiency.decode import FileSpec, read
from tap_sei_efficiency.exports import Aggregation
from tap_sei_efficiency.metrics import GROUPS
from tap_sei_efficiency.periods import Calendar, Granularity, Window
from tap_sei_efficiency.spool import open_export

SMALL, LARGE = 20_000, 2_000_000
MOST_GROWTH = 1.2
_MONTHS = 12
_KIBIBYTES_PER_MEBIBYTE = 1024


def write(path: Path, rows: int) -> None:
    """A gzip file of `rows` rows with six numbers each; one in fifty cells has no data."""
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as file:
        file.write("Granularity,Team,Team_Hierarchy,Start_Date,End_Date,PLANNING,CODING,REVIEW,BUILD,DEPLOY,LTTC\n")
        for number in range(rows):
            team, month = divmod(number, _MONTHS)
            values = [(number * factor) % 10_007 / 100 for factor in (3, 5, 7, 11, 13, 17)]
            cells = ",".join("" if (number + at) % 50 == 0 else str(value) for at, value in enumerate(values))
            file.write(
                f"2025-{month + 1:02},Team {team},Org/Unit {team % 97}/Team {team},2025-{month + 1:02}-01,,{cells}\n"
            )


def decode(path: Path) -> int:
    """Decode the file at `path` into records, which are let go one by one; how many there were."""
    spec = FileSpec(
        label="export bench",
        metrics=GROUPS["lttc"].metrics,
        aggregation=Aggregation.MEAN,
        calendar=Calendar(Granularity.MONTHLY),
        window=Window(date(2025, 1, 1), date(2025, 12, 31)),
        as_of=date(2026, 1, 1),
        constants={"org_identifier": "default", "project_identifier": "sei", "scope": "team:bench"},
    )
    with open_export(path, max_bytes=1 << 40) as stream:
        return sum(1 for _ in read(stream, spec).records())


def measure(rows: int) -> float:
    """Decode a file of `rows` rows in a process of its own; the peak of its memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv.gz"
        write(path, rows)
        command = [sys.executable, "-m", "bench.decode_memory", "--decode", str(path)]
        seconds, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    speed = f"{float(seconds):6.2f} s, {float(seconds) / rows * 1e6:5.2f} µs a row"
    sys.stdout.write(f"{rows:>9,} rows: {speed}, peak {float(peak):.1f} MiB\n")
    return float(peak)


def main() -> int:
    """Measure, or be the process that is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decode", type=Path, help=argparse.SUPPRESS)
    file = parser.parse_args().decode
    if file:
        start = time.perf_counter()
        decode(file)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIBIBYTES_PER_MEBIBYTE
        sys.stdout.write(f"{time.perf_counter() - start} {peak}")
        return 0
    growth = measure(LARGE) / measure(SMALL)
    sys.stdout.write(f"growth: {growth:.3f} times, at most {MOST_GROWTH} wanted\n")
    return int(growth > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
