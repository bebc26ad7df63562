"""How long to wait: between two polls of a job, between two tries of a request, and for the rate limit."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_sei_efficiency.clock import Clock

_MINUTE = 60.0
_MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """When to ask about a job again: first after `first` seconds, then ever later, never more than `longest` apart."""

    first: float
    longest: float
    growth: float = 1.5

    def delay(self, polls: int, elapsed: float = 0.0, expected: float | None = None) -> float:
        """Seconds to the next poll of a job that was polled `polls` times in `elapsed` seconds.

        `expected` is how long jobs took lately. Before that it does not pay to ask often; after that the waits grow,
        so that a job of a minute costs eight polls at most.
        """
        if expected is not None and expected - elapsed > self.first:
            return min(expected - elapsed, self.longest)
        # Beyond some dozens of polls the wait is the longest anyway, and the power no number any more.
        steps = min(max(0, polls - 1), _MOST_STEPS)
        return min(self.first * self.growth**steps, self.longest)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often one HTTP request is repeated: with growing, jittered waits, until `budget` seconds are spent."""

    first: float = 1.0
    longest: float = 60.0
    budget: float = 600.0
    downloads: int = 3
    """How often a file that arrives damaged is fetched."""


class RateLimit:
    """Keeps the number of requests in any minute at `per_minute` or less, by waiting."""

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
