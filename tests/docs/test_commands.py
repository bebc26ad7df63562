"""Each command of the documentation is run, or parsed by the program that it calls, or listed with a reason."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from standin.server import Standin
from tests.docs.commands import Command, commands
from tests.docs.pages import PAGES, ROOT, blocks
from tests.docs.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = commands()

NOT_RUN = {
    r"make demo": "tests/demo runs it",
    r"make build|(uv tool|pipx) install .*": "installs a wheel; tests/project/test_package.py builds and installs it",
    r"meltano (add|install|config set) .*|meltano invoke tap-sei-efficiency --version": "test_package.py runs it",
    r"meltano select .*": "parsed; tests/project selects a stream",
    r"set -o pipefail|tap-sei-efficiency .* [|] target-jsonl .*": "needs a target beside the tap",
    r"tap-sei-efficiency --config config.json .*": "tests/sync/test_cli.py discovers, and runs with a catalog",
    r"make bench": "takes twenty minutes; tests/bench runs a measurement",
    r"make plugins": "installs from the package index; `make test` has done so before any test",
    r"make orchestrate": "runs tests/orchestrate",
    r"mkdir -p output/dagster .*|DAGSTER_HOME=.*": "serves until stopped; tests/orchestrate runs the daemon",
    r"meltano state get .*:shard-03": "tests/orchestrate runs it, against shards",
    r"docker .*": "needs a container engine",
    r"meltano run tap-sei-efficiency target-(postgres|jsonl)": "tests/meltano runs it",
    r"meltano add .*": "parsed; tests/project adds the plugin to a new project",
    r"uv tool install .*": "tests/project installs the wheel",
    r"meltano (install|run tap-sei-efficiency) target-(snowflake|bigquery)": "`make warehouses` runs it",
    r"meltano run --full-refresh .*": "parsed; a first run without a state is the same",
    r"meltano run --force .*": "parsed; tests/meltano runs it after a SIGKILL",
    r"TAP_SEI_EFFICIENCY_.* meltano run .*": "parsed; tests/sync backfills, archives and replays without Meltano",
    r"meltano run report:write|python -m report .*": "parsed; tests/report runs it, against marts",
    r"meltano run .*dbt-(duckdb|postgres):(build|freshness)": "parsed; tests/demo builds, tests/transform runs dbt",
    r"meltano --log-format=json run .*": "parsed; it would be one more of the same run",
    r"meltano schedule .*": "parsed; it would be one more of the same run",
    r"meltano state (list|copy|clear) .*|meltano state list": "parsed; `meltano state get` is run",
    r"meltano config print .*": "parsed; seconds of start-up for what Meltano's own tests cover",
}
"""Commands that are not run, with the reason. Those that call Meltano are parsed."""

STATE_OPTION = " --state output/state.json"

PARSED = [(command, arguments) for command in COMMANDS for arguments in command.calls("meltano")]
RUNS = [(command, arguments) for command, arguments in PARSED if "run" in arguments]


def _is_run(command: Command) -> bool:
    return not any(re.fullmatch(pattern, command.text) for pattern in NOT_RUN)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with Standin(job_seconds=0.0) as sei:
        reader = Reader(tmp_path_factory.mktemp("project"), sei.base_url)
        reader.prepare()
        yield reader


@pytest.mark.parametrize("command", [command for command in COMMANDS if _is_run(command)], ids=str)
def test_command_works(reader: Reader, command: Command) -> None:
    """In the order of the pages, because the later ones assume the README."""
    done = reader.follow(command.text)
    assert done.returncode == 0, f"failed, or must stand in NOT_RUN with a reason: {done.stdout}{done.stderr}"


def test_the_plan_with_a_state_is_that_of_the_next_run(reader: Reader) -> None:
    """Meltano prints the state, and the tap reads it, as the pages describe."""
    texts = [command.text for command in COMMANDS if "--plan" in command.text or "output/state.json" in command.text]
    plans = {text: re.findall(r"[\d-]{10} to", reader.follow(text).stdout) for text in texts}
    without, with_state = (plans[f"meltano invoke tap-sei-efficiency --plan{more}"] for more in ("", STATE_OPTION))
    assert without < with_state


@pytest.fixture(scope="module")
def complaints() -> list[str | None]:
    """Meltano's error for each call of it."""
    program = [sys.executable, "-m", "tests.docs.meltano_cli"]
    asked = json.dumps([arguments for _, arguments in PARSED])
    done = subprocess.run(program, cwd=ROOT, input=asked, capture_output=True, text=True, check=True)
    answers: list[str | None] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("number", range(len(PARSED)), ids=lambda number: str(PARSED[number][0]))
def test_meltano_understands_the_command(complaints: list[str | None], number: int) -> None:
    assert complaints[number] is None


@pytest.mark.parametrize(
    ("command", "arguments"), RUNS, ids=lambda value: str(value) if isinstance(value, Command) else ""
)
def test_plugins_and_jobs_in_commands_exist_in_the_project(command: Command, arguments: list[str]) -> None:
    named = {word.partition(":")[0] for word in arguments[arguments.index("run") + 1 :] if not word.startswith("-")}
    assert named <= _names(ROOT / command.where.partition(":")[0])


def _names(page: Path) -> set[str]:
    """The valid names in a run: plugins, jobs and schedules of the project, and those that `page` adds."""
    texts = [(ROOT / "meltano.yml").read_text(encoding="utf-8"), *(block.text for block in blocks(page, "yaml"))]
    projects = [YAML(typ="safe").load(text) for text in texts]
    kinds = [kind for project in projects for kind in project.get("plugins", {}).values()]
    kinds += [project.get(kind, []) for project in projects for kind in ("jobs", "schedules")]
    return {entry["name"] for kind in kinds for entry in kind}


@pytest.mark.parametrize("pattern", NOT_RUN)
def test_commands_that_are_not_run_are_still_in_the_pages(pattern: str) -> None:
    assert any(re.fullmatch(pattern, command.text) for command in COMMANDS)


def test_every_page_with_commands_is_read() -> None:
    fenced = {page.name for page in PAGES if "```sh\n" in page.read_text(encoding="utf-8")}
    assert fenced == {Path(command.where.partition(":")[0]).name for command in COMMANDS}
