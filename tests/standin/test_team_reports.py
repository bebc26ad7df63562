"""The legacy report."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from standin import Fault
from tests.standin.client import IDENTIFIERS, read

if TYPE_CHECKING:
    import requests

    from tests.standin.client import Client

ALL = ["LEAD_TIME_FOR_CHANGES", "DEPLOYMENT_FREQUENCY", "CHANGE_FAILURE_RATE", "MEAN_TIME_TO_RESTORE", "OVERALL_DORA"]


def ask(client: Client, path: str = "Engineering/Payments", form: str = "csv", **changes: Any) -> requests.Response:
    plain = {
        "dateStart": "2025-10-01",
        "dateEnd": "2025-12-31",
        "teamRefId": client.sei.org.team_at(path).ref_id,
        "granularity": "monthly",
        "includeRatings": True,
        "efficiency": {"metrics": ALL, "calculationType": "MEAN"},
    }
    body = {name: value for name, value in {**plain, **changes}.items() if value is not None}
    return client.send("POST", "v2/insights/teams/reports", params={**IDENTIFIERS, "format": form}, json=body)


def test_one_row_per_team_for_the_whole_range(client: Client) -> None:
    answer = ask(client)
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="')
    rows = read(answer.text)
    teams = client.sei.org.below(client.sei.org.team_at("Engineering/Payments"))
    assert [row["Collection Name"] for row in rows] == [team.name for team in teams]
    for row, team in zip(rows, teams, strict=True):
        truth = client.sei.truth.report(
            team, date(2025, 10, 1), date(2025, 12, 31), "monthly", "mean", client.clock.now()
        )
        assert truth
        assert list(row.values())[1:] == ["—" if value is None else str(value) for value in truth.values()]


def test_columns_are_as_published(client: Client) -> None:
    metrics = ["MEAN_TIME_TO_RESTORE", "DEPLOYMENT_FREQUENCY", "LEAD_TIME_FOR_CHANGES"]
    header = ask(client, efficiency={"metrics": metrics}).text.splitlines()[0]
    assert header == (
        "Collection Name,Lead Time for Changes (mean),Lead Time for Changes Rating,Deployment Frequency,"
        "Deployment Frequency Rating,Mean Time to Restore (mean),Mean Time to Restore Rating"
    )


def test_no_ratings_unless_asked_for_and_the_calculation_in_the_header(client: Client) -> None:
    efficiency = {"metrics": ALL, "calculationType": "P90"}
    header = ask(client, includeRatings=None, efficiency=efficiency).text.splitlines()[0]
    assert header == (
        "Collection Name,Lead Time for Changes (p90),Deployment Frequency,Change Failure Rate,"
        "Mean Time to Restore (p90),Overall DORA"
    )


def test_frequency_is_per_unit_and_weekly_unless_asked(client: Client) -> None:
    daily, weekly, default = (
        float(read(ask(client, granularity=unit).text)[0]["Deployment Frequency"]) for unit in ("daily", "weekly", None)
    )
    assert weekly == default == pytest.approx(7 * daily, rel=0.01)


def test_zero_and_no_data_are_different(client: Client) -> None:
    (row,) = read(ask(client, "Engineering/Platform/Developer Experience").text)
    assert row["Deployment Frequency"] == "0.0"
    assert {row["Lead Time for Changes (mean)"], row["Change Failure Rate"], row["Deployment Frequency Rating"]} == {
        "—"
    }


def test_an_empty_body_for_no_data(client: Client) -> None:
    answer = ask(client, "Engineering/Storefront/Research Lab")
    assert (answer.status_code, answer.content) == (200, b"")


def test_404_for_a_team_that_does_not_exist(client: Client) -> None:
    assert ask(client, teamRefId=1).status_code == 404


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("format", {"form": "json"}),
        ("dateStart", {"dateStart": None}),
        ("dateEnd", {"dateEnd": "2025-12-32"}),
        ("after", {"dateEnd": "2025-09-30"}),
        ("teamRefId", {"teamRefId": "1002"}),
        ("teamRefId", {"teamRefId": True}),
        ("granularity", {"granularity": "quarterly"}),
        ("granularity", {"granularity": "MONTHLY"}),
        ("includeRatings", {"includeRatings": "yes"}),
        ("efficiency", {"efficiency": None}),
        ("efficiency.metrics", {"efficiency": {"metrics": []}}),
        ("'LTTC'", {"efficiency": {"metrics": ["LTTC"]}}),
        ("efficiency.calculationType", {"efficiency": {"metrics": ALL, "calculationType": "mean"}}),
        ("efficiency.unit", {"efficiency": {"metrics": ALL, "unit": "days"}}),
        ("teamId", {"teamId": "team_1"}),
    ],
)
def test_400_names_the_field(client: Client, named: str, changes: dict[str, Any]) -> None:
    answer = ask(client, **changes)
    assert answer.status_code == 400
    assert named in answer.json()["message"]


def test_a_report_can_be_broken_only_by_faults_that_say_so(client: Client) -> None:
    whole = ask(client).content
    client.sei.faults.add(Fault("cut_body"))
    assert ask(client).content == whole
    client.sei.faults.add(Fault("cut_body", endpoint="report", content_length="cut", times=1))
    assert ask(client).content == whole[: len(whole) // 2]
    client.sei.faults.add(Fault("gzip_content_encoding", endpoint="report", times=1))
    assert ask(client).content == whole
    client.sei.faults.add(Fault("html_page", endpoint="report", times=1))
    assert ask(client).text.startswith("<!DOCTYPE")
