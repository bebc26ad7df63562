"""The fuzzer's property on stored inputs and on a few new ones; `fuzz/` runs it for any time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.target import SPECS, check, decode
from tests.examples import examples

ROOT = Path(__file__).parents[2]
CORPUS = sorted((ROOT / "fuzz" / "corpus").iterdir())
SEEDS = [file.read_bytes() for file in CORPUS]
SEEDS += [bytes([0]) + file.read_bytes() for file in sorted((ROOT / "tests" / "golden").glob("*.csv"))]


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_stored_inputs_give_valid_records_or_the_tap_s_own_errors(file: Path) -> None:
    assert decode(file.read_bytes())


@examples(300)
@given(st.binary(max_size=200))
def test_any_bytes_give_valid_records_or_the_tap_s_own_errors(data: bytes) -> None:
    decode(data)


@examples(1_000)
@given(st.sampled_from(SEEDS), st.integers(0, 255), st.data())
def test_damaged_files_give_valid_records_or_the_tap_s_own_errors(
    seed: bytes, choice: int, data: st.DataObject
) -> None:
    start = data.draw(st.integers(1, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 20)))
    piece = data.draw(st.sampled_from([b"", b'"', b",", b"\r", b"\xff", b"\0", b"nan", b"1_0", b"\xef\xbc\x91", b"%"]))
    decode(bytes([choice]) + seed[1:start] + piece * data.draw(st.integers(0, 3)) + seed[end:])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**63, "a\0"])
def test_the_property_can_fail(value: object) -> None:
    with pytest.raises((AssertionError, KeyError)):
        check({"lttc": value, "additional_metrics": {}}, SPECS[0])
