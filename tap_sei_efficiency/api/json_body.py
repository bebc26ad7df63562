"""The body of a JSON answer to values that the tap can emit. Pure.

JSON allows values that other tools cannot process. Text goes through `clean_text`. `NaN`, `Infinity` and numbers too
large for a double become null. An integer beyond 64 bits stays text.
"""

from __future__ import annotations

import json
import math
from typing import Any

from tap_sei_efficiency.model.text import clean_text

_MOST_LEVELS = 100
_LEAST_INTEGER, _GREATEST_INTEGER = -(2**63), 2**63 - 1


class UnreadableError(Exception):
    """A body is not the JSON that was expected. The text completes "the answer "."""


def read_json(body: bytes) -> Any:  # noqa: ANN401 - a JSON value
    """The value in `body`; a byte-order mark is skipped.

    Raises:
        UnreadableError: There is none, or it says two things at once.
    """
    if not body.strip():
        msg = "is empty"
        raise UnreadableError(msg)
    try:
        value = json.loads(
            body,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=lambda _: None,
        )
        return _cleaned(value, _MOST_LEVELS)
    except ValueError as error:
        msg = "is not JSON"
        raise UnreadableError(msg) from error
    except RecursionError:
        msg = f"is nested more than {_MOST_LEVELS} levels deep"
        raise UnreadableError(msg) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        for name, value in pairs:
            if fields[name] != value:
                msg = f"has two values for the field {clean_text(name)!r}"
                raise UnreadableError(msg)
    return fields


def _integer(text: str) -> int | str:
    # Python refuses to read more than 4,300 digits, and 64 bits hold 19.
    if len(text) <= len(str(_LEAST_INTEGER)) and _LEAST_INTEGER <= int(text) <= _GREATEST_INTEGER:
        return int(text)
    return text


def _number(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _cleaned(value: Any, levels: int) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, str):
        return clean_text(value)
    if not isinstance(value, dict | list):
        return value
    if not levels:
        raise RecursionError
    if isinstance(value, list):
        return [_cleaned(item, levels - 1) for item in value]
    return {clean_text(name): _cleaned(item, levels - 1) for name, item in value.items()}
