"""Repeated keys are found among any number of keys; keys with a common hash are not an error."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.decode import file as decoder
from tap_sei_efficiency.decode import repeats
from tap_sei_efficiency.decode.repeats import KeyHashes
from tap_sei_efficiency.errors import DecodeError
from tests.decode.files import decode

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

HEADER = "Granularity,Team,LTTC"
ROWS = [f"Jan 2026,team {number},{number}" for number in range(3_000)]


class OneHashForAll(KeyHashes):
    """Treats every key as repeated."""

    def add(self, keys: Iterable[Hashable]) -> None:
        super().add(0 for _ in keys)

    def repeated(self) -> Iterable[frozenset[int]]:  # type: ignore[override]
        return [EveryHash()] if any(super().repeated()) else []


class EveryHash(frozenset[int]):
    def __contains__(self, _: object) -> bool:
        return True


@given(st.lists(st.integers(-(2**60), 2**60) | st.integers(0, 20), max_size=100), st.sampled_from([1, 10, 1_000]))
def test_exactly_the_repeated_keys_are_found(keys: list[int], run: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(repeats, "_RUN", run)
        hashes = KeyHashes()
        for start in range(0, len(keys), 7):
            hashes.add(keys[start : start + 7])
        found = [value for some in hashes.repeated() for value in some]
    counts = Counter(map(hash, keys))
    assert sorted(found) == sorted(value for value, times in counts.items() if times > 1)


@pytest.mark.parametrize("run", [100, 1_000, 1 << 14])
@pytest.mark.parametrize(("first", "second"), [(0, 2_999), (0, 1), (1_500, 1_501)])
def test_a_repeated_row_is_found_anywhere(monkeypatch: pytest.MonkeyPatch, run: int, first: int, second: int) -> None:
    monkeypatch.setattr(repeats, "_RUN", run)
    rows = [*ROWS]
    rows[second] = rows[first]
    with pytest.raises(DecodeError, match=f"Lines {first + 2} and {second + 2} of export exp_1 both have"):
        decode("\n".join([HEADER, *rows]))


def test_keys_that_only_share_a_hash_are_distinguished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "KeyHashes", OneHashForAll)
    assert len(decode("\n".join([HEADER, *ROWS]))) == len(ROWS)
    with pytest.raises(DecodeError, match="Lines 8 and 3002 of"):
        decode("\n".join([HEADER, *ROWS, ROWS[6]]))
