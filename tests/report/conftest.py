"""Marts of a few teams, and the report of them as the command writes it."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from report.__main__ import main
from standin.org import Org
from tests.report import marts
from tests.report.reading import Page, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Tables = dict[str, list[dict[str, Any]]]
    Draw = Callable[..., str]

PATHS = (
    "Engineering",
    "Engineering/Platform",
    "Engineering/Platform/Identity",
    "Engineering/Platform/Developer Experience",  # never deploys
    "Engineering/Mobile",
    "Engineering/Mobile/iOS",
    "Engineering/Mobile/Android",
)


@pytest.fixture(scope="session")
def truth() -> Tables:
    """A year of seven teams on three levels."""
    org = Org()
    return marts.tables([org.team_at(path) for path in PATHS])


@pytest.fixture
def tables(truth: Tables) -> Tables:
    """The same, for a test to change."""
    return deepcopy(truth)


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Write the marts into a warehouse, run the command, give the page as text."""
    return partial(_drawn, tmp_path)


@pytest.fixture(scope="session")
def page(truth: Tables, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of those seven teams."""
    return read(_drawn(tmp_path_factory.mktemp("page"), truth))


def _drawn(folder: Path, tables: Mapping[str, Sequence[dict[str, Any]]], *arguments: str) -> str:
    warehouse, out = folder / "warehouse.duckdb", folder / "out" / "report.html"
    warehouse.unlink(missing_ok=True)
    marts.write(str(warehouse), tables)
    assert main(["--warehouse", str(warehouse), "--out", str(out), *arguments]) == 0
    return out.read_text(encoding="utf-8")
