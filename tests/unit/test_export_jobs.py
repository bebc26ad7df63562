"""Bodies of export requests, and SEI's answers about jobs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tap_sei_efficiency.api.job_answers import read_created, read_status
from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.model.dialect import PLAIN
from tap_sei_efficiency.model.jobs import JobStatus
from tap_sei_efficiency.model.requests import Scope, ScopeKind
from tests.unit.builders import request


def test_the_body_of_a_team_export_is_the_documented_one() -> None:
    assert request().body("acme", PLAIN) == {
        "scope": {"teamId": "team_a"},
        "dateRange": {"start": "2026-01-01", "end": "2026-01-31"},
        "metricGroups": ["lttc"],
        "options": {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"},
    }


def test_an_org_tree_export_names_the_organization() -> None:
    body = request(scope=Scope(ScopeKind.ORG_TREE, "Engineering")).body("acme", PLAIN)
    assert body["scope"] == {"orgTreeName": "Engineering", "orgIdentifier": "acme"}


def test_a_group_has_the_servers_word_and_single_metrics_are_added() -> None:
    body = request(groups=("deployment_frequency",), metrics=("DF_Deployment_Count",)).body("acme", PLAIN, attempt=1)
    assert (body["metricGroups"], body["metrics"]) == (["df"], ["DF_Deployment_Count"])


def test_a_new_job_is_queued() -> None:
    job = read_created({"exportId": "exp_1", "status": "QUEUED", "createdAt": "2026-11-23T10:00:00Z"})
    assert (job.export_id, job.status, job.reused) == ("exp_1", JobStatus.QUEUED, False)
    assert job.created_at == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_an_answer_without_status_is_about_an_earlier_job() -> None:
    assert read_created({"exportId": "exp_1", "createdAt": "2026-11-23T10:00:00Z"}).reused


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("QUEUED", JobStatus.QUEUED),
        ("processing", JobStatus.PROCESSING),
        ("Completed", JobStatus.COMPLETED),
        ("failed", JobStatus.FAILED),
        ("cancelled", JobStatus.CANCELLED),
        ("CANCELED", JobStatus.CANCELLED),
        ("WARMING_UP", JobStatus.UNKNOWN),
        ("", JobStatus.UNKNOWN),
    ],
)
def test_a_status_is_read_in_any_case(word: str, status: JobStatus) -> None:
    job = read_status({"exportId": "exp_1", "status": word}, "exp_1")
    assert job.status is status
    assert job.status.is_dead is (status in {JobStatus.FAILED, JobStatus.CANCELLED})


@pytest.mark.parametrize(
    "fields", [{"downloadUrl": "/v2/x"}, {"download": {"url": "/v2/x", "filename": "a.csv.gz", "sizeBytes": 1}}]
)
def test_the_file_is_found_in_either_shape(fields: dict[str, object]) -> None:
    assert read_status({"exportId": "exp_1", "status": "COMPLETED", **fields}, "exp_1").location == "/v2/x"


def test_a_job_with_an_unknown_status_is_over_if_it_has_an_end() -> None:
    answer = {"exportId": "exp_1", "status": "SUCCESS", "downloadUrl": "/v2/x", "completedAt": "2026-11-23T10:00:00Z"}
    assert read_status(answer, "exp_1").status is JobStatus.COMPLETED
    assert read_status({**answer, "downloadUrl": None}, "exp_1").status is JobStatus.COMPLETED
    assert read_status({**answer, "completedAt": None}, "exp_1").status is JobStatus.UNKNOWN
    assert read_status({**answer, "status": "FAILED"}, "exp_1").status is JobStatus.FAILED
    assert not read_status(answer, "exp_1").status_is_known


@pytest.mark.parametrize("word", ["EXPIRED", "Partially Completed", "COMPLETED_WITH_ERRORS", "timed_out", "ABORTED"])
def test_an_unknown_word_for_trouble_is_no_whole_file(word: str) -> None:
    answer = {"exportId": "exp_1", "status": word, "downloadUrl": "/v2/x", "completedAt": "2026-11-23T10:00:00Z"}
    job = read_status(answer, "exp_1")
    assert (job.status, job.status_is_known) == (JobStatus.FAILED, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"error": {"code": "E7", "message": "Too many rows."}},
        {"errorMessage": "Too many rows."},
        {"error": ["Too many rows."]},
    ],
)
def test_the_words_of_a_failed_job_are_found_in_any_usual_field(fields: dict[str, object]) -> None:
    assert read_status({"exportId": "exp_1", "status": "FAILED", **fields}, "exp_1").message == "Too many rows"


@pytest.mark.parametrize("answer", [None, [], {}, {"status": "QUEUED"}, {"exportId": True}, {"exportId": " "}, "exp_1"])
def test_an_answer_without_an_export_is_an_error(answer: object) -> None:
    with pytest.raises(ExportError, match="without an `exportId`"):
        read_created(answer)


def test_an_answer_about_another_export_is_an_error() -> None:
    with pytest.raises(ExportError, match="export exp_2 when asked for export exp_1"):
        read_status({"exportId": "exp_2", "status": "COMPLETED"}, "exp_1")


@pytest.mark.parametrize("answer", [{"exportId": 7}, {"exportID": "7"}, {"export_id": " 7 "}])
def test_an_id_can_be_a_number_or_have_another_field_name(answer: dict[str, object]) -> None:
    assert read_created(answer).export_id == "7"
    assert read_status({**answer, "status": "QUEUED"}, "7").status is JobStatus.QUEUED


def test_an_answer_without_an_id_is_reported_with_its_fields() -> None:
    with pytest.raises(ExportError, match=r"without an `exportId`\. It has the fields createdAt, status"):
        read_created({"status": "QUEUED", "createdAt": "2026-11-23T10:00:00Z"})


@pytest.mark.parametrize("moment", [1795428000, 1795428000000, "1795428000", "1795428000000", 1795428000000.0])
def test_a_time_can_be_seconds_or_milliseconds_since_1970(moment: object) -> None:
    job = read_created({"exportId": "exp_1", "status": "QUEUED", "createdAt": moment})
    assert job.created_at == datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", None, 7, "", 0, -5, True, "9" * 400, 1e300, [], "٣"])
def test_a_time_that_cannot_be_read_is_none(text: object) -> None:
    assert read_created({"exportId": "exp_1", "status": "QUEUED", "createdAt": text}).created_at is None


def test_a_time_without_a_zone_is_utc() -> None:
    job = read_created({"exportId": "exp_1", "status": "QUEUED", "createdAt": "2026-11-23T10:00:00.5"})
    assert job.created_at == datetime(2026, 11, 23, 10, 0, 0, 500_000, tzinfo=UTC)
