"""Meltano as a subprocess with a separate system folder, so runs of one extractor do not share files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections import deque
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]
EXTRACTOR, LOADER = "tap-sei-efficiency", "target-postgres"

_SHARED = ("extractors", "loaders", "meltano.db")
_STOP_SECONDS = 30
_SHOWN_LINES = 20


class MeltanoError(Exception):
    """A Meltano command failed; the message is for the user."""


def load(suffix: str, given: Mapping[str, str], log: Callable[[str], None], *options: str) -> None:
    """Run tap and loader under a state ID with `suffix`; pass each line that Meltano prints to `log`.

    Raises:
        MeltanoError: Meltano ended with a non-zero status.
    """
    command = [*_meltano(), "run", "--no-install", f"--state-id-suffix={suffix}", *options, EXTRACTOR, LOADER]
    tail: deque[str] = deque(maxlen=_SHOWN_LINES)
    with _system_folder(suffix) as folder:
        process = subprocess.Popen(  # noqa: S603 - Meltano, with this module's arguments
            command,
            cwd=ROOT,
            env=_environment(folder, given),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        with _ending(process):
            for line in process.stdout or ():
                tail.append(line.rstrip())
                log(tail[-1])
    if process.returncode:
        raise MeltanoError(_ended("run", process.returncode, tail))


@contextmanager
def _ending(process: subprocess.Popen[str]) -> Iterator[None]:
    """End Meltano and all processes that it started."""
    try:
        yield
        process.wait()
    except BaseException:
        # The orchestrator stops this run: give the tap time to write its last STATE.
        _signal(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_STOP_SECONDS)
        raise
    finally:
        # The processes of a killed Meltano would keep loading during the next attempt.
        _signal(process, signal.SIGKILL)
        process.communicate()


def leaf_teams(given: Mapping[str, str], log: Callable[[str], None]) -> list[str]:
    """The IDs of the leaf teams of the org trees in `org_tree_ids`, from the tap's stream `teams`.

    Raises:
        MeltanoError: The tap failed, SEI does not say which teams are leaves, or there are none.
    """
    with _system_folder("teams") as folder:
        done = subprocess.run(  # noqa: S603 - Meltano, with this module's arguments
            [*_meltano(), "invoke", "--no-install", EXTRACTOR],
            cwd=ROOT,
            env=_environment(folder, given),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    for line in done.stderr.splitlines():
        log(line)
    if done.returncode:
        raise MeltanoError(_ended("invoke", done.returncode, done.stderr.splitlines()[-_SHOWN_LINES:]))
    messages = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    if any(record["is_leaf"] is None for record in records):
        msg = f"SEI does not say which teams are leaves. Let leaf_teams() in {__file__} return the IDs of yours."
        raise MeltanoError(msg)
    leaves = [record["team_id"] for record in records if record["is_leaf"]]
    if not leaves:
        msg = "The org trees have no teams. Set TAP_SEI_EFFICIENCY_ORG_TREE_IDS to the IDs of trees with teams."
        raise MeltanoError(msg)
    return leaves


def scope(**settings: Sequence[str] | str) -> dict[str, str]:
    """The tap's settings for the given scopes, and none of the other kinds."""
    scopes: dict[str, Sequence[str]] = {
        name: [] for name in ("team_ids", "org_tree_names", "org_tree_ids", "legacy_team_ref_ids")
    }
    return {
        f"TAP_SEI_EFFICIENCY_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in {**scopes, **settings}.items()
    }


TEAMS_ONLY = {
    "TAP_SEI_EFFICIENCY_TEAM_IDS": '["*"]',
    "TAP_SEI_EFFICIENCY_ORG_TREE_NAMES": "[]",
    "TAP_SEI_EFFICIENCY__SELECT": '["teams.*"]',
}
"""Settings with which the tap reads only the stream `teams`."""


def _meltano() -> list[str]:
    own = ROOT / ".venv" / "bin" / "meltano"
    program = str(own) if own.exists() else shutil.which("meltano")
    if program is None:
        msg = f"There is no command `meltano`. Run `make plugins` in {ROOT}, or put `meltano` on the PATH."
        raise MeltanoError(msg)
    return [program]


@contextmanager
def _system_folder(name: str) -> Iterator[Path]:
    """A system folder for Meltano that shares plugins and system database with all others.

    Meltano names the files with a plugin's config and catalog after the plugin only. An extractor for each shard by
    `inherit_from` would also have separate files, but meltano.yml would have to list every shard.
    """
    shared = Path(os.environ.get("MELTANO_SYS_DIR_ROOT", ROOT / ".meltano"))
    for kind, plugin in (("extractors", EXTRACTOR), ("loaders", LOADER)):
        if not (shared / kind / plugin).exists():
            msg = f"The Meltano plugin {plugin} is not installed in {shared}. Run `meltano install {plugin}`."
            raise MeltanoError(msg)
    folder = shared / "orchestrate" / name
    folder.mkdir(parents=True, exist_ok=True)
    for entry in _SHARED:
        with suppress(FileExistsError):
            (folder / entry).symlink_to(Path("..", "..", entry))
    try:
        yield folder
    finally:
        # A killed Meltano leaves the plugins' configs there, including the API key.
        shutil.rmtree(folder / "run", ignore_errors=True)


def _environment(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "NO_COLOR": "1", "MELTANO_SYS_DIR_ROOT": str(folder), **given}


def _signal(process: subprocess.Popen[str], signum: signal.Signals) -> None:
    """Send a signal to Meltano and all processes that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signum)


def _ended(command: str, status: int, tail: Sequence[str]) -> str:
    lines = "\n".join(tail)
    return f"meltano {command} ended with status {status}; docs/troubleshooting.md explains its messages:\n{lines}"
