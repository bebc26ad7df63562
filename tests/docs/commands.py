"""The shell commands in the documentation."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.docs.pages import PAGES, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTINUED = re.compile(r"\\\n\s*")


@dataclass(frozen=True, slots=True)
class Command:
    """One command, on one line, and its block."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where} {self.text}"

    def calls(self, program: str) -> Iterator[list[str]]:
        """The arguments of each call of `program` in the command."""
        lexer = shlex.shlex(self.text, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
        for start in (index for index, word in enumerate(words) if word == program):
            rest = words[start + 1 :]
            ends = (index for index, word in enumerate(rest) if set(word) <= set("|&;<>()"))
            yield rest[: next(ends, len(rest))]


def commands() -> list[Command]:
    """Every command in a `sh` block, in reading order."""
    found = [
        Command(block.where, line.strip())
        for page in PAGES
        for block in blocks(page, "sh")
        for line in _CONTINUED.sub("", block.text).splitlines()
    ]
    return [command for command in found if command.text and not command.text.startswith("#")]
