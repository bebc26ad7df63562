"""When a fault occurs, and for which requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from standin import KINDS, Fault
from tests.standin.client import EXPORTS

if TYPE_CHECKING:
    from tests.standin.client import Client


def statuses(client: Client, path: str = "v2/org-trees", times: int = 5) -> list[int]:
    return [client.get(path).status_code for _ in range(times)]


def test_a_fault_occurs_a_number_of_times(client: Client) -> None:
    fault = Fault("rate_limit", times=2)
    client.sei.faults.add(fault)
    assert statuses(client) == [429, 429, 200, 200, 200]
    assert fault.struck == 2


def test_a_fault_can_skip_the_first_requests(client: Client) -> None:
    client.sei.faults.add(Fault("server_error", after=2, times=1))
    assert statuses(client) == [200, 200, 503, 200, 200]


def test_faults_occur_one_after_the_other(client: Client) -> None:
    client.sei.faults.add(Fault("rate_limit", times=2), Fault("server_error", times=1, status=500))
    assert statuses(client) == [429, 429, 500, 200, 200]


def test_faults_can_be_switched_off(client: Client) -> None:
    client.sei.faults.add(Fault("rate_limit"), Fault("server_error"))
    assert statuses(client, times=1) == [429]
    client.sei.faults.remove("rate_limit")
    assert statuses(client, times=1) == [503]
    client.sei.faults.clear()
    assert statuses(client, times=1) == [200]


def test_a_fault_is_limited_to_its_endpoint(client: Client) -> None:
    client.sei.faults.add(Fault("forbidden", endpoint="poll"))
    export_id = client.create().json()["exportId"]
    assert client.poll(export_id).status_code == 403
    assert client.get("v2/org-trees").status_code == 200


def test_a_fault_can_be_limited_to_one_team(client: Client) -> None:
    ledger = client.team_id("Engineering/Payments/Ledger")
    client.sei.faults.add(Fault("server_error", match=ledger))
    checkout = client.create().json()["exportId"]
    assert client.create(scope={"teamId": ledger}).status_code == 503
    assert client.poll(checkout).status_code == 200


def test_match_reaches_a_jobs_polls_and_downloads(client: Client) -> None:
    job = client.made(metricGroups=["cfr"])
    client.sei.faults.add(Fault("server_error", match='"cfr"'))
    assert client.poll(job.export_id).status_code == client.download(job).status_code == 503
    assert client.download(client.made()).status_code == 200


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gremlins", "no fault is named 'gremlins'"),
        ("rate_limit:seconds=3", "no parameter seconds"),
        ("rate_limit:endpoint=moon", "endpoint is one of"),
        ("rate_limit:times=some", "times is a whole number"),
        ("rate_limit:after=-1", "after is a whole number"),
        ("server_error:status=bad", "status of fault server_error"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Fault.parse(text)


def test_a_fault_is_written_as_on_the_command_line() -> None:
    fault = Fault.parse("trickle:endpoint=download,times=2,after=1,match=team_1,bytes=10,seconds=0.5")
    assert (fault.name, fault.endpoint, fault.times, fault.after) == ("trickle", "download", 2, 1)
    assert (fault.match, fault.parameters) == ("team_1", {"bytes": 10, "seconds": 0.5})


@pytest.mark.parametrize("name", KINDS)
def test_every_fault_can_be_switched_on_and_is_described(name: str) -> None:
    assert Fault.parse(name).parameters == KINDS[name].parameters
    assert KINDS[name].description


def test_list_endpoint_has_faults_too(client: Client) -> None:
    client.sei.faults.add(Fault("server_error", endpoint="list"))
    assert client.get(EXPORTS).status_code == 503
