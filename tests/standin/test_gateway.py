"""Faults of gateways, and of jobs that a replica does not know yet."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import pytest
import requests

from standin import Fault
from tests.standin.client import EXPORTS, HEADERS, IDENTIFIERS

if TYPE_CHECKING:
    from tests.standin.client import Client


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate"])
def test_a_body_is_packed_and_labelled(client: Client, coding: str) -> None:
    client.sei.faults.add(Fault("content_coding", coding=coding))
    answer = client.create()
    assert answer.headers["Content-Encoding"] == coding
    assert answer.json()["exportId"].startswith("exp_")


def test_a_label_can_be_wrong(client: Client) -> None:
    client.sei.faults.add(Fault("content_coding", coding="identity", label="gzip"))
    answer = client.send("POST", EXPORTS, json=client.body(), stream=True)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(answer.raw.read(decode_content=False))["status"] == "QUEUED"


def test_an_envelope_has_a_status_of_its_own(client: Client) -> None:
    client.sei.faults.add(Fault("envelope"))
    answer = client.create().json()
    assert answer["status"] == "SUCCESS"
    assert answer["data"]["status"] == "QUEUED"


@pytest.mark.parametrize(
    ("fault", "value"),
    [
        (Fault("epoch_times"), int),
        (Fault("epoch_times", unit="ms"), int),
        (Fault("epoch_times", form="text"), str),
    ],
)
def test_times_are_seconds_or_milliseconds(client: Client, fault: Fault, value: type) -> None:
    client.sei.faults.add(fault)
    created: object = client.create().json()["createdAt"]
    assert type(created) is value
    assert int(str(created)) == client.clock.now().timestamp() * (1000 if fault.text("unit") == "ms" else 1)


def test_an_id_has_another_name_or_none(client: Client) -> None:
    client.sei.faults.add(Fault("export_id_spelling", times=1), Fault("export_id_spelling", spelling="none", after=1))
    assert "exportID" in client.create().json()
    assert "exportId" not in client.create().json()


@pytest.mark.parametrize("form", ["surrogate", "zero", "mark", "duplicate", "nan", "huge", "deep"])
def test_odd_json_is_odd(client: Client, form: str) -> None:
    plain = client.create().text
    client.clock.sleep(3600)
    client.sei.faults.add(Fault("odd_json", form=form))
    assert len(client.create().content) > len(plain)


def test_an_error_can_have_status_200(client: Client) -> None:
    client.sei.faults.add(Fault("error_in_200", code="ACCESS_DENIED", message="no"))
    answer = client.create()
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (200, "ERROR", "ACCESS_DENIED")


@pytest.mark.parametrize("status", [204, 200])
def test_an_answer_without_a_body(client: Client, status: int) -> None:
    client.sei.faults.add(Fault("empty_answer", status=status))
    assert (client.create().status_code, client.create().content) == (status, b"")


def test_a_redirect_leads_to_the_same_address_or_another(client: Client) -> None:
    client.sei.faults.add(Fault("redirect", times=1, status=307), Fault("redirect", to="/login"))
    again, away = client.create(), client.create()
    assert (again.status_code, dict(parse_qsl(again.headers["Location"].removeprefix("?")))) == (307, IDENTIFIERS)
    assert (away.status_code, away.headers["Location"]) == (302, "/login")


def test_chunks_end_or_are_cut(client: Client) -> None:
    client.sei.faults.add(Fault("chunked", times=1), Fault("chunked", cut=1))
    answer = client.create()
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.json()["exportId"]
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.create()


def test_a_length_is_wrong(client: Client) -> None:
    client.sei.faults.add(Fault("wrong_length", by=5))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.create()


def test_headers_are_in_lower_case_and_1xx_comes_first(client: Client) -> None:
    client.sei.faults.add(Fault("lower_case_headers"), Fault("interim_answer", status=103))
    host, _, port = client.sei.base_url.split("/")[2].partition(":")
    head = "".join(f"{name}: {value}\r\n" for name, value in {**HEADERS, "Connection": "close"}.items())
    with socket.create_connection((host, int(port)), timeout=10) as connection, connection.makefile("rb") as answer:
        connection.sendall(f"GET /prod1/sei/api/v2/org-trees?{urlencode(IDENTIFIERS)} HTTP/1.1\r\n{head}\r\n".encode())
        lines = answer.read().splitlines()
    assert lines[0].startswith(b"HTTP/1.1 103")
    assert [line for line in lines if line.startswith((b"HTTP/1.1 200", b"content-type:"))]


def test_a_new_job_is_not_known_at_first(client: Client) -> None:
    client.sei.faults.add(Fault("unknown_at_first", polls=2, seconds=20))
    export_id = client.create().json()["exportId"]
    assert [client.poll(export_id).status_code for _ in range(3)] == [404, 404, 404]
    client.clock.sleep(20)
    assert client.poll(export_id).json()["status"] == "COMPLETED"


def test_a_window_that_is_too_large_fails_with_a_new_id_each_time(client: Client) -> None:
    client.sei.faults.add(Fault("fails_above_periods", periods=2, reusable=0))
    ids = set()
    for _ in range(3):
        job = client.made()
        ids.add(job.export_id)
        assert client.poll(job.export_id).json()["status"] == "FAILED"
    assert len(ids) == 3
    fits = client.made(dateRange={"start": "2025-10-01", "end": "2025-11-30"})
    assert client.poll(fits.export_id).json()["status"] == "COMPLETED"
