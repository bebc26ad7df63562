"""The demo's parts: the environment of its programs, its tables of text, and its end if a step fails."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from demo import __main__ as demo
from demo import folder as demo_folder
from demo import meltano, server
from demo.text import aligned

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "demo"
    for module in (meltano, server, demo_folder):
        monkeypatch.setattr(module, "FOLDER", folder)
    return folder


def test_settings_of_a_real_account_do_not_reach_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_SEI_EFFICIENCY_API_KEY", "mine")
    monkeypatch.setenv("TARGET_DUCKDB_FILEPATH", "mine.duckdb")
    monkeypatch.setenv("MELTANO_DATABASE_URI", "sqlite:///mine.db")
    given = meltano.environment({"TAP_SEI_EFFICIENCY_API_URL": "http://127.0.0.1:1/"})
    assert given["TAP_SEI_EFFICIENCY_API_URL"] == "http://127.0.0.1:1/"
    assert not any("mine" in value for name, value in given.items() if name.startswith(("TAP_", "TARGET_", "MELTANO_")))


def test_failed_step_ends_with_its_last_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    program = folder / "meltano"
    program.write_text('#!/bin/sh\necho "No such command: $3"\nexit 2\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    with pytest.raises(meltano.StepFailedError, match=r"(?s)No such command: no-such.*ended with status 2.*step\.log"):
        meltano.meltano("step", ["no-such-command"], {})


def test_server_that_does_not_start_fails_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server, "COMMAND", (sys.executable, "-c", "raise SystemExit('no such port')"))
    assert demo.main() == 1
    assert re.search(r"(?s)stand-in server did not start.*no such port.*make demo: failed", capsys.readouterr().err)


def test_a_second_demo_at_the_same_time_is_refused(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    with demo_folder.alone():
        (folder / "mine").touch()
        assert demo.main() == 1
        assert (folder / "mine").exists()
    assert capsys.readouterr().err.startswith(f"Another demo is running in {folder}. Wait until it ends, or set ")


def test_a_folder_that_cannot_be_written_is_refused(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.parent.joinpath("file").touch()
    monkeypatch.setattr(demo_folder, "FOLDER", folder.parent / "file" / "demo")
    assert demo.main() == 1
    told = capsys.readouterr().err.splitlines()[0]
    assert told.startswith(f"The demo cannot write to {folder.parent / 'file' / 'demo'}: ")


def test_rows_are_aligned() -> None:
    text = aligned(("team", "days"), [("a", 1.0), ("bcdef", None), ("é", 12.345)])
    assert text.splitlines() == [
        "  team    days",
        "  -----  -----",
        "  a       1.00",
        "  bcdef      -",
        "  é      12.35",
    ]
