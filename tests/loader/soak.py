"""Loads that are killed at random, and resumed from the last STATE: `python -m tests.loader.soak --kills 100`.

The tap and the loader are processes against a stand-in, connected by a pipe or by `meltano run` (`--meltano`). Each
round has several kills, of the loader, the tap or both, by SIGKILL, SIGTERM or SIGINT. An undisturbed run ends the
round; then every table must equal the stand-in's truth. If a STATE covered a row that was not committed, the row would
be missing, because the next run does not ask for that period again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from demo.meltano import ROOT
from standin.server import Standin
from tests.meltano.conftest import Meltano
from tests.meltano.warehouse import assert_true
from tests.sync.run import config

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST, LAST = date(2025, 10, 1), date(2026, 6, 30)
KILLS_A_ROUND = 5
SMALL_COMMIT_ROWS = 200
LOADER = (
    "import sys; from target_duckdb_sei import __main__, load; "
    f"load.COMMIT_ROWS = {SMALL_COMMIT_ROWS}; sys.exit(__main__.main())"
)
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def settings() -> dict[str, Any]:
    """Settings of the tap with many exports, so many STATEs; nothing that was emitted before is exported again."""
    return {
        "org_tree_names": ["Engineering", "Operations"],
        "start_date": FIRST.isoformat(),
        "end_date": LAST.isoformat(),
        "window_periods": 1,
        "lookback_periods": 0,
    }


@dataclass
class Pipe:
    """`tap | loader`, with the last state that the loader passed on, as Meltano would store it."""

    folder: Path
    sei: Standin
    rows: int = SMALL_COMMIT_ROWS
    states: int = 0
    state: dict[str, Any] = field(default_factory=dict)

    def start(self) -> tuple[subprocess.Popen[bytes], ...]:
        """Start both."""
        (self.folder / "tap.json").write_text(json.dumps(config(self.sei, poll_interval_seconds=1, **settings())))
        (self.folder / "state.json").write_text(json.dumps(self.state))
        (self.folder / "loader.json").write_text(
            json.dumps({"filepath": str(self.warehouse), "default_target_schema": "sei", "ledger": "exports"})
        )
        log = (self.folder / "log").open("ab")
        tap = subprocess.Popen(
            [sys.executable, "-m", "tap_sei_efficiency", "--config", "tap.json", "--state", "state.json"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
        )  # fmt: skip
        loader = subprocess.Popen(
            [sys.executable, "-c", LOADER, "--config", "loader.json"],
            cwd=self.folder, stdin=tap.stdout, stdout=(self.folder / "states").open("wb"), stderr=log,
        )  # fmt: skip
        assert tap.stdout
        tap.stdout.close()
        return tap, loader

    def end(self, processes: tuple[subprocess.Popen[bytes], ...]) -> int:
        """Wait for both, keep the last complete state, and return the first status that is not 0."""
        statuses = [process.wait() for process in processes]
        passed_on = (self.folder / "states").read_bytes().split(b"\n")[:-1]
        self.states += len(passed_on)
        if passed_on:
            self.state = json.loads(passed_on[-1])
        return next(filter(None, statuses), 0)

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"


@dataclass
class MeltanoRun:
    """`meltano run`, with the state in Meltano's own database."""

    folder: Path
    sei: Standin
    states: int = 0

    def start(self) -> tuple[subprocess.Popen[bytes], ...]:
        """Start it, in a copy of this project that only changes how often the loader commits."""
        if not (self.folder / "meltano.yml").exists():
            project = (ROOT / "meltano.yml").read_text(encoding="utf-8")
            # For a plugin without pip_url, Meltano looks for the program in the project's folder.
            own = re.sub(r"    pip_url: .*\n    executable: target-duckdb\n", "    executable: ./loader\n", project)
            (self.folder / "meltano.yml").write_text(own, encoding="utf-8")
            # Only the installed plugins: Meltano writes the rest of that folder in each run.
            for name in ("extractors", "loaders"):
                (self.folder / ".meltano").mkdir(exist_ok=True)
                (self.folder / ".meltano" / name).symlink_to(ROOT / ".meltano" / name)
            (self.folder / "loader").write_text(
                f"#!/bin/sh\nexec {sys.executable} -c '{LOADER}' \"$@\"\n", encoding="utf-8"
            )
            (self.folder / "loader").chmod(0o755)
            (self.folder / "none.env").touch()
        meltano = Meltano(self.folder, self.sei)
        environment = {**meltano.environment(**settings()), "MELTANO_PROJECT_ROOT": str(self.folder)}
        log = (self.folder / "log").open("ab")
        command = meltano.command("run", "--force", "tap-sei-efficiency", "target-duckdb")
        return (
            subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True),
        )

    def end(self, processes: tuple[subprocess.Popen[bytes], ...]) -> int:
        """Wait for Meltano and for the processes that it started."""
        status = processes[0].wait()
        deadline = time.monotonic() + 60
        while _is_there(processes[0].pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        return status

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def disturbed(run: Pipe | MeltanoRun, chance: random.Random, seconds: float) -> str:
    """Start a run and kill it within `seconds`; returns how, or that it had ended before."""
    processes = run.start()
    time.sleep(chance.uniform(0.2, 0.9) * seconds)
    signum = chance.choice(SIGNALS)
    if isinstance(run, MeltanoRun):
        # As a terminal, a supervisor or the kernel does it: the whole run, or Meltano alone.
        whole = chance.random() < 0.5 or signum == signal.SIGKILL
        victims = "all" if whole else "meltano"
        over = processes[0].poll() is not None
        if not over:
            (os.killpg if whole else os.kill)(processes[0].pid, signum)
    else:
        victims = chance.choice(["tap", "loader", "all"])
        over = processes[1].poll() is not None
        for process, name in zip(processes, ("tap", "loader"), strict=True):
            if victims in {name, "all"} and process.poll() is None:
                process.send_signal(signum)
    run.end(processes)
    return "over before" if over else f"{victims} by {signal.Signals(signum).name}"


def check(run: Pipe | MeltanoRun) -> int:
    """Compare every table with the truth; returns the number of rows of lead time."""

    def read(table: str) -> list[dict[str, Any]]:
        with duckdb.connect(run.warehouse, read_only=True) as connection:
            found = connection.execute(f'FROM sei."{table}"')
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    teams = [
        team
        for tree in run.sei.org.trees
        if tree.name in settings()["org_tree_names"]
        for team in run.sei.org.teams_of(tree)
    ]
    assert_true(read, run.sei, teams, FIRST, LAST)
    return len(read("lttc"))


def rounds(kind: type[Pipe | MeltanoRun], chance: random.Random, kills: int) -> Iterator[tuple[Counter[str], int, int]]:
    """Run rounds up to a number of kills; prints the kills, final rows and passed-on STATEs of each."""
    seconds = 0.0
    while kills > 0:
        with Standin(job_seconds=0.0) as sei, tempfile.TemporaryDirectory() as folder:
            run = kind(Path(folder), sei)
            how: Counter[str] = Counter()
            while seconds and sum(how.values()) < KILLS_A_ROUND and not how["over before"]:
                how[disturbed(run, chance, seconds)] += 1
            began = time.monotonic()
            status = run.end(run.start())
            seconds = time.monotonic() - began
            if status:
                sys.exit(f"The last run of a round ended with {status}: {(run.folder / 'log').read_text()[-4000:]}")
            kills -= sum(how.values()) - how["over before"]
            yield how, check(run), run.states


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.loader.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--meltano", action="store_true")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else secrets.randbelow(10**6)
    # A shell that starts this in the background ignores SIGINT, and the processes started here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdout.write(f"seed {seed}\n")
    total: Counter[str] = Counter()
    chance = random.Random(seed)  # noqa: S311 - no secret
    for how, rows, states in rounds(MeltanoRun if given.meltano else Pipe, chance, given.kills):
        total.update(how)
        sys.stdout.write(f"{rows} rows of lead time, all true; STATEs: {states}; {dict(how)}\n")
        sys.stdout.flush()
    sys.stdout.write(f"No row was lost: {dict(total)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
