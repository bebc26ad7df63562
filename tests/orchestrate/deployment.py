"""A separate Dagster instance with Meltano's plugins, a stand-in and a database."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.meltano import ROOT
from standin.server import API_KEY, ORG_IDENTIFIER, PROJECT_IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Iterator

DAGSTER = ROOT / ".venv-orchestrate" / "bin"
DEFINITIONS = ("-m", "orchestrate.definitions", "-d", str(ROOT))
EXTRACTOR, LOADER = "tap-sei-efficiency", "target-postgres"
STATE_ID = f"demo:{EXTRACTOR}-to-{LOADER}"

_CONFIGURES = ("MELTANO_", "TAP_", "TARGET_", "DAGSTER_", "ORCHESTRATE_")


@dataclass
class Deployment:
    """The instance in `folder`, configured only by `given`."""

    folder: Path
    given: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> None:
        """An empty instance with this repository's dagster.yaml, and a Meltano system folder with its plugins."""
        self.home.mkdir()
        shutil.copy(ROOT / "orchestrate" / "dagster.yaml", self.home)
        self.meltano_folder.mkdir()
        for kind in ("extractors", "loaders"):
            (self.meltano_folder / kind).symlink_to(ROOT / ".meltano" / kind)

    @property
    def home(self) -> Path:
        """DAGSTER_HOME."""
        return self.folder / "dagster"

    @property
    def meltano_folder(self) -> Path:
        """Meltano's system folder."""
        return self.folder / "meltano"

    def environment(self, **more: str) -> dict[str, str]:
        """The environment that configures Dagster, Meltano and the plugins."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(_CONFIGURES)}
        return own | {
            "DAGSTER_HOME": str(self.home),
            "MELTANO_ENVIRONMENT": "demo",
            "MELTANO_SYS_DIR_ROOT": str(self.meltano_folder),
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            "NO_PROXY": "127.0.0.1",
            "TAP_SEI_EFFICIENCY_API_KEY": API_KEY,
            "TAP_SEI_EFFICIENCY_ORG_IDENTIFIER": ORG_IDENTIFIER,
            "TAP_SEI_EFFICIENCY_PROJECT_IDENTIFIER": PROJECT_IDENTIFIER,
            "TAP_SEI_EFFICIENCY_ORG_TREE_IDS": "[1]",
            "TAP_SEI_EFFICIENCY_POLL_INTERVAL_SECONDS": "1",
            **self.given,
            **more,
        }

    @contextmanager
    def daemon(self) -> Iterator[None]:
        """Dagster's daemon: schedules, sensors, the queue."""
        with (self.folder / "daemon.log").open("w") as log:
            command = [str(DAGSTER / "dagster-daemon"), "run", *DEFINITIONS]
            with subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), stdout=log, stderr=log, start_new_session=True
            ) as daemon:
                try:
                    yield
                finally:
                    daemon.terminate()
                    daemon.wait(60)
                    self._end_what_is_left(daemon.pid)

    def dagster(self, *arguments: str, **more: str) -> str:
        """Run a Dagster command and return its output."""
        return self._run(DAGSTER / "dagster", *arguments, *DEFINITIONS, **more)

    def meltano(self, *arguments: str, **more: str) -> str:
        """Run a Meltano command in the same project and return its output."""
        return self._run(ROOT / ".venv" / "bin" / "meltano", *arguments, **more)

    def runs(self, job: str, count: int, seconds: int) -> list[dict[str, Any]]:
        """The runs of a job, newest first, once `count` of them have ended."""
        script = str(Path(__file__).with_name("dagster_runs.py"))
        printed = self._run(DAGSTER / "python", script, "finished", job, str(count), str(seconds))
        found: list[dict[str, Any]] = json.loads(printed)
        return found

    def cancel(self, job: str) -> None:
        """Cancel the active runs of a job, as a user would in the web interface."""
        self._run(DAGSTER / "python", str(Path(__file__).with_name("dagster_runs.py")), "cancel", job)

    def state(self, suffix: str) -> str:
        """The state of a shard, as Meltano prints it."""
        printed = self.meltano("state", "get", f"{STATE_ID}:{suffix}")
        return next(line for line in printed.splitlines() if line.startswith("{"))

    def processes(self, *path: str) -> list[int]:
        """The running plugins that use files below a path in Meltano's system folder."""
        listed = subprocess.run(["ps", "-ww", "-e", "-o", "pid=,args="], capture_output=True, text=True, check=True)
        below = str(self.meltano_folder.joinpath(*path))
        return [int(line.split(maxsplit=1)[0]) for line in listed.stdout.splitlines() if below in line]

    def _end_what_is_left(self, daemon: int) -> None:
        """End the processes that a failed test left: Dagster's runs, in the daemon's group, and Meltano."""
        meltano = {os.getpgid(process) for process in self.processes()}
        for group in (daemon, *meltano):
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def _run(self, program: Path, *arguments: str, **more: str) -> str:
        done = subprocess.run(
            [program, *arguments],
            cwd=ROOT,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
