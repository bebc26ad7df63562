"""The README says what there is."""

from __future__ import annotations

import re
from pathlib import Path

from standin import DIALECTS, KINDS

README = (Path(__file__).parents[2] / "standin" / "README.md").read_text(encoding="utf-8")


def test_every_fault_stands_in_the_table_as_the_code_has_it() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", README, re.MULTILINE)
    assert rows == [(kind.name, kind.hook.value, kind.description) for kind in KINDS.values()]


def test_every_dialect_is_named() -> None:
    for name in DIALECTS:
        assert f"`{name}`" in README
