"""The form of a create request, and the cases in which it creates no new job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.standin.client import EXPORTS

if TYPE_CHECKING:
    from tests.standin.client import Client

OPTIONS = {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"}
TREE = {"orgTreeName": "Engineering", "orgIdentifier": "acme"}

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("scope", {"scope": None}),
    ("scope", {"scope": "team_1"}),
    ("exactly one", {"scope": {}}),
    ("exactly one", {"scope": {**TREE, "teamId": "team_1"}}),
    ("orgIdentifier", {"scope": {"orgTreeName": "Engineering"}}),
    ("orgIdentifier", {"scope": {**TREE, "orgIdentifier": "other"}}),
    ("teamId", {"scope": {"teamId": 7}}),
    ("scope.team", {"scope": {"teamId": "team_1", "team": "x"}}),
    ("dateRange", {"dateRange": None}),
    ("dateRange.start", {"dateRange": {"end": "2025-12-31"}}),
    ("dateRange.end", {"dateRange": {"start": "2025-12-31"}}),
    ("dateRange.end", {"dateRange": {"start": "2025-12-31", "end": "31.12.2025"}}),
    ("dateRange.start", {"dateRange": {"start": "20251231", "end": "2025-12-31"}}),
    ("dateRange.end", {"dateRange": {"start": "2025-02-01", "end": "2025-02-29"}}),
    ("after", {"dateRange": {"start": "2025-12-31", "end": "2025-12-30"}}),
    ("metricGroups", {"metricGroups": None}),
    ("metricGroups", {"metricGroups": []}),
    ("metricGroups", {"metricGroups": "lttc"}),
    ("'speed'", {"metricGroups": ["lttc", "speed"]}),
    ("'df'", {"metricGroups": ["df"]}),
    ("twice", {"metricGroups": ["lttc", "lttc"]}),
    ("metrics", {"metrics": "LTTC_Mean_Days"}),
    ("'SPEED'", {"metrics": ["SPEED"]}),
    ("'CFR'", {"metrics": ["CFR"]}),
    ("options", {"options": None}),
    ("options.granularity", {"options": {"aggregation": "mean"}}),
    ("options.granularity", {"options": {**OPTIONS, "granularity": "DAILY"}}),
    ("options.granularity", {"options": {**OPTIONS, "granularity": "monthly"}}),
    ("options.aggregation", {"options": {**OPTIONS, "aggregation": "sum"}}),
    ("options.format", {"options": {**OPTIONS, "format": "json"}}),
    ("options.compression", {"options": {**OPTIONS, "compression": "zip"}}),
    ("options.zip", {"options": {**OPTIONS, "zip": True}}),
    ("window", {"window": 3}),
]


@pytest.mark.parametrize(("named", "changes"), REFUSED)
def test_400_names_the_field(client: Client, named: str, changes: dict[str, Any]) -> None:
    answer = client.create(**changes)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "INVALID_REQUEST"
    assert named in answer.json()["message"]
    assert client.sei.jobs.all == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"'])
def test_400_for_a_body_that_is_not_a_json_object(client: Client, body: bytes) -> None:
    assert client.send("POST", EXPORTS, data=body).status_code == 400


@pytest.mark.parametrize("scope", [{"teamId": "team_nobody"}, {**TREE, "orgTreeName": "Nowhere"}])
def test_404_for_a_team_or_tree_that_does_not_exist(client: Client, scope: dict[str, str]) -> None:
    answer = client.create(scope=scope)
    assert answer.status_code == 404
    assert "No " in answer.json()["message"]


def test_a_new_job_is_queued(client: Client) -> None:
    answer = client.create(scope=TREE)
    assert answer.status_code == 202
    assert answer.json().keys() == {"exportId", "status", "createdAt", "message"}
    assert answer.json()["status"] == "QUEUED"
    assert answer.json()["createdAt"] == "2026-03-18T09:30:00Z"


@pytest.mark.parametrize("fields", [{"granularity": "WEEKLY"}, {"granularity": "QUARTERLY", "aggregation": "p95"}])
def test_only_granularity_is_required_of_the_options(client: Client, fields: dict[str, str]) -> None:
    assert client.create(options=fields).status_code == 202


def test_an_identical_request_within_30_minutes_gets_the_same_job_and_no_status(client: Client) -> None:
    first = client.create().json()
    client.clock.sleep(30 * 60 - 1)
    again = client.create()
    assert again.status_code == 200
    assert again.json().keys() == {"exportId", "createdAt", "message"}
    assert again.json()["exportId"] == first["exportId"]
    assert again.json()["createdAt"] == first["createdAt"]
    (job,) = client.sei.jobs.all
    assert job.reused == 1


def test_after_30_minutes_it_is_a_new_job(client: Client) -> None:
    first = client.create().json()
    client.clock.sleep(30 * 60)
    again = client.create()
    assert again.status_code == 202
    assert again.json()["exportId"] != first["exportId"]


def test_another_request_is_another_job(client: Client) -> None:
    ids = {client.create(**changes).json()["exportId"] for changes in ({}, {"metricGroups": ["cfr"]}, {"scope": TREE})}
    assert len(ids) == 3
