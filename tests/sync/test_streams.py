"""The other streams than metric groups: teams, legacy reports, single metrics, the ledger; archive and replay."""

from __future__ import annotations

import json
import logging
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from standin.checks import REPORT_METRICS
from standin.csvfile import DIALECTS, Dialect
from standin.faults import Fault
from standin.server import Standin
from tests.sync.run import run, team

if TYPE_CHECKING:
    from standin.clock import FakeClock

REPORTED = {
    "lead_time_for_changes": "LEAD_TIME_FOR_CHANGES",
    "lead_time_for_changes_rating": "LEAD_TIME_FOR_CHANGES_RATING",
    "deployment_frequency": "DEPLOYMENT_FREQUENCY",
    "deployment_frequency_rating": "DEPLOYMENT_FREQUENCY_RATING",
    "change_failure_rate": "CHANGE_FAILURE_RATE",
    "change_failure_rate_rating": "CHANGE_FAILURE_RATE_RATING",
    "mean_time_to_restore": "MEAN_TIME_TO_RESTORE",
    "mean_time_to_restore_rating": "MEAN_TIME_TO_RESTORE_RATING",
    "overall_dora_rating": "OVERALL_DORA_RATING",
}


@pytest.mark.parametrize(
    ("granularity", "unit"), [("WEEKLY", "weekly"), ("MONTHLY", "monthly"), ("QUARTERLY", "monthly")]
)
def test_a_report_for_each_period_is_true(sei: Standin, clock: FakeClock, granularity: str, unit: str) -> None:
    payments, as_of = team(sei, "Engineering/Payments"), clock.now()
    output = run(sei, clock, legacy_team_ref_ids=[payments.ref_id], granularity=granularity, start_date="2026-07-01")
    assert output.error is None
    records = output.records("team_reports")
    assert {r["team"] for r in records} == {t.name for t in sei.org.below(payments)}
    by_name = {t.name: t for t in sei.org.below(payments)}
    for record in records:
        start, end = date.fromisoformat(record["period_start"]), date.fromisoformat(record["period_end"])
        last = min(end, as_of.date())
        true = sei.truth.report(by_name[record["team"]], start, last, unit, "mean", as_of)
        assert true
        assert {name: record[name] for name in REPORTED} == {name: true[word] for name, word in REPORTED.items()}


def test_a_second_run_reports_the_look_back_and_the_open_period(sei: Standin, clock: FakeClock) -> None:
    ref_id = team(sei, "Engineering/Payments/Checkout").ref_id
    first = run(sei, clock, legacy_team_ref_ids=[ref_id])
    second = run(sei, clock, legacy_team_ref_ids=[ref_id], state=first.state)
    assert [r["period_start"] for r in second.records("team_reports")] == ["2026-10-01", "2026-11-01"]


def test_a_team_without_data_has_no_report_and_no_error(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, legacy_team_ref_ids=[team(sei, "Engineering/Storefront/Research Lab").ref_id])
    assert output.error is None
    assert not output.records("team_reports")


def test_a_refused_report_does_not_affect_the_other_teams(sei: Standin, clock: FakeClock) -> None:
    ref_id = team(sei, "Engineering/Payments/Checkout").ref_id
    output = run(sei, clock, legacy_team_ref_ids=[999_999, ref_id])
    assert "team_reports of team_ref:999999" in output.lines[0]
    assert output.records("team_reports")


@pytest.mark.parametrize(("dialect", "is_said"), [("flat", True), ("plain", False)])
def test_one_key_in_two_scopes_is_reported_if_teams_differ_only_by_name(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, dialect: str, is_said: bool
) -> None:
    with Standin(clock=clock, job_seconds=5, dialect=DIALECTS.get(dialect, Dialect())) as sei:
        scopes = [team(sei, path).team_id for path in ("Engineering/Payments", "Engineering/Payments/Checkout")]
        run(sei, clock, team_ids=scopes, select=("lttc", "cfr"))
    warned = [text for text in caplog.messages if text.startswith("The files have no hierarchy, and team:")]
    assert len(warned) == is_said
    assert all("'Checkout'. Their rows have one key, and a loader keeps one of them" in text for text in warned)


def test_a_report_with_an_unknown_column_is_reported(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = {metric: metric.replace("_", " ").title() for metric in REPORT_METRICS}
    monkeypatch.setattr("standin.team_reports._TITLES", {**titles, "DEPLOYMENT_FREQUENCY": "Deploys"})
    output = run(sei, clock, legacy_team_ref_ids=[team(sei, "Engineering/Payments/Checkout").ref_id])
    assert all({"deploys", "deploys_rating"} <= r["additional_metrics"].keys() for r in output.records("team_reports"))
    warned = [text for text in caplog.messages if " team_reports" in text]
    assert "`additional_metrics` of team_reports: Deploys, Deploys Rating." in warned[0]
    assert warned[1:] == ["The exports of team_reports have no column for DEPLOYMENT_FREQUENCY; its values are null."]


def test_the_teams_of_a_tree_are_listed(sei: Standin, clock: FakeClock) -> None:
    tree = sei.org.trees[1]
    output = run(sei, clock, org_tree_ids=[tree.tree_id])
    assert [(r["ref_id"], r["name"]) for r in output.records("teams")] == [
        (t.ref_id, t.name) for t in sei.org.teams_of(tree)
    ]


def test_an_unknown_tree_is_an_error_and_the_others_are_listed(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, org_tree_ids=[4711, sei.org.trees[1].tree_id])
    assert "teams of org tree 4711" in output.lines[0]
    assert output.records("teams")


@pytest.mark.parametrize("shape", ["flat", "page", "nested"])
def test_a_star_means_every_leaf_team(clock: FakeClock, shape: str) -> None:
    from standin.server import Standin as Server  # noqa: PLC0415 - a server of its own, with this shape

    with Server(clock=clock, job_seconds=5, teams_shape=shape) as sei:
        tree = sei.org.trees[1]
        output = run(sei, clock, org_tree_ids=[tree.tree_id], team_ids=["*"], select=("lttc",))
        assert output.error is None
        leaves = {t.name for t in sei.org.teams_of(tree) if t.is_leaf}
        assert {r["team"] for r in output.records("lttc")} == leaves
        assert len(sei.jobs.all) == len(leaves)


def test_single_metrics_are_typed_and_requested_with_their_groups(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, metrics=["LTTC_Mean_Days", "DF_Deployment_Count"], select=("custom_metrics",))
    assert output.error is None
    (job,) = sei.jobs.all
    assert job.body["metrics"] == ["LTTC_Mean_Days", "DF_Deployment_Count"]
    assert job.body["metricGroups"] == ["lttc", "deployment_frequency"]
    plain = run(sei, clock, select=("lttc", "deployment_frequency"))
    asked = output.records("custom_metrics")
    assert [r["lttc_mean_days"] for r in asked] == [r["lttc"] for r in plain.records("lttc")]
    counts = [r["deployment_frequency"] for r in plain.records("deployment_frequency")]
    assert [r["df_deployment_count"] for r in asked] == counts


def test_the_ledger_has_a_row_for_each_export_and_stream(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, start_date="2025-01-01", select=("lttc", "cfr", "exports"))
    rows = output.records("exports")
    assert {(r["export_id"], r["stream"]) for r in rows} == {
        (job.export_id, stream) for job in sei.jobs.all for stream in ("lttc", "cfr")
    }
    assert {r["status"] for r in rows} == {"completed"}
    assert sum(r["rows"] for r in rows if r["stream"] == "lttc") == len(output.records("lttc"))
    assert all(r["bytes"] > 0 and r["polls"] >= 1 and r["teams"] == 1 and r["wait_seconds"] >= 5 for r in rows)
    assert output.messages.index(next(m for m in output.messages if m.get("stream") == "exports")) > max(
        i for i, m in enumerate(output.messages) if m.get("stream") in {"lttc", "cfr"}
    )


def test_the_ledger_has_failed_split_and_skipped_exports(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("job_failed_forever", match='"2026-06-01"'))
    output = run(sei, clock, window_periods=2, select=("lttc", "exports"), max_concurrent_exports=1)
    rows = {(r["window_start"][5:], r["window_end"][5:]): r for r in output.records("exports")}
    assert {window: row["status"] for window, row in rows.items()} == {
        ("06-01", "07-31"): "failed",
        ("06-01", "06-30"): "failed",
        ("07-01", "07-31"): "completed",
        ("08-01", "09-30"): "completed",
        ("10-01", "11-23"): "skipped",
    }
    assert rows["06-01", "06-30"]["split_from"] == rows["06-01", "07-31"]["export_id"]
    assert "query timed out" in rows["06-01", "06-30"]["message"]


def test_the_ledger_has_refused_exports_and_those_not_requested_after_them(sei: Standin, clock: FakeClock) -> None:
    checkout, ledger = (team(sei, f"Engineering/Payments/{name}").team_id for name in ("Checkout", "Ledger"))
    sei.faults.add(Fault("bad_request", endpoint="create", match=checkout))
    output = run(
        sei,
        clock,
        window_periods=3,
        team_ids=[checkout, ledger],
        select=("lttc", "exports"),
        max_concurrent_exports=1,
    )
    found = {(r["scope"], r["window_start"]): (r["status"], r["export_id"] is None) for r in output.records("exports")}
    assert found == {
        (f"team:{checkout}", "2026-06-01"): ("refused", True),
        (f"team:{checkout}", "2026-09-01"): ("skipped", True),
        (f"team:{ledger}", "2026-06-01"): ("completed", False),
        (f"team:{ledger}", "2026-09-01"): ("completed", False),
    }


def test_a_run_that_fails_without_a_row_writes_no_record(sei: Standin, clock: FakeClock) -> None:
    tree = sei.org.trees[1].tree_id
    output = run(sei, clock, team_ids=["team_nobody"], org_tree_ids=[tree])
    assert output.error
    assert not [
        message for message in output.messages if message["type"] == "RECORD"
    ]  # Meltano treats any record as success


def test_the_ledger_marks_reused_jobs(sei: Standin, clock: FakeClock) -> None:
    run(sei, clock, select=("lttc",))
    clock.sleep(60)
    rows = run(sei, clock, select=("lttc", "exports")).records("exports")
    assert [r["origin"] for r in rows] == ["reused"]


def test_an_archive_replays_the_same_records_without_asking_sei(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    ref_id = team(sei, "Engineering/Payments/Checkout").ref_id
    team_id = team(sei, "Engineering/Payments/Checkout").team_id
    archive = tmp_path / "archive"
    settings: dict[str, Any] = {"archive_path": str(archive), "legacy_team_ref_ids": [ref_id], "team_ids": [team_id]}
    first = run(sei, clock, start_date="2025-01-01", **settings)
    assert first.error is None
    asked = len(sei.requests)
    clock.sleep(30 * 24 * 3600)
    again = run(sei, clock, start_date="2025-01-01", replay=True, **settings)
    assert again.error is None
    assert len(sei.requests) == asked
    for stream in ("lttc", "cfr", "summary", "team_reports"):
        assert again.records(stream) == first.records(stream) != []


def test_an_archive_of_another_project_or_scope_is_not_replayed(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    teams = [team(sei, f"Engineering/Payments/{name}").team_id for name in ("Checkout", "Ledger")]
    run(sei, clock, select=("lttc",), archive_path=str(tmp_path), team_ids=teams)
    settings: dict[str, Any] = {"select": ("lttc", "exports"), "archive_path": str(tmp_path), "replay": True}
    began = clock.monotonic()
    one = run(sei, clock, team_ids=teams[:1], **settings)
    assert {record["team"] for record in one.records("lttc")} == {"Checkout"}
    assert {row["status"] for row in one.records("exports")} == {"completed"}
    assert clock.monotonic() == began  # no job to wait for
    assert not run(sei, clock, team_ids=teams, project_identifier="other", **settings).records("lttc")


def test_replaying_every_leaf_team_needs_no_list_of_teams(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "archive_path": str(tmp_path),
        "org_tree_ids": [sei.org.trees[1].tree_id],
        "team_ids": ["*"],
    }
    first = run(sei, clock, select=("lttc",), **settings)
    again = run(sei, clock, select=("lttc",), replay=True, **settings)
    assert again.table("lttc") == first.table("lttc") != {}


def test_a_damaged_file_of_an_archive_is_named(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    run(sei, clock, select=("lttc",), archive_path=str(tmp_path))
    (kept,) = tmp_path.glob("*.csv.gz")
    kept.write_bytes(kept.read_bytes()[:-10])
    output = run(sei, clock, select=("lttc",), archive_path=str(tmp_path), replay=True)
    assert kept.name in output.lines[0]
    assert "damaged" in output.lines[0]
    assert not output.records("lttc")


def test_an_archive_that_cannot_be_written_is_reported_before_any_request(
    sei: Standin, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    output = run(sei, clock, archive_path=str(tmp_path / "file"))
    assert "`archive_path`" in output.lines[0]
    assert not sei.requests


def test_a_missing_archive_cannot_be_replayed(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    output = run(sei, clock, archive_path=str(tmp_path / "none"), replay=True)
    assert "there is no folder" in output.lines[0]


def test_a_full_disk_leaves_no_partial_file(
    sei: Standin, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    output = run(sei, clock, select=("lttc",), archive_path=str(tmp_path))
    assert "in `archive_path`" in output.lines[0]
    assert "No space left on device" in output.lines[0]
    assert not list(tmp_path.iterdir())


def test_the_duration_of_each_job_is_logged_once_as_a_metric(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        run(sei, clock, start_date="2025-01-01")
    measured = [json.loads(m.removeprefix("METRIC: ")) for m in caplog.messages if '"job_duration"' in m]
    assert [point["tags"]["export_id"] for point in measured] == [job.export_id for job in sei.jobs.all]
    assert all(point["value"] >= 5 for point in measured)
