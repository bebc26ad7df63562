"""A warehouse that dbt built, its report, and the report in a browser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from report.__main__ import main
from tests.report.browser import Browser, chromium
from tests.report.loaded import make
from tests.transform.databases import on_duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.transform.databases import Database


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Two projects with four series, loaded twice."""
    empty = on_duckdb(tmp_path_factory.mktemp("report"))
    made = replace(empty, dbt=replace(empty.dbt, variables={"sprint_metrics": ["team"]}))
    make(made)
    return made


@pytest.fixture(scope="session")
def warehouse(database: Database) -> Path:
    """The file of that warehouse."""
    return database.dbt.folder / "warehouse.duckdb"


@pytest.fixture(scope="session")
def report(warehouse: Path) -> Path:
    """The report of the whole warehouse."""
    out = warehouse.with_name("report.html")
    assert main(["--warehouse", str(warehouse), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium; without one, the tests that need it are skipped."""
    program = chromium()
    if program is None:
        pytest.skip("There is no Chromium on the path: install Debian's package chromium.")
    with Browser(program) as started:
        yield started


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Any]:
    """The report, opened without choices."""
    with browser.page(report) as opened:
        yield opened
