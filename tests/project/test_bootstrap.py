"""The Makefile creates .venv with only make and Python."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.project import ROOT, run

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def _make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "Makefile", folder)
    return run("make", *arguments, cwd=folder, check=False)


@pytest.mark.parametrize("answer", ["exit 1", "exit 127"])
def test_unfit_python_is_refused_with_one_sentence(tmp_path: Path, answer: str) -> None:
    python = tmp_path / "python-too-old"
    python.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    python.chmod(0o755)
    done = _make(tmp_path, ".venv/bin/python", f"PYTHON={python}")
    assert done.returncode != 0
    assert f"none of [{python}] is Python 3.11 to 3.14 with venv and pip" in done.stderr


def test_first_fit_python_makes_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with blanks"
    folder.mkdir()
    done = _make(folder, ".venv/bin/python", f"PYTHON=no-such-python {sys.executable}")
    assert done.returncode == 0, done.stderr
    assert (folder / ".venv" / "bin" / "pip").exists()


def test_environment_of_a_moved_folder_is_refused_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    config = tmp_path / ".venv" / "pyvenv.cfg"
    for command, status in [("python -m venv --clear /elsewhere/.venv", 2), (f"python -m venv {tmp_path}/.venv", 0)]:
        config.write_text(f"command = {command}\n", encoding="utf-8")
        done = _make(tmp_path, "--dry-run", ".venv/bin/python")
        assert ("was moved or copied after `make setup`; run `make clean`" in done.stderr) == (status != 0)
        assert done.returncode == status


def test_clean_keeps_warehouse_and_state_without_all(tmp_path: Path) -> None:
    kept = [tmp_path / "output" / "warehouse.duckdb", tmp_path / ".meltano" / "meltano.db"]
    gone = [tmp_path / ".venv" / "bin", tmp_path / ".meltano" / "loaders"]
    for path in [*(path.parent for path in kept), *gone]:
        path.mkdir(parents=True, exist_ok=True)
    for path in kept:
        path.touch()
    assert "make clean ALL=1" in _make(tmp_path, "clean").stdout
    assert [path.exists() for path in (*kept, *gone)] == [True, True, False, False]
    assert _make(tmp_path, "clean", "ALL=1").returncode == 0
    assert not any(path.exists() for path in kept)


def test_help_lists_the_targets(tmp_path: Path) -> None:
    listed = _make(tmp_path, "--no-print-directory", "help").stdout
    assert {"make test", "make demo", "make lint"} <= {" ".join(line.split()[:2]) for line in listed.splitlines()}
