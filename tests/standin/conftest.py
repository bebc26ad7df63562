"""A stand-in on a clock that only tests set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from standin import FakeClock, Standin
from tests.standin.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sei(clock: FakeClock) -> Iterator[Standin]:
    with Standin(clock=clock) as standin:
        yield standin


@pytest.fixture
def client(sei: Standin, clock: FakeClock) -> Iterator[Client]:
    client = Client(sei, clock)
    with client.session:
        yield client
