"""Memory grows with a file only by the hashes of its keys; `bench/` measures it with millions of rows."""

from __future__ import annotations

import gc
import io
import tracemalloc
from typing import TYPE_CHECKING

from tap_sei_efficiency.decode import read, repeats
from tests.decode.files import KEYS, LTTC

if TYPE_CHECKING:
    import pytest

ROWS_PER_TEAM = 3


class Rows(io.BytesIO):
    """A file of `rows` rows that is never in memory as a whole. Each row has an extra cell of the length `padding`."""

    def __init__(self, count: int, padding: int = 1) -> None:
        super().__init__()
        self._count, self._padding, self._next = count, padding, 0

    def seek(self, *_: int) -> int:
        self._next = 0
        return 0

    def read(self, size: int | None = -1, /) -> bytes:
        start, self._next = self._next, min(self._next + (size or 0) // (80 + self._padding) + 1, self._count)
        lines = [] if start else [f"{KEYS},PLANNING,LTTC,Extra"]
        for number in range(start, self._next):
            team, month = divmod(number, ROWS_PER_TEAM)
            lines.append(
                f",Team {team},Org/Team {team},2026-0{month + 1}-01,,{team / 7},{team % 90},{month:>{self._padding}}"
            )
        return "".join(f"{line}\n" for line in lines).encode()


def peak(count: int, padding: int = 1) -> int:
    """The peak memory of Python in bytes while it decodes such a file."""
    gc.collect()  # the garbage of other tests, whose collection would otherwise fall into one of two measurements
    tracemalloc.start()
    try:
        assert sum(1 for _ in read(Rows(count, padding), LTTC).records("lttc")) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_each_row_takes_only_a_few_bytes_for_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "_RUN", 1 << 10)
    peak(100)  # anything loaded once, such as an encoding, does not count
    assert peak(12_000) - peak(2_000) < 10_000 * 12


def test_long_rows_do_not_fill_the_memory() -> None:
    peak(100)
    assert peak(300, 100_000) < 10_000_000
