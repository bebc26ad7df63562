"""Coverage-guided fuzzing with atheris: `python -m fuzz fuzz/corpus -max_total_time=600` (options are libFuzzer's)."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["tap_sei_efficiency"]):
    from fuzz.target import decode


def test_one_input(data: bytes) -> None:
    """One round of the fuzzer."""
    decode(data)


atheris.Setup(sys.argv, test_one_input)
atheris.Fuzz()
