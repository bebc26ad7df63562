"""The project compiles for databases that are not available; Google's own analyzer checks BigQuery's SQL."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from demo.meltano import ROOT
from tests.transform.dialects import PROFILES

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = ROOT / ".venv-dialects" / "bin" / "python"
INSTALLED = ROOT / ".venv-dialects" / ".requirements"


@pytest.mark.skipif(not INSTALLED.exists(), reason="the adapters are not installed: make dialects")
@pytest.mark.parametrize("kind", PROFILES)
def test_the_project_compiles(kind: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [PYTHON, "-m", "tests.transform.dialects", kind, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
