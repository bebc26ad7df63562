"""The README lists every fault and dialect."""

from __future__ import annotations

import re
from pathlib import Path

from standin import DIALECTS, KINDS

README = (Path(__file__).parents[2] / "standin" / "README.md").read_text(encoding="utf-8")


def test_the_table_has_every_fault_as_in_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", README, re.MULTILINE)
    assert rows == [(kind.name, kind.hook.value, kind.description) for kind in KINDS.values()]


def test_every_dialect_is_named() -> None:
    for name in DIALECTS:
        assert f"`{name}`" in README
