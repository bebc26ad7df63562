"""The tables of docs/: settings from `--about`, streams and columns from `--discover`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.generate import plugin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Turns every stream on; discovery contacts no server.
_EVERY_STREAM = {
    "api_key": "none",
    "org_identifier": "default",
    "project_identifier": "sei",
    "start_date": "2026-01-01",
    "team_ids": ["platform"],
    "metrics": ["LTTC_Mean_Days"],
    "legacy_team_ref_ids": [1],
    "org_tree_ids": [1],
    "list_org_trees": True,
    "sprint_metrics": ["team", "sprint"],
}


def catalog() -> list[dict[str, Any]]:
    """Every stream of the tap, as `--discover` prints it."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        Path(config.name).write_text(json.dumps(_EVERY_STREAM), encoding="utf-8")
        streams: list[dict[str, Any]] = json.loads(plugin.run_tap("--config", config.name, "--discover"))["streams"]
    return streams


def settings_table(schema: Mapping[str, Any]) -> str:
    """A row for each setting of a config with this JSON schema."""
    required = set(schema.get("required", ()))
    rows = (
        (f"`{name}`", _values(leaf), "required" if name in required else _default(leaf), leaf["description"])
        for name, leaf in plugin.leaves(schema)
    )
    return _table(("Setting", "Type", "Default", "Meaning"), rows)


def _values(schema: Mapping[str, Any]) -> str:
    return ", ".join(f"`{value}`" for value in schema["enum"]) if "enum" in schema else _type(schema)


def _default(schema: Mapping[str, Any]) -> str:
    return f"`{json.dumps(schema['default'])}`" if schema.get("default") is not None else ""


def streams_table(streams: Iterable[Mapping[str, Any]]) -> str:
    """A row for all streams with the same key and replication method."""
    alike: dict[tuple[str, str], list[str]] = {}
    for stream in streams:
        key = ", ".join(f"`{name}`" for name in stream["key_properties"]) or "none"
        method = stream["replication_method"].lower().replace("_", " ")
        alike.setdefault((method, key), []).append(f"`{stream['tap_stream_id']}`")
    return _table(("Streams", "Replication", "Key"), ((", ".join(names), *row) for row, names in alike.items()))


def columns_table(streams: list[dict[str, Any]]) -> str:
    """A row for each column; streams that share a column share its row."""
    owners: dict[tuple[str, str, str], list[str]] = {}
    for stream in streams:
        for name, schema in stream["schema"]["properties"].items():
            column = (name, _type(schema), schema.get("description", ""))
            owners.setdefault(column, []).append(stream["tap_stream_id"])
    every = [stream["tap_stream_id"] for stream in streams]
    rows = ((f"`{name}`", _names(owning, every), *rest) for (name, *rest), owning in owners.items())
    return _table(("Column", "Streams", "Type", "Meaning"), rows)


def _names(owning: list[str], every: list[str]) -> str:
    others = [name for name in every if name not in owning]
    if not others:
        return "all"
    shorter, lead = (others, "all but ") if len(others) < len(owning) else (owning, "")
    return lead + ", ".join(f"`{name}`" for name in shorter)


def _type(schema: Mapping[str, Any]) -> str:
    return str(schema.get("format", plugin.json_type(schema)))


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines)
