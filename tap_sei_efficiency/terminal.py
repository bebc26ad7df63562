"""The progress of a run, as the last line of a terminal: rewritten in place, while log lines go by above it."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

_USUAL_COLUMNS = 80
_CLEAR = "\r\x1b[K"


class ProgressLine(logging.Filter):
    """The last line of `terminal`. As a filter of log handlers it makes room for each log line."""

    def __init__(self, terminal: TextIO, columns: int) -> None:
        super().__init__()
        self._terminal = terminal
        self._columns = columns
        self._is_shown = False

    @classmethod
    def find(cls, terminal: TextIO, output: TextIO, handlers: Iterable[logging.Handler]) -> Self | None:
        """The line, above the log of `handlers`; None without a terminal, or if the messages go to one as well."""
        if output.isatty() or not terminal.isatty() or os.environ.get("TERM") == "dumb":
            return None
        line = cls(terminal, os.get_terminal_size(terminal.fileno()).columns or _USUAL_COLUMNS)
        for handler in handlers:
            handler.addFilter(line)
        return line

    def show(self, text: str) -> None:
        """Let `text` be the line, cut to the width of the terminal."""
        # The cursor returns to the start, so a line of the target's own log covers this one.
        self._terminal.write(f"{_CLEAR}{text[: self._columns - 1]}\r")
        self._terminal.flush()
        self._is_shown = True

    def clear(self) -> None:
        """Remove the line."""
        if self._is_shown:
            self._terminal.write(_CLEAR)
            self._terminal.flush()
            self._is_shown = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Remove the line for `record`, which is always logged."""
        del record
        self.clear()
        return True
