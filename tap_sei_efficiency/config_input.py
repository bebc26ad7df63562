"""Reads the user's input: config, state and catalog from files, and settings from the environment."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.singerlib import Catalog

from tap_sei_efficiency.api.json_body import UnreadableError, read_json
from tap_sei_efficiency.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_OBJECT: dict[str, Any] = {"type": "object"}
_PARTITION: dict[str, Any] = {
    **_OBJECT,
    "required": ["context"],
    "properties": {"context": {**_OBJECT, "additionalProperties": {"not": {"type": ["array", "object"]}}}},
}
_BOOKMARK = {**_OBJECT, "properties": {"partitions": {"type": "array", "items": _PARTITION}}}
_WRAPPERS = ("completed", "singer_state", "value")
_STATE: dict[str, Any] = {
    **_OBJECT,
    "properties": {
        "bookmarks": {**_OBJECT, "additionalProperties": _BOOKMARK},
        "exports_in_flight": {"type": "array"},
    },
}


def read_file(source: str | IO[str]) -> dict[str, Any]:
    """The JSON object in a file: a path, or an open file.

    Raises:
        SettingsError: There is no such file, or something else is in it.
    """
    name = source if isinstance(source, str) else source.name
    try:
        body = Path(source).read_bytes() if isinstance(source, str) else source.read().encode()
        content = read_json(body)
    except UnreadableError as error:
        where = f": {error.__cause__}" if error.__cause__ else ""
        msg = f"File {name} {error}{where}."
    except UnicodeError:
        msg = f"File {name} is not UTF-8 text."
    except OSError as error:
        msg = f"File {name} cannot be read: {error.strerror}."
    else:
        if isinstance(content, dict):
            return content
        msg = f"File {name} does not contain a JSON object."
    raise SettingsError(msg)


def read_state(file: IO[str]) -> dict[str, Any]:
    """The state in an open file: as the tap writes it, in a STATE message or not, or as Meltano prints or keeps it.

    Raises:
        SettingsError: There is none, or it has another shape.
    """
    from jsonschema import Draft7Validator  # noqa: PLC0415 - few starts need it this early

    state = read_file(file)
    for wrapper in _WRAPPERS:
        inner = state.get(wrapper)
        if "bookmarks" not in state and isinstance(inner, dict):
            state = inner
    for error in Draft7Validator(_STATE).iter_errors(state):
        where = ".".join(map(str, error.absolute_path)) or "the state"
        msg = f"State file {file.name} is damaged at {where}. Correct it, or start without it."
        raise SettingsError(msg)
    return state


def read_catalog(file: IO[str]) -> Catalog:
    """The catalog in an open file.

    Raises:
        SettingsError: There is none, or it has another shape.
    """
    content = read_file(file)
    try:
        for entry in content["streams"]:
            stream = entry["tap_stream_id"]
            if (name := entry.get("stream", stream)) != stream:
                msg = (
                    f"Catalog file {file.name} calls the stream {stream} {name}. Let both fields be equal, and "
                    "rename the stream by a stream map, with `__alias__`."
                )
                raise SettingsError(msg)
        return Catalog.from_dict(content)
    except (AttributeError, KeyError, TypeError, ValueError):
        msg = f"Catalog file {file.name} is damaged. Create it again with --discover."
        raise SettingsError(msg) from None


def unknown_variables(names: Iterable[str], schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """A sentence for each variable of the tap among `names` that is not a setting, and so has no effect.

    Meltano's own variables have two underscores after the prefix; settings inside an object follow its name.
    """
    known = [f"{prefix}{name.upper()}" for name in schema["properties"]]
    for name in names:
        is_ours = name.startswith(prefix) and not name.startswith(f"{prefix}_")
        if is_ours and not any(name == each or name.startswith(f"{each}_") for each in known):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            yield f"Environment variable {name} is not a setting of the tap and has no effect.{hint}"


def environment(schema: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The settings in the environment and in `.env`, as text. The SDK would read a blank as false."""
    texts = {name: {"type": "string"} for name in schema["properties"]}
    return parse_environment_config({"properties": texts}, prefix)
