"""How long to wait."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.api.retry import PollPolicy, RateLimit
from tests.unit.fake_sei import FakeClock


@given(
    st.floats(0.01, 10), st.floats(10, 100), st.integers(0, 100_000), st.floats(0, 1e4), st.none() | st.floats(0, 1e4)
)
def test_a_wait_is_never_shorter_than_the_first_nor_longer_than_the_longest(
    first: float, longest: float, polls: int, elapsed: float, expected: float | None
) -> None:
    delay = PollPolicy(first, longest).delay(polls, elapsed, expected)
    assert first <= delay <= longest


def test_waits_grow() -> None:
    delays = [PollPolicy(2, 30).delay(polls) for polls in range(12)]
    assert delays[:4] == [2, 2, 3, 4.5]
    assert delays == sorted(delays)
    assert delays[-1] == 30


@given(st.integers(1, 20), st.lists(st.floats(0, 30), max_size=60))
def test_no_minute_sees_more_requests_than_allowed(per_minute: int, pauses: list[float]) -> None:
    clock, sent = FakeClock(), []
    limit = RateLimit(per_minute, clock)
    for pause in pauses:
        clock.sleep(pause)
        limit.wait()
        sent.append(clock.now)
    for moment in sent:
        assert sum(moment <= other < moment + 59.999 for other in sent) <= per_minute
