"""The command line as a user sees it: output and exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from standin.faults import Fault
from standin.server import Standin
from tap_sei_efficiency.config_input import read_catalog, read_file, read_state
from tap_sei_efficiency.errors import SettingsError
from tests import warm
from tests.sync.run import Output, config, team

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tap = Callable[..., subprocess.CompletedProcess[str]]

SECRET = "s3cret-standin-key"  # noqa: S105 - what must never be printed


@pytest.fixture(scope="module")
def sei() -> Iterator[Standin]:
    """A stand-in on the real clock, whose jobs are done at once."""
    with Standin(job_seconds=0.0, api_key=SECRET) as server:
        yield server


@pytest.fixture
def tap(tmp_path: Path) -> Tap:
    """Runs the tap with a config in a separate process."""

    def start(config: dict[str, Any] | None, *arguments: str, **files: Any) -> subprocess.CompletedProcess[str]:
        command: list[str] = [sys.executable, "-m", "tap_sei_efficiency", *arguments]
        for name, content in {"config": config, **files}.items():
            if content is not None:
                path = tmp_path / f"{name}.json"
                path.write_text(content if isinstance(content, str) else json.dumps(content))
                command += [f"--{name}", str(path)]
        return warm.run(command, warm.TAP)

    return start


def complete(sei: Standin, **changes: Any) -> dict[str, Any]:
    return config(sei, **{"api_key": SECRET, "poll_interval_seconds": 0.05, "start_date": "2026-09-01", **changes})


def read(result: subprocess.CompletedProcess[str]) -> Output:
    return Output([json.loads(line) for line in result.stdout.splitlines()])


def complaints(result: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if "| ERROR" in line]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"team_ids": []}, "Nothing to export. Set `team_ids`"),
        ({"colour": "red"}, "Unknown setting `colour`"),
        ({"project_identifier": ""}, "Setting `project_identifier` is required and not set."),
        ({"granularity": "DAILY"}, "Setting `granularity` cannot be used: it must be one of"),
        (
            {"start_date": "2026-09-02", "end_date": "2026-09-01"},
            "is 2026-09-02, which is after `end_date` 2026-09-01.",
        ),
        ({"legacy_team_ref_ids": ["seven"]}, "Setting `legacy_team_ref_ids` cannot be used"),
        ({"metrics": ["LTTC; DROP"]}, "Setting `metrics` contains 'LTTC; DROP'"),
    ],
)
def test_a_bad_setting_is_refused_before_any_request(
    sei: Standin, tap: Tap, changes: dict[str, Any], sentence: str
) -> None:
    asked = len(sei.requests)
    result = tap(complete(sei, **changes))
    (complaint,) = complaints(result)
    assert sentence in complaint
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert SECRET not in result.stderr + result.stdout
    assert len(sei.requests) == asked


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"api_key": "wr0ng-s3cret"}, "SEI refused the API key (HTTP 401"),
        ({"team_ids": ["team_nobody"]}, "team:team_nobody"),
    ],
)
def test_errors_of_sei_are_one_line_at_the_end(sei: Standin, tap: Tap, changes: dict[str, Any], sentence: str) -> None:
    result = tap(complete(sei, **changes))
    assert sentence in complaints(result)[-1]
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "s3cret" not in result.stderr + result.stdout


NO_FILES = [
    ({"state": "{"}, "state.json is not JSON: Expecting property name"),
    ({"state": ""}, "state.json is empty."),
    ({"state": '{"bookmarks": []}'}, "state.json is damaged at bookmarks."),
    (
        {"state": '{"bookmarks": {"lttc": {"partitions": [{}]}}}'},
        "state.json is damaged at bookmarks.lttc.partitions.0.",
    ),
    ({"state": '{"exports_in_flight": 5}'}, "state.json is damaged at exports_in_flight."),
    ({"state": '{"singer_state": {"bookmarks": 7}}'}, "state.json is damaged at bookmarks."),
    ({"catalog": "[]"}, "catalog.json does not contain a JSON object."),
    ({"catalog": "{}"}, "catalog.json is damaged. Create it again with --discover."),
    ({"catalog": '{"streams": [{"metadata": 5}]}'}, "catalog.json is damaged."),
    ({"catalog": '{"streams": 5}'}, "catalog.json is damaged."),
    ({"catalog": '{"streams": [{"tap_stream_id": "lttc", "stream": "x"}]}'}, "catalog.json calls the stream lttc x."),
]


@pytest.mark.parametrize(("files", "sentence"), NO_FILES)
def test_a_bad_file_is_named(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    (name, content), *_ = files.items()
    path = tmp_path / f"{name}.json"
    path.write_text(content)
    with path.open() as file, pytest.raises(SettingsError) as refused:
        (read_state if name == "state" else read_catalog)(file)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"", "is empty."),
        (b"[]", "does not contain a JSON object."),
        (b'{"api_key": "s3cret", }', "is not JSON: Expecting property name enclosed in double quotes"),
        (b'{"api_key": "\xff"}', "is not JSON: 'utf-8' codec can't decode byte 0xff"),
        (b'{"a": 1, "a": 2}', "has two values for the field 'a'."),
    ],
)
def test_a_bad_config_is_named(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        read_file(str(path))
    assert f"File {path} {sentence}" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    with pytest.raises(SettingsError, match="Is a directory"):
        read_file(str(tmp_path))


def test_a_config_with_a_byte_order_mark_is_read_and_a_bad_one_ends_without_a_traceback(
    sei: Standin, tap: Tap, tmp_path: Path
) -> None:
    (tmp_path / "marked.json").write_text(json.dumps(complete(sei)), encoding="utf-8-sig")
    assert tap(None, "--plan", f"--config={tmp_path}/marked.json").returncode == 0
    result = tap(complete(sei), "--config=/nowhere.json")
    assert complaints(result) == ["File /nowhere.json cannot be read: No such file or directory."]
    assert "Traceback" not in result.stderr
    assert result.returncode == 1


def test_settings_come_from_the_environment_as_text(sei: Standin, monkeypatch: pytest.MonkeyPatch, tap: Tap) -> None:
    texts = {
        **{name: str(value) for name, value in complete(sei).items()},
        "team_ids": f" {team(sei, 'Engineering/Payments/Checkout').team_id}, team_b\r\n",
        "org_tree_names": "",
        "lookback_periods": " ",
        "include_open_period": "",
        "share_exports": "false",
        "window_periods": "6\n",
        "poll_interval_seconds": "0.05",
        "metrics": '["LTTC_Mean_Days"]',
        "flattening_enabled": "",
    }
    for name, value in texts.items():
        monkeypatch.setenv(f"TAP_SEI_EFFICIENCY_{name.upper()}", value)
    result = tap(None, "--config=ENV", "--plan")
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[-1].startswith("16 exports of 2 scopes and 0 team reports")
    assert any("LTTC_Mean_Days" in line and "team_b" in line for line in lines)


def test_each_mistake_is_a_line_at_the_end(sei: Standin, tap: Tap) -> None:
    teams = [team(sei, f"Engineering/Payments/{name}").team_id for name in ("Checkout", "Ledger")]
    sei.faults.add(Fault("bad_request", endpoint="create", match=teams[0], message="Too many rows"))
    try:
        result = tap(complete(sei, team_ids=[*teams, "team_nobody"], org_tree_names=[]))
    finally:
        sei.faults.clear()
    refused, unknown = complaints(result)
    assert refused.startswith(f"team:{teams[0]}: SEI refused the request to create an export (HTTP 400: Too many rows")
    assert unknown.startswith("team:team_nobody: SEI refused the request to create an export (HTTP 404: ")
    assert unknown.endswith("Check `team_ids`: it contains IDs, not names; `--scopes` lists what SEI knows.")
    assert result.returncode == 1
    assert {record["team"] for record in read(result).records("lttc")} == {"Ledger"}


def test_for_an_unknown_team_similar_teams_of_the_org_trees_are_suggested(sei: Standin, tap: Tap) -> None:
    result = tap(complete(sei, team_ids=["checkout"], org_tree_ids=[sei.org.trees[0].tree_id]))
    (line,) = complaints(result)
    assert f"Did you mean {team(sei, 'Engineering/Payments/Checkout').team_id} (Checkout)?" in line


def test_discovery_needs_no_config(tap: Tap) -> None:
    result = tap(None, "--discover")
    catalog = json.loads(result.stdout)
    assert {entry["tap_stream_id"] for entry in catalog["streams"]} == {
        *("lttc", "work_items", "deployment_frequency", "cfr", "mttr", "rating", "summary", "exports")
    }
    assert result.returncode == 0


@pytest.mark.parametrize(("form", "start"), [("json", "{"), ("markdown", "#")])
def test_about_lists_every_setting(tap: Tap, form: str, start: str) -> None:
    result = tap(None, "--about", f"--format={form}")
    assert result.stdout.startswith(start)
    assert all(
        name in result.stdout for name in ("api_key", "max_concurrent_exports", "stream_maps", "flattening_enabled")
    )


def test_a_test_run_exports_the_newest_period_of_each_scope_and_prints_a_line_for_each(
    sei: Standin, tap: Tap, tmp_path: Path
) -> None:
    made = len(sei.jobs.all)
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering/Payments"))]
    tree, ref_id = sei.org.trees[0], team(sei, "Engineering/Payments/Checkout").ref_id
    result = tap(
        complete(
            sei,
            team_ids=teams,
            start_date="2024-01-01",
            end_date="2026-10-31",
            org_tree_ids=[tree.tree_id],
            legacy_team_ref_ids=[ref_id],
            batch_config={"encoding": {"format": "jsonl"}, "storage": {"root": f"file://{tmp_path}"}},
        ),
        "--test",
        state={"bookmarks": {"lttc": {}}},
    )
    assert result.returncode == 0
    assert sorted(result.stdout.splitlines()) == sorted(
        [
            *(f"team:{each} works. Newest period: 2026-10-01. Records: 7. Streams: 7." for each in teams),
            f"team_ref:{ref_id} works. Newest period: 2026-10-01. Records: 1. Streams: 1.",
            f"org tree {tree.tree_id} works. Teams: {len(sei.org.teams_of(tree))}.",
        ]
    )
    assert [line for line in result.stderr.splitlines() if "| INFO" not in line] == []
    jobs = sei.jobs.all[made:]
    assert [job.body["dateRange"]["start"] for job in jobs] == ["2026-10-01"] * len(teams)
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".json"] == []


def test_a_test_run_reports_what_works_and_what_does_not(sei: Standin, tap: Tap) -> None:
    good = team(sei, "Engineering/Payments/Checkout").team_id
    result = tap(complete(sei, team_ids=[good, "team_nobody"]), "--test")
    assert [line.split(":")[1] for line in result.stdout.splitlines()] == [f"{good} works. Newest period"]
    (line,) = complaints(result)
    assert "team:team_nobody" in line
    assert result.returncode == 1


def test_a_test_of_the_schema_sends_no_request(sei: Standin, tap: Tap) -> None:
    asked = len(sei.requests)
    result = tap(complete(sei), "--test=schema")
    assert {message["type"] for message in read(result).messages} == {"SCHEMA"}
    assert len(sei.requests) == asked


def test_a_test_run_with_a_wrong_key_fails(sei: Standin, tap: Tap) -> None:
    result = tap(complete(sei, api_key="wr0ng"), "--test")
    assert result.returncode == 1
    assert "SEI refused the API key" in complaints(result)[-1]
    assert "Traceback" not in result.stderr


def test_the_plan_is_printed_and_nothing_is_created(sei: Standin, tap: Tap) -> None:
    made = len(sei.jobs.all)
    result = tap(complete(sei, start_date="2024-01-01", end_date="2026-02-10"), "--plan")
    assert result.stdout.splitlines()[-1] == "3 exports of 1 scope and 0 team reports: 9 requests at least."
    assert "2026-01-01 to 2026-02-10" in result.stdout
    assert result.returncode == 0
    assert len(sei.jobs.all) == made


def test_the_plan_lists_legacy_reports_too(sei: Standin, tap: Tap) -> None:
    asked = sei.count("report")
    ref_id = team(sei, "Engineering/Payments/Checkout").ref_id
    result = tap(complete(sei, legacy_team_ref_ids=[ref_id], team_ids=[], end_date="2026-10-31"), "--plan")
    assert result.stdout.splitlines() == [
        "Without a state, this is the plan of a first run. Pass one with `--state FILE`.",
        f"team report of team_ref:{ref_id}, 2026-09-01 to 2026-09-30",
        f"team report of team_ref:{ref_id}, 2026-10-01 to 2026-10-31",
        "0 exports of 0 scopes and 2 team reports: 2 requests at least.",
    ]
    assert sei.count("report") == asked


def test_the_plan_uses_the_state(sei: Standin, tap: Tap) -> None:
    state = read(tap(complete(sei))).state
    result = tap(complete(sei), "--plan", state=state)
    assert result.stdout.splitlines()[0].endswith("state.json has bookmarks for 1 of 1 scopes.")
    assert result.stdout.splitlines()[-1] == "1 export of 1 scope and 0 team reports: 3 requests at least."


def test_a_state_is_taken_as_meltano_prints_or_keeps_it_and_from_its_message(tmp_path: Path) -> None:
    state: dict[str, Any] = {"bookmarks": {"lttc": {"partitions": []}}}
    path = tmp_path / "state.json"
    for kept in (
        state,
        {"singer_state": state},
        {"completed": {"singer_state": state}},
        {"type": "STATE", "value": state},
    ):
        path.write_text(json.dumps(kept))
        with path.open() as file:
            assert read_state(file) == state


def test_a_plan_that_cannot_list_its_teams_fails(sei: Standin, tap: Tap) -> None:
    result = tap(complete(sei, team_ids=["*"], org_tree_ids=[4711]), "--plan")
    assert "org tree 4711" in complaints(result)[-1]
    assert result.returncode == 1


def test_selection_leaves_streams_and_columns_out(sei: Standin, tap: Tap) -> None:
    catalog = json.loads(tap(None, "--discover").stdout)
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            wanted = entry["tap_stream_id"] == "lttc" and metadata["breadcrumb"][-1:] != ["coding"]
            metadata["metadata"]["selected"] = wanted
    output = read(tap(complete(sei), catalog=catalog))
    assert {m["stream"] for m in output.messages if m["type"] == "RECORD"} == {"lttc"}
    assert all("coding" not in record and "review" in record for record in output.records("lttc"))
    assert sei.jobs.all[-1].body["metricGroups"] == ["lttc"]


def test_stream_maps_change_the_output(sei: Standin, tap: Tap) -> None:
    maps = {
        "lttc": {"__alias__": "lead_time", "hours": "lttc * 24 if lttc is not None else None", "team_hierarchy": None}
    }
    output = read(tap(complete(sei, stream_maps=maps)))
    assert not output.records("lttc")
    for record in output.records("lead_time"):
        assert "team_hierarchy" not in record
        assert record["hours"] == (None if record["lttc"] is None else pytest.approx(record["lttc"] * 24))


def test_a_target_that_ends_early_ends_the_run_without_a_traceback(sei: Standin, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering"))]
    path.write_text(json.dumps(complete(sei, team_ids=teams, granularity="WEEKLY", start_date="2025-01-01")))
    command = [sys.executable, "-m", "tap_sei_efficiency", "--config", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr
        log = process.stderr.read()
    assert process.returncode == 1
    assert "Traceback" not in log


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [[], ["--plan"]])
def test_an_output_that_is_full_is_said_without_a_traceback(sei: Standin, tmp_path: Path, arguments: list[str]) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(complete(sei)))
    command = [sys.executable, "-m", "tap_sei_efficiency", "--config", str(path), *arguments]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=600)
    assert result.returncode == 1
    assert complaints(result) == ["The output cannot be written: No space left on device."]
    assert "Traceback" not in result.stderr


def test_a_batch_file_that_cannot_be_written_is_said_without_a_traceback(
    sei: Standin, tap: Tap, tmp_path: Path
) -> None:
    batch = {"encoding": {"format": "jsonl"}, "storage": {"root": f"file://{tmp_path / 'file' / 'below'}"}}
    (tmp_path / "file").touch()
    result = tap(complete(sei, batch_config=batch))
    assert result.returncode == 1
    (line,) = complaints(result)
    assert "Could not write a BATCH file: " in line
    assert "Traceback" not in result.stderr
