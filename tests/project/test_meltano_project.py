"""The Meltano project: complete without the Hub, and not reformatted when a user configures it."""

from __future__ import annotations

import difflib
import io
import json
import re
import shlex
import shutil
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from dotenv import dotenv_values
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from tap_sei_efficiency.settings_table import SETTINGS
from tests.project import ROOT, meltano, run

if TYPE_CHECKING:
    from pathlib import Path

PROJECT: dict[str, Any] = YAML(typ="safe").load(ROOT / "meltano.yml")
PLUGINS = [plugin for plugins in PROJECT["plugins"].values() for plugin in plugins]


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin["name"])
def test_plugin_needs_no_hub(plugin: dict[str, Any]) -> None:
    # Meltano looks up a plugin without a namespace at the Hub.
    assert "inherit_from" in plugin or plugin["namespace"]
    assert "variant" not in plugin


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin["name"])
def test_plugin_is_installed_from_pinned_requirements(plugin: dict[str, Any]) -> None:
    arguments = shlex.split(plugin["pip_url"])
    files = [value for option, value in pairwise(arguments) if option in {"-r", "-b", "-c"}]
    assert files
    assert all("--hash=sha256:" in (ROOT / file).read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin["name"])
def test_plugin_is_configured_by_settings_that_it_has(plugin: dict[str, Any]) -> None:
    known = {setting["name"] for setting in plugin["settings"]}
    assert set(plugin.get("config", {})) <= known
    for environment in PROJECT["environments"]:
        for plugins in environment.get("config", {}).get("plugins", {}).values():
            for configured in plugins:
                if configured["name"] == plugin["name"]:
                    assert set(configured["config"]) <= known


def test_jobs_and_schedules_name_existing_plugins_and_jobs() -> None:
    jobs = {job["name"]: job for job in PROJECT["jobs"]}
    names = {plugin["name"] for plugin in PLUGINS}
    for job in jobs.values():
        for task in job["tasks"]:
            assert {step.partition(":")[0] for step in task.split()} <= names
    assert {schedule["job"] for schedule in PROJECT["schedules"]} <= set(jobs)


def test_first_load_finds_its_folder() -> None:
    assert run("git", "ls-files", "output").stdout.split() == ["output/.gitkeep"]


def test_example_of_env_names_settings_and_holds_no_secret() -> None:
    values = dotenv_values(ROOT / ".env.example")
    names = {f"TAP_SEI_EFFICIENCY_{setting.name.upper()}": setting for setting in SETTINGS}
    assert set(values) <= set(names)
    assert values["TAP_SEI_EFFICIENCY_API_KEY"] == ""
    assert {name for name, setting in names.items() if setting.required} <= set(values)


def test_example_of_env_shows_each_list_filled_as_json() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = dotenv_values(stream=io.StringIO(re.sub(r"^# (?=TAP_)", "", text, flags=re.MULTILINE)))
    for setting in SETTINGS:
        if setting.schema["type"] == "array":
            value = json.loads(shown[f"TAP_SEI_EFFICIENCY_{setting.name.upper()}"] or "")
            assert value
            Draft7Validator(setting.schema).validate(value)


def test_user_who_configures_changes_one_line(tmp_path: Path) -> None:
    project = tmp_path / "meltano.yml"
    shutil.copy(ROOT / "meltano.yml", project)
    before = project.read_text(encoding="utf-8")
    meltano(tmp_path, "config", "set", "tap-sei-efficiency", "granularity", "WEEKLY")
    after = project.read_text(encoding="utf-8")
    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert changes == ["+       granularity: WEEKLY"]


def test_definition_for_the_hub_can_be_added_to_another_project(tmp_path: Path) -> None:
    project = tmp_path / "meltano.yml"
    project.write_text("project_id: another\nsend_anonymous_usage_stats: false\n", encoding="utf-8")
    source = f"--from-ref={ROOT / 'hub' / 'tap-sei-efficiency.yml'}"
    meltano(tmp_path, "add", "--plugin-type=extractor", "--no-install", source, "tap-sei-efficiency")
    (added,) = YAML(typ="safe").load(project)["plugins"]["extractors"]
    assert added["settings"] == next(plugin for plugin in PLUGINS if plugin["name"] == added["name"])["settings"]


def test_user_who_selects_a_stream_leaves_the_others_out(tmp_path: Path) -> None:
    shutil.copy(ROOT / "meltano.yml", tmp_path)
    meltano(tmp_path, "select", "tap-sei-efficiency", "lttc", "*")
    project = YAML(typ="safe").load(tmp_path / "meltano.yml")
    (extractor,) = (each for each in project["plugins"]["extractors"] if each["name"] == "tap-sei-efficiency")
    assert extractor["select"] == ["lttc.*"]
