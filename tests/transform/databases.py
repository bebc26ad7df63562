"""A DuckDB file and a PostgreSQL server, each with its loader and dbt from the Meltano project."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import psycopg
import pytest

from demo.meltano import ROOT
from tests import warm
from tests.postgres import empty_database, sqlalchemy_url
from tests.transform.dbt import Dbt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Row = dict[str, Any]
_LOADERS = {"duckdb": warm.LOADER, "postgres": ("target_postgres.target",)}


@dataclass(frozen=True)
class Database:
    """One database, its loader and its dbt."""

    dbt: Dbt
    connect: Callable[[], Any]
    loader_config: dict[str, Any]

    def load(self, messages: Iterable[dict[str, Any]]) -> None:
        """Load the tap's output."""
        name = f"target-{self.dbt.kind}"
        loader = ROOT / ".meltano" / "loaders" / name / "venv" / "bin" / name
        if not loader.exists():
            pytest.fail(f"The Meltano plugin {name} is not installed: run `make plugins`.", pytrace=False)
        config = self.dbt.folder / "loader.json"
        config.write_text(json.dumps({"default_target_schema": "sei", **self.loader_config}), encoding="utf-8")
        written = "".join(f"{json.dumps(message)}\n" for message in messages)
        done = warm.run([loader, "--config", config], _LOADERS[self.dbt.kind], given=written)
        assert done.returncode == 0, done.stderr

    def read(self, relation: str) -> list[Row]:
        """The rows of a table, or of a query in brackets."""
        with self.connect() as connection:
            cursor = connection.execute(f"SELECT * FROM {relation} AS found")  # noqa: S608 - a test's own
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def change(self, *statements: str) -> None:
        """Run statements."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)


def on_duckdb(folder: Path) -> Database:
    """A DuckDB file, which the loader creates."""
    path = str(folder / "warehouse.duckdb")
    dbt = Dbt("duckdb", folder, {"DBT_DUCKDB_PATH": path})
    return Database(dbt, lambda: duckdb.connect(path), {"filepath": path})


@contextmanager
def on_postgres(folder: Path) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    with empty_database() as address:
        parts = urlsplit(address)
        socket, name = parse_qs(parts.query)["host"][0], parts.path.lstrip("/")
        settings = {"DBT_POSTGRES_HOST": socket, "DBT_POSTGRES_USER": str(parts.username), "DBT_POSTGRES_DBNAME": name}
        loader = {"sqlalchemy_url": sqlalchemy_url(address), "use_copy": True}
        yield Database(Dbt("postgres", folder, settings), lambda: psycopg.connect(address), loader)
