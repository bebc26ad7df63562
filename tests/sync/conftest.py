"""The stand-in and the clock that it shares with the tap."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from standin.clock import FakeClock
from standin.server import Standin

if TYPE_CHECKING:
    from collections.abc import Iterator


def fake_clock() -> FakeClock:
    """Time that passes only when the tap sleeps, or when the stand-in simulates a delay."""
    return FakeClock(datetime(2026, 11, 23, 10, tzinfo=UTC))


def stand_in(clock: FakeClock, **arguments: Any) -> Standin:
    """A stand-in whose jobs take five seconds of this clock."""
    return Standin(clock=clock, job_seconds=5, **arguments)


@pytest.fixture
def clock() -> FakeClock:
    """The clock of a test."""
    return fake_clock()


@pytest.fixture
def sei(clock: FakeClock) -> Iterator[Standin]:
    """The stand-in of a test, on its clock."""
    with stand_in(clock) as server:
        yield server
