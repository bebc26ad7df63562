"""Time from outside: the wall's, or one that only moves when somebody sleeps on it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The clock of the stand-in."""

    def now(self) -> datetime:
        """The time in UTC."""

    def pause(self, seconds: float, stop: threading.Event) -> None:
        """Let `seconds` pass, or less where `stop` is set meanwhile."""

    def advance(self, seconds: float) -> None:
        """Move on by `seconds` where time is not real."""


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The machine's time in UTC."""
        return datetime.now(UTC)

    def pause(self, seconds: float, stop: threading.Event) -> None:
        """Block for `seconds`, or until `stop` is set."""
        stop.wait(seconds)

    def advance(self, seconds: float) -> None:
        """Do nothing: real time passes by itself."""

    def monotonic(self) -> float:
        """Seconds of `time.monotonic`."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for `seconds`."""
        time.sleep(seconds)


class FakeClock:
    """A clock that stops between sleeps; a sleep takes no real time. The tap and the stand-in can share one."""

    def __init__(self, start: datetime = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The start, and all sleeps since."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds slept since the start."""
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds`."""
        if seconds < 0:
            msg = f"cannot sleep for {seconds} s"
            raise ValueError(msg)
        with self._lock:
            self._elapsed += seconds

    def pause(self, seconds: float, stop: threading.Event) -> None:
        """Move on by `seconds`, whether or not `stop` is set."""
        del stop
        self.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.sleep(seconds)
