"""The two emulators as separate processes, each with the loader that Meltano installed for its warehouse."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from demo.meltano import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
PLUGINS = ROOT / ".meltano"
NOWHERE = {"HTTPS_PROXY": "http://127.0.0.1:9"}
"""Blocks requests that a client would send to the real service, such as where a key can be used."""
LATEST = 120
"""Seconds to wait until an emulator listens."""


@dataclass(frozen=True)
class Warehouse:
    """A running emulator, the configuration of its loader, and the command that reads its tables."""

    kind: str
    settings: dict[str, str]
    arguments: tuple[str, ...] = ()

    def statements(self, *statements: str) -> None:
        """Run statements."""
        self._program("run", *statements)

    def tables(self, schema: str = "sei") -> dict[str, Any]:
        """For each table and view: the types of its `columns`, and its `rows`; what JSON lacks is text."""
        return dict(json.loads(self._program("read", schema)))

    def _program(self, *arguments: str) -> str:
        done = subprocess.run(
            [python(self.kind), HERE / f"{self.kind}_tables.py", *self.arguments, *arguments],
            env=os.environ | self.settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def new_key() -> bytes:
    """A private key as a PEM file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def python(kind: str) -> Path:
    """The Python of a loader's plugin."""
    return PLUGINS / "loaders" / f"target-{kind}" / "venv" / "bin" / "python"


def needs(emulator: str, kind: str) -> Path:
    """The Python of an emulator's environment; skips the test if that or the loader is not installed."""
    found = ROOT / f".venv-{emulator}" / "bin" / "python"
    if not (found.exists() and python(kind).exists()):
        pytest.skip(f"{emulator} and target-{kind} are not installed: `make warehouses` installs them and runs this")
    return found


def system_folder(folder: Path, kind: str) -> Path:
    """A Meltano system folder with the tap, and with a loader whose program is `KIND_loader.py`."""
    program = folder / "loaders" / f"target-{kind}" / "venv" / "bin" / f"target-{kind}"
    program.parent.mkdir(parents=True)
    (folder / "extractors").symlink_to(PLUGINS / "extractors")
    program.write_text(f'#!/bin/sh\nexec "{python(kind)}" "{HERE / f"{kind}_loader.py"}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


@contextmanager
def snowflake(folder: Path) -> Iterator[Warehouse]:
    """An empty database ANALYTICS in fakesnow."""
    with _serving(needs("fakesnow", "snowflake"), "snowflake", folder) as port:
        settings = {
            "TARGET_SNOWFLAKE_ACCOUNT": "emulator",
            "TARGET_SNOWFLAKE_USER": "LOADER",
            "TARGET_SNOWFLAKE_PRIVATE_KEY": b64encode(new_key()).decode(),
            "TARGET_SNOWFLAKE_DATABASE": "ANALYTICS",
            "TARGET_SNOWFLAKE_WAREHOUSE": "LOADING",
            "TARGET_SNOWFLAKE_ROLE": "LOADER",
            "EMULATOR_PORT": str(port),
            "SNOWFLAKE_DISABLE_PLATFORM_DETECTION": "true",
            **NOWHERE,
        }
        warehouse = Warehouse("snowflake", settings, (str(port),))
        # Snowflake has a stage of the user from the start; fakesnow gets this one instead.
        warehouse.statements("create schema if not exists PUBLIC", "create stage PUBLIC.USER_STAGE")
        yield warehouse


@contextmanager
def bigquery(folder: Path) -> Iterator[Warehouse]:
    """An empty project in bqemulator, and a service account's file that Google's clients accept."""
    with _serving(needs("bqemulator", "bigquery"), "bigquery", folder) as port:
        address = f"http://127.0.0.1:{port}"
        account = {
            "type": "service_account",
            "project_id": "here",
            "private_key_id": "1",
            "private_key": new_key().decode(),
            "client_email": "loader@here.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": f"{address}/token",
        }
        credentials = folder / "credentials.json"
        credentials.write_text(json.dumps(account), encoding="utf-8")
        settings = {
            "TARGET_BIGQUERY_PROJECT": "here",
            "TARGET_BIGQUERY_CREDENTIALS_PATH": str(credentials),
            "GOOGLE_APPLICATION_CREDENTIALS": str(credentials),
            "BIGQUERY_EMULATOR_HOST": address,
            **NOWHERE,
        }
        yield Warehouse("bigquery", settings)


@contextmanager
def _serving(program: Path, kind: str, folder: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / "emulator.log"
    command = [str(program), str(HERE / f"{kind}_emulator.py"), str(port)]
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as emulator:
        try:
            _wait_for(port, emulator, log)
            yield port
        finally:
            emulator.terminate()


def _wait_for(port: int, emulator: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + LATEST
    while time.monotonic() < deadline and emulator.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    msg = f"the emulator does not listen: {log.read_text(encoding='utf-8')}"
    raise TimeoutError(msg)
