"""How long to wait between two polls of a job. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """When to poll a job: first after `first` seconds, then less and less often, at most `longest` seconds apart."""

    first: float
    longest: float
    growth: float = 1.5

    def delay(self, polls: int, elapsed: float = 0.0, expected: float | None = None) -> float:
        """Seconds to the next poll of a job that was polled `polls` times in `elapsed` seconds.

        `expected` is how long the last job took. There is no use in polls long before that. After it the waits grow: a
        job of a minute takes at most eight polls.
        """
        if expected is not None and expected - elapsed > self.first:
            return min(expected - elapsed, self.longest)
        # After some dozens of polls the wait is the longest anyway, and the power overflows.
        steps = min(max(0, polls - 1), _MOST_STEPS)
        return min(self.first * self.growth**steps, self.longest)
