"""Finds keys that occur twice among millions: sorted runs of 64-bit hashes, 8 bytes of memory for each key."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from itertools import chain, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

_RUN = 1 << 14
_SLICES = 1 << 8
_SLICE_EDGES = [(number << 64) // _SLICES - (1 << 63) for number in range(_SLICES + 1)]
_MOST_AT_ONCE = 1_000


class KeyHashes:
    """Hashes of the keys of a file."""

    def __init__(self) -> None:
        self._last: array[int] = array("q")
        self._runs: list[array[int]] = []

    def add(self, keys: Iterable[Hashable]) -> None:
        """Take up a block of keys."""
        self._last.extend(map(hash, keys))
        if len(self._last) >= _RUN:
            self._end_run()

    def repeated(self) -> Iterator[frozenset[int]]:
        """Hashes that occur more than once, some at a time. Two keys may share a hash, though they hardly ever do."""
        self._end_run()
        for first, end in pairwise(_SLICE_EDGES):
            slices = (run[bisect_left(run, first) : bisect_left(run, end)] for run in self._runs)
            hashes = list(chain.from_iterable(slices))
            if len(set(hashes)) < len(hashes):
                found = [value for value, times in Counter(hashes).items() if times > 1]
                for start in range(0, len(found), _MOST_AT_ONCE):
                    yield frozenset(found[start : start + _MOST_AT_ONCE])

    def _end_run(self) -> None:
        self._runs.append(array("q", sorted(self._last)))
        del self._last[:]
