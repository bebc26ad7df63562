"""Settings that arrive as text, from the environment or another tool, made into what the schema asks for. Pure.

A blank is not set, and never false. What stands around a value by accident goes: blanks, line ends, a byte-order mark,
zero-width characters, one pair of quotes. Text that cannot be converted stays as it is, for the schema to refuse.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_AROUND = r"[\s\ufeff\u200b-\u200f\u2060]+"
_EDGES = re.compile(rf"\A{_AROUND}|{_AROUND}\Z")
_SWITCHES = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_BETWEEN_ENTRIES = re.compile(r"[,;\r\n]")


def typed(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with each value converted to the type that `schema` names, and without those that are blank or null."""
    properties = schema.get("properties", {})
    values = {name: _value(value, properties.get(name, {})) for name, value in config.items()}
    return {name: value for name, value in values.items() if value is not None}


def stripped(text: str) -> str:
    """`text` without accidental characters around it."""
    text = _EDGES.sub("", text)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = _EDGES.sub("", text[1:-1])
    return text


def _value(value: Any, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a config's values are anything
    types = _types(schema)
    if isinstance(value, str):
        value = stripped(value)
        if not value or (value == "null" and "string" not in types):
            return None
        value = _from_text(value, types)
    if "array" in types:
        return _entries(value, schema.get("items", {}))
    if isinstance(value, dict):
        known = schema.get("properties", {})
        # Inside a setting null can mean something: in `stream_maps` it removes a column.
        return {name: item if name not in known else _value(item, known[name]) for name, item in value.items()}
    return value if isinstance(value, bool) else _scalar(value, types)


def _scalar(value: Any, types: set[str]) -> Any:  # noqa: ANN401 - a config's values are anything
    if "string" in types:
        return str(value) if isinstance(value, int) else value
    if "integer" in types and isinstance(value, float | Decimal) and value % 1 == 0:
        return int(value)
    return float(value) if "number" in types and isinstance(value, int | Decimal) else value


def _from_text(text: str, types: set[str]) -> Any:  # noqa: ANN401 - any type that a schema names
    reader = next((read for kind, read in _READERS.items() if kind in types), None)
    return reader(text) if reader else text


def _json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _list(text: str) -> Any:  # noqa: ANN401 - what is no list stays text
    if text.startswith(("[", "{")):
        return _json(text)
    return [entry for entry in map(stripped, _BETWEEN_ENTRIES.split(text)) if entry]


_READERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "string": lambda text: text,
        "boolean": lambda text: _SWITCHES.get(text.lower(), text),
        "integer": lambda text: int(text) if _INTEGER.fullmatch(text) else text,
        "number": lambda text: float(text) if _NUMBER.fullmatch(text) else text,
        "array": _list,
        "object": _json,
    }
)
"""How text becomes a value, by the types of JSON schema. Where a schema names several, the first counts."""


def _entries(value: Any, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what cannot be converted stays
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, list):
        return value
    entries = ((entry, _value(entry, schema)) for entry in value)
    # A blank entry is a mistake, other than a blank setting: it stays, and is refused.
    return [("" if isinstance(entry, str) else entry) if new is None else new for entry, new in entries]


def _types(schema: Mapping[str, Any]) -> set[str]:
    types = schema.get("type", [])
    return {types} if isinstance(types, str) else set(types)
