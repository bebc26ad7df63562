"""The probe recognises each deviation, a sync with its dialect is right, and its report replays the deviation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from standin.deviations import DEVIATIONS, deviation, read_observed
from standin.faults import Fault
from standin.variant import Variant
from tap_sei_efficiency.errors import RunFailedError, SettingsError, UnreachableError
from tap_sei_efficiency.probe.probe import announcement
from tap_sei_efficiency.probe.wire import MOST_REQUESTS
from tap_sei_efficiency.tap import TapSeiEfficiency
from tests.probe.conftest import assert_true, config_for, probed, serving
from tests.sync.run import run

OBSERVED = sorted((Path(__file__).parents[1] / "observed").glob("*.json"))

NEEDED: dict[str, dict[str, Any]] = {
    "x-api-key": {"auth": {"header": "x-api-key", "scheme": ""}},
    "bearer": {"auth": {"header": "authorization", "scheme": "Bearer"}},
    "base-path": {"base_path": "/gateway/sei/api/"},
    "group-word": {"groups": {"lttc": ["lead_time"], "work_items": ["workItems"]}},
    "granularity-word": {"granularities": {"WEEKLY": "week", "MONTHLY": "month"}},
    "aggregation-word": {"aggregations": {"mean": "MEAN", "median": "MEDIAN"}},
    "other-envelope": {"envelope": "payload"},
    "job-fields": {"job_fields": {"exportId": ["jobId"], "downloadUrl": ["fileHref"]}},
    "status-words": {"statuses": {"COMPLETED": ["DONE"], "PROCESSING": ["RUNNING"]}},
    "columns": {
        "columns": {
            "Avg Lead Time (d)": "lttc",
            "Time Spent Coding": "coding",
            "Deploys To Production": "deployment_frequency",
        }
    },
    "key-columns": {
        "key_columns": {
            "Team": ["Squad"],
            "Team_Hierarchy": ["Squad Chain"],
            "Start_Date": ["From Day"],
            "End_Date": ["To Day"],
        }
    },
    "null-words": {"null_words": ["k. A."]},
    "decimal-comma": {"decimal_mark": ","},
    "week-start": {"week_start": "sunday"},
}
"""The dialect that a sync needs, by deviation."""
HELPFUL: dict[str, dict[str, Any]] = {
    "df": {"groups": {"deployment_frequency": ["df"]}},
    "no-combination": {"combine_groups": False},
}
"""Dialect that only saves requests."""
TOLD = {
    "no-reuse": r"identical request +the same job +a new job",
    "envelope": r"envelope +none +field `data` +the tap copes",
    "created": r"create +HTTP 202 +HTTP 201 .*the tap copes",
    "no-legacy": r"legacy report .*HTTP 404 .*`legacy_team_ref_ids` does not work",
    "no-trees": r"org trees .*HTTP 404 +without it",
    "bare": r"  LTTC +- +known as lttc",
    "labels": r"  labels +Jan 2026 +Oct 2026, Nov 2026",
    "flat": r"file by month +columns +23 columns",
    "dashes": r"\"no data\" +an empty cell +'—' +the tap copes",
    "plain": r"download +gzip +HTTP 200 text/csv, not packed +the tap copes",
    "content-encoding": r"download +gzip .*Content-Encoding gzip +the tap copes",
    "redirect": r"download +gzip .*redirects to another",
    "documented": r"A sync with these settings works\.",
}
"""Lines of the table about deviations that the tap handles by itself."""


def test_each_deviation_has_its_expectation() -> None:
    assert DEVIATIONS.keys() == NEEDED.keys() | HELPFUL.keys() | TOLD.keys()


@pytest.mark.parametrize("name", sorted(DEVIATIONS))
def test_a_deviation_is_recognised_corrected_and_replayed(name: str, tmp_path: Path) -> None:
    granularity = "WEEKLY" if name == "week-start" else "MONTHLY"
    with serving(deviation(name)) as (sei, clock):
        first = probed(sei, clock)
        assert len(sei.requests) <= MOST_REQUESTS
        assert first.seconds <= 120
        assert_expected(name, first)
        assert_true(sei, clock, granularity, first.dialect)
        again = probed(sei, clock, dialect=dict(first.dialect))
        assert again.works
    file = tmp_path / "observed.json"
    file.write_text(json.dumps(first.report), encoding="utf-8")
    with serving(read_observed(file)) as (sei, clock):
        replayed = probed(sei, clock)
        assert replayed.behaviour == first.behaviour
        assert replayed.works is first.works
        assert_true(sei, clock, granularity, replayed.dialect)


def assert_expected(name: str, found: Any) -> None:
    """The table and the dialect describe the deviation."""
    wanted = NEEDED.get(name) or HELPFUL.get(name) or {}
    statuses = found.dialect.get("statuses", {})
    if name == "status-words" and "PROCESSING" not in statuses:  # seen only if a poll came while the job ran
        wanted = {"statuses": {"COMPLETED": ["DONE"]}}
    assert found.dialect == wanted
    assert found.works is (name not in NEEDED)
    assert re.search(TOLD.get(name, f"set `{next(iter(wanted), '')}` in `dialect`"), found.table)


@pytest.mark.parametrize("name", ["columns", "x-api-key", "group-word", "null-words", "week-start"])
def test_without_the_printed_dialect_a_sync_is_wrong(name: str) -> None:
    granularity = "WEEKLY" if name == "week-start" else "MONTHLY"
    with serving(deviation(name)) as (sei, clock), pytest.raises(AssertionError):
        assert_true(sei, clock, granularity, {})


@pytest.mark.parametrize("path", OBSERVED, ids=lambda path: path.stem)
def test_an_observed_server_is_synced_with_the_printed_dialect(path: Path) -> None:
    """Each file is a server that somebody has probed."""
    with serving(read_observed(path)) as (sei, clock):
        found = probed(sei, clock)
        report = json.loads(path.read_text(encoding="utf-8"))
        assert found.behaviour == {name: report[name] for name in found.behaviour}
        granularity = "WEEKLY" if "week_start" in found.dialect else "MONTHLY"
        assert_true(sei, clock, granularity, found.dialect)


def test_there_are_observed_servers() -> None:
    assert len(OBSERVED) >= 5


def test_the_probe_first_says_what_it_asks() -> None:
    text = announcement()
    assert f"at most {MOST_REQUESTS} requests" in text
    assert "legacy report" in text


def test_a_probe_without_a_scope_is_refused_before_any_request() -> None:
    with serving({}) as (sei, clock):
        with pytest.raises(SettingsError, match=r"`--probe` needs a scope to export\. Set `team_ids`"):
            probed(sei, clock, team_ids=[], legacy_team_ref_ids=[1001])
        assert not sei.requests


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("not_json"), "none of `base_paths` answers as SEI does"),
        (Fault("page", status=404), "none of `base_paths` answers as SEI does"),
        (Fault("unauthorized"), "check `api_key`, its role, and both identifiers"),
        (Fault("forbidden"), "check `api_key`, its role, and both identifiers"),
        (Fault("server_error", status=503), "none of `base_paths` answers as SEI does"),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_a_server_that_refuses_the_key_is_reported_in_one_line(fault: Fault, words: str) -> None:
    with serving({"faults": (fault,)}) as (sei, clock):
        found = probed(sei, clock)
        assert not found.works
        assert words in found.table
        assert len(sei.requests) <= 14
        assert not sei.jobs.all


def test_a_server_that_does_not_answer_is_an_error() -> None:
    with (
        serving({"faults": (Fault("connection_closed"),)}) as (sei, clock),
        pytest.raises(UnreachableError, match="Could not reach SEI at "),
    ):
        probed(sei, clock)


@pytest.mark.parametrize("fault", ["job_failed", "job_stuck", "no_rows", "cut_body", "zero_bytes", "html_page"])
def test_the_probe_always_ends_within_its_limits(fault: str) -> None:
    with serving({"faults": (Fault(fault),)}) as (sei, clock):
        found = probed(sei, clock)
        assert len(sei.requests) <= MOST_REQUESTS
        assert found.seconds <= 150
        assert found.works is (fault == "no_rows")


def test_the_probe_survives_a_few_limits_and_errors() -> None:
    with serving({"faults": (Fault("rate_limit", times=1), Fault("server_error", times=1, after=4))}) as (sei, clock):
        assert probed(sei, clock).works


def test_words_of_groups_are_tried_one_by_one_if_no_message_lists_them() -> None:
    faults = (Fault("bad_request", match='"deployment_frequency"'), Fault("df_too"))
    with serving({"faults": faults}) as (sei, clock):
        found = probed(sei, clock)
        assert found.dialect == {"groups": {"deployment_frequency": ["df"]}}
        assert len(sei.requests) <= MOST_REQUESTS


def test_the_command_writes_the_report_and_fails_if_a_sync_would(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(deviation("decimal-comma")) as (sei, clock):
        arguments: dict[str, Any] = {"clock": clock, "today": clock.now().date()}
        with pytest.raises(RunFailedError, match="SEI differs from the settings"):
            TapSeiEfficiency(config=config_for(sei), **arguments).print_probe()
        TapSeiEfficiency(config=config_for(sei, dialect={"decimal_mark": ","}), **arguments).print_probe()
    printed = capsys.readouterr().out
    assert "standin-key" not in printed
    assert json.loads((tmp_path / "sei-observed.json").read_text(encoding="utf-8"))["file"]["decimal_mark"] == ","


def test_a_report_that_cannot_be_written_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving({}) as (sei, clock):
        tap = TapSeiEfficiency(config=config_for(sei), clock=clock, today=clock.now().date())
        with pytest.raises(SettingsError, match=r"Could not write the report .*: "):
            tap.print_probe(tmp_path / "none" / "x.json")
    assert capsys.readouterr().out


def test_a_401_names_the_probe() -> None:
    with serving(deviation("x-api-key")) as (sei, clock):
        output = run(sei, clock, **config_for(sei))
        assert "in the header authorization; `--probe` finds out" in output.lines[0]
        assert len(sei.requests) == 1


@pytest.mark.parametrize(
    ("words", "works", "requests"),
    [(("sprint", "sprints"), True, 1), (("sprints", "sprint"), True, 2), (("other", "other"), False, 2)],
)
def test_sprint_metrics_are_looked_for_if_they_are_set(words: tuple[str, str], works: bool, requests: int) -> None:
    """A request that no server takes shows where their exports are created; no job comes of it."""
    with serving({"variant": Variant(sprint_words=(*words, words[1]))}) as (sei, clock):
        without = probed(sei, clock)
        assert "sprint metrics" not in without.table
        before = len(sei.requests)
        found = probed(sei, clock, sprint_metrics=["sprint"])
        asked = [seen for seen in sei.requests[before:] if "sprint" in seen.path]
        assert (found.works, len(asked)) == (works, requests)
        assert not any(job.is_of_sprints for job in sei.jobs.all)
    assert re.search(r"sprint metrics +HTTP 400 +HTTP 40[045]", found.table)
