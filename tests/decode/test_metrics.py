"""The table of metrics, the names that it recognizes, and the schema that follows from it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.model.dialect import PLAIN
from tap_sei_efficiency.model.insights import EFFICIENCY
from tap_sei_efficiency.model.metric_names import custom_metric, group_of, metric_of, read_name
from tap_sei_efficiency.model.metrics_table import GROUPS, SPRINT_GROUPS, SPRINTS, TEAM_REPORT, UNIT_WORDS, MetricType
from tap_sei_efficiency.model.record_schema import KEY_PROPERTIES, record_schema
from tap_sei_efficiency.model.requests import Aggregation
from tap_sei_efficiency.model.spelling import snake_case, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sei_efficiency.model.metrics_table import Metric

EXPORTED = tuple(metric for group in GROUPS.values() if group.is_documented for metric in group.metrics)


def spellings(metric: Metric) -> set[tuple[str, ...]]:
    return {words(text) for text in (metric.name, metric.api_name, metric.title, *metric.spellings) if text}


def test_the_documented_groups_and_metrics_are_all_there() -> None:
    assert {name: [metric.api_name for metric in group.metrics] for name, group in GROUPS.items()} == {
        "lttc": ["PLANNING", "CODING", "REVIEW", "BUILD", "DEPLOY", "LTTC"],
        "work_items": ["TOTAL_WORK_ITEMS", "PR_ASSOCIATIONS", "PERCENTAGE_PR_ASSOCIATED"],
        "deployment_frequency": ["DEPLOYMENT_FREQUENCY"],
        "cfr": ["TOTAL_SUCCESS", "TOTAL_FAILURES", "CFR"],
        "mttr": ["MTTR"],
        "rating": ["OVERALL_RATING"],
        "summary": ["LTTC", "DEPLOYMENT_FREQUENCY", "CFR", "MTTR", "OVERALL_RATING"],
    }
    assert PLAIN.groups == {
        **{name: (name,) for name in GROUPS},
        "deployment_frequency": ("deployment_frequency", "df"),
        **{f"sprint_{name}": (name,) for name in ("work", "delivery", "analysis")},
        "sprint_delivery_analysis": ("deliveryAnalysis", "delivery_analysis"),
    }


def test_the_documented_sprint_metrics_are_all_there() -> None:
    """As the page lists them by group, at team level and by sprint."""
    work = ["SPRINT_COMMIT", "SPRINT_CREEP", "SPRINT_SIZE", "SCOPE_CREEP_PERCENT"]
    delivery = [
        *("TOTAL_WORK_DELIVERED", "SPRINT_VELOCITY", "DELIVERED_COMMIT", "MISSED_COMMIT", "DELIVERED_CREEP"),
        *("MISSED_CREEP", "TOTAL_DELIVERED_WORK_VS_COMMITTED_WORK"),
    ]
    shares = ["COMMITTED_WORK_DELIVERED_PERCENT", "CREEP_WORK_DELIVERED_PERCENT", "TOTAL_WORK_DELIVERED_PERCENT"]
    predictable = ["PREDICTABILITY_DELIVERY_CONSISTENCY", "PREDICTABILITY_RELIABILITY_OF_COMMITMENT"]
    assert {group.name: [metric.api_name for metric in group.metrics] for group in SPRINT_GROUPS} == {
        "sprint_work": work,
        "sprint_delivery": delivery,
        "sprint_delivery_analysis": shares,
        "sprint_analysis": ["CHURN_RATE", *predictable],
    }
    by_sprint = [*work, *delivery, *shares, "CHURN_RATE", "TICKETS_REMOVED_MID_SPRINT"]
    assert [metric.api_name for metric in SPRINTS] == [name for name in by_sprint if name != "SPRINT_VELOCITY"]


@pytest.mark.parametrize("metrics", [SPRINTS, tuple(metric for group in SPRINT_GROUPS for metric in group.metrics)])
def test_no_header_means_two_sprint_metrics(metrics: tuple[Metric, ...]) -> None:
    """A file of all groups has them side by side, each with its mode or not."""
    for metric in metrics:
        for name in (metric.api_name, metric.title, f"{metric.api_name}_Story_Points", f"{metric.title} (tickets)"):
            reading = read_name(name, metrics)
            assert reading
            assert reading.metric is metric


@pytest.mark.parametrize("metrics", [EXPORTED, GROUPS["summary"].metrics, TEAM_REPORT, SPRINTS])
def test_no_spelling_means_two_metrics_of_one_file(metrics: tuple[Metric, ...]) -> None:
    for one, other in combinations(metrics, 2):
        assert not spellings(one) & spellings(other)
        assert one.name != other.name


@pytest.mark.parametrize("metric", [*EXPORTED, *TEAM_REPORT, *SPRINTS])
def test_every_metric_has_words_for_its_unit(metric: Metric) -> None:
    assert metric.unit in UNIT_WORDS


@pytest.mark.parametrize(
    ("name", "metric", "aggregation"),
    [
        ("LTTC", "lttc", None),
        ("LTTC_Mean_Days", "lttc", "mean"),
        ("lttc_p90_days", "lttc", "p90"),
        ("P95-LTTC-days", "lttc", "p95"),
        ("Days.Median.LTTC", "lttc", "median"),
        ("Lead Time for Changes (mean)", "lttc", "mean"),
        ("leadTimeForChangesMean", "lttc", "mean"),
        ("Lead Time for Changes - 90th percentile, in days", "lttc", "p90"),
        ("  Planning  ", "planning", None),
        ("LTTC_Planning_Mean_Days", "planning", "mean"),
        ("DF_Deployment_Count", "deployment_frequency", None),
        ("Deployment Frequency (deployments per period)", "deployment_frequency", None),
        ("Mean Time to Restore (median)", "mttr", "median"),
        ("MTTR avg", "mttr", "mean"),
        ("CFR (%)", "cfr", None),
        ("Change Failure Rate %", "cfr", None),
        ("percentage pr associated", "percentage_pr_associated", None),
        ("PERCENTAGE_PR_ASSOCIATED_Percent", "percentage_pr_associated", None),
        ("Total Failures (count)", "total_failures", None),
        ("OVERALL RATING", "overall_rating", None),
        ("\uff2c\uff34\uff34\uff23", "lttc", None),
    ],
)
def test_names_of_metrics_in_any_order_case_and_punctuation(name: str, metric: str, aggregation: str | None) -> None:
    reading = read_name(name, EXPORTED)
    assert reading is not None
    assert (reading.metric.name, reading.aggregation) == (metric, aggregation)


@pytest.mark.parametrize(
    "name",
    [
        "LTTC_Mean_Hours",
        "MTTR (minutes)",
        "LTTC_Mean_P90",
        "LTTC_p75",
        "Deployment Frequency per day",
        "Total Failures %",
        "Deployment Frequency Rating",
        "LTTC and MTTR",
        "days",
        "mean",
        "",
        "—",
        "LTTC" + " in" * 20,
    ],
)
def test_names_with_another_unit_or_any_other_word_are_not_the_metric(name: str) -> None:
    assert read_name(name, EXPORTED) is None


@given(
    st.sampled_from(EXPORTED),
    st.data(),
    st.sampled_from([None, *map(Aggregation, EFFICIENCY.choices)]),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.sampled_from([" ", "_", "-", ".", " - "]),
)
def test_every_spelling_is_understood_with_aggregation_and_unit_around_it(
    metric: Metric, data: st.DataObject, aggregation: Aggregation | None, case: Callable[[str], str], gap: str
) -> None:
    spelling = data.draw(st.sampled_from(sorted(spellings(metric))))
    unit = data.draw(st.sampled_from(sorted(UNIT_WORDS[metric.unit] - {"per"}) or [""]))
    parts = [gap.join(spelling), *([aggregation.value] if aggregation else []), *([unit] if unit else [])]
    name = case(gap.join(data.draw(st.permutations(parts))))
    reading = read_name(name, EXPORTED)
    assert reading is not None
    assert (reading.metric, reading.aggregation) == (metric, aggregation)


def test_names_in_the_setting_find_metric_and_group() -> None:
    found = {name: metric_of(name) for name in ("LTTC_Mean_Days", "DF_Deployment_Count", "CFR", "Foo_Bar")}
    assert found["Foo_Bar"] is None
    assert {name: group_of(metric).name for name, metric in found.items() if metric} == {
        "LTTC_Mean_Days": "lttc",
        "DF_Deployment_Count": "deployment_frequency",
        "CFR": "cfr",
    }


def test_a_custom_metric_is_typed_by_the_table_or_is_a_number() -> None:
    custom = [custom_metric(name) for name in ("LTTC_P90_Days", "Total_Failures", "Overall_Rating", "Foo_Bar")]
    assert [(metric.name, metric.type, metric.unit) for metric in custom] == [
        ("lttc_p90_days", MetricType.NUMBER, "days"),
        ("total_failures", MetricType.INTEGER, "count"),
        ("overall_rating", MetricType.STRING, None),
        ("foo_bar", MetricType.NUMBER, None),
    ]


def test_a_custom_metric_never_replaces_a_key() -> None:
    assert custom_metric("Team").name == "team_metric"
    assert record_schema([custom_metric("Team")])["properties"]["team"]["type"] == "string"


@pytest.mark.parametrize("metrics", [*(group.metrics for group in GROUPS.values()), TEAM_REPORT])
def test_keys_are_never_null_and_everything_is_described(metrics: tuple[Metric, ...]) -> None:
    schema = record_schema(metrics)
    for name, column in schema["properties"].items():
        assert column["title"]
        assert column["description"].endswith(".")
        nullable = "null" in column["type"]
        assert nullable != (name in KEY_PROPERTIES or name == "additional_metrics")
    for metric in metrics:
        assert not metric.unit or schema["properties"][metric.name]["description"].endswith(f"Unit: {metric.unit}.")


def test_the_legacy_report_s_deployment_frequency_names_its_unit() -> None:
    description = record_schema(TEAM_REPORT)["properties"]["deployment_frequency"]["description"]
    assert "for each unit of the report's granularity" in description


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("KTLO_story_points", "ktlo_story_points"),
        ("Story Points (%)", "story_points_percent"),
        ("été.Nº", "été_no"),
        ("%%", "percent_percent"),
        ("—", ""),
    ],
)
def test_snake_case(name: str, column: str) -> None:
    assert snake_case(name) == column
