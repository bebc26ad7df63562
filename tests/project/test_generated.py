"""The settings are the same in the tap, in meltano.yml and in the Hub definition."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ruamel.yaml import YAML

from scripts.generate import plugin
from scripts.generate.documents import HUB, MELTANO, between
from tap_sei_efficiency.errors import SettingsError
from tap_sei_efficiency.settings import Settings
from tap_sei_efficiency.settings_table import SETTINGS, config_schema

TODAY = date(2026, 6, 15)
VALUES = {
    "api_key": "key",
    "org_identifier": "org",
    "project_identifier": "project",
    "start_date": "2026-01-01",
    "team_ids": ["team"],
    "org_tree_names": ["tree"],
    "legacy_team_ref_ids": [1],
    "org_tree_ids": [1],
}


@pytest.fixture(scope="module")
def about() -> dict[str, Any]:
    return plugin.about()


def _extractor() -> dict[str, Any]:
    extractors: list[dict[str, Any]] = YAML(typ="safe").load(MELTANO)["plugins"]["extractors"]
    return next(extractor for extractor in extractors if extractor["name"] == plugin.NAME)


def test_meltano_and_hub_describe_the_tap_alike() -> None:
    hub = YAML(typ="safe").load(HUB)
    extractor = _extractor()
    for part in ("name", "namespace", "executable", "capabilities", "settings", "settings_group_validation"):
        assert hub[part] == extractor[part]


def test_plugin_has_every_setting_of_the_table() -> None:
    settings = {setting["name"]: setting for setting in _extractor()["settings"]}
    for setting in SETTINGS:
        described = settings[setting.name]
        assert described["description"] == setting.description
        assert described["label"] == setting.label
        assert described.get("value") == setting.default
        assert described.get("sensitive", False) == setting.secret


def test_every_setting_has_label_kind_and_description() -> None:
    for setting in _extractor()["settings"]:
        assert setting["label"], setting
        assert setting["kind"], setting
        assert setting["description"], setting


def test_only_the_key_is_sensitive() -> None:
    assert [setting["name"] for setting in _extractor()["settings"] if setting.get("sensitive")] == ["api_key"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("api_key", "string"),
        ("team_ids", "string"),
        ("start_date", "string"),
        ("granularity", "string"),
        ("include_open_period", "string"),
        ("window_periods", "string"),
        ("poll_interval_seconds", "string"),
        ("stream_maps", "object"),
    ],
)
def test_meltano_passes_text_on_unchanged(name: str, kind: str) -> None:
    kinds = {setting["name"]: setting["kind"] for setting in _extractor()["settings"]}
    assert kinds[name] == kind


def test_capabilities_are_those_of_the_tap(about: dict[str, Any]) -> None:
    assert _extractor()["capabilities"] == about["capabilities"]
    assert {"about", "catalog", "discover", "state", "stream-maps"} <= set(about["capabilities"])


@pytest.mark.parametrize("group", plugin.SETTING_GROUPS, ids=lambda group: group[-1])
def test_group_of_settings_is_enough_and_none_of_it_can_be_left_out(group: list[str]) -> None:
    config = {name: VALUES[name] for name in group}
    Settings.from_config(config, config_schema(), TODAY)
    for name in group:
        with pytest.raises(SettingsError):
            Settings.from_config({**config, name: None}, config_schema(), TODAY)


def test_marker_that_is_missing_is_an_error() -> None:
    with pytest.raises(ValueError, match="settings"):
        between("no markers here", "settings", "body")


def test_text_around_the_markers_is_kept() -> None:
    text = "before\n<!-- begin generated: a -->\nold\n<!-- end generated: a -->\nafter\n"
    assert between(text, "a", "new\n") == text.replace("old", "new")
