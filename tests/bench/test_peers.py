"""All candidates of a measurement must read the same rows."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from bench import files
from bench.servers import ready_made
from bench.throughput import clients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Command

ROWS = 240
NUMBERS = ("planning", "coding", "review", "build", "deploy", "lttc")
READERS = (
    "the tap",
    "the tap, one property deselected",
    "the tap, with a stream map",
    "SDK tap",
    "SDK tap, with the SDK's optimizations",
    "SDK tap, one property deselected",
    "SDK tap, with a stream map",
    "script",
)


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Command]]:
    folder = tmp_path_factory.mktemp("bench")
    export = folder / "export.csv.gz"
    files.write(export, ROWS)
    with ready_made(export) as url:
        yield clients(folder, url, ROWS)


@pytest.fixture(scope="module")
def of_the_tap(commands: dict[str, Command]) -> set[tuple[object, ...]]:
    return read(commands["the tap"])


def read(command: Command) -> set[tuple[object, ...]]:
    """Team, first day and numbers of every row that `command` writes."""
    done = subprocess.run(
        command.arguments,
        cwd=command.cwd,
        env=command.variables(),
        capture_output=True,
        check=True,
        timeout=600,
    )
    messages: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    rows = [message.get("record", message) for message in messages if message.get("type", "RECORD") == "RECORD"]
    named = [{name.lower(): value for name, value in row.items()} for row in rows]
    return {(row["team"], row.get("period_start", row.get("start_date")), *map(row.get, NUMBERS)) for row in named}


@pytest.mark.parametrize("name", READERS)
def test_all_read_the_same_rows(name: str, commands: dict[str, Command], of_the_tap: set[tuple[object, ...]]) -> None:
    assert len(of_the_tap) == ROWS
    assert read(commands[name]) == of_the_tap


def test_only_writers_of_files_are_not_compared(commands: dict[str, Command]) -> None:
    assert {name for name in commands if name not in READERS} == {
        "the tap, BATCH as gzip JSON lines",
        "the tap, BATCH as Parquet",
    }
