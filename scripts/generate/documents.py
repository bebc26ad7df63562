"""The documents with generated parts, and the text that each must have."""

from __future__ import annotations

import io
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from scripts.generate import board, dialect, plugin, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
MELTANO = ROOT / "meltano.yml"
HUB = ROOT / "hub" / "tap-sei-efficiency.yml"
DIALECT = ROOT / "docs" / "dialect.md"
SETTINGS = ROOT / "docs" / "settings.md"
STREAMS = ROOT / "docs" / "streams.md"
BOARD = ROOT / "boards" / "grafana.json"

# Meltano's own library and layout, so `meltano config set` does not reformat the file.
_yaml = YAML()
_yaml.width = 10_000


def documents() -> Iterator[tuple[Path, str]]:
    """The path of each document and the text that it must have."""
    about = plugin.about()
    part = {
        "capabilities": about["capabilities"],
        "settings_group_validation": plugin.SETTING_GROUPS,
        "settings": plugin.settings(about["settings"]),
    }
    yield MELTANO, _meltano_project(part)
    yield HUB, _hub_definition(part)
    yield BOARD, board.board()
    yield SETTINGS, between(SETTINGS.read_text("utf-8"), "settings", tables.settings_table(about["settings"]))
    yield DIALECT, between(DIALECT.read_text("utf-8"), "parts", dialect.parts())
    streams = tables.catalog()
    text = between(STREAMS.read_text("utf-8"), "streams", tables.streams_table(streams))
    yield STREAMS, between(text, "columns", tables.columns_table(streams))


def between(text: str, name: str, body: str) -> str:
    """`text` with `body` between the lines that contain `begin generated: NAME` and `end generated: NAME`.

    Raises:
        ValueError: There is not exactly one pair of such lines.
    """
    pattern = rf"(?ms)^([^\n]*begin generated: {name}\b[^\n]*\n).*?^([^\n]*end generated: {name}\b)"
    replaced, count = re.subn(pattern, lambda match: f"{match[1]}{body}{match[2]}", text)
    if count != 1:
        msg = f"one pair of markers 'generated: {name}' is wanted, {count} found"
        raise ValueError(msg)
    return replaced


def _meltano_project(part: Mapping[str, Any]) -> str:
    project = _yaml.load(MELTANO)
    extractors = project["plugins"]["extractors"]
    next(extractor for extractor in extractors if extractor["name"] == plugin.NAME).update(part)
    return _dump(project)


def _hub_definition(part: Mapping[str, Any]) -> str:
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
        **part,
    }
    return "# Made by `make generate`: the plugin definition for hub.meltano.com.\n" + _dump(definition)


def _dump(value: Mapping[str, Any]) -> str:
    text = io.StringIO()
    _yaml.dump(value, text)
    return text.getvalue()
