"""dbt as the Meltano project installed it, and the status of each of its nodes."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pytest

from demo.meltano import ROOT
from tests import warm

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PROJECT = ROOT / "transform"


class Outcome(NamedTuple):
    """How one node ended; `failures` counts the rows that a data test found."""

    status: str
    failures: int | None


@dataclass(frozen=True)
class Dbt:
    """Runs dbt on one database and writes its files to `folder`.

    `variables` apply to every command without variables of its own. Such a command uses a separate target folder,
    because dbt parses the whole project again, for seconds, when the variables differ from those of the last command.
    """

    kind: str
    folder: Path
    settings: Mapping[str, str]
    project: Path = PROJECT
    profiles: Path | None = None
    variables: Mapping[str, object] = field(default_factory=dict)

    @property
    def program(self) -> Path:
        """The command line of dbt."""
        return ROOT / ".meltano" / "utilities" / f"dbt-{self.kind}" / "venv" / "bin" / "dbt"

    def __call__(self, *arguments: str, status: int = 0) -> dict[str, Outcome]:
        """The nodes of a command by name. AssertionError if it does not end with `status`."""
        done = self._run(arguments)
        assert done.returncode == status, done.stdout + done.stderr
        return self._outcomes(arguments, "sources.json" if "freshness" in arguments else "run_results.json")

    def message(self, *arguments: str, status: int | None = None) -> str:
        """The output of a failing command, on one line. AssertionError if it does not fail with `status`."""
        done = self._run(arguments)
        assert done.returncode == status if status is not None else done.returncode, done.stdout + done.stderr
        return " ".join((done.stdout + done.stderr).split())

    def _run(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        if not self.program.exists():
            pytest.fail(f"The Meltano plugin dbt-{self.kind} is not installed: run `make plugins`.", pytrace=False)
        modules = ("dbt.cli.main", "dbt.task.build", f"dbt.adapters.{self.kind}")
        return warm.run(self._command(arguments), modules, cwd=self.project, env=self._environment(arguments))

    def _command(self, arguments: tuple[str, ...]) -> list[Path | str]:
        own = "--vars" in arguments or not self.variables
        variables = [] if own else ["--vars", json.dumps(self.variables)]
        return [self.program, "--no-use-colors", "--quiet", *arguments, *variables]

    def _target(self, arguments: Sequence[str]) -> Path:
        own = arguments.index("--vars") + 1 if "--vars" in arguments else None
        return self.folder / (f"target-{zlib.crc32(arguments[own].encode())}" if own else "target")

    def _environment(self, arguments: Sequence[str]) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
        return own | {
            "DBT_PROFILES_DIR": str(self.profiles or PROJECT / "profiles" / self.kind),
            "DBT_TARGET_PATH": str(self._target(arguments)),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            **self.settings,
        }

    def _outcomes(self, arguments: Sequence[str], artifact: str) -> dict[str, Outcome]:
        written = json.loads((self._target(arguments) / artifact).read_text(encoding="utf-8"))
        return {
            result["unique_id"].split(".", 2)[2]: Outcome(result["status"], result.get("failures"))
            for result in written["results"]
        }
