"""The progress of a run as a user sees it."""

from __future__ import annotations

import io
import logging
import os
import pty

from standin.clock import FakeClock
from tap_sei_efficiency.run.heartbeat import Heartbeat, Standing
from tap_sei_efficiency.terminal import ProgressLine

STANDING = Standing(done=3, total=10, in_flight=2, oldest=41.6, seconds_left=125.0)
TEXT = "3 of 10 exports done, 2 in flight, oldest 42 s, 1,234 records, about 2 min 5 s left"


def test_the_progress_is_one_line() -> None:
    assert STANDING.text(1234) == TEXT
    assert Standing(0, 2, 0, 0.0, None).text(0) == "0 of 2 exports done, 0 in flight, 0 records"
    assert Standing(1, 2, 0, 0.0, 59.0).text(0).endswith("about 59 s left")


def test_a_terminal_is_updated_twice_a_second_and_a_log_twice_a_minute() -> None:
    clock = FakeClock()
    shown: list[str] = []
    for heartbeat, seconds in [(Heartbeat(clock, lambda: 1234, shown.append), 0.5), (Heartbeat(clock), 30)]:
        assert not heartbeat.is_due
        clock.sleep(seconds)
        assert heartbeat.is_due
        heartbeat.beat(STANDING)
        assert not heartbeat.is_due
    assert shown == [TEXT]


def test_log_lines_are_above_the_line() -> None:
    terminal = io.StringIO()
    line = ProgressLine(terminal, columns=10)
    handler = logging.StreamHandler(terminal)
    handler.addFilter(line)
    line.clear()
    line.show("far too long for it")
    handler.handle(logging.makeLogRecord({"msg": "logged"}))
    line.clear()
    assert terminal.getvalue() == "\r\x1b[Kfar too l\r\r\x1b[Klogged\n"


def test_only_a_terminal_without_messages_has_the_line() -> None:
    controller, terminal = pty.openpty()
    handler = logging.StreamHandler()
    with open(terminal, "w", encoding="utf-8") as screen:  # noqa: PTH123 - a descriptor, not a path
        assert ProgressLine.find(io.StringIO(), io.StringIO(), [handler]) is None
        assert ProgressLine.find(screen, screen, [handler]) is None
        assert not handler.filters
        line = ProgressLine.find(screen, io.StringIO(), [handler])
        assert handler.filters == [line]
    os.close(controller)
