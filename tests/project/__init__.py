"""Tests of everything but the code: bootstrap, plugins, requirements, package, image."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests import warm

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path = ROOT, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end and keep its output."""
    return subprocess.run([str(part) for part in command], check=check, capture_output=True, text=True, cwd=cwd)


def meltano(project: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Meltano in the folder `project`; AssertionError if it fails."""
    done = warm.run([Path(sys.executable).with_name("meltano"), *arguments], warm.MELTANO, cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    return done
