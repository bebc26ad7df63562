"""A separate Meltano for each module: separate state and warehouse, the repository's plugins."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demo.meltano import ROOT, environment
from standin.server import Standin
from tests import warm
from tests.sync.run import config

if TYPE_CHECKING:
    from collections.abc import Iterator

MELTANO = str(Path(sys.executable).with_name("meltano"))


@dataclass
class Meltano:
    """Runs Meltano in this repository's project, configured only by a test."""

    folder: Path
    sei: Standin
    target: dict[str, str] = field(default_factory=dict)

    def environment(self, **settings: Any) -> dict[str, str]:
        """The environment that configures the plugins: the stand-in, this folder, and `settings` of the tap."""
        tap = config(self.sei, poll_interval_seconds=1, **settings)
        given = {
            f"TAP_SEI_EFFICIENCY_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in tap.items()
        }
        return environment(
            {
                "MELTANO_DATABASE_URI": f"sqlite:///{self.folder / 'meltano.db'}",
                "TARGET_DUCKDB_FILEPATH": str(self.folder / "warehouse.duckdb"),
                **self.target,
                **given,
            }
        )

    def command(self, *arguments: str) -> list[str]:
        """A command line."""
        return [MELTANO, "--environment=demo", f"--env-file={self.folder / 'none.env'}", *arguments]

    def __call__(self, *arguments: str, status: int = 0, **settings: Any) -> str:
        """Run a command and return its output; AssertionError if it does not end with `status`."""
        done = warm.run(self.command(*arguments), warm.MELTANO, cwd=ROOT, env=self.environment(**settings))
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def state(self, target: str = "target-duckdb") -> dict[str, Any]:
        """The state in Meltano's own store for a run into `target`, which `meltano state get` reads too."""
        query = "SELECT completed_state FROM state WHERE state_id = ?"
        with closing(sqlite3.connect(self.folder / "meltano.db")) as connection:
            (state,) = connection.execute(query, [f"demo:tap-sei-efficiency-to-{target}"]).fetchone()
        return dict(json.loads(state)["singer_state"])


@pytest.fixture(scope="module")
def sei() -> Iterator[Standin]:
    """A stand-in on the real clock, whose jobs are done at once."""
    with Standin(job_seconds=0.0) as server:
        yield server


@pytest.fixture(scope="module")
def meltano(sei: Standin, tmp_path_factory: pytest.TempPathFactory) -> Meltano:
    """Meltano for the tests of one module."""
    folder = tmp_path_factory.mktemp("meltano")
    (folder / "none.env").touch()
    return Meltano(folder, sei)
