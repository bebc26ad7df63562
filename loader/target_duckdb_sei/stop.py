"""SIGINT and SIGTERM: the load ends with a commit of what it has received. A second SIGINT ends the process at once."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


class Stopped(Exception):  # noqa: N818 - no error: a user or a supervisor stops the load
    """A signal has ended the input."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


class Stop:
    """Notes the first signal, so it interrupts no transaction; `signum` is 0 before."""

    def __init__(self) -> None:
        self.signum = 0

    def install(self) -> None:
        """Handle SIGINT and SIGTERM; only the main thread can."""
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._note)

    def _note(self, signum: int, _frame: FrameType | None) -> None:
        # SIGTERM can come twice: from a supervisor to all processes, and from Meltano to its plugins.
        if signum == signal.SIGINT:
            signal.signal(signum, signal.SIG_DFL)
        self.signum = self.signum or signum
