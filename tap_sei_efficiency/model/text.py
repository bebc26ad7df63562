r"""One rule for text from SEI: what leaves the tap is text that every loader and database can store. Pure.

Two kinds of characters pass through JSON and break what comes after it. UTF-8 cannot write half of a surrogate pair
(`"\ud83d"`). PostgreSQL refuses a zero character (`"\u0000"`), so every load fails. Both become U+FFFD, the
replacement character: it shows that a character is missing, and names of different length stay different.

A zero *byte* in a CSV file is another matter: it means UTF-16 or a damaged file, so the decoder refuses that file.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"

_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


def clean_text(text: str) -> str:
    """`text` with U+FFFD in place of each lone surrogate and each zero character."""
    return _UNSTORABLE.sub(REPLACEMENT, text)
