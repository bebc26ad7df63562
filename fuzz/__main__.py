"""Coverage-guided fuzzing: `pip install atheris`, then `python -m fuzz fuzz/corpus -max_total_time=600`.

The options are libFuzzer's. It writes new inputs to the first folder.
"""

from __future__ import annotations

import sys

import atheris

atheris.enabled_hooks.add("RegEx")
atheris.enabled_hooks.add("str")
with atheris.instrument_imports(include=["tap_sei_efficiency"]):
    from fuzz.target import decode


def test_one_input(data: bytes) -> None:
    """Run one round of the fuzzer."""
    decode(data)


atheris.Setup(sys.argv, test_one_input)
atheris.Fuzz()
