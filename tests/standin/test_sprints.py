"""Sprint figures agree with each other, and the sprint endpoints answer as their page documents."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from standin.org import NO_DATA, Org
from standin.sprints import MODES, NO_ESTIMATES, period_rows, sprint_rows, sprints_of
from standin.truth import Truth

if TYPE_CHECKING:
    from standin.jobs import Job
    from tests.standin.client import Client

TRUTH = Truth(Org())
AS_OF = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
FIRST, LAST = date(2025, 1, 1), date(2026, 3, 18)
LEAVES = TRUTH.org.leaves(TRUTH.org.teams[0])
CREATE, JOBS = "v2/insights/sprint/exports", "v2/insights/sprints/exports"


def rows(mode: str) -> list[dict[str, Any]]:
    return [dict(row.values) for row in sprint_rows(TRUTH, LEAVES, FIRST, LAST, mode, AS_OF)]


@pytest.mark.parametrize("mode", MODES)
def test_work_adds_up_in_every_sprint(mode: str) -> None:
    known = [row for row in rows(mode) if row["SPRINT_COMMIT"] is not None]
    assert len(known) > 500
    for row in known:
        assert row["SPRINT_SIZE"] == row["SPRINT_COMMIT"] + row["SPRINT_CREEP"]
        assert row["DELIVERED_COMMIT"] + row["MISSED_COMMIT"] == row["SPRINT_COMMIT"]
        assert row["DELIVERED_CREEP"] + row["MISSED_CREEP"] == row["SPRINT_CREEP"]
        assert row["TOTAL_WORK_DELIVERED"] == row["DELIVERED_COMMIT"] + row["DELIVERED_CREEP"]
        assert min(row["MISSED_COMMIT"], row["MISSED_CREEP"], row["DELIVERED_CREEP"]) >= 0
        assert 0 <= row["COMMITTED_WORK_DELIVERED_PERCENT"] <= 100
        assert (row["CREEP_WORK_DELIVERED_PERCENT"] is None) == (row["SPRINT_CREEP"] == 0)
        assert row["SPRINT_VELOCITY"] == row["TOTAL_WORK_DELIVERED"]


def test_points_and_tickets_tell_of_the_same_work() -> None:
    for points, tickets in zip(*map(rows, MODES), strict=True):
        assert points["SPRINT_COMMIT"] is None or points["SPRINT_COMMIT"] >= tickets["SPRINT_COMMIT"]
        for share in ("COMMITTED_WORK_DELIVERED_PERCENT", "SCOPE_CREEP_PERCENT", "CHURN_RATE"):
            assert points[share] in {None, tickets[share]}


def test_the_team_without_estimates_has_no_points() -> None:
    own = next(leaf for leaf in LEAVES if leaf.name == NO_ESTIMATES)
    for mode in MODES:
        found = list(sprint_rows(TRUTH, [own], FIRST, LAST, mode, AS_OF))
        assert found
        assert all((row.values["SPRINT_SIZE"] is None) == (mode == "STORY_POINTS") for row in found)


def test_sprints_are_two_weeks_and_teams_begin_on_different_days() -> None:
    by_team = {leaf.path: sprints_of(0, leaf, AS_OF) for leaf in LEAVES if leaf.name != NO_DATA}
    weekdays = Counter(sprints[-1].start.weekday() for sprints in by_team.values())
    assert set(weekdays) == {0, 1, 2, 3, 4}
    for sprints in by_team.values():
        assert all(sprint.end - sprint.start == timedelta(days=13) for sprint in sprints)
        assert all(b.start - a.end == timedelta(days=1) for a, b in pairwise(sprints))
        assert sprints[-1].state == "active"
        assert sprints[-1].start <= AS_OF.date() <= sprints[-1].end
    ids = [sprint.sprint_id for sprints in by_team.values() for sprint in sprints]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("granularity", ["WEEKLY", "MONTHLY", "QUARTERLY"])
def test_a_period_is_the_sprints_that_end_in_it_and_a_parent_its_teams(granularity: str) -> None:
    parent = TRUTH.org.team_at("Engineering/Payments")
    leaves = TRUTH.org.leaves(parent)
    for row in period_rows(TRUTH, [parent], FIRST, LAST, granularity, "STORY_POINTS", AS_OF):
        sprints = [
            each.values
            for each in sprint_rows(TRUTH, leaves, row.period.start, row.period.end, "STORY_POINTS", AS_OF, pick="end")
        ]
        for name in ("SPRINT_SIZE", "TOTAL_WORK_DELIVERED", "MISSED_CREEP"):
            assert row.values[name] == sum(sprint[name] for sprint in sprints)  # type: ignore[misc] # numbers
        velocity = row.values["TOTAL_WORK_DELIVERED"] / len(sprints) if sprints else None  # type: ignore[operator]
        assert row.values["SPRINT_VELOCITY"] == (round(velocity, 2) if velocity is not None else None)
    assert list(period_rows(TRUTH, [TRUTH.org.teams[0]], LAST, LAST, "WEEKLY", "TICKETS", AS_OF))


def test_an_open_sprint_grows_and_a_closed_one_stands() -> None:
    leaf = LEAVES[0]
    later = AS_OF + timedelta(days=5)
    before, after = (
        {row.period.start: row.values for row in sprint_rows(TRUTH, [leaf], FIRST, LAST, "TICKETS", moment)}
        for moment in (AS_OF, later)
    )
    newest = max(before)
    assert before[newest]["TOTAL_WORK_DELIVERED"] != after[newest]["TOTAL_WORK_DELIVERED"]
    assert {start: row for start, row in before.items() if start != newest} == {
        start: row for start, row in after.items() if start < newest
    }


def body(client: Client, **options: Any) -> dict[str, Any]:
    asked = {"granularity": "MONTHLY", "computationMode": "TICKETS", "metricLevel": "team"}
    asked |= {"format": "csv", "compression": "gzip", **options}
    return client.body(
        metricGroups=["work", "delivery"], options={name: each for name, each in asked.items() if each is not None}
    )


def test_the_endpoints_answer_as_their_page_says(client: Client) -> None:
    created = client.send("POST", CREATE, json=body(client))
    assert created.status_code == 202
    told = created.json()
    assert told.keys() == {"exportId", "createdAt", "createdBy", "metadata", "message"}
    assert told["createdBy"] == {"name": "Ada Example", "email": "ada@example.com"}
    path = f"{JOBS}/{told['exportId']}"
    assert client.get(path).json()["status"] == "processing"
    client.clock.sleep(10)
    done = client.get(path).json()
    assert (done["status"], "downloadUrl" in done) == ("completed", False)
    assert done["download"].keys() == {"url", "filename", "sizeBytes", "contentType", "compression"}
    file = client.get(done["download"]["url"].removeprefix("/"))
    assert len(file.content) == done["download"]["sizeBytes"]
    header = next(csv.reader(io.StringIO(gzip.decompress(file.content).decode())))
    assert header[:6] == ["Granularity", "Team", "Team_Hierarchy", "Start_Date", "End_Date", "SPRINT_COMMIT_Tickets"]


def test_each_export_knows_its_own_jobs_alone(client: Client) -> None:
    sprint = client.send("POST", CREATE, json=body(client)).json()["exportId"]
    dora = client.create().json()["exportId"]
    assert client.poll(sprint).status_code == client.get(f"{JOBS}/{dora}").status_code == 404
    assert [each["exportId"] for each in client.get(JOBS).json()["exports"]] == [sprint]
    assert client.get(f"{CREATE}/{sprint}").status_code == 404


@pytest.mark.parametrize(
    "options",
    [
        {"metricLevel": "person"},
        {"metricLevel": None},
        {"computationMode": "HOURS"},
        {"granularity": "SPRINT"},
        {"metricLevel": "sprint"},
        {"aggregation": "mean"},
    ],
)
def test_a_body_that_the_page_does_not_know_is_refused(client: Client, options: dict[str, Any]) -> None:
    assert client.send("POST", CREATE, json=body(client, **options)).status_code == 400


def test_by_sprint_a_file_has_the_sprints_columns(client: Client) -> None:
    asked = body(client, metricLevel="sprint", granularity="SPRINT")
    job: Job | None = client.sei.jobs.get(client.send("POST", CREATE, json=asked).json()["exportId"])
    assert job
    client.clock.sleep(10)
    table = gzip.decompress(client.get(f"{JOBS}/{job.export_id}/download").content).decode()
    lines = list(csv.DictReader(io.StringIO(table)))
    assert [*lines[0]][:4] == ["Team", "Team_Hierarchy", "Sprint_Id", "Sprint_Name"]
    assert {line["Sprint_State"] for line in lines} == {"closed"}
    assert all(line["Sprint_Start_Date"] <= "2025-12-31" and line["Sprint_End_Date"] >= "2025-10-01" for line in lines)
