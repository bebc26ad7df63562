"""Times commands as whole processes, in turn, so a busy minute of the machine affects all of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BARE_SDK = (sys.executable, "-c", "from singer_sdk import Stream, Tap")
"""A command that does only what every tap on the Singer SDK does at its start."""

_PIPE_BYTES = 1 << 18
_LAST_WORDS = 2_000


class BenchError(Exception):
    """A measured command failed, or wrote too little."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program to measure. It must write at least `rows` lines, so none is faster by doing less.

    It reads `stdin`, by default nothing. `before` is called before each run, untimed.
    """

    arguments: Sequence[str]
    cwd: Path
    rows: int = 0
    environment: Mapping[str, str] | None = None
    stdin: Path = Path(os.devnull)
    before: Callable[[], object] | None = None

    def variables(self) -> dict[str, str]:
        """The environment that it runs in. It lacks the variable that makes Python compile modules at each start."""
        own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**own, **(self.environment or {})}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds of wall time and processor time, and peak memory in MiB.

    A process starts with the peak memory of its parent, so the benchmark itself must stay small.
    """

    wall: float
    cpu: float
    peak: float


def once(command: Command) -> Run:
    """Run `command` to its end.

    Raises:
        BenchError: It failed, or wrote too little.
    """
    log = command.cwd / "stderr.log"
    if command.before:
        command.before()
    with log.open("wb") as errors, command.stdin.open("rb") as given:
        began = time.perf_counter()
        process = subprocess.Popen(
            command.arguments,
            cwd=command.cwd,
            env=command.variables(),
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        lines = _lines(process)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or lines < command.rows:
        words = log.read_text(errors="replace")[-_LAST_WORDS:]
        msg = f"{command.arguments} ended with {process.returncode} after {lines} of {command.rows} lines: {words}"
        raise BenchError(msg)
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _lines(process: subprocess.Popen[bytes]) -> int:
    """Read the output of `process` as a target would, and count its lines."""
    assert process.stdout  # noqa: S101 - asked for
    with process.stdout as output:
        return sum(block.count(b"\n") for block in iter(lambda: os.read(output.fileno(), _PIPE_BYTES), b""))


def in_turn(commands: Mapping[str, Command], runs: int) -> dict[str, list[Run]]:
    """Run all commands in turn, `runs` times, after a first round that does not count."""
    for command in commands.values():
        once(command)
    rounds = [{name: once(command) for name, command in commands.items()} for _ in range(runs)]
    return {name: [one[name] for one in rounds] for name in commands}


def walls(runs: Sequence[Run]) -> list[float]:
    """Wall time, s."""
    return [run.wall for run in runs]


def processor(runs: Sequence[Run]) -> list[float]:
    """Processor time, s."""
    return [run.cpu for run in runs]


def peaks(runs: Sequence[Run]) -> list[float]:
    """Peak memory, MiB."""
    return [run.peak for run in runs]


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median, minimum and maximum as text."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def ratio(runs: Sequence[Run], base: Sequence[Run]) -> str:
    """Wall time of `runs` divided by that of `base`: median and spread of the ratios of each round."""
    return spread([one.wall / other.wall for one, other in zip(runs, base, strict=True)])


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns except the first contain figures."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
