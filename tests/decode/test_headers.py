"""The meaning of the columns of a file, and the headers that are ambiguous."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from tap_sei_efficiency.decode import read
from tap_sei_efficiency.decode.headers import MAX_COLUMNS, MAX_NAME, Header, serving
from tap_sei_efficiency.errors import DecodeError
from tap_sei_efficiency.model.metric_names import custom_metric
from tap_sei_efficiency.model.metrics_table import GROUPS, TEAM_REPORT
from tap_sei_efficiency.model.periods import Period
from tap_sei_efficiency.model.requests import Aggregation
from tests.decode.files import FEBRUARY, JANUARY, KEYS, LTTC, decode, header_of, spec_of

if TYPE_CHECKING:
    from tap_sei_efficiency.decode import FileSpec


def refusal(names: str, spec: FileSpec = LTTC) -> str:
    with pytest.raises(DecodeError) as refused:
        header_of(names, spec)
    return str(refused.value)


def test_columns_may_come_in_any_order() -> None:
    header = "LTTC,End_Date,Team,Start_Date,Granularity,Team_Hierarchy"
    (record,) = decode(f"{header}\n1.5,2026-01-31,Core,2026-01-01,Jan 2026,Engineering/Core\n")
    assert (record["lttc"], record["team_path"], record["period_label"]) == (1.5, "Engineering/Core", "Jan 2026")


def test_the_aggregation_asked_for_fills_the_column_and_others_are_kept_apart() -> None:
    (record,) = decode(f"{KEYS},LTTC_P90_Days,LTTC_Mean_Days,lttc (median)\n{JANUARY},9,3,2\n")
    assert record["lttc"] == 3
    assert record["additional_metrics"] == {"lttc_p90_days": 9, "lttc_median": 2}


def test_another_aggregation_than_the_one_asked_for_never_fills_the_column() -> None:
    header = header_of(f"{KEYS},LTTC_Mean_Days", spec_of("lttc", aggregation=Aggregation.P90))
    assert GROUPS["lttc"].metrics[-1] in header.columns["lttc"].missing
    assert list(header.additional("lttc", keeps_unknown=True)) == ["lttc_mean_days"]
    assert header.unknown == ()


@pytest.mark.parametrize("pair", [("LTTC", "LTTC_Mean_Days"), ("Lead Time", "lttc days"), ("LTTC_avg", "Mean LTTC")])
def test_two_names_for_one_metric_are_an_error_that_names_both(pair: tuple[str, str]) -> None:
    assert refusal(f"{KEYS},{pair[0]},{pair[1]}") == (
        f"The header of export exp_1 has two columns for `lttc`: {pair[0]!r} and {pair[1]!r}."
    )


def test_two_names_for_a_key_are_an_error_that_names_both() -> None:
    assert "two columns for `Team`: 'Team' and 'Team Name'" in refusal(f"{KEYS},Team Name")


@pytest.mark.parametrize("name", ["Team", "LTTC", "Foo"])
def test_a_repeated_name_is_an_error(name: str) -> None:
    assert f"two columns named {name!r}" in refusal(f"{KEYS},LTTC,Foo,{name}")


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ("Granularity,Start_Date,LTTC", "no column `Team`"),
        ("Team,LTTC", "no column `Start_Date` or `Granularity`"),
        ("a,b", "no column `Team` and no `Start_Date` or `Granularity`"),
    ],
)
def test_a_missing_key_is_an_error_that_shows_the_header(names: str, missing: str) -> None:
    found = ", ".join(map(repr, names.split(",")))
    assert refusal(names) == f"The header of export exp_1 has {missing}, but {found}."


def test_unknown_columns_are_kept_and_reported() -> None:
    header = header_of(f"{KEYS},LTTC,Story Points,LTTC_Mean_Hours")
    assert [header.names[position] for position in header.unknown] == ["Story Points", "LTTC_Mean_Hours"]
    assert list(header.additional("lttc", keeps_unknown=True)) == ["lttc_mean_hours", "story_points"]


def test_missing_documented_metrics_are_reported_and_null() -> None:
    spec = spec_of("cfr")
    missing = header_of(f"{KEYS},CFR", spec).columns["cfr"].missing
    assert [metric.name for metric in missing] == ["total_success", "total_failures"]
    (record,) = decode(f"{KEYS},CFR\n{JANUARY},5\n", spec)
    assert record["total_success"] is None


def test_names_that_become_one_column_name_are_kept_apart_whatever_their_order() -> None:
    names = ["Foo Bar", "foo-bar", "FOO_BAR", "foo bar 2", "—", ""]
    for order in (names, names[::-1]):
        (record,) = decode(f"{KEYS},{','.join(order)}\n{JANUARY},{','.join(order)}\n")
        named = {name: value for name, value in record["additional_metrics"].items() if "column" not in name}
        assert named == {
            "foo_bar": "FOO_BAR",
            "foo_bar_2": "Foo Bar",
            "foo_bar_2_2": "foo bar 2",
            "foo_bar_3": "foo-bar",
        }


@pytest.mark.parametrize(
    "name", ['"\ufeffLTTC"', "\u00a0LTTC\u00a0(mean)", '"Lead Time\nfor Changes"', "\uff2cTTC", "LTTC\u200b"]
)
def test_marks_and_breaks_in_a_name_do_not_hide_the_metric(name: str) -> None:
    (record,) = decode(f"{KEYS},{name}\n{JANUARY},1.5\n")
    assert record["lttc"] == 1.5


def test_names_that_differ_only_in_case_are_refused_or_kept_apart() -> None:
    assert "two columns for `lttc`: 'LTTC' and 'lttc'" in refusal(f"{KEYS},LTTC,lttc")
    (record,) = decode(f"{KEYS},Foo,FOO\n{JANUARY},1,2\n")
    assert record["additional_metrics"] == {"foo": 2, "foo_2": 1}


def test_columns_without_a_name_are_kept_by_their_position() -> None:
    (record,) = decode(f"{KEYS},LTTC,,\n{JANUARY},1,2,\n")
    assert record["additional_metrics"] == {"column_7": 2, "column_8": None}


def shared(*groups: str) -> FileSpec:
    """A file that the streams of several groups share."""
    return spec_of("lttc", readers={group: GROUPS[group].metrics for group in groups})


def blocks_of(file: str, spec: FileSpec, keeper: str, *readers: str) -> dict[str, list[dict[str, Any]]]:
    """The records of each reader of a shared file."""
    found: dict[str, list[dict[str, Any]]] = {}
    for blocks in read(io.BytesIO(file.encode()), spec).blocks(readers or list(spec.readers), keeper):
        for reader, block in blocks.items():
            found.setdefault(reader, []).extend(block.records())
    return found


class TestSharedFiles:
    NAMES = f"{KEYS},LTTC,LTTC_P90_Days,CFR,Foo"
    ROW = f"{JANUARY},1,2,3,4"

    def test_each_reader_gets_its_columns_and_the_keeper_the_unknown_ones(self) -> None:
        found = blocks_of(f"{self.NAMES}\n{self.ROW}\n", shared("lttc", "cfr"), "cfr")
        (lttc,), (cfr,) = found["lttc"], found["cfr"]
        assert (lttc["lttc"], lttc["additional_metrics"]) == (1, {"lttc_p90_days": 2})
        assert (cfr["cfr"], cfr["additional_metrics"]) == (3, {"foo": 4})

    def test_a_column_goes_to_every_reader_that_knows_it(self) -> None:
        found = blocks_of(f"{self.NAMES}\n{self.ROW}\n", shared("lttc", "cfr", "summary"), "summary")
        (lttc,), (cfr,), (summary,) = found["lttc"], found["cfr"], found["summary"]
        assert (summary["lttc"], summary["cfr"]) == (lttc["lttc"], cfr["cfr"]) == (1, 3)
        assert summary["additional_metrics"] == {"foo": 4}
        assert lttc["additional_metrics"] == {"lttc_p90_days": 2}  # kept once, by the stream that documents it

    def test_every_column_is_in_some_record(self) -> None:
        for keeper in ("lttc", "cfr", "mttr"):
            found = blocks_of(f"{self.NAMES}\n{self.ROW}\n", shared("lttc", "cfr", "mttr"), keeper)
            values = [
                value
                for (record,) in found.values()
                for value in [record.get("lttc"), record.get("cfr"), *record["additional_metrics"].values()]
            ]
            assert sorted(value for value in values if value is not None) == [1, 2, 3, 4]

    def test_a_file_has_readers_for_its_columns_only(self) -> None:
        header = header_of(self.NAMES, shared("lttc", "cfr", "mttr", "summary"))
        assert serving(header, ["lttc", "cfr", "mttr", "summary"]) == ["lttc", "cfr", "summary"]

    def test_names_that_clash_for_one_reader_do_not_affect_the_others(self) -> None:
        header = header_of(f"{KEYS},LTTC,LTTC_Mean_Days,CFR", shared("lttc", "cfr"))
        assert serving(header, ["lttc", "cfr"]) == ["cfr"]

    def test_an_unreadable_cell_stops_its_own_reader_only(self) -> None:
        decoded = read(io.BytesIO(f"{self.NAMES}\n{self.ROW}\n{FEBRUARY},x,2,3,4\n".encode()), shared("lttc", "cfr"))
        found = [set(blocks) for blocks in decoded.blocks(["lttc", "cfr"], "cfr")]
        assert found == [{"cfr"}]
        assert str(decoded.errors["lttc"]) == "Line 3 of export exp_1: column 'LTTC' holds 'x', which is not a number."

    def test_a_file_without_columns_of_summary_serves_it_by_unknown_ones(self) -> None:
        assert serving(header_of(f"{KEYS},PLANNING,Foo", shared("lttc", "summary")), ["summary"]) == ["summary"]
        assert serving(header_of(f"{KEYS},PLANNING", shared("lttc", "summary")), ["summary"]) == []


class TestSummary:
    def test_headline_metrics_of_its_own_file_fill_its_columns_and_all_else_is_kept(self) -> None:
        (record,) = decode(f"{KEYS},LTTC,CFR (%),Overall Rating,Throughput\n{JANUARY},1,2,High,7\n", spec_of("summary"))
        assert {name: record[name] for name in ("lttc", "cfr", "overall_rating", "mttr")} == {
            "lttc": 1,
            "cfr": 2,
            "overall_rating": "High",
            "mttr": None,
        }
        assert record["additional_metrics"] == {"throughput": 7}

    def test_it_lacks_no_column_because_none_is_documented(self) -> None:
        assert header_of(f"{KEYS},Foo", spec_of("summary")).columns["summary"].missing == ()


def test_single_metrics_are_found_under_the_name_that_was_asked_for() -> None:
    spec = spec_of("lttc", readers={"lttc": (custom_metric("LTTC_Mean_Days"), custom_metric("LTTC_P90_Days"))})
    (record,) = decode(f"{KEYS},lttc_p90_days,LTTC_Mean_Days,PLANNING\n{JANUARY},9,3,1\n", spec)
    assert (record["lttc_mean_days"], record["lttc_p90_days"]) == (3, 9)
    assert record["additional_metrics"] == {"planning": 1}


class TestLegacyReport:
    SPEC = spec_of("lttc", readers={"team_reports": TEAM_REPORT}, period=Period(LTTC.window.start, LTTC.window.end))

    def test_its_published_header_is_understood(self) -> None:
        names = (
            "Collection Name, Lead Time for Changes (mean), Lead Time for Changes Rating, Deployment Frequency, "
            "Deployment Frequency Rating, Mean Time to Restore (mean), Mean Time to Restore Rating"
        )
        header = header_of(names, self.SPEC)
        assert header.unknown == ()
        assert [metric.name for metric in header.columns["team_reports"].missing] == [
            "change_failure_rate",
            "change_failure_rate_rating",
            "overall_dora",
            "overall_dora_rating",
        ]

    def test_columns_that_look_like_a_period_are_kept(self) -> None:
        assert header_of("Team,Start_Date", self.SPEC).unknown == (1,)

    def test_an_empty_file_has_no_data(self) -> None:
        assert header_of("", self.SPEC) == Header()
        assert decode("", self.SPEC) == []


@pytest.mark.parametrize("file", ["", "\ufeff", "\r\n \n"])
def test_a_file_without_a_header_is_an_error(file: str) -> None:
    assert refusal(file) == "There is no header line in export exp_1."


def test_the_number_of_columns_is_bounded() -> None:
    names = ",".join(f"c{number}" for number in range(MAX_COLUMNS))
    assert "more than the 2,000 that the tap reads" in refusal(f"{KEYS},{names}")


def test_the_length_of_a_name_is_bounded_and_errors_stay_short() -> None:
    assert len(refusal(f"{KEYS},{'x' * (MAX_NAME + 1)}")) < 200
    assert len(refusal(",".join(f"{number:0900}" for number in range(20)))) < 2 * MAX_NAME


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_than_a_comma_are_recognised(delimiter: str) -> None:
    lines = (f"{KEYS},LTTC", f"{JANUARY},1.5")
    (record,) = decode("\n".join(line.replace(",", delimiter) for line in lines))
    assert record["lttc"] == 1.5
