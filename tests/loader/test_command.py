"""The command: its settings, its messages when it fails, and the database after it was stopped."""

from __future__ import annotations

import json
import random
import resource
import signal
import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from target_duckdb_sei.load import COMMIT_ROWS
from tests import warm
from tests.loader.loading import COUNT, TEXT, WORD, Message, Warehouses, lines, record, schema, state

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = (sys.executable, "-m", "target_duckdb_sei")
KEYED = schema({"k": TEXT, "v": WORD}, ["k"])
EVERY_ROW = "Every row that arrived before it is committed."


def settings(folder: Path, **given: Any) -> Path:
    """A config file."""
    path = folder / "config.json"
    path.write_text(json.dumps({"filepath": str(folder / "warehouse.duckdb"), "default_target_schema": "sei", **given}))
    return path


def load(folder: Path, *messages: Message, status: int = 0, **given: Any) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; AssertionError if it does not end with `status`."""
    config = settings(folder, **given)
    done = warm.run([*COMMAND, "--config", config], warm.LOADER, given=lines(messages).decode())
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_rows_are_loaded_and_the_state_is_on_stdout(tmp_path: Path) -> None:
    done = load(tmp_path, KEYED, record(k="a", v="b"), state({"n": 1}))
    assert json.loads(done.stdout) == {"n": 1}
    assert done.stderr == "target-duckdb: Stream s: 1 rows loaded into sei.s.\n"
    assert Warehouses(tmp_path / "warehouse.duckdb").rows() == [("a", "b")]
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "warehouse.duckdb"}


def test_settings_have_their_defaults_and_other_names(tmp_path: Path) -> None:
    other = tmp_path / "a" / "new folder" / "other.duckdb"
    load(tmp_path, KEYED, record(k="a"), path=str(other), default_target_schema=None)
    with duckdb.connect(other) as connection:
        assert connection.execute("FROM main.s").fetchall() == [("a", None)]


def test_unknown_setting_is_named(tmp_path: Path) -> None:
    done = load(tmp_path, add_metadata_columns=True)
    assert done.stderr == "target-duckdb: Setting `add_metadata_columns` is not known, and has no effect.\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"filepath": None}, "Setting `filepath` is required and not set."),
        ({"filepath": 5}, "Setting `filepath` must be text."),
        ({"default_target_schema": ["sei"]}, "Setting `default_target_schema` must be text."),
        ({"filepath": "."}, "Could not open .: "),
    ],
)
def test_setting_that_cannot_be_used_is_named(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    assert said in load(tmp_path, status=1, **given).stderr


@pytest.mark.parametrize("content", ["{", "[]"])
def test_config_must_be_an_object(tmp_path: Path, content: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(content)
    done = warm.run([*COMMAND, "--config", config], warm.LOADER)
    assert (done.returncode, str(config) in done.stderr, "Traceback" in done.stderr) == (1, True, False)


def test_file_that_is_not_a_database_is_not_changed(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    file.write_text("This is a letter. " * 500)
    done = load(tmp_path, KEYED, status=1)
    assert f"Could not open {file}: " in done.stderr
    assert file.read_text() == "This is a letter. " * 500


def test_database_that_another_process_has_open_fails_at_once(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    hold = f"import duckdb, sys; held = duckdb.connect({str(file)!r}); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        # Its input stays open: the command does not wait for the tap.
        with subprocess.Popen(
            [*COMMAND, "--config", settings(tmp_path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as command:
            assert command.stderr
            said = command.stderr.read()
        holder.communicate()
    assert command.returncode == 1
    assert said.startswith(f"target-duckdb: {file} is open in another process (PID {holder.pid}, ")
    assert said.endswith("Close that process, and run again.\n")


def test_load_ends_if_nobody_reads_its_states(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "--config", settings(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout
        command.stdout.close()
        command.stdout = None
        _, said = command.communicate(lines([state(1)]))
    assert (command.returncode, said) == (1, b"target-duckdb: Could not pass on a STATE: Broken pipe.\n")


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_load_commits_what_it_has_and_a_killed_one_what_its_state_covers(
    tmp_path: Path, signum: signal.Signals
) -> None:
    keys = (str(number) for number in count())
    with subprocess.Popen(
        [*COMMAND, "--config", settings(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdin
        assert command.stdout
        assert command.stderr
        command.stdin.write(lines([KEYED, *(record(k=next(keys)) for _ in range(COMMIT_ROWS - 1)), state({"n": 1})]))
        command.stdin.write(lines([*(record(k=next(keys)) for _ in range(10)), state({"n": 2})]) + b'{"type": "REC')
        command.stdin.flush()
        told = json.loads(command.stdout.readline())
        command.send_signal(signum)
        last = command.stdout.read()
        said = command.stderr.read()
    is_killed = signum == signal.SIGKILL
    committed = COMMIT_ROWS if is_killed else COMMIT_ROWS + 9
    assert told == {"n": 1}
    assert list(map(json.loads, last.splitlines())) == ([] if is_killed else [{"n": 2}])
    assert command.returncode == (-9 if is_killed else 128 + signum)
    assert said.decode() == ("" if is_killed else f"target-duckdb: {signum.name} received. {EVERY_ROW}\n")
    warehouse = Warehouses(tmp_path / "warehouse.duckdb")
    assert warehouse.query("SELECT count(*) FROM sei.s") == [(committed,)]
    load(tmp_path, KEYED, record(k="later"))
    assert warehouse.query("SELECT count(*) FROM sei.s") == [(committed + 1,)]
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "warehouse.duckdb"}


@pytest.mark.parametrize("rows", [50, 5_000], ids=["in the database", "in the rows beside it"])
def test_full_disk_loses_no_row_that_the_state_covers(tmp_path: Path, rows: int) -> None:
    # A limit on the size of files simulates a full disk; it affects every file that grows.
    random_text = random.Random(1)  # noqa: S311 - text that does not compress
    messages: list[Message] = []
    for number in range(100):
        # When the SCHEMA changes, the loader commits the rows before it.
        messages.append(schema({"k": TEXT, "v": WORD, f"c{number}": COUNT}, ["k"]))
        messages += [record(k=f"{number}-{row}", v=random_text.randbytes(200).hex()) for row in range(rows)]
        messages.append(state(number + 1))
        if len(messages) > 8_000:
            break
    most = 3 * 2**20 // 2
    with subprocess.Popen(
        [*COMMAND, "--config", settings(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),  # noqa: PLW1509 - no threads here
    ) as command:
        out, said = command.communicate(lines(messages))
    assert command.returncode == 1
    assert b"Traceback" not in said
    assert b"File too large" in said
    done = max(map(json.loads, out.splitlines()), default=0)
    warehouse = Warehouses(tmp_path / "warehouse.duckdb")
    numbers = [int(k.partition("-")[0]) for (k,) in warehouse.query("SELECT k FROM sei.s")]
    assert sum(number < done for number in numbers) == done * rows
    load(tmp_path, *messages)
    assert warehouse.query("SELECT count(*) FROM sei.s") == [(sum(m["type"] == "RECORD" for m in messages),)]
