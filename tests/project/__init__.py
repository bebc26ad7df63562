"""Tests of everything but the code: bootstrap, plugins, requirements, package, image."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path = ROOT, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end and keep its output."""
    return subprocess.run([str(part) for part in command], check=check, capture_output=True, text=True, cwd=cwd)
