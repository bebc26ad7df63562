"""Jobs progress with a clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from standin import FakeClock, Standin
from standin.jobs import Fate, Jobs
from tests.standin.client import Client


def statuses(jobs: Jobs) -> list[str]:
    return [job.status(jobs.clock.now()) for job in jobs.all]


def fill(jobs: Jobs, number: int, fate: Fate | None = None) -> None:
    for n in range(number):
        jobs.submit({"n": len(jobs.all) + n}, lambda: fate or Fate())


def test_a_job_is_processing_then_completed(client: Client) -> None:
    export_id = client.create().json()["exportId"]
    first = client.poll(export_id).json()
    client.clock.sleep(3)
    second = client.poll(export_id).json()
    assert first == {"exportId": export_id, "status": "PROCESSING", "createdAt": "2026-03-18T09:30:00Z"}
    assert second == {
        "exportId": export_id,
        "status": "COMPLETED",
        "createdAt": "2026-03-18T09:30:00Z",
        "completedAt": "2026-03-18T09:30:03Z",
        "downloadUrl": f"/v2/insights/efficiency/exports/{export_id}/download",
    }
    (job,) = client.sei.jobs.all
    assert job.polls == 2


def test_404_for_a_job_that_does_not_exist(client: Client) -> None:
    assert client.poll("exp_none").status_code == 404


def test_no_file_before_the_job_is_done(client: Client) -> None:
    export_id = client.create().json()["exportId"]
    assert client.get(f"v2/insights/efficiency/exports/{export_id}/download").status_code == 409


def test_past_jobs_are_listed_newest_first(client: Client) -> None:
    first = client.create().json()["exportId"]
    second = client.create(metricGroups=["cfr"]).json()["exportId"]
    listed = client.get("v2/insights/efficiency/exports").json()["exports"]
    assert [job["exportId"] for job in listed] == [second, first]


def test_no_more_jobs_are_processing_than_there_are_workers() -> None:
    jobs = Jobs(FakeClock(), seconds=(10, 10), workers=2)
    fill(jobs, 5)
    assert statuses(jobs) == ["PROCESSING"] * 2 + ["QUEUED"] * 3
    jobs.clock.advance(10)
    assert statuses(jobs) == ["COMPLETED"] * 2 + ["PROCESSING"] * 2 + ["QUEUED"]
    jobs.clock.advance(20)
    assert statuses(jobs) == ["COMPLETED"] * 5


def test_a_stuck_job_occupies_no_worker() -> None:
    jobs = Jobs(FakeClock(), seconds=(10, 10), workers=1)
    fill(jobs, 1, Fate("PROCESSING"))
    fill(jobs, 1)
    jobs.clock.advance(10)
    assert statuses(jobs) == ["PROCESSING", "COMPLETED"]


def test_most_unfinished_jobs_at_once_are_counted() -> None:
    jobs = Jobs(FakeClock(), seconds=(10, 10))
    fill(jobs, 3)
    jobs.clock.advance(10)
    fill(jobs, 2)
    assert (jobs.unfinished(), jobs.max_unfinished) == (2, 3)


@pytest.mark.parametrize("seed", [0, 1])
def test_durations_are_in_the_range_and_depend_on_the_seed(seed: int) -> None:
    def durations(seed: int) -> list[timedelta]:
        jobs = Jobs(FakeClock(), seed, (2, 9))
        fill(jobs, 20)
        return [job.finished - job.started for job in jobs.all]

    taken = durations(seed)
    assert taken == durations(seed)
    assert taken != durations(seed + 1)
    assert all(timedelta(seconds=2) <= duration < timedelta(seconds=9) for duration in taken)
    assert len(set(taken)) == 20


def test_the_same_seed_gives_the_same_ids(client: Client) -> None:
    with Standin(clock=FakeClock()) as twin:
        other = Client(twin, client.clock)
        with other.session:
            assert other.create().json() == client.create().json()


def test_jobs_are_listed_without_a_key(client: Client) -> None:
    export_id = client.create().json()["exportId"]
    url = client.sei.base_url.removesuffix("prod1/sei/api/") + "_standin/jobs"
    told = client.session.get(url, timeout=10).json()
    assert told["jobs"][0]["exportId"] == export_id
    assert told["jobs"][0]["request"] == client.body()
    assert told["requests"] == {"create": 1}
    assert (told["unfinished"], told["maxUnfinished"]) == (1, 1)
