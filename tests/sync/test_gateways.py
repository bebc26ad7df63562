"""HTTP of gateways and frameworks, each as a fault of the stand-in: the tap reads it, or refuses it in one sentence."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from standin.faults import Fault
from standin.server import Standin
from tests.sync.run import Output, run, team

if TYPE_CHECKING:
    from standin.clock import FakeClock

ENDPOINTS = ("create", "poll", "teams")


@pytest.fixture
def whole(sei: Standin) -> dict[str, Any]:
    """Settings with which a run uses every endpoint that answers JSON."""
    checkout = team(sei, "Engineering/Payments/Checkout")
    return {
        "team_ids": [checkout.team_id],
        "org_tree_ids": [sei.org.trees[0].tree_id],
        "start_date": "2026-10-01",
        "select": ("lttc", "teams"),
    }


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The tap's warnings about requests."""
    return [r.getMessage() for r in caplog.records if r.name == "tap_sei_efficiency.api.retry"]


READABLE = [
    "content_coding",
    "content_coding:coding=x-gzip",
    "content_coding:coding=deflate",
    "content_coding:coding=bare_deflate,label=deflate",
    "content_coding:coding=identity",
    "content_coding:coding=identity,label=gzip",
    "content_coding:coding=identity,label=deflate",
    "content_coding:layers=2",
    "content_coding:label=none",
    "envelope",
    "epoch_times",
    "epoch_times:unit=ms",
    "epoch_times:unit=ms,form=text",
    "export_id_spelling",
    "odd_json:form=mark",
    "odd_json:form=nan",
    "odd_json:form=huge",
    "lower_case_headers",
    "chunked",
    "interim_answer:status=100",
]


@pytest.mark.parametrize("words", READABLE)
def test_an_answer_is_read_however_a_gateway_sends_it(
    sei: Standin, clock: FakeClock, whole: dict[str, Any], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    plain = run(sei, clock, **whole)
    clock.sleep(3600)
    sei.faults.add(*(Fault.parse(f"{words}{',' if ':' in words else ':'}endpoint={each}") for each in ENDPOINTS))
    output = run(sei, clock, **whole)
    assert output.error is None
    assert len(output.records("lttc")) == len(plain.records("lttc")) == 2
    assert len(output.records("teams")) == len(plain.records("teams"))
    assert [record["exported_at"][:13] for record in output.records("lttc")] == ["2026-11-23T11"] * 2
    assert not warnings(caplog)


def test_connections_that_a_gateway_closes_are_opened_again(
    sei: Standin, clock: FakeClock, whole: dict[str, Any]
) -> None:
    sei.faults.add(Fault("closed_after_answer"))
    output = run(sei, clock, **whole)
    assert output.error is None
    assert len(output.records("lttc")) == 2


@pytest.mark.parametrize(("form", "count"), [("plain", 1), ("gzip_body", 0)])
def test_a_file_that_may_be_cut_unseen_is_a_warning(
    sei: Standin, clock: FakeClock, form: str, count: int, caplog: pytest.LogCaptureFixture
) -> None:
    sei.faults.add(Fault(form), Fault("no_length"))
    output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert len(output.records("lttc")) == 6
    told = [line for line in warnings(caplog) if "the tap cannot tell if it is whole" in line]
    assert len(told) == count


@pytest.mark.parametrize("words", ["coding=identity,label=gzip", "layers=2", "label=none", "coding=x-gzip"])
def test_a_download_is_read_however_its_coding_is_labelled(sei: Standin, clock: FakeClock, words: str) -> None:
    sei.faults.add(Fault.parse(f"content_coding:{words},endpoint=download"), Fault("plain"))
    output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert len(output.records("lttc")) == 6


@pytest.mark.parametrize("words", ["content_coding:coding=deflate", "content_coding:coding=br"])
def test_a_download_in_a_coding_that_was_not_requested_is_reported(sei: Standin, clock: FakeClock, words: str) -> None:
    sei.faults.add(Fault.parse(f"{words},endpoint=download"))
    (line,) = run(sei, clock, select=("lttc",)).lines
    assert f"It has the content coding '{words.rpartition('=')[2]}', which the tap does not ask for." in line


def test_a_first_answer_in_a_coding_that_was_not_requested_ends_the_run(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("content_coding", coding="br"))
    (line,) = run(sei, clock).lines
    assert line.startswith(f"Could not reach SEI at {sei.base_url}: the answer has the content coding 'br'")
    assert clock.monotonic() == 0


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
@pytest.mark.parametrize("status", ["unauthorized", "bad_request"])
def test_an_error_in_a_content_coding_keeps_its_status(
    sei: Standin, clock: FakeClock, status: str, coding: str
) -> None:
    sei.faults.add(Fault(status), Fault("content_coding", coding=coding))
    (line,) = run(sei, clock, select=("lttc",)).lines
    told = {"unauthorized": "HTTP 401: Invalid API key", "bad_request": "HTTP 400: Invalid request"}[status]
    assert (told if coding != "br" else told.partition(":")[0]) in line
    assert clock.monotonic() == 0


@pytest.mark.parametrize("form", ["surrogate", "zero"])
def test_text_that_no_loader_can_store_is_replaced(
    sei: Standin, clock: FakeClock, whole: dict[str, Any], form: str
) -> None:
    sei.faults.add(Fault("odd_json", form=form))
    output = run(sei, clock, **whole)
    assert output.error is None
    assert all(record["name"].endswith(" \ufffd") for record in output.records("teams"))
    assert "\\ud83d" not in json.dumps(output.messages)
    assert "\\u0000" not in json.dumps(output.messages)


@pytest.mark.parametrize("form", ["surrogate", "zero"])
def test_text_of_an_error_that_no_log_can_store_is_replaced(sei: Standin, clock: FakeClock, form: str) -> None:
    sei.faults.add(Fault("bad_request"), Fault("odd_json", form=form))
    (line,) = run(sei, clock, select=("lttc",)).lines
    assert "HTTP 400: Invalid request \ufffd" in line


@pytest.mark.parametrize(
    ("form", "reason"),
    [("duplicate", "has two values for the field 'odd'"), ("deep", "is nested more than 100 levels deep")],
)
def test_ambiguous_json_is_refused(
    sei: Standin, clock: FakeClock, form: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    sei.faults.add(Fault("odd_json", form=form, endpoint="poll", times=2))
    assert run(sei, clock, select=("lttc",)).error is None
    assert [f"the answer {reason}" in line for line in warnings(caplog)] == [True, True]


RETRIED = [
    ("chunked:cut=1", "the connection broke off in the middle of the answer"),
    ("wrong_length", "the connection broke off in the middle of the answer"),
    ("wrong_length:by=-10", "the answer is not JSON"),
    ("empty_answer", "the answer is empty"),
    ("empty_answer:status=200", "the answer is empty"),
    ("interim_answer:status=103", "HTTP 103"),
    ("page:status=206", "HTTP 206, a part of the answer"),
    ("page:status=502", "HTTP 502: an HTML page, 'Access denied by the gateway'"),
    ("connection_reset", "the connection was reset"),
    ("connection_closed", "the connection was closed without an answer"),
]


@pytest.mark.parametrize(("words", "reason"), RETRIED)
def test_an_answer_that_a_gateway_damages_is_retried_and_reported(
    sei: Standin, clock: FakeClock, words: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    fault = Fault.parse(f"{words}{',' if ':' in words else ':'}endpoint=poll,times=2")
    sei.faults.add(fault)
    output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert fault.struck == 2
    first, second = warnings(caplog)
    job = sei.jobs.all[0].export_id
    assert first.startswith(f"Could not get the status of export {job}: {reason}")
    assert first.partition(" follows in ")[0].endswith("Attempt 2")
    assert second.partition(" follows in ")[0].endswith("Attempt 3")


def test_a_page_with_404_is_told_with_its_address(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("page", status=404, endpoint="create"))
    (line,) = run(sei, clock, select=("lttc",)).lines
    told = f"'Access denied by the gateway', at {sei.base_url}v2/insights/efficiency/exports)"
    assert f"(HTTP 404: an HTML page, {told}" in line


@pytest.mark.parametrize("status", [401, 413, 414, 431, 451])
def test_a_gateways_own_refusal_is_reported_with_the_title_of_its_page(
    sei: Standin, clock: FakeClock, status: int
) -> None:
    sei.faults.add(Fault("page", status=status))
    (line,) = run(sei, clock).lines
    assert f"(HTTP {status}: an HTML page, 'Access denied by the gateway')" in line
    assert len(sei.requests) == 1


ERRORS = [
    ("INVALID_REQUEST", 1, "SEI refused the request to create an export"),
    ("ACCESS_DENIED", 1, "SEI forbids the API key to create an export"),
    ("INVALID_TOKEN", 1, "SEI refused the API key"),
]


@pytest.mark.parametrize(("code", "requests", "sentence"), ERRORS)
def test_an_error_inside_an_answer_with_200_is_an_error(
    sei: Standin, clock: FakeClock, code: str, requests: int, sentence: str
) -> None:
    sei.faults.add(Fault("error_in_200", code=code, message="No such luck"))
    (line,) = run(sei, clock, select=("lttc",)).lines
    assert sentence in line
    assert "No such luck, correlation id" in line
    assert len(sei.requests) == requests


@pytest.mark.parametrize("endpoint", ["create", "poll", "teams"])
def test_a_temporary_error_inside_an_answer_with_200_is_waited_out(
    sei: Standin, clock: FakeClock, whole: dict[str, Any], endpoint: str
) -> None:
    fault = Fault("error_in_200", code="INTERNAL_SERVER_ERROR", endpoint=endpoint, times=2)
    sei.faults.add(fault)
    assert run(sei, clock, **whole).error is None
    assert fault.struck == 2


def test_an_answer_without_an_id_is_reported_with_its_fields(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("export_id_spelling", spelling="none", endpoint="create"))
    (line,) = run(sei, clock, select=("lttc",)).lines
    assert "SEI answered without an `exportId`. It has the fields createdAt, message, status." in line


def test_a_retry_after_of_zero_causes_no_burst(sei: Standin, clock: FakeClock) -> None:
    fault = Fault("rate_limit_retry_after", seconds=0, endpoint="create")
    sei.faults.add(fault)
    began = clock.monotonic()
    (line,) = run(sei, clock, select=("lttc",)).lines
    assert "Gave up after 600 s trying to create an export" in line
    assert 600 <= clock.monotonic() - began < 620
    assert fault.struck < 20


@pytest.mark.parametrize(
    ("words", "longest"),
    [
        ("seconds=-3600,form=date", 3),
        ("form=-5", 3),
        ("form=1.5", 3),
        ("form=soon", 3),
        ("seconds=20", 22),
        ("seconds=20,form=date", 22),
    ],
)
def test_the_longer_of_the_servers_wait_and_the_taps_own_counts(
    sei: Standin, clock: FakeClock, words: str, longest: int
) -> None:
    sei.faults.add(Fault.parse(f"rate_limit_retry_after:times=1,endpoint=create,{words}"))
    assert run(sei, clock, select=("lttc",)).error is None
    first, second, *_ = sei.requests
    wait = (second.at - first.at).total_seconds()
    assert max(1, longest - 2) <= wait <= longest


def test_an_absurd_retry_after_is_limited_and_reported(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    sei.faults.add(Fault("rate_limit_retry_after", form="9" * 30, times=1, endpoint="create"))
    assert run(sei, clock, select=("lttc",), retry_budget_seconds=120).error is None
    (warning,) = warnings(caplog)
    assert "Attempt 2 follows in 120 s, because SEI asks to wait for" in warning
    assert "`retry_budget_seconds` allows no more" in warning
    assert clock.monotonic() < 150


DOWN = ["server_error", "connection_reset", "connection_closed", "hang:seconds=20,hold=0", "page:status=503"]


@pytest.mark.parametrize("words", DOWN)
def test_a_server_that_never_answers_ends_the_run_within_a_minute_and_once(
    sei: Standin, clock: FakeClock, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    sei.faults.add(Fault.parse(words))
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering"))]
    (line,) = run(sei, clock, team_ids=teams).lines
    assert line.startswith(f"Could not reach SEI at {sei.base_url}: ")
    assert line.endswith(" s). Check `api_url` and your network.")
    assert 50 <= clock.monotonic() <= 70
    assert len(warnings(caplog)) >= 2


def test_the_budget_is_a_setting(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("server_error", endpoint="poll"))
    (line,) = run(sei, clock, select=("lttc",), retry_budget_seconds=90).lines
    assert "Gave up after 90 s trying to get the status of export" in line


def test_a_redirect_to_another_server_is_not_followed(sei: Standin, clock: FakeClock) -> None:
    with Standin(clock=clock) as other:
        sei.faults.add(Fault("redirect", to=f"{other.base_url}login?token=t0ken", status=307))
        (line,) = run(sei, clock).lines
        assert not other.requests
    origin = other.base_url.removesuffix("/prod1/sei/api/")
    assert line.startswith(f"Could not reach SEI at {sei.base_url}: it redirects to {origin}, which is another server.")


@pytest.mark.parametrize("endpoint", ["poll", "teams"])
def test_a_get_is_redirected_on_its_own_server(
    sei: Standin, clock: FakeClock, whole: dict[str, Any], endpoint: str
) -> None:
    fault = Fault("redirect", times=1, endpoint=endpoint)
    sei.faults.add(fault)
    assert run(sei, clock, **whole).error is None
    assert fault.struck == 1


@pytest.mark.parametrize("status", [307, 308])
def test_a_post_is_repeated_if_the_redirect_says_so(sei: Standin, clock: FakeClock, status: int) -> None:
    sei.faults.add(Fault("redirect", times=1, status=status, endpoint="create"))
    output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert output.records("lttc")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_post_does_not_become_a_get(sei: Standin, clock: FakeClock, status: int) -> None:
    sei.faults.add(Fault("redirect", status=status, to="/login?next=x", endpoint="create"))
    (line,) = run(sei, clock).lines
    origin = sei.base_url.removesuffix("/prod1/sei/api/")
    assert f"it redirects to {origin}/login, which changes a POST into a GET" in line


def test_a_circle_of_redirects_ends(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("redirect", endpoint="poll"))
    (line,) = run(sei, clock, select=("lttc",)).lines
    assert "more than 5 times" in line


@pytest.mark.parametrize("to", ["http://[", "ftp://files.example.com/x", "https:///x"])
def test_an_address_that_is_not_a_url_is_reported(sei: Standin, clock: FakeClock, to: str) -> None:
    sei.faults.add(Fault("redirect", to=to, endpoint="download"))
    (line,) = run(sei, clock, select=("lttc",)).lines
    assert "SEI gave an address that is not a URL for the request to download export" in line


def test_no_warning_contains_the_key(sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    sei.faults.add(Fault("error_in_200", code="INTERNAL_ERROR", message="key standin-key", times=2))
    with caplog.at_level(logging.DEBUG):
        output: Output = run(sei, clock, select=("lttc",))
    assert output.error is None
    assert "key ***" in caplog.text
    assert "standin-key" not in caplog.text
