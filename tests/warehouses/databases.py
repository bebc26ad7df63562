"""The emulators as the dbt project's tests take a database: it loads messages, is built by dbt, and is read."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.meltano import ROOT, environment
from tests.meltano.conftest import MELTANO
from tests.transform.dbt import Dbt
from tests.warehouses import emulators

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.transform.databases import Database, Row
    from tests.warehouses.emulators import Warehouse

    Tables = dict[str, list[Row]]

ADAPTERS = ROOT / ".venv-dialects" / "bin" / "dbt"
SLOW = 1800
"""Seconds for a build on an emulator, which takes two minutes on a machine that does nothing else."""
_LEFT_OVER = "__dbt_tmp"
"""What fakesnow's temporary tables end with, see snowflake_emulator.py."""


def are_installed() -> bool:
    """Whether the adapters, the loaders and the emulators are there: `make warehouses` installs them."""
    pythons = (ROOT / f".venv-{emulator}" for emulator in ("fakesnow", "bqemulator"))
    return all(path.exists() for path in (ADAPTERS, *map(emulators.python, ("snowflake", "bigquery")), *pythons))


class AdapterDbt(Dbt):
    """dbt with the adapters of Snowflake and BigQuery, from the environment of `make dialects`."""

    @property
    def program(self) -> Path:
        """The command line of dbt."""
        return ADAPTERS

    def _run(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        # Not forked from a warm process: the clients of these services have threads of their own.
        return subprocess.run(
            self._command(arguments),
            cwd=self.project,
            env=self._environment(arguments),
            capture_output=True,
            text=True,
            check=False,
            timeout=SLOW,
        )


@dataclass(frozen=True)
class Emulated:
    """A warehouse in an emulator."""

    dbt: Dbt
    warehouse: Warehouse

    def load(self, messages: Iterable[dict[str, Any]]) -> None:
        """Load what the tap wrote, by the loader as Meltano configures it."""
        folder = self.dbt.folder
        given = {
            **self.warehouse.settings,
            "MELTANO_SYS_DIR_ROOT": str(folder / "system"),
            "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
        }
        loader = f"target-{self.warehouse.kind}"
        done = subprocess.run(
            [MELTANO, "--environment=demo", f"--env-file={folder / 'none.env'}", "invoke", "--no-install", loader],
            cwd=ROOT,
            env=environment(given),
            input="".join(f"{json.dumps(message)}\n" for message in messages),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr

    def tables(self, schema: str) -> Tables:
        """The rows of each table and view of a schema."""
        found = self.warehouse.tables(schema)
        return {name: table["rows"] for name, table in found.items() if not name.endswith(_LEFT_OVER)}


@contextmanager
def emulated(kind: str, folder: Path) -> Iterator[Emulated]:
    """An empty warehouse."""
    with getattr(emulators, kind)(folder) as warehouse:
        emulators.system_folder(folder / "system", kind)
        (folder / "none.env").touch()
        output = {"type": kind, "schema": "dora", "threads": 1, **_connection(warehouse)}
        profiles = {"sei_efficiency": {"target": kind, "outputs": {kind: output}}}
        (folder / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")
        dbt = AdapterDbt(kind, folder, warehouse.settings, profiles=folder)
        yield Emulated(dbt, warehouse)


def _connection(warehouse: Warehouse) -> dict[str, Any]:
    """How dbt reaches an emulator. On the service these are an account and a key; see docs/warehouses.md."""
    if warehouse.kind == "bigquery":
        return {
            "method": "service-account",
            "keyfile": warehouse.settings["GOOGLE_APPLICATION_CREDENTIALS"],
            "project": warehouse.settings["TARGET_BIGQUERY_PROJECT"],
            "api_endpoint": warehouse.settings["BIGQUERY_EMULATOR_HOST"],
        }
    return {
        **{name: warehouse.settings[f"TARGET_SNOWFLAKE_{name.upper()}"] for name in ("account", "user", "database")},
        "password": "none",
        "warehouse": warehouse.settings["TARGET_SNOWFLAKE_WAREHOUSE"],
        "host": "127.0.0.1",
        "port": int(warehouse.settings["EMULATOR_PORT"]),
        "protocol": "http",
    }


def tables_of(database: Database, schema: str) -> Tables:
    """The rows of each table and view of a schema in DuckDB or PostgreSQL."""
    query = f"(SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}')"  # noqa: S608 - a test's own
    return {row["table_name"]: database.read(f"{schema}.{row['table_name']}") for row in database.read(query)}
