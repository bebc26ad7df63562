"""A reader who follows the documentation: a fresh project, the settings of an account, and a shell."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from standin.server import API_KEY, ORG_IDENTIFIER, PROJECT_IDENTIFIER
from tests import warm
from tests.docs.pages import ROOT, blocks

_CONFIGURES = ("MELTANO_", "TAP_", "TARGET_", "DBT_")
_COPIED = ("meltano.yml", "pyproject.toml", "README.md", ".env.example")
_LINKED = ("requirements", "standin", ".meltano/extractors", ".meltano/loaders")


@dataclass
class Reader:
    """Runs commands in `folder`, with the stand-in at `url` instead of SEI."""

    folder: Path
    url: str
    done: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Create what a clone has after `make plugins`: the project, the environment, the plugins."""
        for name in _COPIED:
            shutil.copy(ROOT / name, self.folder)
        for folder in (".meltano", "output"):
            (self.folder / folder).mkdir()
        for name in _LINKED:
            (self.folder / name).symlink_to(ROOT / name)
        (self.folder / ".venv").symlink_to(sys.prefix)
        (self.folder / "config.json").write_text(json.dumps(self._account()), encoding="utf-8")

    def follow(self, text: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the shell does, once; then fill in `.env` if it exists."""
        if text not in self.done:
            self.done[text] = self._run(text)
            if text == "cp .env.example .env":
                self._fill_in()
        return self.done[text]

    def _run(self, text: str) -> subprocess.CompletedProcess[str]:
        # A Meltano alone needs no shell.
        program, *arguments = shlex.split(text)
        if program == "meltano" and not set(text) & set("<>|&;$*"):
            meltano = Path(sys.executable).with_name(program)
            return warm.run([meltano, *arguments], warm.MELTANO, cwd=self.folder, env=self._environment())
        return subprocess.run(
            ["sh", "-c", text],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(_CONFIGURES)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return own | {"PATH": path, "NO_PROXY": "127.0.0.1", "NO_COLOR": "1"}

    def _fill_in(self) -> None:
        """Fill in the settings of the README's example, with the stand-in's address."""
        example = self.folder / "example.env"
        example.write_text(next(blocks(ROOT / "README.md", "ini")).text, encoding="utf-8")
        prefix = "TAP_SEI_EFFICIENCY_"
        account = {f"{prefix}{name.upper()}": value for name, value in self._account().items()}
        lines = [f"{name}={account[name]}" for name in [*dotenv_values(example), f"{prefix}API_URL"]]
        with (self.folder / ".env").open("a", encoding="utf-8") as file:
            file.write("\n".join(["", *lines, ""]).replace("'", '"'))

    def _account(self) -> dict[str, object]:
        return {
            "api_key": API_KEY,
            "api_url": self.url,
            "org_identifier": ORG_IDENTIFIER,
            "project_identifier": PROJECT_IDENTIFIER,
            "org_tree_names": ["Engineering"],
            "start_date": "2026-08-01",
        }
