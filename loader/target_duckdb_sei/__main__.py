"""The command: reads settings from a file and messages from stdin, and reports an error in one sentence."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from target_duckdb_sei import stdin
from target_duckdb_sei.errors import LoaderError
from target_duckdb_sei.load import Load
from target_duckdb_sei.stop import Stop, Stopped
from target_duckdb_sei.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "target-duckdb"
_PACKAGE = "target-duckdb-sei"  # PyPI has another target-duckdb
_SETTINGS = {"path", "filepath", "default_target_schema", "ledger"}
_LOOK_SECONDS = 1.0
_SIGNAL_EXIT = 128


@dataclass(frozen=True, slots=True)
class Settings:
    """The database file, the schema of the tables, and the stream with the number of rows that the tap emitted."""

    path: Path
    schema: str
    ledger: str | None

    @classmethod
    def read(cls, file: Path) -> Self:
        """The settings in a JSON file.

        Raises:
            LoaderError: The settings cannot be used.
        """
        try:
            given: Any = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            msg = f"Could not read the config {file}: {error}."
            raise LoaderError(msg) from None
        if not isinstance(given, dict):
            msg = f"The config {file} must be a JSON object."
            raise LoaderError(msg)
        for name in sorted(given.keys() - _SETTINGS):
            _say(f"Setting `{name}` is not known, and has no effect.")
        path = given.get("path") or given.get("filepath")
        schema, ledger = given.get("default_target_schema") or "main", given.get("ledger") or None
        for name, value in (("filepath", path), ("default_target_schema", schema), ("ledger", ledger or "")):
            if not isinstance(value, str):
                msg = f"Setting `{name}` must be text." if value else f"Setting `{name}` is required and not set."
                raise LoaderError(msg)
        return cls(Path(str(path)).expanduser(), schema, ledger)


def main(arguments: Sequence[str] | None = None) -> int:
    """Load stdin; 1 if that failed, 130 and 143 if it was interrupted."""
    parser = argparse.ArgumentParser(prog=NAME, description="Load Singer messages from stdin into a DuckDB file.")
    parser.add_argument("--config", type=Path, required=True, help="JSON file with the settings")
    parser.add_argument("--version", action="version", version=f"{NAME} {version(_PACKAGE)}")
    given = parser.parse_args(arguments)
    stop = Stop()
    stop.install()
    try:
        _load(Settings.read(given.config), stop)
    except LoaderError as error:
        _say(str(error))
        return 1
    except Stopped as stopped:
        _say(f"{stopped} received. Every row that arrived before it is committed.")
        return _SIGNAL_EXIT + stopped.signum
    return 0


def _load(settings: Settings, stop: Stop) -> None:
    warehouse = Warehouse(settings.path, settings.schema)
    try:
        load = Load(warehouse, pass_on=_pass_on, log=_say, clock=time.monotonic, ledger=settings.ledger)
        load.run(stdin.chunks(0, _LOOK_SECONDS, stop, time.monotonic))
    finally:
        warehouse.close()


def _pass_on(state: bytes) -> None:
    """Write a STATE to stdout, unbuffered, so it is never delayed."""
    rest = state + b"\n"
    try:
        while rest:
            rest = rest[os.write(1, rest) :]
    except OSError as error:
        msg = f"Could not pass on a STATE: {error.strerror}."
        raise LoaderError(msg) from None


def _say(sentence: str) -> None:
    sys.stderr.write(f"{NAME}: {sentence}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
