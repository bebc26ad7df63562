"""The tap as a Meltano plugin: the output of `--about` in the format of meltano.yml and the Hub."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "tap-sei-efficiency"
NAMESPACE = "tap_sei_efficiency"

_ACCOUNT = ["api_key", "org_identifier", "project_identifier", "start_date"]
SCOPES = ("team_ids", "org_tree_names", "legacy_team_ref_ids", "org_tree_ids")
SETTING_GROUPS = [[*_ACCOUNT, scope] for scope in SCOPES]
"""Sets of settings; each is enough for a run."""

# Do not declare a number as `decimal`: Meltano 4.4.1 reads it from the environment as a Decimal and cannot write that
# as JSON. As `integer` it accepts whole numbers from the environment, and any number from meltano.yml.


def run_tap(*arguments: str) -> str:
    """Call the tap with `arguments` and return its output."""
    code = "from tap_sei_efficiency.tap import main; main()"
    # The command has only this interpreter and a constant.
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout


def about() -> dict[str, Any]:
    """The answer of `--about`."""
    answer: dict[str, Any] = json.loads(run_tap("--about", "--format=json"))
    return answer


def settings(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Meltano's settings for a config with this JSON schema."""
    return [_setting(name, leaf) for name, leaf in leaves(schema)]


def leaves(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The name and schema of each setting; an object with fixed keys counts as one setting for each key."""
    for name, value in schema["properties"].items():
        own_keys = all(key.startswith("__") for key in value.get("properties", {}))
        if own_keys:
            yield prefix + name, value
        else:
            yield from leaves(value, f"{prefix}{name}.")


def _setting(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    # In Meltano's own order of keys, so `meltano config set` does not reorder these lines.
    setting: dict[str, Any] = {"name": name, "kind": _kind(schema)}
    if schema.get("default") is not None:
        setting["value"] = schema["default"]
    setting |= {"label": schema["title"], "description": schema["description"]}
    if schema.get("secret"):
        setting["sensitive"] = True
    return setting


def _kind(schema: Mapping[str, Any]) -> str:
    # Meltano passes text on unchanged, and the tap converts it by the schema. With other kinds Meltano would convert
    # it: a blank to false, 01/02/2026 to 2 January, and 0.5, a,b or an unknown choice would end in a traceback.
    return "object" if json_type(schema) == "object" else "string"


def json_type(schema: Mapping[str, Any]) -> str:
    """The type of a value that is not null."""
    types = schema.get("type", "string")
    return str(next(name for name in types if name != "null") if isinstance(types, list) else types)
