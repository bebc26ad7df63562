"""The benchmarks' command line, and one real measurement."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from bench.__main__ import MEASUREMENTS
from bench.servers import ROOT


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


def test_a_measurement_is_reported_with_the_machine_and_the_spread() -> None:
    done = bench("incremental", "--runs", "1")
    assert done.returncode == 0, done.stderr
    assert re.match(r"\d{4}-\d\d-\d\d, \w+ \w+, \d+ processors, Python 3", done.stdout)
    found = re.search(
        r"run of 24 exports, the next one reads (\d+) and takes [\d.]+ \([\d.]+ to [\d.]+\) s", done.stdout
    )
    assert found
    assert 0 < int(found[1]) < 24


def test_an_unknown_measurement_is_named() -> None:
    done = bench("speed")
    assert done.returncode == 2
    assert "there is no measurement speed" in done.stderr


@pytest.mark.parametrize("title", [title for title, _ in MEASUREMENTS.values()])
def test_every_measurement_is_in_the_docs(title: str) -> None:
    assert f"### {title}\n" in (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
