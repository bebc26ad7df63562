"""Marts of a few teams, and the report of them as the command writes it."""

from __future__ import annotations

from copy import deepcopy
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

    def drawn(tables: Mapping[str, Sequence[dict[str, Any]]], *arguments: str) -> str:
        warehouse, out = tmp_path / "warehouse.duckdb", tmp_path / "out" / "report.html"
        warehouse.unlink(missing_ok=True)
        marts.write(str(warehouse), tables)
        assert main(["--warehouse", str(warehouse), "--out", str(out), *arguments]) == 0
        return out.read_text(encoding="utf-8")

    return drawn


@pytest.fixture
def page(tables: Tables, draw: Draw) -> Page:
    """The page of those seven teams."""
    return read(draw(tables))
