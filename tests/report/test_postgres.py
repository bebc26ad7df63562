"""The report of a PostgreSQL warehouse is the report of a DuckDB one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from report.__main__ import main
from tests.postgres import empty_postgres
from tests.report import marts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.report.conftest import Draw, Tables


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL."""
    with empty_postgres() as address:
        yield address


def test_both_warehouses_give_the_same_page(database: str, tables: Tables, draw: Draw, tmp_path: Path) -> None:
    with psycopg.connect(database) as connection:
        for statement, values in marts.statements(tables, mark="%s"):
            connection.execute(statement.encode(), values)
    assert main(["--warehouse", database, "--out", str(tmp_path / "report.html")]) == 0
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == draw(tables)
