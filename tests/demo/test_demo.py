"""The demo as `make demo` runs it: a real Meltano, a real loader, a stand-in for SEI over HTTP."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest
from dotenv import dotenv_values

from demo.meltano import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "made by the demo"


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    """The output of the demo, run with environment variables that would break it."""
    own = {"TAP_SEI_EFFICIENCY_API_KEY": "another", "TAP_SEI_EFFICIENCY_REPLAY": "true", "MELTANO_ENVIRONMENT": "none"}
    environment = os.environ | own | {"DEMO_FOLDER": str(folder)}
    command = [sys.executable, "-m", "demo"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _load(printed: str, name: str) -> tuple[int, int, int]:
    found = re.search(rf"{name}.*exports made: (\d+), rows emitted: (\d+), rows loaded: (\d+)", printed)
    assert found, printed
    exports, emitted, loaded = map(int, found.groups())
    return exports, emitted, loaded


def test_every_row_is_loaded_and_the_second_load_asks_for_less(printed: str) -> None:
    first_exports, first_emitted, first_loaded = _load(printed, "First load")
    second_exports, second_emitted, second_loaded = _load(printed, "Second load")
    assert first_loaded == first_emitted > second_emitted == second_loaded > 0
    # DORA metrics, sprint metrics by team and period, and single sprints.
    assert first_exports == 3 * 3, "25 months in windows of 12"
    assert second_exports == 3, "the look-back and the open period"


def test_printed_figures_are_in_the_tables(printed: str, folder: Path) -> None:
    tables = re.findall(r"^  (sei\.\w+) +(\d+)$", printed, re.MULTILINE)
    assert {"sei.lttc", "sei.teams", "sei.exports", "sei.sprint_work", "sei.sprints"} <= {name for name, _ in tables}
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        for name, rows in tables:
            assert connection.table(name).aggregate("count(*)").fetchall() == [(int(rows),)]


def test_no_file_contains_the_key(printed: str, folder: Path) -> None:
    assert printed
    key = dotenv_values(ROOT / "demo" / "demo.env")["TAP_SEI_EFFICIENCY_API_KEY"]
    assert key
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"meltano.db", "warehouse.duckdb", "first-load.log"} <= {path.name for path in files}
    assert [path.name for path in files if key.encode() in path.read_bytes()] == []
