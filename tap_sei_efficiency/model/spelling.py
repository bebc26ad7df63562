"""Names as people and servers write them, split into words: `LTTC_Mean_Days`, `Lead Time (mean)`, `teamName`."""

from __future__ import annotations

import re
import unicodedata

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+|%")
_MOST_SHOWN = 80


def words(name: str) -> tuple[str, ...]:
    """The words of `name` in lower case; separators do not matter, except `%`, which means percent."""
    spaced = _HUMP.sub(" ", unicodedata.normalize("NFKC", name))
    return tuple("percent" if word == "%" else word.lower() for word in _WORD.findall(spaced))


def snake_case(name: str) -> str:
    """`name` as a column name; empty if it has no letter or digit."""
    return "_".join(words(name))


def shown(text: str) -> str:
    """`text` as an error shows it: in quotes, on one line, not endless."""
    quoted = repr(text)
    return quoted if len(quoted) <= _MOST_SHOWN else f"{quoted[:_MOST_SHOWN]}…"
