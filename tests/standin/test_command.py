"""`python -m standin`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from standin import KINDS
from standin.__main__ import main
from tests.standin.client import HEADERS, IDENTIFIERS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running command, and the base URL that it prints."""
    command = [sys.executable, "-m", "standin", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().split(" ")[0]
        finally:
            process.kill()


def test_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    url_file = tmp_path / "url"
    with started("--url-file", str(url_file), "--seed", "7", "--fault", "rate_limit:times=1") as (process, url):
        assert url_file.read_text(encoding="utf-8") == f"{url}\n"
        answers = [requests.get(f"{url}v2/teams/list", headers=HEADERS, params=IDENTIFIERS, timeout=10) for _ in "12"]
        assert [answer.status_code for answer in answers] == [429, 200]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert time.monotonic() - began < 2


def test_ends_with_0_on_an_interrupt() -> None:
    with started() as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0


def test_prints_the_organization() -> None:
    with started("--teams", "100", "--port", "0") as (_, url):
        told = requests.get(url.removesuffix("prod1/sei/api/") + "_standin/org", timeout=10).json()
        assert len(told["teams"]) >= 100
        assert json.dumps(told["trees"][0]) == '{"tree_id": 1, "name": "Engineering", "root_ref_id": 1001}'


def test_lists_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list-faults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(KINDS)
    assert any(line.endswith("(status=503)") for line in lines)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fault", "gremlins"], "no fault is named 'gremlins'"),
        (["--dialect", "klingon"], "klingon"),
        (["--week-start", "Mon"], "Mon"),
        (["--job-seconds", "soon"], "soon"),
        (["--job-seconds", "9-2"], "9-2"),
    ],
)
def test_a_bad_option_is_refused(options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(options)
    assert told in capsys.readouterr().err


def test_a_used_port_is_one_sentence() -> None:
    with started() as (_, url):
        port = url.split(":")[2].split("/")[0]
        second = subprocess.run(
            [sys.executable, "-m", "standin", "--port", port], check=False, cwd=ROOT, capture_output=True, text=True
        )
        assert second.returncode == 1
        assert second.stderr == f"standin: cannot listen on 127.0.0.1 port {port}: Address already in use\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is no observed file: its `format` must be 'sei-observed/1'"),
        ("{}", "is no observed file: its `format` must be 'sei-observed/1'"),
        ("[]", "is no observed file"),
        ('{"format": "sei-observed/1"}', "is a damaged observed file (KeyError); make it again with `--probe`."),
        (
            '{"format": "sei-observed/1", "auth": {"header": "", "scheme": "", "is_only": 0}, "groups": {"cfr": " "}}',
            "is a damaged observed file (ValueError)",
        ),
    ],
)
def test_a_bad_observed_file_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, sentence: str
) -> None:
    path = tmp_path / "observed.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--observed", str(path)])
    assert sentence in capsys.readouterr().err.splitlines()[-1]


def test_a_missing_observed_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--observed", "/nowhere/observed.json"])
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_behaves_as_observed() -> None:
    with started("--observed", str(ROOT / "tests" / "observed" / "standin-base-path.json")) as (_, url):
        assert url.endswith("/gateway/sei/api/")
    with started("--deviation", "x-api-key") as (_, url):
        key = {"x-api-key": "standin-key", "Content-Type": "application/json"}
        answers = [
            requests.get(f"{url}v2/teams/list", headers=headers, params=IDENTIFIERS, timeout=10)
            for headers in (HEADERS, key)
        ]
        assert [answer.status_code for answer in answers] == [401, 200]
