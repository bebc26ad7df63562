"""The page on the dialect: one section for each part, from the table that validates the setting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.dialect_table import PARTS

if TYPE_CHECKING:
    from tap_sei_efficiency.dialect_table import Part

_WIDTH = 116


def parts() -> str:
    """A section for each part: meaning, source, example and default."""
    return "\n" + "\n".join(map(_section, PARTS))


def _section(part: Part) -> str:
    adds = "Your words come before the default's." if part.adds else "Your value replaces the default's."
    example = _json({"dialect": {part.name: part.example}})
    return (
        f"### {part.name}\n\n{part.meaning} {adds} Source of the default: {part.source}.\n\n"
        f"```json\n{example}\n```\n\nDefault:\n\n```json\n{_wrapped(part.default)}\n```\n"
    )


def _wrapped(default: Any) -> str:  # noqa: ANN401 - parts have several types
    """The default on one line, or with one line for each of its entries."""
    if isinstance(default, str | bool | None):
        return _json(default)
    if isinstance(default, tuple):
        line, marks, entries = _json(default), "[]", [_json(entry) for entry in default]
    else:
        line, marks = _json(dict(default)), "{}"
        entries = [f"{_json(key)}: {_json(entry)}" for key, entry in default.items()]
    return line if len(line) < _WIDTH else f"{marks[0]}\n  " + ",\n  ".join(entries) + f"\n{marks[1]}"


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False)
