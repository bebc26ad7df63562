"""The progress of a run: a log line every 30 seconds, or a line on a terminal."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sei_efficiency.clock import Clock

_LOG_SECONDS = 30.0
_SHOW_SECONDS = 0.5

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many exports are done and in flight. `oldest` is the age of the oldest job in flight, in seconds.

    `seconds_left` is an estimate by how long jobs took lately; None before one was done.
    """

    done: int
    total: int
    in_flight: int
    oldest: float
    seconds_left: float | None

    def text(self, rows: int) -> str:
        """The text for a line; `rows` is the number of emitted records."""
        left = "" if self.seconds_left is None else f", about {_duration(self.seconds_left)} left"
        oldest = f", oldest {self.oldest:.0f} s" if self.in_flight else ""
        return f"{self.done} of {self.total} exports done, {self.in_flight} in flight{oldest}, {rows:,} records{left}"


class Heartbeat:
    """Reports the progress of the run through `show`, or in the log. `rows` counts the records so far."""

    def __init__(
        self, clock: Clock, rows: Callable[[], int] = lambda: 0, show: Callable[[str], None] | None = None
    ) -> None:
        self._clock = clock
        self._rows = rows
        self._show = show
        self._pause = _SHOW_SECONDS if show else _LOG_SECONDS
        self._next = clock.monotonic() + self._pause

    @property
    def is_due(self) -> bool:
        """Whether a report is due."""
        return self._clock.monotonic() >= self._next

    def beat(self, standing: Standing) -> None:
        """Report the progress."""
        self._next = self._clock.monotonic() + self._pause
        text = standing.text(self._rows())
        if self._show:
            self._show(text)
        else:
            _logger.info("%s.", text)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
