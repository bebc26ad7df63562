"""The folder of a run's downloads is deleted after every kind of end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_sei_efficiency.errors import SettingsError
from tap_sei_efficiency.run.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked")

ANOTHER_RUN = """
import sys
from tap_sei_efficiency.run.run_folder import RunFolder
folder = RunFolder()
(folder.path / "export-1").write_bytes(b"rows")
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, for this process and those that it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def another_run() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A running process and its folder."""
    command = [sys.executable, "-c", ANOTHER_RUN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process, Path(process.stdout.readline().strip())


def test_a_run_that_ends_deletes_its_files(temporary: Path) -> None:
    folder = RunFolder()
    (folder.path / "export-1").write_bytes(b"rows")
    folder.close()
    assert list(temporary.iterdir()) == []


def test_a_machine_without_a_temporary_folder_is_said(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(temporary / "nowhere"))
    with pytest.raises(SettingsError, match=r"Could not create a temporary folder: No such file or d.*\. Set `TMPDIR`"):
        RunFolder()


def test_a_run_that_exits_abruptly_deletes_its_files(temporary: Path) -> None:
    with another_run() as (process, folder):
        process.communicate()
        assert not folder.exists()
    assert list(temporary.iterdir()) == []


def test_files_of_a_killed_run_are_deleted_by_the_next() -> None:
    with another_run() as (process, left):
        process.kill()
        process.wait()
    assert (left / "export-1").exists()
    RunFolder().close()
    assert not left.exists()


def test_files_of_a_running_process_are_kept() -> None:
    with another_run() as (_, folder):
        RunFolder().close()
        assert (folder / "export-1").exists()


def test_a_run_keeps_its_own_files_when_another_starts() -> None:
    folder = RunFolder()
    (folder.path / "export-1").write_bytes(b"rows")
    with another_run():
        assert (folder.path / "export-1").exists()
    folder.close()


def test_nothing_else_is_deleted(temporary: Path) -> None:
    others = [temporary / "tap-other-1", temporary / "elsewhere"]
    for other in others:
        other.mkdir()
    named_alike = temporary / "tap-sei-efficiency-notes.txt"
    named_alike.touch()
    link = temporary / "tap-sei-efficiency-link"
    link.symlink_to(others[0])
    RunFolder().close()
    assert set(temporary.iterdir()) == {*others, named_alike, link}


def test_a_folder_that_another_run_deletes_as_a_leftover_is_created_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a new folder is locked, another run can lock and delete it."""
    made: list[Path] = []
    make = tempfile.mkdtemp

    def make_and_lose(prefix: str) -> str:
        path = Path(make(prefix=prefix))
        made.append(path)
        if len(made) == 1:
            path.rmdir()
        return str(path)

    monkeypatch.setattr("tap_sei_efficiency.run.run_folder.tempfile.mkdtemp", make_and_lose)
    folder = RunFolder()
    assert folder.path == made[1]
    folder.close()
