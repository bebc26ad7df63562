"""A signal ends a run only at points where it is safe."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tap_sei_efficiency.run.signals import SignalGate, Terminated
from tests.sync.run import own_signals

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def gate() -> Iterator[SignalGate]:
    with own_signals():
        gate = SignalGate()
        gate.install()
        yield gate


def test_inside_an_open_gate_a_signal_ends_the_run_at_once(gate: SignalGate) -> None:
    with pytest.raises(Terminated) as ended, gate.open():
        signal.raise_signal(signal.SIGTERM)
    assert (ended.value.code, ended.value.signal) == (143, signal.SIGTERM)


def test_elsewhere_a_signal_waits_until_the_gate_opens(gate: SignalGate) -> None:
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(Terminated) as ended, gate.open():
        pytest.fail("the run went on")
    assert ended.value.code == 130


def test_a_write_while_the_gate_is_open_is_completed(gate: SignalGate) -> None:
    written = []

    def write() -> None:
        with gate.open():
            with gate.closed():
                signal.raise_signal(signal.SIGTERM)
                written.append("the whole message")
            written.append("more")

    with pytest.raises(Terminated):
        write()
    assert written == ["the whole message"]


def test_closing_a_gate_that_is_closed_leaves_it_closed(gate: SignalGate) -> None:
    with gate.closed():
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(Terminated):
        gate.check()


def test_sigterm_from_a_supervisor_and_from_meltano_ends_the_run_once(gate: SignalGate) -> None:
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    with pytest.raises(Terminated) as ended:
        gate.check()
    assert ended.value.code == 143
