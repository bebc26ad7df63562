"""The documents that hold something generated, each with the text that it should have."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.generate import plugin, readme

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
MELTANO = ROOT / "meltano.yml"
HUB = ROOT / "hub" / "tap-sei-efficiency.yml"
README = ROOT / "README.md"


def documents() -> Iterator[tuple[Path, str]]:
    """Each document's path and the text that it should have."""
    about = plugin.about()
    settings = plugin.settings(about["settings"])
    yield MELTANO, between(MELTANO.read_text(encoding="utf-8"), "plugin", _meltano_plugin(about, settings))
    yield HUB, _hub_definition(about, settings)
    if not README.exists():
        return
    streams = readme.catalog()
    text = README.read_text(encoding="utf-8")
    text = between(text, "settings", readme.settings_table(settings))
    text = between(text, "streams", readme.streams_table(streams))
    yield README, between(text, "columns", readme.columns_table(streams))


def between(text: str, name: str, body: str) -> str:
    """`text` with `body` between the lines that hold `begin generated: NAME` and `end generated: NAME`."""
    pattern = rf"(?ms)^([^\n]*begin generated: {name}\b[^\n]*\n).*?^([^\n]*end generated: {name}\b)"
    replaced, count = re.subn(pattern, lambda match: f"{match[1]}{body}{match[2]}", text)
    if count != 1:
        msg = f"one pair of markers 'generated: {name}' is wanted, {count} found"
        raise ValueError(msg)
    return replaced


def _meltano_plugin(about: Mapping[str, Any], settings: list[dict[str, Any]]) -> str:
    part = {
        "capabilities": about["capabilities"],
        "settings": settings,
        "settings_group_validation": plugin.SETTING_GROUPS,
    }
    return "".join(f"    {line}\n" for line in plugin.to_yaml(part).splitlines())


def _hub_definition(about: Mapping[str, Any], settings: list[dict[str, Any]]) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    definition = {
        "name": plugin.NAME,
        "namespace": plugin.NAMESPACE,
        "variant": "tap-sei-efficiency",
        "label": "Harness SEI efficiency",
        "description": project["description"],
        "domain_url": "https://developer.harness.io/docs/software-engineering-insights/",
        "keywords": ["api", "meltano_sdk"],
        "maintenance_status": "beta",
        "executable": plugin.NAME,
        "pip_url": plugin.NAME,
        "capabilities": about["capabilities"],
        "select": ["*.*"],
        "settings": settings,
        "settings_group_validation": plugin.SETTING_GROUPS,
    }
    return "# Made by `make generate`: the plugin definition for hub.meltano.com.\n" + plugin.to_yaml(definition)
