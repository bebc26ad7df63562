"""Faults that can occur at any request."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
import requests

from standin import FakeClock, Fault, Standin
from tests.standin.client import HEADERS, IDENTIFIERS

if TYPE_CHECKING:
    from tests.standin.client import Client


def strike(client: Client, fault: str) -> requests.Response:
    client.sei.faults.add(Fault.parse(fault))
    return client.create()


def test_429_without_a_time_to_wait(client: Client) -> None:
    answer = strike(client, "rate_limit")
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers
    assert answer.json()["code"] == "TOO_MANY_REQUESTS"


def test_429_with_seconds_to_wait(client: Client) -> None:
    answer = strike(client, "rate_limit_retry_after:seconds=7")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_429_with_a_date_to_wait_for(client: Client) -> None:
    answer = strike(client, "rate_limit_retry_after:seconds=90,form=date")
    after, now = (parsedate_to_datetime(answer.headers[name]) for name in ("Retry-After", "Date"))
    assert (after - now).total_seconds() == 90


def test_429_for_requests_above_the_limit_of_a_minute(client: Client) -> None:
    client.sei.faults.add(Fault("limit_per_minute", requests=3))
    assert [client.get("v2/org-trees").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    client.clock.sleep(60)
    assert client.get("v2/org-trees").status_code == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx_is_a_gateways_page(client: Client, status: int) -> None:
    answer = strike(client, f"server_error:status={status}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("unauthorized", 401, "INVALID_TOKEN"),
        ("forbidden", 403, "ACCESS_DENIED"),
        ("bad_request:message=too wide", 400, "INVALID_REQUEST"),
    ],
)
def test_refusals_have_harness_error_body(client: Client, fault: str, status: int, code: str) -> None:
    answer = strike(client, fault)
    assert answer.status_code == status
    assert answer.json().keys() == {"status", "code", "message", "correlationId"}
    assert answer.json()["code"] == code
    assert ("too wide" in answer.json()["message"]) == (status == 400)


def test_a_page_instead_of_json(client: Client) -> None:
    answer = strike(client, "not_json")
    assert (answer.status_code, answer.text[:9]) == (200, "<!DOCTYPE")


def test_connection_is_reset(client: Client) -> None:
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        strike(client, "connection_reset:times=1")
    assert client.create().status_code == 202


def test_connection_is_closed_without_an_answer(client: Client) -> None:
    with pytest.raises(requests.ConnectionError, match="closed connection without response"):
        strike(client, "connection_closed:times=1")
    assert client.create().status_code == 202


def test_hang_lasts_until_the_client_gives_up(client: Client) -> None:
    before = client.clock.monotonic()
    client.sei.faults.add(Fault("hang", times=1, seconds=45))
    with pytest.raises(requests.ReadTimeout):
        client.get("v2/org-trees", timeout=0.1)
    assert client.clock.monotonic() == before + 45
    assert client.get("v2/org-trees").status_code == 200


def test_hang_can_take_no_real_time(client: Client) -> None:
    before = client.clock.monotonic()
    client.sei.faults.add(Fault("hang", times=1, seconds=45, hold=0))
    with pytest.raises(requests.ConnectionError):
        client.get("v2/org-trees")
    assert client.clock.monotonic() == before + 45


def test_a_client_that_hangs_does_not_keep_the_server_from_stopping() -> None:
    hanging = threading.Event()

    class Clock(FakeClock):
        def advance(self, seconds: float) -> None:
            super().advance(seconds)
            hanging.set()

    def ask(url: str) -> None:
        with pytest.raises(requests.ConnectionError):
            requests.get(url, headers=HEADERS, params=IDENTIFIERS, timeout=30)

    with ThreadPoolExecutor(1) as pool:
        with Standin(clock=Clock(), faults=(Fault("hang"),)) as sei:
            asked = pool.submit(ask, f"{sei.base_url}v2/org-trees")
            assert hanging.wait(5)
        asked.result(5)
