"""Meltano as a subprocess, replaced by a script: its log, the files that it leaves, and its failures."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from orchestrate import meltano
from orchestrate.meltano import EXTRACTOR, LOADER, MeltanoError, leaf_teams, load, scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Play = Callable[[str], None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Meltano system folder with both plugins."""
    (tmp_path / "extractors" / EXTRACTOR).mkdir(parents=True)
    (tmp_path / "loaders" / LOADER).mkdir(parents=True)
    monkeypatch.setenv("MELTANO_SYS_DIR_ROOT", str(tmp_path))
    return tmp_path


@pytest.fixture
def play(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Replace Meltano by a script, which gets Meltano's arguments."""
    script = folder / "meltano.py"
    monkeypatch.setattr(meltano, "_meltano", lambda: [sys.executable, str(script)])

    def write(text: str) -> None:
        script.write_text(f"import os, subprocess, sys\n{text}\n", encoding="utf-8")

    return write


def team(team_id: str, *, is_leaf: bool | None) -> str:
    return json.dumps({"type": "RECORD", "stream": "teams", "record": {"team_id": team_id, "is_leaf": is_leaf}})


def test_a_run_has_a_folder_of_its_own_that_shares_plugins_and_database(folder: Path, play: Play) -> None:
    play("print(os.environ['MELTANO_SYS_DIR_ROOT'], *sys.argv[1:], os.environ['TAP_SEI_EFFICIENCY_TEAM_IDS'])")
    lines: list[str] = []
    for _ in range(2):
        load("shard-03", scope(team_ids=["a", "b"]), lines.append, "--force")
    own = folder / "orchestrate" / "shard-03"
    arguments = f'run --no-install --state-id-suffix=shard-03 --force {EXTRACTOR} {LOADER} ["a", "b"]'
    assert lines == [f"{own} {arguments}"] * 2
    assert {entry.name: entry.resolve() for entry in own.iterdir()} == {
        name: (folder / name).resolve() for name in ("extractors", "loaders", "meltano.db")
    }


def test_a_failed_run_says_why_and_leaves_no_config(folder: Path, play: Play) -> None:
    play(
        "run = os.path.join(os.environ['MELTANO_SYS_DIR_ROOT'], 'run')\n"
        "os.mkdir(run); open(os.path.join(run, 'tap.config.json'), 'w').write('key')\n"
        "print('it broke', file=sys.stderr); sys.exit(3)"
    )
    with pytest.raises(MeltanoError, match=r"status 3; docs/troubleshooting\.md explains its messages:\nit broke"):
        load("shard-03", {}, lambda _: None)
    assert not (folder / "orchestrate" / "shard-03" / "run").exists()


def test_processes_of_a_killed_meltano_are_ended(folder: Path, play: Play) -> None:
    """The process holds a pipe open, which closes when the process ends."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    plugin = (
        f"import sys, time; pipe = open({str(pipe)!r}, 'w'); print(flush=True); sys.stdout.close(); time.sleep(30); "
        "pipe.write('still there')"
    )
    play(
        f"child = subprocess.Popen([sys.executable, '-c', {plugin!r}], stdout=subprocess.PIPE,"
        " stderr=subprocess.DEVNULL)\n"
        "child.stdout.readline(); os.kill(os.getpid(), 9)"
    )
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(MeltanoError, match="status -9"):
        load("shard-03", {}, lambda _: None)
    os.set_blocking(reader, True)
    assert os.read(reader, 100) == b""
    os.close(reader)


def test_a_stopped_run_lets_meltano_end(folder: Path, play: Play) -> None:
    play(
        "import signal, time\n"
        "def stop(*_):\n    open(os.path.join(os.environ['MELTANO_SYS_DIR_ROOT'], 'last'), 'w'); sys.exit(1)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('running', flush=True); time.sleep(60)"
    )

    def stopped(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load("shard-03", {}, stopped)
    assert (folder / "orchestrate" / "shard-03" / "last").exists()


def test_teams_are_the_leaves(play: Play) -> None:
    lines = [team("parent", is_leaf=False), team("a", is_leaf=True), '{"type": "STATE", "value": {}}']
    play(f"print({chr(10).join(lines)!r}); print('1 of 2', file=sys.stderr)")
    logged: list[str] = []
    assert leaf_teams({}, logged.append) == ["a"]
    assert logged == ["1 of 2"]


@pytest.mark.parametrize(
    ("printed", "advice"),
    [
        (team("a", is_leaf=None), "Let leaf_teams"),
        (team("parent", is_leaf=False), "Set TAP_SEI_EFFICIENCY_ORG_TREE_IDS"),
    ],
)
def test_an_unusable_list_of_teams_is_refused(play: Play, printed: str, advice: str) -> None:
    play(f"print({printed!r})")
    with pytest.raises(MeltanoError, match=advice):
        leaf_teams({}, lambda _: None)


def test_a_tap_that_cannot_list_teams_says_why(play: Play) -> None:
    play("print('set `org_tree_ids`', file=sys.stderr); sys.exit(1)")
    with pytest.raises(MeltanoError, match=r"invoke ended with status 1.*\n.*org_tree_ids"):
        leaf_teams({}, lambda _: None)


def test_a_missing_plugin_is_named(folder: Path) -> None:
    (folder / "loaders" / LOADER).rmdir()
    with pytest.raises(MeltanoError, match=f"Run `meltano install {LOADER}`"):
        load("shard-03", {}, lambda _: None)


def test_a_scope_replaces_every_other() -> None:
    expected: dict[str, Any] = {
        "TAP_SEI_EFFICIENCY_TEAM_IDS": '["a"]',
        "TAP_SEI_EFFICIENCY_ORG_TREE_NAMES": "[]",
        "TAP_SEI_EFFICIENCY_ORG_TREE_IDS": "[]",
        "TAP_SEI_EFFICIENCY_LEGACY_TEAM_REF_IDS": "[]",
        "TAP_SEI_EFFICIENCY_END_DATE": "2025-12-31",
    }
    assert scope(team_ids=["a"], end_date="2025-12-31") == expected
