"""Meltano for the demo: separate state, separate warehouse, and only the demo's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("DEMO_FOLDER", ROOT / "output" / "demo"))
WAREHOUSE = FOLDER / "warehouse.duckdb"
REPORT = FOLDER / "report.html"

_ENV_FILE = Path("demo") / "demo.env"
_CONFIGURES = ("MELTANO_", "TAP_", "TARGET_", "DBT_", "REPORT_")
_SHOWN_LINES = 30


class StepFailedError(Exception):
    """A step of the demo failed; the message is for the user."""


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of the demo's Meltano: only `given` and the demo's own file configure its plugins."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_CONFIGURES)}
    return own | {
        "MELTANO_PROJECT_ROOT": str(ROOT),
        "MELTANO_DATABASE_URI": f"sqlite:///{FOLDER / 'meltano.db'}",
        "TARGET_DUCKDB_FILEPATH": str(WAREHOUSE),
        "DBT_DUCKDB_PATH": str(WAREHOUSE),
        "REPORT_WAREHOUSE": str(WAREHOUSE),
        "REPORT_OUT": str(REPORT),
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "NO_PROXY": "127.0.0.1",
        "NO_COLOR": "1",
        **given,
    }


def meltano(step: str, arguments: list[str], given: Mapping[str, str]) -> None:
    """Run one Meltano command and write its output to a log file.

    Raises:
        StepFailedError: It ended with a non-zero status; the message contains the end of its log.
    """
    log = FOLDER / f"{step}.log"
    program = str(Path(sys.executable).with_name("meltano"))
    command = [program, "--environment=demo", f"--env-file={_ENV_FILE}", *arguments]
    with log.open("w", encoding="utf-8") as output:
        # The command has only the environment's own Meltano and the demo's constants.
        done = subprocess.run(  # noqa: S603
            command,
            check=False,
            cwd=ROOT,
            env=environment(given),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    if done.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]
        msg = "\n".join([*tail, "", f"meltano {' '.join(arguments)} ended with status {done.returncode}; log: {log}"])
        raise StepFailedError(msg)
