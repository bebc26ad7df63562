"""Memory does not grow with the file: measured with as many rows as a test has time for; `bench/` has millions."""

from __future__ import annotations

import io
import tracemalloc
from typing import TYPE_CHECKING

from tap_sei_efficiency import repeats
from tap_sei_efficiency.decode import read
from tests.decode.files import KEYS, LTTC

if TYPE_CHECKING:
    import pytest

ROWS_PER_TEAM = 3


class Rows(io.BytesIO):
    """A file of so many rows that is never in memory as a whole."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count, self._next = count, 0

    def seek(self, *_: int) -> int:
        self._next = 0
        return 0

    def read(self, size: int | None = -1, /) -> bytes:
        start, self._next = self._next, min(self._next + (size or 0) // 80, self._count)
        lines = [] if start else [f"{KEYS},PLANNING,LTTC,Extra"]
        for number in range(start, self._next):
            team, month = divmod(number, ROWS_PER_TEAM)
            lines.append(f",Team {team},Org/Team {team},2026-0{month + 1}-01,,{team / 7},{team % 90},{month}")
        return "".join(f"{line}\n" for line in lines).encode()


def peak(count: int) -> int:
    """Most bytes that Python held at a time while it decoded a file of `count` rows."""
    tracemalloc.start()
    try:
        assert sum(len(block) for block in read(Rows(count), LTTC).blocks()) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_of_ten_times_the_rows_takes_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "_RUN", 1 << 10)
    peak(100)  # what is loaded once, such as an encoding, is no growth
    assert peak(40_000) < 1.2 * peak(4_000)
