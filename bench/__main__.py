"""Compare the tap with what users could use instead, and print the report as Markdown.

Everything runs on this machine, against servers of this repository. The peers are installed once, in build/.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench import jobs, memory, shared, startup, throughput
from bench.measure import BenchError


def _loading(folder: Path, runs: int) -> str:
    # A process starts with the peak memory of its parent: import the drivers after everything else is measured.
    from bench import loading  # noqa: PLC0415

    return loading.measure(folder, runs)


MEASUREMENTS = {
    "throughput": ("One large export", throughput.measure),
    "shared": ("One shared export", shared.measure),
    "memory": ("Memory", memory.measure),
    "jobs": ("Many slow jobs", jobs.measure_many),
    "polls": ("One long job", jobs.measure_long),
    "incremental": ("Nothing new", jobs.measure_incremental),
    "startup": ("Start-up", startup.measure),
    "plan": ("A large plan", jobs.measure_plan),
    "loading": ("Into a warehouse", _loading),
}


def main() -> int:
    """Run the measurements that the command line names, by default all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(MEASUREMENTS)}")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command (default 5)")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - MEASUREMENTS.keys():
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    _say(
        f"{datetime.now(tz=UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}. Whole processes, run in turn: median (least to most); "
        f"ratios compare runs of one round."
    )
    for name in arguments.names or MEASUREMENTS:
        title, measure = MEASUREMENTS[name]
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            try:
                _say(f"## {title}", measure(Path(folder), arguments.runs))
            except BenchError as error:
                sys.exit(f"bench: {name}: {error}")
    return 0


def _say(*paragraphs: str) -> None:
    sys.stdout.write("".join(f"{paragraph}\n\n" for paragraph in paragraphs))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
