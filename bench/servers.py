"""The servers for measurements, each in a separate process, so the benchmark does not count its work and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]


@contextmanager
def ready_made(file: Path) -> Iterator[str]:
    """Start a server whose every export is `file`; yields its base URL."""
    with _started("bench.server", str(file)) as url:
        yield url


@contextmanager
def standin(job_seconds: float, workers: int) -> Iterator[str]:
    """Start the stand-in for SEI; yields its base URL."""
    with _started("standin", "--job-seconds", str(job_seconds), "--workers", str(workers)) as url:
        yield url


@contextmanager
def _started(module: str, *arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - asked for
        try:
            yield process.stdout.readline().split()[0]
        finally:
            process.terminate()


def told(url: str, what: str) -> dict[str, Any]:
    """What the stand-in at `url` reports about itself: `jobs` or `org`."""
    origin = url.partition("/prod1")[0]
    with urlopen(f"{origin}/_standin/{what}") as answer:  # noqa: S310 - the bench's own server
        found: dict[str, Any] = json.load(answer)
    return found
