"""A dialect is that of the documentation with the user's overrides; an override without a meaning is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_sei_efficiency.api.job_answers import read_created, read_status
from tap_sei_efficiency.dialect_table import PARTS, read_dialect
from tap_sei_efficiency.errors import DecodeError, SettingsError
from tap_sei_efficiency.model.dialect import PLAIN, TEAM, Dialect
from tap_sei_efficiency.model.insights import INSIGHTS
from tap_sei_efficiency.model.jobs import JobStatus
from tap_sei_efficiency.model.periods import Weekday
from tests.decode.files import JANUARY, KEYS, decode, spec_of
from tests.unit.builders import request, settings


def test_the_table_has_every_part_once() -> None:
    assert sorted(part.name for part in PARTS) == sorted(Dialect.__dataclass_fields__)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_example_of_a_part_changes_it(part: Any) -> None:
    dialect = settings(dialect={part.name: json.loads(json.dumps(part.example))}).dialect
    assert getattr(dialect, part.name) != part.default
    assert {p.name for p in PARTS if getattr(dialect, p.name) != p.default} == {part.name}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_default_of_a_part_can_be_set_explicitly(part: Any) -> None:
    assert read_dialect({part.name: json.loads(json.dumps(part.default, default=dict))}) == PLAIN


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"colums": {}}, "has no part `colums`: did you mean `columns`?"),
        ({"xyz": 1}, "has no part `xyz`: the parts are base_path, base_paths, "),
        ({"auth": {"heder": "x"}}, "has no part `auth.heder`: did you mean `header`?"),
        ({"groups": {"dora": ["x"]}}, "has no part `groups.dora`: known are lttc, work_items"),
        ({"columns": {"Lead": "ltc"}}, "maps column 'Lead' to 'ltc', which is not a metric: did you mean `lttc`?"),
        ({"columns": ["Lead"]}, "cannot be used: `columns` must be a JSON object."),
        ({"columns": {"Lead": 1}}, "cannot be used: `columns.Lead` must be text."),
        ({"auth": {"header": "a b"}}, "cannot be used: `auth.header` must be the name of an HTTP header"),
        ({"auth": {"scheme": "a\nb"}}, "cannot be used: `auth.scheme` must be one word such as ApiKey, or empty."),
        ({"null_words": 3}, 'cannot be used: `null_words` must be a list such as ["a", "b"].'),
        ({"groups": {"lttc": []}}, 'cannot be used: `groups.lttc` must be a list such as ["a", "b"].'),
        ({"decimal_mark": ";"}, 'cannot be used: `decimal_mark` must be one of ".", ",", null.'),
        ({"combine_groups": 1}, "cannot be used: `combine_groups` must be one of true, false, null."),
        ({"week_start": "someday"}, "cannot be used: `week_start` must be one of "),
        ({"envelope": 1}, "cannot be used: `envelope` must be text."),
        ({"base_path": "https://evil.example/"}, "cannot be used: `base_path` must be a path such as"),
        ({"base_paths": ["//evil.example/"]}, "cannot be used: `base_path` must be a path such as"),
        ({"paths": {"create": "https://evil.example/"}}, "cannot be used: `paths.create` must be a path such as"),
        ({"paths": {"create": "//evil.example/x"}}, "cannot be used: `paths.create` must be a path such as"),
        ({"paths": {"status": "v2/exports"}}, "cannot be used: `paths.status` must be a path such as"),
        ({"paths": {"create": "v2/{name}"}}, "cannot be used: `paths.create` must be a path such as"),
        ({"job_fields": {"exportId": ["."]}}, "cannot be used: `job_fields.exportId` must be a list of names."),
    ],
)
def test_a_bad_override_is_refused_with_one_sentence(overrides: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(dialect=overrides)
    assert str(caught.value).startswith(f"Setting `dialect` {sentence}")
    assert "\n" not in str(caught.value)


def test_text_that_is_not_an_object_is_refused() -> None:
    with pytest.raises(SettingsError, match="Setting `dialect` cannot be used: it must be a JSON object"):
        settings(dialect="[1]")
    assert settings(dialect='{"decimal_mark": ","}').dialect.decimal_mark == ","


def test_a_column_can_name_a_metric_of_the_settings() -> None:
    asked: dict[str, Any] = {"metrics": ["Churn_Rate"], "dialect": {"columns": {"Churn": "churn_rate"}}}
    assert settings(**asked).dialect.columns == {"Churn": "churn_rate"}


def test_the_first_day_of_the_week_is_set_in_one_place() -> None:
    sunday = {"week_start": "sunday"}
    assert settings(dialect=sunday).week_start is Weekday.SUNDAY
    assert settings(dialect=sunday, week_start="monday").week_start is Weekday.SUNDAY  # Meltano passes defaults on
    assert settings(dialect=sunday, week_start="sunday").calendar.week_start is Weekday.SUNDAY
    with pytest.raises(SettingsError, match="`week_start` is friday, and `week_start` in `dialect` is sunday"):
        settings(dialect=sunday, week_start="friday")


def test_the_base_path_replaces_that_of_the_url() -> None:
    url = "https://h.example:8443/prod1/sei/api/"
    assert settings(api_url=url, dialect={"base_path": "/x"}).api_url == "https://h.example:8443/x/"
    assert settings(api_url=url, dialect={"base_path": "/"}).api_url == "https://h.example:8443/"


def test_requests_use_the_servers_words() -> None:
    dialect = read_dialect(
        {"granularities": {"MONTHLY": "month"}, "aggregations": {"mean": "AVG"}, "groups": {"lttc": ["lead", "lt"]}}
    )
    bodies = [request(groups=("lttc", "cfr")).body("acme", dialect, attempt) for attempt in range(3)]
    assert [body["metricGroups"] for body in bodies] == [["lead", "cfr"], ["lt", "cfr"], ["lt", "cfr"]]
    assert bodies[0]["options"] == {
        "granularity": "month",
        "aggregation": "AVG",
        "format": "csv",
        "compression": "gzip",
    }


def test_answers_are_read_by_the_dialect() -> None:
    dialect = read_dialect({"job_fields": {"downloadUrl": ["file.href"]}, "statuses": {"COMPLETED": "Done"}})
    job = read_status({"export_id": 7, "status": "DONE", "file": {"href": "/x"}}, "7", dialect)
    assert (job.export_id, job.status, job.location) == ("7", JobStatus.COMPLETED, "/x")
    assert read_created({"exportId": "7", "status": "done"}, PLAIN).status is JobStatus.UNKNOWN


CELLS = f"{KEYS},Lead Time for Changes,Avg Lead Time (d)\n{JANUARY},1.5,2.5\n"


def test_a_column_of_the_dialect_wins_over_a_spelling() -> None:
    (plain,) = decode(CELLS)
    assert (plain["lttc"], plain["additional_metrics"]) == (1.5, {"avg_lead_time_d": 2.5})
    (record,) = decode(CELLS, spec_of("lttc", dialect=read_dialect({"columns": {"Avg Lead Time (d)": "lttc"}})))
    assert (record["lttc"], record["additional_metrics"]) == (2.5, {"lead_time_for_changes": 1.5})


def test_two_columns_of_the_dialect_for_one_metric_are_refused() -> None:
    columns = {"Avg Lead Time (d)": "lttc", "Lead Time for Changes": "lttc"}
    with pytest.raises(DecodeError, match="has two columns for `lttc`"):
        decode(CELLS, spec_of("lttc", dialect=read_dialect({"columns": columns})))


def test_files_are_read_by_the_dialect() -> None:
    dialect = read_dialect(
        {"key_columns": {TEAM: ["Squad"]}, "null_words": ["k. A."], "decimal_mark": ",", "delimiter": ";"}
    )
    keys = KEYS.replace(",Team,", ",Squad,").replace(",", ";")
    january, february = JANUARY.replace(",", ";"), JANUARY.replace(",", ";").replace("Core", "Edge")
    text = f"{keys};LTTC;CODING\n{january};3,125;K. A.\n{february};1.000,5;N/A\n"
    records = decode(text, spec_of("lttc", dialect=dialect))
    assert [(r["team"], r["lttc"], r["coding"]) for r in records] == [("Core", 3.125, None), ("Edge", 1000.5, None)]


def test_a_word_that_the_user_adds_also_means_no_hierarchy() -> None:
    text = f"{KEYS},LTTC\n{JANUARY.replace('Engineering/Core', 'NA')},1\n"
    assert decode(text)[0]["team_path"] == "NA"
    text = text.replace(",NA,", ",k. A.,")
    assert decode(text, spec_of("lttc", dialect=read_dialect({"null_words": ["k. A."]})))[0]["team_path"] == "Core"


def test_every_metric_group_has_a_word() -> None:
    assert list(Dialect().groups) == [group.name for insight in INSIGHTS for group in insight.groups]
