"""Environments of the peers, created once in build/, which git ignores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.servers import ROOT

FOLDER = ROOT / "build" / "bench"

PACKAGES = {
    "dlt": ["dlt[duckdb,postgres]==1.31.0", "pyarrow==25.0.0"],
    "airbyte": ["airbyte-cdk==7.39.1"],
    # The newest duckdb with which this loader loses no row.
    "target-duckdb-0.8.0": ["target-duckdb==0.8.0", "duckdb==1.2.2"],
}
_UV = str(Path(sys.executable).with_name("uv"))


def python_of(peer: str) -> str | None:
    """The Python that has `peer` installed; None if it cannot be installed."""
    folder = FOLDER / "environments" / peer
    python = folder / "bin" / "python"
    done = folder / "+".join(PACKAGES[peer])
    if not done.exists():
        make = [_UV, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
        install = [_UV, "pip", "install", "--quiet", "--python", str(python), *PACKAGES[peer]]
        if any(subprocess.run(command, check=False, stdout=sys.stderr).returncode for command in (make, install)):
            return None
        done.touch()
    return str(python)
