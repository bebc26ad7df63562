"""The waits between requests and retries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from standin.clock import FakeClock
from tap_sei_efficiency.api.retry import RateLimit, RetryLog, RetryPolicy
from tap_sei_efficiency.run.polling import PollPolicy

if TYPE_CHECKING:
    import pytest


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
def test_no_minute_has_more_requests_than_allowed(per_minute: int, pauses: list[float]) -> None:
    clock, sent = FakeClock(), []
    limit = RateLimit(per_minute, clock)
    for pause in pauses:
        clock.sleep(pause)
        limit.wait()
        sent.append(clock.monotonic())
    for moment in sent:
        assert sum(moment <= other < moment + 59.999 for other in sent) <= per_minute


@given(st.integers(1, 10_000), st.floats(0, 1000), st.none() | st.floats(0, allow_nan=False), st.floats(0, 1))
def test_a_retry_waits_for_the_longer_of_both_waits_and_never_beyond_the_budget(
    tries: int, left: float, asked: float | None, jitter: float
) -> None:
    policy = RetryPolicy()
    wait = policy.delay(tries, left, asked, jitter)
    assert 0 <= wait <= left
    assert wait == left or wait >= max(policy.first, asked or 0)
    assert wait <= max(policy.longest + policy.first, asked or 0)


def test_many_retries_are_counted_instead_of_logged(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    log = RetryLog(clock)
    for number in range(100):
        log.note(f"Retry {number}.")
    assert len(caplog.messages) == 20
    clock.sleep(60)
    log.note("Retry 100.")
    log.note("Retry 101.")
    assert caplog.messages[20:] == ["Retry 100. 80 more retries were not logged.", "Retry 101."]
