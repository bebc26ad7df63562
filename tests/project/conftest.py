"""The package as it is released, built once per test run."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.project import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Distributions:
    """The two files of a release."""

    sdist: Path
    wheel: Path


def build(source: Path, target: Path) -> Distributions:
    """The sdist of `source`, and the wheel built from that sdist."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", target, source)
    (sdist,) = target.glob("*.tar.gz")
    (wheel,) = target.glob("*.whl")
    return Distributions(sdist, wheel)


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Sdist and wheel of this tree."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))
