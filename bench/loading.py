"""Divides the time of an end-to-end `meltano run` between the tap, the loader and Meltano."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.measure import BenchError, Command, in_turn, processor, spread, table, walls
from bench.servers import ROOT, ready_made
from bench.tap import Tap
from bench.throughput import export
from bench.whole_way import ROWS, compare, in_duckdb, in_postgres
from demo.meltano import environment
from tests.postgres import empty_postgres

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.whole_way import Place

_MELTANO = str(Path(sys.executable).with_name("meltano"))


@dataclass(frozen=True, slots=True)
class Loader:
    """A loader of this repository's Meltano project, and where it loads to."""

    place: Place

    @property
    def name(self) -> str:
        """The plugin."""
        return self.place.loader

    def alone(self, folder: Path, messages: Path) -> Command:
        """The command that loads messages that a tap wrote before."""
        config = folder / f"{self.name}.config.json"
        config.write_text(json.dumps(dict(self.place.settings)), encoding="utf-8")
        program = ROOT / ".meltano" / "loaders" / self.name / "venv" / "bin" / self.name
        return Command([str(program), "--config", str(config)], folder, stdin=messages, before=self.place.empty)

    def run_by_meltano(self, folder: Path, tap: Mapping[str, Any]) -> Command:
        """The command that runs the whole pipeline, from the first export on."""
        settings = {
            **_variables("tap-sei-efficiency", {**tap, "_select": ["lttc.*"]}),
            **_variables(self.name, self.place.settings),
        }
        database = {"MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}"}
        command = [_MELTANO, f"--cwd={ROOT}", "--environment=demo", f"--env-file={folder / 'none.env'}"]
        return Command(
            [*command, "run", "--full-refresh", "tap-sei-efficiency", self.name],
            folder,
            environment=environment({**database, **settings}),
            before=self.place.empty,
        )


def measure(folder: Path, runs: int) -> str:
    """Measure, and return the results as Markdown."""
    runs = max(1, runs // 2)
    (folder / "none.env").touch()
    whole = compare(folder, runs)
    with ready_made(export(ROWS)) as url, empty_postgres() as address:
        duckdb, postgres = Loader(in_duckdb(folder, 0)), Loader(in_postgres(address, folder, 0))
        tap = Tap(folder, url)
        in_batches = {"batch_config": tap.batch_config(10_000, format="jsonl", compression="gzip")}
        pipelines: list[tuple[str, Loader, dict[str, Any]]] = [
            ("target-duckdb", duckdb, {}),
            ("target-duckdb from BATCH files", duckdb, in_batches),
            ("target-postgres", postgres, {}),
            ("target-postgres from BATCH files", postgres, in_batches),
        ]
        tables = [_table(title, loader, tap, settings, runs) for title, loader, settings in pipelines]
    remark = (
        "The tap's time includes 2 s before its first poll. Under Meltano the tap and the loader run at the same time, "
        "so their wall times do not add up. "
        "Meltano's own wall time is that of the whole minus the longer of the two, and its own processor time is that "
        "of the whole minus both."
    )
    return "\n\n".join([whole, *tables, remark])


def _table(title: str, loader: Loader, tap: Tap, settings: Mapping[str, Any], runs: int) -> str:
    """The results of one loader with the tap under `settings`, as Markdown."""
    reads = tap.command("loading", rows=0 if settings else ROWS, **settings)
    config = json.loads(tap.config("loading", **settings).read_text(encoding="utf-8"))
    messages = tap.folder / "messages.jsonl"
    with messages.open("wb") as file:
        subprocess.run(reads.arguments, check=True, stdout=file, stderr=subprocess.DEVNULL)
    commands = {
        "the tap alone": reads,
        f"{loader.name} alone": loader.alone(tap.folder, messages),
        "meltano run, both": loader.run_by_meltano(tap.folder, config),
    }
    done = in_turn(commands, runs)
    if (found := loader.place.count()) != ROWS:
        msg = f"{loader.name} loaded {found:,} of {ROWS:,} rows"
        raise BenchError(msg)
    reading, loading, whole = done.values()
    rounds = list(zip(reading, loading, whole, strict=True))
    rest = (
        [all_.wall - max(one.wall, other.wall) for one, other, all_ in rounds],
        [all_.cpu - one.cpu - other.cpu for one, other, all_ in rounds],
    )
    seconds = {name: (walls(found), processor(found)) for name, found in done.items()} | {
        "of that, Meltano's own": rest
    }
    return table(
        (f"{ROWS:,} rows of 6 numbers, by {title}", "wall, s", "processor, s", "share of processor"),
        [
            (name, spread(wall), spread(used), f"{median(used) / median(processor(whole)):.0%}")
            for name, (wall, used) in seconds.items()
        ],
    )


def _variables(prefix: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings of a plugin as environment variables for Meltano; each setting in an object has its own variable."""
    prefix = prefix.replace("-", "_").upper()
    variables: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            variables |= _variables(f"{prefix}_{name}", value)
        else:
            variables[f"{prefix}_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    return variables
