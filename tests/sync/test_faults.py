"""Each fault of the stand-in between the tap and SEI: nothing is lost, and the user gets a message."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from standin.faults import Fault
from tap_sei_efficiency.settings_table import config_schema
from tests.sync.conftest import fake_clock, stand_in
from tests.sync.run import Output, run, team

if TYPE_CHECKING:
    from standin.clock import FakeClock
    from standin.server import Standin

ENDPOINTS = ("create", "poll", "download", "report", "teams")


@pytest.fixture
def whole(sei: Standin) -> dict[str, Any]:
    """Settings with which a run uses every endpoint."""
    return everything(sei)


def everything(sei: Standin) -> dict[str, Any]:
    """The same settings for any stand-in."""
    ref_id = team(sei, "Engineering/Payments/Checkout").ref_id
    team_id = team(sei, "Engineering/Payments/Checkout").team_id
    return {
        "team_ids": [team_id],
        "legacy_team_ref_ids": [ref_id],
        "org_tree_ids": [sei.org.trees[0].tree_id],
        "start_date": "2026-10-01",
    }


def tables(output: Output) -> dict[str, Any]:
    """The warehouse table of each stream, without the columns that depend on the time."""
    moment = {"export_id", "exported_at"}
    found: dict[str, Any] = {}
    for stream in ("lttc", "work_items", "cfr", "mttr", "rating", "summary", "team_reports"):
        table = output.table(stream)
        found[stream] = {k: {n: v for n, v in r.items() if n not in moment} for k, r in table.items()}
    found["teams"] = output.records("teams")
    return found


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """The tables of a run without faults, against a separate stand-in: the figures of October are final."""
    clock = fake_clock()
    with stand_in(clock) as sei:
        output = run(sei, clock, include_open_period=False, **everything(sei))
    assert output.error is None
    return tables(output)


TRANSIENT = [
    "rate_limit:times=3",
    "rate_limit_retry_after:times=2,seconds=40",
    "server_error:times=3,status=500",
    "server_error:times=3,status=502",
    "server_error:times=3,status=503",
    "server_error:times=3,status=504",
    "connection_reset:times=3",
    "connection_closed:times=3",
    "hang:times=2,hold=0,seconds=20",
]


@pytest.mark.parametrize("words", TRANSIENT)
def test_temporary_faults_are_waited_out_at_each_endpoint(
    sei: Standin, clock: FakeClock, whole: dict[str, Any], undisturbed: dict[str, Any], words: str
) -> None:
    faults = [Fault.parse(f"{words},endpoint={endpoint}") for endpoint in ENDPOINTS]
    sei.faults.add(*faults)
    output = run(sei, clock, include_open_period=False, **whole)
    assert output.error is None
    assert {fault.endpoint: fault.struck for fault in faults} == dict.fromkeys(ENDPOINTS, faults[0].times)
    assert tables(output) == undisturbed


def test_retry_after_is_honoured(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("rate_limit_retry_after", endpoint="create", times=1, seconds=77))
    began = clock.monotonic()
    assert run(sei, clock, select=("lttc",)).error is None
    assert clock.monotonic() - began >= 77


def test_a_server_that_stays_down_takes_one_budget_and_one_line(sei: Standin, clock: FakeClock) -> None:
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering"))]
    sei.faults.add(Fault("server_error", status=503, after=1))
    began = clock.monotonic()
    output = run(sei, clock, team_ids=teams, select=("lttc",))
    (line,) = output.lines
    assert "Gave up after 600 s trying to " in line
    assert line.startswith("team:")
    assert 600 <= clock.monotonic() - began < 700


@pytest.mark.parametrize(("name", "status"), [("unauthorized", 401), ("forbidden", 403)])
def test_a_refused_key_ends_the_run_at_once(sei: Standin, clock: FakeClock, name: str, status: int) -> None:
    sei.faults.add(Fault(name))
    output = run(sei, clock)
    assert len(sei.requests) == 1
    (line,) = output.lines
    assert f"HTTP {status}" in line
    assert ("`api_key`" in line) if status == 401 else ("role" in line and "`project_identifier` dora" in line)


def test_a_wrong_key_is_refused_and_not_shown(sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        output = run(sei, clock, api_key="wr0ng-s3cret")
    assert "SEI refused the API key (HTTP 401" in output.lines[0]
    assert "wr0ng" not in json.dumps(output.messages) + caplog.text + str(output.error)


def test_a_missing_team_is_reported_with_the_servers_message(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, team_ids=["team_nobody"])
    (line,) = output.lines
    assert "team:team_nobody" in line
    assert "HTTP 404" in line
    assert "correlation id" in line


def test_a_refusal_stops_that_export_and_no_other(sei: Standin, clock: FakeClock) -> None:
    checkout, ledger = (team(sei, f"Engineering/Payments/{name}") for name in ("Checkout", "Ledger"))
    sei.faults.add(Fault("bad_request", endpoint="create", match=checkout.team_id, message="Too many rows"))
    output = run(sei, clock, team_ids=[checkout.team_id, ledger.team_id], select=("lttc",))
    assert {record["team"] for record in output.records("lttc")} == {"Ledger"}
    assert "Too many rows" in output.lines[0]
    assert len(output.lines) == 1


def test_a_server_that_says_df_is_understood(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("only_df"))
    output = run(sei, clock, start_date="2025-01-01", share_exports=False)
    assert output.error is None
    assert output.records("deployment_frequency")
    refused = [job for job in sei.requests if job.endpoint == "create"]
    assert len(refused) == len(sei.jobs.all) + 1  # tried once per run


def test_a_server_that_says_df_too_is_asked_once(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("df_too"))
    output = run(sei, clock)
    assert output.error is None
    assert output.records("deployment_frequency")
    assert len([job for job in sei.requests if job.endpoint == "create"]) == len(sei.jobs.all)


def test_a_page_instead_of_the_first_answer_means_another_server(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("not_json"))
    output = run(sei, clock)
    (line,) = output.lines
    assert line == (
        f"Could not reach SEI at {sei.base_url}: the answer is not JSON but an HTML page, "
        "'Sign in to continue'. Check `api_url` and your network."
    )
    assert len(sei.requests) == 1


@pytest.mark.parametrize("endpoint", ["create", "poll"])
def test_a_page_between_other_answers_is_waited_out(sei: Standin, clock: FakeClock, endpoint: str) -> None:
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering/Payments"))]
    fault = Fault("not_json", endpoint=endpoint, after=1, times=2)
    sei.faults.add(fault)
    output = run(sei, clock, team_ids=teams)
    assert fault.struck == 2
    assert output.error is None
    assert output.records("lttc")


def test_pages_that_do_not_end_leave_the_job_for_the_next_run(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("not_json", endpoint="poll"))
    output = run(sei, clock)
    (line,) = output.lines
    assert "Gave up after 600 s trying to get the status of export" in line
    assert "the answer is not JSON" in line
    sei.faults.remove("not_json")
    assert run(sei, clock, state=output.state).error is None
    assert len(sei.jobs.all) == 1


def test_groups_that_are_refused_together_are_requested_one_by_one(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("refuse_combination"))
    output = run(sei, clock, start_date="2025-01-01")
    assert output.error is None
    assert len(sei.jobs.all) == 2 * 7
    assert output.records("mttr")


def test_groups_that_are_refused_together_on_a_server_that_says_df(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("refuse_combination"), Fault("only_df"))
    output = run(sei, clock)
    assert output.error is None
    assert output.records("deployment_frequency")


def test_a_group_that_a_shared_file_lacks_gets_a_separate_file(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("missing_group_columns", group="mttr"))
    output = run(sei, clock, start_date="2025-01-01")
    assert output.error is None
    assert [record["mttr"] for record in output.records("mttr") if record["mttr"] is not None]
    assert len(sei.jobs.all) == 2 + 2


BODIES = ["plain", "gzip_content_encoding", "gzip_both", "gzip_members", "absolute_download_url"]
BODIES += ["sibling_download_shape", "lowercase_status", "created_by"]


@pytest.mark.parametrize("name", BODIES)
def test_every_documented_or_likely_form_of_an_answer_is_read(
    sei: Standin, clock: FakeClock, whole: dict[str, Any], undisturbed: dict[str, Any], name: str
) -> None:
    sei.faults.add(Fault(name))
    assert tables(run(sei, clock, include_open_period=False, **whole)) == undisturbed


BROKEN = [
    "cut_body:times=2",
    "cut_body:times=2,content_length=cut",
    "cut_body:times=2,content_length=missing",
    "reset_body:times=2",
    "zero_bytes:times=2",
    "html_page:times=2",
    "json_error_200:times=2",
    "trickle:times=2,bytes=16,seconds=3",
]


# A report is plain text: without a length, nothing shows that it was cut. An empty one is "no data".
TELLING = [words for words in BROKEN if not words.startswith("zero_bytes") and "content_length" not in words]


@pytest.mark.parametrize("words", BROKEN)
def test_a_broken_download_is_repeated_and_nothing_of_it_is_emitted(
    sei: Standin, clock: FakeClock, whole: dict[str, Any], undisturbed: dict[str, Any], words: str
) -> None:
    endpoints = ("download", "report") if words in TELLING else ("download",)
    faults = [Fault.parse(f"{words},endpoint={endpoint}") for endpoint in endpoints]
    sei.faults.add(*faults)
    output = run(sei, clock, include_open_period=False, **whole)
    assert output.error is None
    assert [fault.struck for fault in faults] == [fault.times for fault in faults]
    assert tables(output) == undisturbed
    assert len(output.records("lttc")) == len(output.table("lttc"))


@pytest.mark.parametrize("name", ["cut_body", "zero_bytes", "html_page", "json_error_200"])
def test_a_download_that_stays_broken_is_an_error_that_names_the_export(
    sei: Standin, clock: FakeClock, name: str
) -> None:
    sei.faults.add(Fault(name, endpoint="download"))
    output = run(sei, clock, select=("lttc",))
    assert not output.records("lttc")
    (line,) = output.lines
    assert sei.jobs.all[0].export_id in line


def test_a_bomb_is_refused(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("gzip_bomb", megabytes=8))
    output = run(sei, clock, select=("lttc",), max_export_megabytes=2)
    assert "`max_export_megabytes`" in output.lines[0]


def test_a_redirect_to_storage_never_sees_the_key(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    sei.faults.add(Fault("redirect_download"))
    with caplog.at_level(logging.DEBUG):
        output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert output.records("lttc")
    assert sei.storage_requests
    for seen in sei.storage_requests:
        assert not {name.lower() for name in seen.headers} & {"authorization", "x-api-key", "cookie"}
        assert "projectIdentifier" not in seen.query
        assert seen.query["X-Amz-Signature"] not in caplog.text


@pytest.mark.parametrize("name", ["redirect_download", "signed_download_url"])
def test_the_tap_asks_for_another_link_if_one_has_expired(
    sei: Standin, clock: FakeClock, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    sei.faults.add(Fault(name, expired=1))
    output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert len(output.records("lttc")) == 6
    storage = sei.storage_requests[0].headers["host"]
    assert f"http://{storage} answered HTTP 403 instead of the file. The tap downloads it again." in caplog.text


@pytest.mark.parametrize("name", ["redirect_download", "signed_download_url"])
def test_links_that_have_all_expired_cost_one_export(sei: Standin, clock: FakeClock, name: str) -> None:
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering/Payments"))][:2]
    sei.faults.add(Fault(name, expired=99, match=teams[0]))
    output = run(sei, clock, team_ids=teams, select=("lttc",))
    (line,) = output.lines
    assert line.startswith(f"team:{teams[0]}: Could not download export ")
    assert line.endswith(" answered HTTP 403 instead of the file.")
    assert len(output.records("lttc")) == 6
    assert clock.monotonic() < 60


def test_every_request_carries_both_identifiers_and_the_base_path(
    sei: Standin, clock: FakeClock, whole: dict[str, Any]
) -> None:
    run(sei, clock, **whole)
    assert {seen.endpoint for seen in sei.requests} >= set(ENDPOINTS)
    for seen in sei.requests:
        assert (seen.query["projectIdentifier"], seen.query["orgIdentifier"]) == ("dora", "acme")


def test_the_creator_of_an_export_is_in_no_output(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    sei.faults.add(Fault("created_by"))
    with caplog.at_level(logging.DEBUG):
        output = run(sei, clock)
    assert "createdBy" not in caplog.text + json.dumps(output.messages)


JOBS = [
    ("job_failed:times=2,reusable=0", 3),
    ("job_cancelled:times=1,reusable=0", 2),
    ("unknown_status", 1),
    ("vanish_on_poll:times=1", 2),
    ("vanish_on_download:times=1", 2),
]


@pytest.mark.parametrize(("words", "jobs"), JOBS)
def test_a_failed_job_is_created_again(sei: Standin, clock: FakeClock, words: str, jobs: int) -> None:
    sei.faults.add(Fault.parse(words))
    output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert len(output.records("lttc")) == 6
    assert len(sei.jobs.all) == jobs


def test_a_stuck_job_is_given_up_after_its_timeout(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("job_stuck", times=1))
    output = run(sei, clock, select=("lttc",), export_timeout_seconds=2000)
    assert output.error is None
    assert len(sei.jobs.all) == 2
    assert clock.monotonic() < 2100


def test_a_long_job_is_polled_less_and_less_often(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("job_slow", seconds=1200))
    output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert output.records("lttc")
    assert len(sei.jobs.all) == 1
    assert sei.jobs.all[0].polls <= 8 + 1200 / 30


def test_a_window_too_large_for_sei_is_halved_until_it_fits(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("fails_above_periods", periods=2))
    output = run(sei, clock, start_date="2026-01-01", select=("lttc",))
    assert output.error is None
    assert sorted(record["period_start"][5:7] for record in output.records("lttc")) == [f"{m:02}" for m in range(1, 12)]
    assert max(len(set(job.body["dateRange"].values())) for job in sei.jobs.all) == 2


def test_a_period_that_always_fails_is_an_error_and_the_bookmark_stays_before_it(
    sei: Standin, clock: FakeClock
) -> None:
    sei.faults.add(Fault("job_failed_forever", match='"2026-09-01"'), Fault("fails_above_periods", periods=1))
    output = run(sei, clock, select=("lttc",))
    (line,) = output.lines
    assert "2026-09-01 to 2026-09-30" in line
    assert "`export_timeout_seconds`" in line
    (partition,) = output.state["bookmarks"]["lttc"]["partitions"]
    assert partition["replication_key_value"] == "2026-08-01"
    sei.faults.clear()
    clock.sleep(3600)
    again = run(sei, clock, state=output.state, select=("lttc",))
    assert {r["period_start"] for r in output.records("lttc") + again.records("lttc")} == {
        f"2026-{month:02}-01" for month in range(6, 12)
    }


def test_a_file_without_rows_is_a_result_and_a_run_without_rows_is_said(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    fault = Fault("no_rows", times=1)
    sei.faults.add(fault)
    both = [team(sei, f"Engineering/Payments/{name}").team_id for name in ("Checkout", "Ledger")]
    assert run(sei, clock, team_ids=both, select=("lttc",)).records("lttc")
    assert fault.struck == 1
    assert "SEI has no row for any scope" not in caplog.text
    clock.sleep(3600)
    sei.faults.add(Fault("no_rows"))
    output = run(sei, clock)
    assert output.error is None
    assert not output.records("lttc")
    assert "SEI has no row for any scope of this run. Check that the teams have data in SEI" in caplog.text


def test_a_file_that_one_replica_does_not_have_yet_is_asked_for_again(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("page", endpoint="download", status=404, times=2))
    output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert len(sei.jobs.all) == 1


def test_one_failing_stream_does_not_affect_the_others(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("job_failed_forever", match='"cfr"'))
    output = run(sei, clock, share_exports=False, start_date="2026-11-01")
    assert [line.partition(" of ")[0] for line in output.lines] == ["cfr"]
    assert all(output.records(stream) for stream in ("lttc", "mttr", "work_items", "summary"))
    assert not output.records("cfr")
    assert "cfr" not in output.state["bookmarks"] or not any(
        "replication_key_value" in partition for partition in output.state["bookmarks"]["cfr"]["partitions"]
    )


def test_no_minute_has_more_requests_than_the_key_allows(sei: Standin, clock: FakeClock) -> None:
    default = config_schema()["properties"]["requests_per_minute"]["default"]
    assert default == 380  # of the 400 that a key has; here a fifth of both
    sei.faults.add(Fault("limit_per_minute", requests=80))
    settings: dict[str, Any] = {"start_date": "2025-10-01", "window_periods": 1, "share_exports": False}
    settings |= {"max_concurrent_exports": 50, "poll_interval_seconds": 0.01, "requests_per_minute": default // 5}
    output = run(sei, clock, select=("lttc", "cfr"), **settings)
    assert output.error is None
    times = [seen.at.timestamp() for seen in sei.requests]
    assert len(times) > 80
    assert max(sum(began <= other < began + 60 for other in times) for began in times) <= 76
