"""A bad setting is refused with one sentence that names it, and never shows the key."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tap_sei_efficiency.config_input import unknown_variables
from tap_sei_efficiency.errors import SettingsError
from tap_sei_efficiency.model.periods import Granularity, Weekday
from tap_sei_efficiency.model.requests import Aggregation, Scope, ScopeKind
from tap_sei_efficiency.settings_table import SETTINGS, config_schema
from tap_sei_efficiency.settings_text import typed
from tests.unit.builders import TODAY, settings


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"api_key": None}, "Setting `api_key` is required and not set."),
        ({"api_key": ""}, "Setting `api_key` is required and not set."),
        ({"api_key": " \n\ufeff"}, "Setting `api_key` is required and not set."),
        ({"api_key": "s3cret\ufeffkey"}, "Setting `api_key` contains blanks"),
        ({"api_key": "s3cret\nkey"}, "Setting `api_key` contains blanks"),
        ({"api_key": ["s3cret-key"]}, "Setting `api_key` cannot be used: it must be text."),
        ({"api_url": "app.harness.io"}, "Setting `api_url` must be a URL"),
        ({"api_url": "https://u:p@app.harness.io/"}, "Setting `api_url` must be a URL"),
        ({"api_url": "http://app.harness.io/sei/api/"}, "Setting `api_url` must start with https://"),
        ({"team_ids": []}, "Nothing to export. Set `team_ids`"),
        ({"team_ids": '["team_a"'}, 'Setting `team_ids` cannot be used: it must be a list such as ["a", "b"].'),
        ({"team_ids": "['team_a']"}, 'Setting `team_ids` cannot be used: it must be a list such as ["a", "b"].'),
        ({"team_ids": {"a": 1}}, 'Setting `team_ids` cannot be used: it must be a list such as ["a", "b"].'),
        ({"team_ids": ["team\0a"]}, "Setting `team_ids` contains a zero character"),
        ({"org_identifier": "acme\udcff"}, "Setting `org_identifier` contains a zero character"),
        ({"replay": "maybe"}, "Setting `replay` cannot be used: it must be true or false."),
        ({"replay": 1}, "Setting `replay` cannot be used: it must be true or false."),
        ({"window_periods": "1.5"}, "Setting `window_periods` cannot be used: it must be a whole number."),
        ({"window_periods": True}, "Setting `window_periods` cannot be used: it must be a whole number."),
        ({"window_periods": 10**9}, "Setting `window_periods` cannot be used: it must be 10000 or less."),
        ({"poll_interval_seconds": "1,5"}, "Setting `poll_interval_seconds` cannot be used: it must be a number"),
        ({"poll_interval_seconds": "inf"}, "Setting `poll_interval_seconds` cannot be used: it must be a number"),
        ({"poll_interval_seconds": float("inf")}, "Setting `poll_interval_seconds` cannot be used: it must be"),
        ({"stream_maps": "{"}, "Unknown setting `stream_maps`"),
        ({"api_url": "https://[::1"}, "Setting `api_url` must be a URL"),
        ({"api_url": "https://h.example:port/"}, "Setting `api_url` must be a URL"),
        ({"api_url": "https://h..example/"}, "Setting `api_url` must be a URL"),
        ({"api_url": "https://h.example/a b"}, "Setting `api_url` must be a URL"),
        ({"start_date": "2026-02-30"}, "Setting `start_date` is '2026-02-30'. Use a date such as 2026-01-31."),
        ({"start_date": "01/02/2026"}, "Setting `start_date` is '01/02/2026'. Use a date"),
        ({"start_date": "20260101"}, "Setting `start_date` is '20260101'. Use a date"),
        ({"start_date": "2026-W01-1"}, "Setting `start_date` is '2026-W01-1'. Use a date"),
        ({"start_date": "2026-01-01Tsoon"}, "Setting `start_date` is '2026-01-01Tsoon'. Use a date"),
        ({"team_ids": [""]}, "Setting `team_ids` cannot be used: each entry must be not empty."),
        ({"team_ids": ["*", "a"], "org_tree_ids": [1]}, 'Setting `team_ids` contains "*" and single teams'),
        ({"team_idz": ["a"]}, "Unknown setting `team_idz`: did you mean `team_ids`?"),
        ({"colour": "red"}, "Unknown setting `colour`: `--about` lists the settings."),
        (
            {"granularity": "DAILY"},
            "Setting `granularity` cannot be used: it must be one of WEEKLY, MONTHLY, QUARTERLY.",
        ),
        ({"start_date": "soon"}, "Setting `start_date` is 'soon'. Use a date such as 2026-01-31."),
        ({"start_date": "2026-12-01"}, "Setting `start_date` is 2026-12-01, which is after today, 2026-11-23 UTC."),
        ({"start_date": "2026-02-01", "end_date": "2026-01-31"}, "which is after `end_date` 2026-01-31."),
        ({"lookback_periods": -1}, "Setting `lookback_periods` cannot be used: it must be 0 or more."),
        ({"poll_interval_seconds": 0}, "Setting `poll_interval_seconds` cannot be used: it must be more than 0."),
        ({"poll_interval_seconds": 31}, "Setting `poll_interval_seconds` is more than `poll_max_interval_seconds`."),
        ({"requests_per_minute": 400}, "Setting `requests_per_minute` cannot be used: it must be 399 or less."),
        ({"metrics": ["LTTC Mean"]}, "Setting `metrics` contains 'LTTC Mean'"),
        (
            {"legacy_team_ref_ids": ["12a"]},
            "Setting `legacy_team_ref_ids` cannot be used: each entry must be a whole number.",
        ),
        ({"replay": True}, "Setting `replay` needs `archive_path`"),
        (
            {"sprint_metrics": ["teams"]},
            "Setting `sprint_metrics` cannot be used: each entry must be one of team, sprint.",
        ),
        (
            {"sprint_metrics": ["team"], "sprint_computation_modes": []},
            "Setting `sprint_computation_modes` is empty. Name STORY_POINTS, TICKETS or both.",
        ),
    ],
)
def test_a_bad_setting_is_refused_with_a_sentence_that_names_it(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**changes)
    assert sentence in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_defaults_are_those_of_the_table() -> None:
    checked = settings()
    assert (checked.granularity, checked.week_start) == (Granularity.MONTHLY, Weekday.MONDAY)
    assert (checked.aggregation, checked.include_open_period) == (Aggregation.MEAN, True)
    assert (checked.lookback_periods, checked.window_periods, checked.max_concurrent_exports) == (1, 12, 5)
    assert checked.end_date == TODAY
    assert checked.api_url == "https://app.harness.io/prod1/sei/api/"


@pytest.mark.parametrize(
    "url", ["https://h.example/sei/api", "https://h.example/sei/api/", " https://h.example/sei/api// "]
)
def test_the_base_url_works_with_and_without_its_last_slash(url: str) -> None:
    assert settings(api_url=url).api_url == "https://h.example/sei/api/"


def test_the_key_is_stripped_and_not_shown() -> None:
    checked = settings(api_key=" s3cret-key\n")
    assert checked.api_key == "s3cret-key"
    assert "s3cret" not in repr(checked)


@pytest.mark.parametrize(
    ("text", "teams"),
    [
        ("team_a", ("team_a",)),
        (" team_a \r\n", ("team_a",)),
        ("team_a, team_b,", ("team_a", "team_b")),
        ("team_a\nteam_b\r\n\nteam_c; team_d", ("team_a", "team_b", "team_c", "team_d")),
        ('["team_a", " team_b\u200b"]', ("team_a", "team_b")),
        ("'[\"team_a\"]'", ("team_a",)),
        ('["Payments, EMEA"]', ("Payments, EMEA",)),
        ("456", ("456",)),
        ("[456, 7]", ("456", "7")),
        (456, ("456",)),
        (["\xa0team_a\ufeff", "team_a"], ("team_a",)),
    ],
)
def test_a_list_can_be_text(text: object, teams: tuple[str, ...]) -> None:
    assert settings(team_ids=text).team_ids == teams


@pytest.mark.parametrize("blank", ["", " ", "\r\n", "\ufeff\u200b", None, '""'])
def test_a_blank_is_not_set_and_never_false(blank: object) -> None:
    names = ("include_open_period", "replay", "window_periods", "end_date", "metrics", "api_url", "granularity")
    changes: dict[str, Any] = dict.fromkeys(names, blank)
    assert settings(**changes) == settings()


@pytest.mark.parametrize(("text", "value"), [("true", True), ("Yes", True), ("0", False), ("off\n", False)])
def test_a_switch_can_be_text(text: str, value: bool) -> None:
    assert settings(include_open_period=text).include_open_period is value


def test_numbers_can_be_text() -> None:
    checked = settings(
        window_periods=" 6\r\n", poll_interval_seconds="0.5", lookback_periods=2.0, legacy_team_ref_ids="12, 13"
    )
    assert (checked.window_periods, checked.poll_interval_seconds, checked.lookback_periods) == (6, 0.5, 2)
    assert checked.legacy_team_ref_ids == (12, 13)
    assert settings(org_tree_ids=[7, "7", "x"]).org_tree_ids == ("7", "x")


def test_values_in_an_object_are_converted_and_its_nulls_stay() -> None:
    size = {"type": ["integer", "null"]}
    schema = {
        "properties": {
            "batch_config": {"type": ["object", "null"], "properties": {"batch_size": size}},
            "stream_maps": {"type": ["object", "null"]},
        }
    }
    given = {"batch_config": {"batch_size": "5"}, "stream_maps": '{"lttc": {"team": null}, "cfr": null}'}
    assert typed(given, schema) == {
        "batch_config": {"batch_size": 5},
        "stream_maps": {"lttc": {"team": None}, "cfr": None},
    }


def test_text_around_a_pasted_value_is_removed() -> None:
    checked = settings(
        api_key="\ufeffs3cret-key\u200b\r\n",
        api_url=' "https://h.example/sei/api"\n',
        org_identifier="\xa0acme\r",
        start_date=" 2026-03-04\r\n",
        granularity=" WEEKLY ",
    )
    assert (checked.api_key, checked.api_url) == ("s3cret-key", "https://h.example/sei/api/")
    assert (checked.org_identifier, checked.start_date) == ("acme", date(2026, 3, 4))
    assert checked.granularity is Granularity.WEEKLY


def test_a_scope_named_twice_is_one_partition() -> None:
    assert settings(team_ids=["a", "b", "a"]).team_scopes == (Scope(ScopeKind.TEAM, "a"), Scope(ScopeKind.TEAM, "b"))


def test_a_last_day_in_the_future_is_today() -> None:
    assert settings(end_date="2027-05-01").end_date == TODAY


def test_a_time_stamp_counts_as_its_day() -> None:
    assert settings(start_date="2026-03-04T00:00:00Z").start_date == date(2026, 3, 4)


def test_a_setting_that_is_null_counts_as_not_set() -> None:
    assert settings(end_date=None, archive_path=None).archive_path is None


def test_every_setting_is_labelled_and_described_and_only_the_key_is_secret() -> None:
    properties = config_schema()["properties"]
    assert list(properties) == [setting.name for setting in SETTINGS]
    assert all(entry["title"] and len(entry["description"]) > 10 for entry in properties.values())
    assert [name for name, entry in properties.items() if entry.get("secret")] == ["api_key"]


def test_a_misspelt_variable_is_named() -> None:
    names = ["TAP_X_GRANULARTY", "TAP_X_API_KEY", "TAP_X_DIALECT_COLUMNS", "TAP_X__SELECT", "OTHER", "TAP_X_ZZZZZ"]
    schema: dict[str, Any] = {"properties": {"granularity": {}, "api_key": {}, "dialect": {}}}
    misspelt, other = unknown_variables(names, schema, "TAP_X_")
    assert misspelt == (
        "Environment variable TAP_X_GRANULARTY is not a setting of the tap and has no effect. "
        "Did you mean TAP_X_GRANULARITY?"
    )
    assert other == "Environment variable TAP_X_ZZZZZ is not a setting of the tap and has no effect."
