"""How long to wait between two tries of a request and for the rate limit, and how retries are logged."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_sei_efficiency.clock import Clock

_MINUTE = 60.0
_MOST_STEPS = 100
_MOST_WARNINGS = 20

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often one HTTP request is retried: with growing, jittered waits, until `budget` seconds are spent.

    Until SEI has answered once in a run, the budget is `first_contact` seconds: the address may be wrong.
    """

    budget: float = 600.0
    first: float = 1.0
    longest: float = 60.0
    first_contact: float = 50.0
    downloads: int = 3
    """How often a file that arrives damaged is fetched."""

    def delay(self, tries: int, left: float, asked: float | None = None, jitter: float = 0.0) -> float:
        """Seconds to wait after `tries` failed tries, if `left` seconds of the budget are left.

        `asked` is what the server asks for, `jitter` a number from 0 to 1. The result is the longer of
        the server's wait and the tap's own, so `Retry-After: 0` does not cause a burst. The rest of the budget limits
        both; the last try is at its end.
        """
        own = min(self.first * 2.0 ** min(tries - 1, _MOST_STEPS), self.longest) + self.first * jitter
        return max(0.0, min(max(own, asked or 0.0), left))


class RetryLog:
    """Warns of each retry. Above 20 in a minute it counts them, and adds the number to the next warning."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=_MOST_WARNINGS)
        self._silent = 0

    def note(self, text: str) -> None:
        """Log `text`, or count it."""
        now = self._clock.monotonic()
        if len(self._times) == _MOST_WARNINGS and now < self._times[0] + _MINUTE:
            self._silent += 1
            return
        self._times.append(now)
        if self._silent:
            text = f"{text} {self._silent} more retries were not logged."
            self._silent = 0
        _logger.warning("%s", text)


class RateLimit:
    """Limits the requests in any minute to `per_minute`, by waiting."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=per_minute)
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when one more request may be sent, and count it."""
        with self._lock:
            if len(self._times) == self._times.maxlen:
                too_early = self._times[0] + _MINUTE - self._clock.monotonic()
                if too_early > 0:
                    self._clock.sleep(too_early)
            self._times.append(self._clock.monotonic())
