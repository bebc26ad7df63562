"""How long one export of many rows takes from request to records."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING

from bench import files
from bench.environments import FOLDER, python_of
from bench.measure import Command, in_turn, peaks, processor, ratio, spread, table, walls
from bench.peers import PEERS, script
from bench.servers import ROOT, ready_made
from bench.tap import Tap, catalog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROWS = 260_000
_FIRST_WAIT = 0.05
"""Seconds to the tap's first poll, by default 2. Here the job is done at once, and the peers poll at once."""

_MAPS = {"lttc": {"team_lower": "team.lower()"}}
_TAP, _DLT, _AIRBYTE = "the tap", "dlt, into JSON lines", "Airbyte CDK, AsyncRetriever"
_TUNED = "SDK tap, with the SDK's optimizations"
_PAIRS = (
    ("if nothing is deselected or mapped", _TAP, "SDK tap"),
    ("with the optimizations that the SDK documents: msgspec, and no check of types", _TAP, _TUNED),
    ("if a property is deselected", "the tap, one property deselected", "SDK tap, one property deselected"),
    ("if a stream map adds a property", "the tap, with a stream map", "SDK tap, with a stream map"),
)


def measure(folder: Path, runs: int) -> str:
    """Measure, and return the results as Markdown."""
    with ready_made(export(ROWS)) as url:
        done = in_turn(clients(folder, url, ROWS) | _installed_apart(folder, url, ROWS), runs)
    rows = [
        (name, spread(walls(found)), spread(processor(found)), spread(peaks(found), 0), ratio(found, done[_TAP]))
        for name, found in sorted(done.items(), key=lambda item: median(walls(item[1])))
    ]
    header = (f"{ROWS:,} rows of 6 numbers", "wall, s", "processor, s", "peak, MiB", "wall / the tap's")
    against = [f"- {ratio(done[theirs], done[ours])} times as long {what}" for what, ours, theirs in _PAIRS]
    missing = [f"\n{name} could not be installed, and is left out." for name in (_DLT, _AIRBYTE) if name not in done]
    waits = f"The job is done at once, and the tap's wait before its first poll is set to {_FIRST_WAIT} s."
    return "\n".join(
        [waits, "", table(header, rows), "", "A straightforward tap on the Singer SDK takes", "", *against, *missing]
    )


def export(rows: int, metrics: Sequence[str] = files.LEAD_TIMES, months: range = files.YEAR) -> Path:
    """The file with `rows` rows of `metrics` in `months`; created once."""
    path = FOLDER / f"{rows}-{len(metrics)}-{months[0]}.csv.gz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, rows, metrics, months)
    return path


def clients(folder: Path, url: str, rows: int) -> dict[str, Command]:
    """Commands that read an export of `rows` rows from the server at `url`, in the tap's own environment."""
    one_export = script(folder, url, team="bench", windows=["2025-01-01..2025-12-31"], rows=rows)
    return _of_the_tap(Tap(folder, url, _FIRST_WAIT), rows) | _of_the_sdk(folder, url, rows) | {"script": one_export}


def _of_the_tap(tap: Tap, rows: int) -> dict[str, Command]:
    commands = {
        _TAP: tap.command("plain", rows=rows),
        "the tap, one property deselected": tap.command("deselected", rows=rows, deselected=["period_label"]),
        "the tap, with a stream map": tap.command("mapped", rows=rows, stream_maps=_MAPS),
        "the tap, BATCH as gzip JSON lines": tap.batches("lines", format="jsonl", compression="gzip"),
    }
    if find_spec("pyarrow"):
        commands["the tap, BATCH as Parquet"] = tap.batches("parquet", format="parquet")
    return commands


def _of_the_sdk(folder: Path, url: str, rows: int) -> dict[str, Command]:
    def program(name: str, **settings: object) -> list[str]:
        path = folder / f"sdk-{name}.config.json"
        path.write_text(json.dumps({"api_key": "key", "api_url": url, **settings}), encoding="utf-8")
        return [sys.executable, str(PEERS / "sdk_tap.py"), "--config", str(path)]

    plain = program("plain")
    selection = catalog(plain, folder / "sdk.catalog.json", ["period_label"])
    tuned = [sys.executable, "-m", "bench.peers.sdk_tap_tuned", *plain[2:]]
    return {
        "SDK tap": Command(plain, folder, rows),
        _TUNED: Command(tuned, folder, rows, {"PYTHONPATH": str(ROOT)}),
        "SDK tap, one property deselected": Command([*plain, "--catalog", str(selection)], folder, rows),
        "SDK tap, with a stream map": Command(program("mapped", stream_maps=_MAPS), folder, rows),
    }


def _installed_apart(folder: Path, url: str, rows: int) -> dict[str, Command]:
    given = {"SEI_URL": url, "SEI_API_KEY": "key", "SEI_ROWS": str(rows)}
    commands = {}
    if python := python_of("dlt"):
        commands[_DLT] = Command([python, str(PEERS / "dlt_pipeline.py")], folder, 0, given)
    if python := python_of("airbyte"):
        commands[_AIRBYTE] = Command([python, str(PEERS / "airbyte.py")], folder, rows, given)
    return commands
