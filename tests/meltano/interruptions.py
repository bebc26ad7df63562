"""Shows what an interrupted first load leaves, and what the next run exports: `python -m tests.meltano.interruptions`.

Each line is a first load of 54 exports by a real `meltano run`, into DuckDB or PostgreSQL, which a signal ends at some
point, and the next run. `unfinished` are the exports without rows in the warehouse; the next run creates no more than
those. At the end the tables are compared with the stand-in's truth.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
from psycopg.rows import dict_row

from demo.meltano import ROOT
from standin.server import Standin
from tests.meltano.conftest import Meltano
from tests.meltano.warehouse import assert_true
from tests.postgres import empty_postgres, sqlalchemy_url
from tests.sync.run import team

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Read = Callable[[str], list[dict[str, Any]]]

FIRST, LAST = date(2025, 1, 1), date(2026, 9, 30)
LATEST = 300
"""Seconds to wait for a run to reach a point."""


def main() -> int:
    """Interrupt loads as set on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.meltano.interruptions", description=__doc__)
    parser.add_argument("--targets", nargs="+", default=["target-duckdb", "target-postgres"])
    parser.add_argument("--signals", nargs="+", default=["SIGINT", "SIGTERM", "SIGKILL"])
    parser.add_argument("--after", nargs="+", type=int, default=[5, 25, 45], help="exports downloaded by then")
    arguments = parser.parse_args()
    # A shell that starts this in the background ignores SIGINT, and the processes started here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for target in arguments.targets:
        for name in arguments.signals:
            for after in arguments.after:
                sys.stdout.write(f"{target} {name} after {after} exports: {interrupt(target, name, after)}\n")
                sys.stdout.flush()
    return 0


def interrupt(target: str, name: str, after: int) -> str:
    """Load, interrupt, load again; returns the observations."""
    with tempfile.TemporaryDirectory(prefix="interruption-") as path, Standin(job_seconds=1.0) as sei:
        folder = Path(path)
        (folder / "none.env").touch()
        with warehouse(target, folder) as (given, read):
            leaves = sei.org.leaves(team(sei, "Engineering"))
            meltano = Meltano(folder, sei, given)
            settings: dict[str, Any] = {
                "team_ids": [leaf.team_id for leaf in leaves],
                "start_date": FIRST.isoformat(),
                "end_date": LAST.isoformat(),
            }
            load = ("run", "tap-sei-efficiency", target)
            with subprocess.Popen(
                meltano.command(*load),
                cwd=ROOT,
                env=meltano.environment(**settings),
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as interrupted:
                wait_for(lambda: sum(job.downloads for job in sei.jobs.all) >= after)
                os.killpg(interrupted.pid, getattr(signal, name))
                interrupted.wait(LATEST)
            loaded = {row["export_id"] for row in read("lttc")}
            made = len(sei.jobs.all)
            for job in sei.jobs.all:
                job.fate = replace(job.fate, reusable=False)  # as after half an hour: SEI returns no earlier job
            meltano(*load, "--force", **settings)
            created, whole = len(sei.jobs.all) - made, 2 * len(leaves)
            teams = [each for leaf in leaves for each in sei.org.below(leaf)]
            assert_true(read, sei, teams, FIRST, LAST)
            return (
                f"{len(loaded)} of {whole} in the warehouse, {whole - len(loaded)} unfinished, {created} created next"
            )


@contextmanager
def warehouse(target: str, folder: Path) -> Iterator[tuple[dict[str, str], Read]]:
    """An empty warehouse: the settings of its loader, and a function that reads a table (empty if it is missing)."""
    if target == "target-postgres":
        with empty_postgres() as address:
            yield {"TARGET_POSTGRES_SQLALCHEMY_URL": sqlalchemy_url(address)}, lambda table: _postgres(address, table)
    else:
        yield {}, lambda table: _duckdb(folder / "warehouse.duckdb", table)


def _postgres(address: str, table: str) -> list[dict[str, Any]]:
    with psycopg.connect(address, row_factory=dict_row) as connection:
        try:
            return connection.execute(f'SELECT * FROM sei."{table}"').fetchall()  # noqa: S608 - a table of the tap
        except psycopg.errors.UndefinedTable:
            return []


def _duckdb(file: Path, table: str) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    with duckdb.connect(str(file), read_only=True) as connection:
        try:
            found = connection.execute(f'SELECT * FROM sei."{table}"')  # noqa: S608 - a table of the tap
        except duckdb.CatalogException:
            return []
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until `happened`; TimeoutError if that takes too long."""
    deadline = time.monotonic() + LATEST
    while not happened():
        if time.monotonic() > deadline:
            msg = "the run did not get that far"
            raise TimeoutError(msg)
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
