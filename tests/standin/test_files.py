"""The CSV of an export: teams, periods, columns and dialect."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

import pytest

from standin import DIALECTS, Dialect, FakeClock, Standin
from standin.metrics import AGGREGATIONS, GROUPS
from tests.standin.client import Client, read

if TYPE_CHECKING:
    from standin.truth import Value

TREE = {"orgTreeName": "Engineering", "orgIdentifier": "acme"}
KEYS = ["Granularity", "Team", "Team_Hierarchy", "Start_Date", "End_Date"]
COLUMNS = {
    "lttc": [
        "PLANNING_Mean_Days",
        "CODING_Mean_Days",
        "REVIEW_Mean_Days",
        "BUILD_Mean_Days",
        "DEPLOY_Mean_Days",
        "LTTC_Mean_Days",
    ],
    "work_items": ["TOTAL_WORK_ITEMS_Count", "PR_ASSOCIATIONS_Count", "PERCENTAGE_PR_ASSOCIATED_Percent"],
    "deployment_frequency": ["DF_Deployment_Count"],
    "cfr": ["TOTAL_SUCCESS_Count", "TOTAL_FAILURES_Count", "CFR_Percent"],
    "mttr": ["MTTR_Mean_Days"],
    "rating": ["OVERALL_RATING"],
    "summary": ["DORA_Score", "Deployments_Per_Week", "Teams_Reporting", "DORA_Trend"],
}


def text_of(value: Value) -> str:
    return "" if value is None else str(value)


@pytest.mark.parametrize("group", COLUMNS)
def test_each_group_has_its_columns(client: Client, group: str) -> None:
    assert list(client.rows(metricGroups=[group])[0]) == KEYS + COLUMNS[group]


def test_several_groups_have_the_union_of_their_columns(client: Client) -> None:
    assert list(client.rows(metricGroups=["cfr", "lttc"])[0]) == KEYS + COLUMNS["cfr"] + COLUMNS["lttc"]


def test_a_leaf_teams_file_has_a_row_for_each_period(client: Client) -> None:
    rows = client.rows()
    assert [list(row.values())[:5] for row in rows] == [
        ["Oct 2025", "Checkout", "Engineering/Payments/Checkout", "2025-10-01", "2025-10-31"],
        ["Nov 2025", "Checkout", "Engineering/Payments/Checkout", "2025-11-01", "2025-11-30"],
        ["Dec 2025", "Checkout", "Engineering/Payments/Checkout", "2025-12-01", "2025-12-31"],
    ]


def test_a_parents_file_has_the_parent_and_every_team_below(client: Client) -> None:
    rows = client.rows(scope={"teamId": client.team_id("Engineering/Payments")})
    paths = list(dict.fromkeys(row["Team_Hierarchy"] for row in rows))
    assert paths[0] == "Engineering/Payments"
    assert {path.rpartition("/")[0] for path in paths[1:]} == {"Engineering/Payments"}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("granularity", ["WEEKLY", "MONTHLY", "QUARTERLY"])
def test_an_org_trees_file_is_the_truth(client: Client, group: str, granularity: str) -> None:
    options = {"granularity": granularity, "aggregation": "p90"}
    as_of = client.clock.now()
    days = {"start": "2025-09-10", "end": "2026-03-18"}
    rows = client.rows(scope=TREE, metricGroups=[group], options=options, dateRange=days)
    teams = client.sei.org.teams_of(client.sei.org.trees[0])
    truth = client.sei.truth.rows(teams, date(2025, 9, 10), date(2026, 3, 18), granularity, "p90", as_of)
    assert [tuple(row.values()) for row in rows] == [
        (
            row.period.label,
            row.team.name,
            row.team.path,
            str(row.period.start),
            str(row.period.end),
            *(text_of(row.values[column.name]) for column in GROUPS[group]),
        )
        for row in truth
    ]


def test_figures_are_as_of_the_jobs_creation(client: Client) -> None:
    days = {"start": "2026-03-01", "end": "2026-03-31"}
    job = client.made(dateRange=days)
    early = client.download(job).content
    client.clock.sleep(7 * 24 * 3600)
    assert client.download(job).content == early
    assert client.rows(dateRange=days) != client.rows(dateRange={**days, "end": "2026-03-30"})


def test_a_team_without_any_data_has_a_header_only(client: Client) -> None:
    assert len(client.text(scope={"teamId": client.team_id("Engineering/Storefront/Research Lab")}).splitlines()) == 1


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_metrics_are_the_columns_with_the_requested_names(client: Client, aggregation: str) -> None:
    options = {"granularity": "MONTHLY", "aggregation": aggregation}
    metrics = ["LTTC_P90_Days", "CFR", "LTTC"]
    rows = client.rows(metricGroups=["lttc", "cfr"], metrics=metrics, options=options)
    assert list(rows[0]) == KEYS + metrics
    team = client.sei.org.team_at("Engineering/Payments/Checkout")
    for name, column, by in (("LTTC_P90_Days", "LTTC", "p90"), ("LTTC", "LTTC", aggregation)):
        truth = client.sei.truth.rows([team], date(2025, 10, 1), date(2025, 12, 31), "MONTHLY", by, client.clock.now())
        assert [row[name] for row in rows] == [text_of(row.values[column]) for row in truth]


def in_dialect(dialect: Dialect, group: str = "lttc") -> str:
    clock = FakeClock()
    with Standin(clock=clock, dialect=dialect) as sei:
        client = Client(sei, clock)
        with client.session:
            return client.text(scope=TREE, metricGroups=[group, "work_items"])


def test_header_families() -> None:
    assert "LTTC,TOTAL_WORK_ITEMS" in in_dialect(Dialect(headers="bare"))
    assert "Lead Time for Changes (mean),Total Work Items" in in_dialect(Dialect(headers="title"))
    assert "Deployment Frequency,Total Work Items" in in_dialect(Dialect(headers="title"), "deployment_frequency")


def test_dialects_are_written_as_described() -> None:
    excel = in_dialect(DIALECTS["excel"])
    assert excel.startswith("\ufeffGranularity,")
    assert excel.count("\r\n") == excel.count("\n")
    assert ",N/A," in excel
    assert '"1,' in excel
    assert "%\r\n" in excel
    assert ",—," in in_dialect(DIALECTS["dashes"])


@pytest.mark.parametrize(
    ("dialect", "columns"),
    [
        ("labels", ["Granularity", "Team", "Team_Hierarchy"]),
        ("flat", ["Granularity", "Team", "Start_Date", "End_Date"]),
        ("extra", KEYS),
    ],
)
def test_key_columns_of_a_dialect(dialect: str, columns: list[str]) -> None:
    names = list(read(in_dialect(DIALECTS[dialect]))[0])
    assert names[: len(columns)] == columns
    assert names[len(columns)] == "PLANNING_Mean_Days"
    assert ("Profile Name" in names) == (dialect == "extra")


def test_a_year_of_the_whole_organization_is_quick(client: Client) -> None:
    teams = client.sei.org.teams
    began = time.process_time()
    rows = list(
        client.sei.truth.rows(teams, date(2024, 1, 1), date(2024, 12, 31), "MONTHLY", "mean", client.clock.now())
    )
    assert len(rows) > 400
    # 0.06 s on a small machine; ten times that would be another algorithm.
    assert time.process_time() - began < 1
