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

    Inside `open` a signal ends the run at once; elsewhere the next `open` does, and a second signal does not wait.
    """

    def __init__(self) -> None:
        self._is_open = False
        self._pending: int | None = None

    def install(self) -> None:
        """Take over SIGINT and SIGTERM; only the main thread may."""
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._receive)

    def _receive(self, signum: int, _frame: FrameType | None) -> None:
        if self._pending is not None:
            # Whoever asks twice does not want to wait for the target to take a message.
            signal.signal(signum, signal.SIG_DFL)
            signal.raise_signal(signum)
        self._pending = signum
        if self._is_open:
            raise Terminated(signum)

    def check(self) -> None:
        """Leave where a signal has come."""
        if self._pending is not None:
            raise Terminated(self._pending)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Let what is done inside be done whole, also within `open`: writing a message."""
        was_open, self._is_open = self._is_open, False
        try:
            yield
        finally:
            self._is_open = was_open
        if was_open:
            self.check()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let a signal end what is done inside: waiting, and talking to SEI."""
        self._is_open = True
        try:
            self.check()
            yield
        finally:
            self._is_open = False
