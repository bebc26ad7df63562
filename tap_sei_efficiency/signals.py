"""SIGINT and SIGTERM: leave at once while waiting, but never in the middle of a message to the target."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNAL_EXIT = 128


class Terminated(SystemExit):
    """The run was asked to end; exits as a shell expects of a process that a signal ended."""

    def __init__(self, signum: int) -> None:
        super().__init__(_SIGNAL_EXIT + signum)
        self.signal = signal.Signals(signum)


class SignalGate:
    """Holds a signal back until the run is at a place that it can leave.

    Inside `open` a signal ends the run at once; elsewhere `check` does, and a second signal does not wait for that.
    """

    def __init__(self) -> None:
        self._is_open = False
        self._pending: int | None = None

    def install(self) -> None:
        """Take over SIGINT and SIGTERM; only the main thread may."""
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._receive)

    def _receive(self, signum: int, _frame: FrameType | None) -> None:
        is_second = self._pending is not None
        self._pending = signum
        if self._is_open or is_second:
            raise Terminated(signum)

    def check(self) -> None:
        """Leave where a signal has come."""
        if self._pending is not None:
            raise Terminated(self._pending)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let a signal end what is done inside: waiting, and talking to SEI."""
        self._is_open = True
        try:
            self.check()
            yield
        finally:
            self._is_open = False
