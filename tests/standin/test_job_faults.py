"""Faults of jobs, of the answers about them, and of requests for several groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from standin import Fault
from tests.standin.client import EXPORTS

if TYPE_CHECKING:
    from tests.standin.client import Client


def poll_later(client: Client, export_id: str) -> dict[str, str]:
    client.clock.sleep(60)
    fields: dict[str, str] = client.poll(export_id).json()
    return fields


def test_a_failed_job_has_a_message_and_is_returned_again(client: Client) -> None:
    client.sei.faults.add(Fault("job_failed", times=1))
    export_id = client.create().json()["exportId"]
    told = poll_later(client, export_id)
    assert told["status"] == "FAILED"
    assert "timed out" in told["message"]
    assert "downloadUrl" not in told
    assert client.create().json()["exportId"] == export_id
    client.clock.sleep(30 * 60)
    again = client.create().json()["exportId"]
    assert poll_later(client, again)["status"] == "COMPLETED"


def test_a_failed_job_can_be_replaced_by_a_new_one(client: Client) -> None:
    client.sei.faults.add(Fault("job_failed", times=1, reusable=0))
    export_id = client.create().json()["exportId"]
    assert client.create().json()["exportId"] != export_id


def test_a_request_can_always_fail_and_gets_the_same_job_again(client: Client) -> None:
    client.sei.faults.add(Fault("job_failed_forever", match='"cfr"'))
    first = client.create(metricGroups=["cfr"]).json()["exportId"]
    assert poll_later(client, first)["status"] == "FAILED"
    assert client.create(metricGroups=["cfr"]).json()["exportId"] == first
    client.clock.sleep(30 * 60)
    second = client.create(metricGroups=["cfr"]).json()["exportId"]
    assert poll_later(client, second)["status"] == "FAILED"
    assert poll_later(client, client.create().json()["exportId"])["status"] == "COMPLETED"


def test_only_long_jobs_can_fail(client: Client) -> None:
    client.sei.faults.add(Fault("fails_above_periods", periods=2))
    long, short = ({"start": "2025-01-01", "end": end} for end in ("2025-03-01", "2025-02-28"))
    assert poll_later(client, client.create(dateRange=long).json()["exportId"])["status"] == "FAILED"
    assert poll_later(client, client.create(dateRange=short).json()["exportId"])["status"] == "COMPLETED"


def test_a_job_can_be_cancelled(client: Client) -> None:
    client.sei.faults.add(Fault("job_cancelled"), Fault("lowercase_status"))
    assert poll_later(client, client.create().json()["exportId"])["status"] == "cancelled"


def test_a_job_can_be_stuck(client: Client) -> None:
    client.sei.faults.add(Fault("job_stuck", times=1))
    export_id = client.create().json()["exportId"]
    client.clock.sleep(1e6)
    assert client.poll(export_id).json()["status"] == "PROCESSING"


def test_a_job_can_be_slow(client: Client) -> None:
    client.sei.faults.add(Fault("job_slow", seconds=100))
    export_id = client.create().json()["exportId"]
    assert poll_later(client, export_id)["status"] == "PROCESSING"
    assert poll_later(client, export_id)["status"] == "COMPLETED"


def test_an_undocumented_status_for_the_first_polls(client: Client) -> None:
    client.sei.faults.add(Fault("unknown_status", polls=2))
    created = client.create().json()
    assert created["status"] == "QUEUED"
    client.clock.sleep(60)
    told = [client.poll(created["exportId"]).json()["status"] for _ in range(3)]
    assert told == ["WARMING_UP", "WARMING_UP", "COMPLETED"]


def test_statuses_in_lower_case(client: Client) -> None:
    client.sei.faults.add(Fault("lowercase_status"))
    created = client.create().json()
    assert created["status"] == "queued"
    assert client.poll(created["exportId"]).json()["status"] == "processing"


@pytest.mark.parametrize(("fault", "status"), [("vanish_on_poll", 404), ("vanish_on_poll:status=410", 410)])
def test_a_job_can_vanish_before_it_is_polled(client: Client, fault: str, status: int) -> None:
    client.sei.faults.add(Fault.parse(f"{fault}{',' if ':' in fault else ':'}times=1"))
    export_id = client.create().json()["exportId"]
    assert [client.poll(export_id).status_code for _ in range(2)] == [status, status]
    assert client.create().json()["exportId"] != export_id


def test_a_job_can_vanish_before_it_is_downloaded(client: Client) -> None:
    client.sei.faults.add(Fault("vanish_on_download", times=1))
    job = client.made()
    assert client.poll(job.export_id).status_code == 200
    assert client.download(job).status_code == 410
    assert client.poll(job.export_id).status_code == 410


def test_the_download_can_have_a_sibling_apis_shape(client: Client) -> None:
    client.sei.faults.add(Fault("sibling_download_shape"))
    told = client.poll(client.made().export_id).json()
    assert "downloadUrl" not in told
    assert told["download"].keys() == {"url", "filename", "sizeBytes", "contentType", "compression"}
    file = client.get(told["download"]["url"].lstrip("/"))
    assert told["download"]["sizeBytes"] == len(file.content)


def test_the_download_url_can_be_absolute(client: Client) -> None:
    client.sei.faults.add(Fault("absolute_download_url"))
    url = client.poll(client.made().export_id).json()["downloadUrl"]
    assert url.startswith(f"{client.sei.base_url}v2/")
    assert client.get(url.removeprefix(client.sei.base_url)).status_code == 200


def test_answers_can_contain_a_persons_name(client: Client) -> None:
    client.sei.faults.add(Fault("created_by"))
    created = client.create().json()
    assert created["createdBy"]["name"] == client.poll(created["exportId"]).json()["createdBy"]["name"] == "Ada Example"
    assert client.get(EXPORTS).json()["exports"][0]["createdBy"]


def test_the_group_can_be_known_only_as_df(client: Client) -> None:
    client.sei.faults.add(Fault("only_df"))
    assert client.create(metricGroups=["deployment_frequency"]).status_code == 400
    assert "DF_Deployment_Count" in client.rows(metricGroups=["df"])[0]


def test_the_group_can_be_known_by_both_names(client: Client) -> None:
    client.sei.faults.add(Fault("df_too"))
    assert client.rows(metricGroups=["df"]) == client.rows(metricGroups=["deployment_frequency"])


def test_groups_can_be_refused_together(client: Client) -> None:
    client.sei.faults.add(Fault("refuse_combination"))
    assert client.create(metricGroups=["lttc", "cfr"]).status_code == 400
    assert client.create(metricGroups=["cfr"]).status_code == 202


def test_a_shared_file_can_lack_a_groups_columns(client: Client) -> None:
    client.sei.faults.add(Fault("missing_group_columns", group="cfr"))
    assert "CFR_Percent" not in client.rows(metricGroups=["cfr", "mttr"])[0]
    assert "CFR_Percent" in client.rows(metricGroups=["cfr"])[0]


def test_a_file_can_have_no_rows(client: Client) -> None:
    client.sei.faults.add(Fault("no_rows"))
    assert client.text().startswith("Granularity,Team,")
    assert client.text().count("\n") == 1


def test_a_file_can_have_any_number_of_rows_with_distinct_keys(client: Client) -> None:
    client.sei.faults.add(Fault("many_rows", rows=5000))
    rows = client.rows(scope={"orgTreeName": "Engineering", "orgIdentifier": "acme"})
    assert len(rows) == 5000
    assert len({(row["Team"], row["Team_Hierarchy"], row["Start_Date"]) for row in rows}) == 5000
