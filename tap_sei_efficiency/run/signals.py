"""SIGINT and SIGTERM: the run stops at once while it waits, but never in the middle of a message to the target."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNAL_EXIT = 128


class Terminated(SystemExit):
    """A signal ended the run; exits with the status that shells use for that."""

    def __init__(self, signum: int) -> None:
        super().__init__(_SIGNAL_EXIT + signum)
        self.signal = signal.Signals(signum)


class SignalGate:
    """Delays a signal until the run can stop.

    Inside `open` a signal ends the run at once; elsewhere the next `open` does, and a second SIGINT does not wait.
    """

    def __init__(self) -> None:
        self._is_open = False
        self._pending: int | None = None

    def install(self) -> None:
        """Handle SIGINT and SIGTERM; only the main thread can."""
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._receive)

    def _receive(self, signum: int, _frame: FrameType | None) -> None:
        if self._pending == signum == signal.SIGINT:
            # The user asks again: the process ends at once, even if the target blocks. SIGTERM can come twice for one
            # reason: from a supervisor to all processes, and from Meltano to its plugins.
            signal.signal(signum, signal.SIG_DFL)
            signal.raise_signal(signum)
        self._pending = self._pending or signum
        if self._is_open:
            raise Terminated(signum)

    def check(self) -> None:
        """Stop if a signal has arrived."""
        if self._pending is not None:
            raise Terminated(self._pending)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Delay signals inside, also within `open`, for example while a message is written."""
        was_open, self._is_open = self._is_open, False
        try:
            yield
        finally:
            self._is_open = was_open
        if was_open:
            self.check()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let a signal stop the run at once inside: while it waits or talks to SEI."""
        self._is_open = True
        try:
            self.check()
            yield
        finally:
            self._is_open = False
