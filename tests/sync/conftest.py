"""The stand-in and the clock that it shares with the tap."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from standin.clock import FakeClock
from standin.server import Standin

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> FakeClock:
    """Time that passes only when the tap sleeps, or the stand-in pretends that it took long."""
    return FakeClock(datetime(2026, 11, 23, 10, tzinfo=UTC))


@pytest.fixture
def sei(clock: FakeClock) -> Iterator[Standin]:
    """A stand-in whose jobs take five seconds of that clock."""
    with Standin(clock=clock, job_seconds=5) as server:
        yield server
