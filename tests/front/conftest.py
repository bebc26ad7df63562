"""The components, started and stopped for each test. Tests of a missing component are skipped."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest
import trustme

from tests.front.components import MOTO, Front, Store, Switches, nginx, running_store
from tests.sync.conftest import clock, sei

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from standin.server import Standin

__all__ = ["clock", "sei"]


class Starter(Protocol):
    """Starts nginx before the stand-in of the test."""

    def __call__(self, switches: Switches = ..., store: str = ...) -> Front:
        """Start nginx with `switches`, in front of the store with that URL."""


@pytest.fixture
def start(sei: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    """Start nginx with a certificate of the private CA in REQUESTS_CA_BUNDLE."""
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed; `apt-get install nginx` does that on Debian and Ubuntu")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    certificate = authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.bytes()
    with ExitStack() as stack:
        yield lambda switches=Switches(), store="": stack.enter_context(  # noqa: B008 - frozen
            nginx(tmp_path, certificate, sei.base_url, switches, store)
        )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store, one for all tests of a module."""
    if not MOTO.exists():
        pytest.skip("the store is not installed; `make .venv-front/.requirements` does that")
    with running_store(tmp_path_factory.mktemp("store")) as running:
        yield running
