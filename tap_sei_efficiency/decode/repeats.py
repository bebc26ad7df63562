"""Finds keys that occur twice among millions, in bounded memory: 64-bit hashes in sorted runs, on disk when many."""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections import Counter
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

_RUN = 1 << 14
_SLICES = 1 << 8
_SLICE_STARTS = [(number << 64) // _SLICES - (1 << 63) for number in range(_SLICES)]
_MOST_AT_ONCE = 1_000


class KeyHashes:
    """Hashes of the keys of a file. A context, whose end deletes the temporary file."""

    def __init__(self) -> None:
        self._last: array[int] = array("q")
        self._file: IO[bytes] | None = None
        self._edges: list[array[int]] = []  # where the slices of each run in the file start, and the last one ends

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def add(self, keys: Iterable[Hashable]) -> None:
        """Take up a block of keys."""
        self._last.extend(map(hash, keys))
        if len(self._last) >= _RUN:
            self._spill()

    def repeated(self) -> Iterator[frozenset[int]]:
        """Hashes that occur more than once, some at a time. Two keys may share a hash, though they hardly ever do."""
        for hashes in self._slices() if self._edges else [self._last]:
            if len(set(hashes)) < len(hashes):
                found = [value for value, times in Counter(hashes).items() if times > 1]
                for start in range(0, len(found), _MOST_AT_ONCE):
                    yield frozenset(found[start : start + _MOST_AT_ONCE])

    def _spill(self) -> None:
        run = array("q", sorted(self._last))
        self._edges.append(array("I", [*(bisect_left(run, start) for start in _SLICE_STARTS), len(run)]))
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        run.tofile(self._file)
        del self._last[:]

    def _slices(self) -> Iterator[array[int]]:
        """All hashes, those of one range of values at a time."""
        if self._last:
            self._spill()
        assert self._file  # noqa: S101 - there are runs
        for first, last in pairwise(range(_SLICES + 1)):
            hashes: array[int] = array("q")
            run_start = 0
            for edges in self._edges:
                self._file.seek((run_start + edges[first]) * hashes.itemsize)
                hashes.frombytes(self._file.read((edges[last] - edges[first]) * hashes.itemsize))
                run_start += edges[-1]
            yield hashes
