"""The figures are consistent, depend only on seed and time, and are plausible."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from standin.metrics import AGGREGATIONS, STAGES
from standin.org import NO_DATA, NO_DEPLOYMENTS, Org, Team
from standin.truth import RATINGS, Truth, Value

ORG = Org(0)
TRUTH = Truth(ORG, 0)
NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
FIRST, LAST = date(2025, 1, 1), date(2026, 3, 31)
GRANULARITIES = ("WEEKLY", "MONTHLY", "QUARTERLY")
LEDGER = ORG.team_at("Engineering/Payments/Ledger")


def figures(team: Team, start: date, end: date, aggregation: str = "mean", as_of: datetime = NOW) -> dict[str, Value]:
    found = TRUTH.figures(team, start, end, aggregation, as_of)
    assert found is not None
    return found


def number(value: Value) -> float:
    assert isinstance(value, int | float)
    return value


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_stages_sum_to_the_lead_time(granularity: str) -> None:
    for row in TRUTH.rows(ORG.teams, FIRST, LAST, granularity, "mean", NOW):
        stages = [row.values[stage] for stage in STAGES]
        if row.values["LTTC"] is None:
            assert stages == [None] * 5
        else:
            assert number(row.values["LTTC"]) == pytest.approx(sum(map(number, stages)), abs=0.031)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_rates_agree_with_their_counts_and_are_null_without_any(granularity: str) -> None:
    for row in TRUTH.rows(ORG.teams, FIRST, LAST, granularity, "p90", NOW):
        values = row.values
        success, failures = number(values["TOTAL_SUCCESS"]), number(values["TOTAL_FAILURES"])
        items, associated = number(values["TOTAL_WORK_ITEMS"]), number(values["PR_ASSOCIATIONS"])
        assert values["DEPLOYMENT_FREQUENCY"] == success + failures
        assert values["CFR"] == (round(100 * failures / (success + failures), 2) if success + failures else None)
        assert values["PERCENTAGE_PR_ASSOCIATED"] == (round(100 * associated / items, 2) if items else None)
        assert min(success, failures, associated) >= 0
        assert associated <= items
        assert (values["MTTR"] is None) == (failures == 0)


def test_percentiles_are_in_order() -> None:
    for team in ORG.teams:
        if team.name in {NO_DATA, NO_DEPLOYMENTS}:
            continue
        by_name = {name: figures(team, date(2026, 1, 1), date(2026, 2, 28), name) for name in AGGREGATIONS}
        for metric in ("LTTC", "MTTR", *STAGES):
            if by_name["mean"][metric] is not None:
                order = [number(by_name[name][metric]) for name in ("median", "mean", "p90", "p95")]
                assert order == sorted(order)
                assert order[0] > 0


def test_a_parents_counts_are_its_teams_sums_and_its_means_are_not_their_mean() -> None:
    days = (date(2025, 11, 1), date(2025, 11, 30))
    payments = ORG.team_at("Engineering/Payments")
    whole, parts = figures(payments, *days), [figures(team, *days) for team in ORG.leaves(payments)]
    for count in ("TOTAL_SUCCESS", "TOTAL_FAILURES", "TOTAL_WORK_ITEMS", "PR_ASSOCIATIONS", "DEPLOYMENT_FREQUENCY"):
        assert whole[count] == sum(number(part[count]) for part in parts)
    lead_times = [number(part["LTTC"]) for part in parts]
    assert min(lead_times) < number(whole["LTTC"]) < max(lead_times)
    assert number(whole["LTTC"]) != pytest.approx(sum(lead_times) / len(lead_times), rel=0.01)


def test_a_quarters_counts_are_its_months_sums() -> None:
    months = [(date(2025, 7, 1), date(2025, 7, 31)), (date(2025, 8, 1), date(2025, 8, 31))]
    months.append((date(2025, 9, 1), date(2025, 9, 30)))
    quarter = figures(LEDGER, date(2025, 7, 1), date(2025, 9, 30))
    assert quarter["TOTAL_WORK_ITEMS"] == sum(number(figures(LEDGER, *days)["TOTAL_WORK_ITEMS"]) for days in months)


def test_figures_depend_on_the_seed() -> None:
    days = (date(2025, 7, 1), date(2025, 7, 31))
    again, other = Truth(Org(0), 0), Truth(Org(0), 1)
    assert again.figures(LEDGER, *days, "mean", NOW) == figures(LEDGER, *days)
    assert other.figures(LEDGER, *days, "mean", NOW) != figures(LEDGER, *days)


def test_settled_figures_do_not_change() -> None:
    days = (date(2026, 2, 1), date(2026, 2, 28))
    settled = datetime(2026, 3, 14, tzinfo=UTC)
    assert figures(LEDGER, *days, as_of=settled) == figures(LEDGER, *days, as_of=settled + timedelta(days=400))
    assert figures(LEDGER, *days, as_of=settled - timedelta(minutes=1)) != figures(LEDGER, *days, as_of=settled)


@pytest.mark.parametrize("metric", ["LTTC", "PLANNING", "MTTR"])
def test_unsettled_durations_change_with_the_minute(metric: str) -> None:
    days = (date(2026, 3, 1), date(2026, 3, 31))
    team = ORG.team_at("Engineering")
    values = {figures(team, *days, as_of=NOW + timedelta(minutes=minute))[metric] for minute in range(20)}
    assert len(values) > 1
    assert figures(team, *days, as_of=NOW)[metric] == figures(team, *days, as_of=NOW + timedelta(seconds=59))[metric]


def test_an_open_periods_counts_grow() -> None:
    days = (date(2026, 3, 1), date(2026, 3, 31))
    team = ORG.team_at("Engineering")
    counts = [
        number(
            figures(team, *days, as_of=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hours))["TOTAL_WORK_ITEMS"]
        )
        for hours in range(0, 31 * 24, 6)
    ]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert len(set(counts)) > 40


def test_late_failures_appear_until_the_period_is_settled() -> None:
    days = (date(2026, 2, 1), date(2026, 2, 28))
    team = ORG.team_at("Engineering")
    known = [figures(team, *days, as_of=datetime(2026, 3, day, tzinfo=UTC)) for day in range(1, 15)]
    failures = [number(values["TOTAL_FAILURES"]) for values in known]
    assert failures == sorted(failures)
    assert failures[0] < failures[-1]
    assert len({values["DEPLOYMENT_FREQUENCY"] for values in known}) == 1


def test_no_row_before_a_team_is_founded_nor_before_a_period_begins() -> None:
    late = next(team for team in ORG.teams if team.founded.year >= 2025 and team.name != NO_DATA)
    before = late.founded - timedelta(days=1)
    assert TRUTH.figures(late, before.replace(day=1), before, "mean", NOW) is None
    assert TRUTH.figures(late, late.founded, late.founded, "mean", NOW + timedelta(days=90)) is not None
    assert TRUTH.figures(LEDGER, date(2026, 4, 1), date(2026, 4, 30), "mean", NOW) is None
    assert TRUTH.figures(LEDGER, date(2026, 3, 18), date(2026, 3, 31), "mean", NOW) is not None


def test_a_team_without_deployments_has_a_zero_and_nulls() -> None:
    values = figures(ORG.team_at(f"Engineering/Platform/{NO_DEPLOYMENTS}"), date(2025, 7, 1), date(2025, 7, 31))
    assert values["DEPLOYMENT_FREQUENCY"] == values["TOTAL_SUCCESS"] == values["TOTAL_FAILURES"] == 0
    for metric in (*STAGES, "LTTC", "CFR", "MTTR", "OVERALL_RATING", "DORA_Score"):
        assert values[metric] is None
    assert number(values["TOTAL_WORK_ITEMS"]) > 0


def test_one_team_has_no_row_at_all() -> None:
    team = ORG.team_at(f"Engineering/Storefront/{NO_DATA}")
    assert list(TRUTH.rows([team], FIRST, LAST, "WEEKLY", "mean", NOW)) == []


def test_figures_are_plausible() -> None:
    leaves = [team for team in ORG.teams if team.is_leaf]
    rows = [row.values for row in TRUTH.rows(leaves, FIRST, LAST, "MONTHLY", "mean", NOW)]
    ratings = Counter(values["OVERALL_RATING"] for values in rows)
    assert set(ratings) <= {*RATINGS, None}
    assert min(ratings["Elite"], ratings["High"], ratings["Medium"]) > 10
    lead_times = [number(values["LTTC"]) for values in rows if values["LTTC"] is not None]
    rates = [number(values["CFR"]) for values in rows if values["CFR"] is not None]
    assert 1 < sum(lead_times) / len(lead_times) < 20
    assert 5 < sum(rates) / len(rates) < 25


def test_report_is_the_same_truth_per_unit() -> None:
    days = (date(2025, 7, 1), date(2025, 7, 31))
    weekly = TRUTH.report(LEDGER, *days, "weekly", "mean", NOW)
    daily = TRUTH.report(LEDGER, *days, "daily", "mean", NOW)
    values = figures(LEDGER, *days)
    assert weekly
    assert daily
    deployments = number(values["DEPLOYMENT_FREQUENCY"])
    assert weekly["DEPLOYMENT_FREQUENCY"] == round(deployments / 31 * 7, 2)
    assert daily["DEPLOYMENT_FREQUENCY"] == round(deployments / 31, 2)
    assert weekly["LEAD_TIME_FOR_CHANGES"] == values["LTTC"]
    assert weekly["OVERALL_DORA_RATING"] == values["OVERALL_RATING"]
