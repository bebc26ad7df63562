"""The stand-in checks the tap, so the two must share no code."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

MODULES = sorted((Path(__file__).parents[2] / "standin").glob("*.py"))


def imported(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in whole | parts}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_imports_only_the_standard_library_and_itself(module: Path) -> None:
    foreign = imported(module.read_text(encoding="utf-8")) - sys.stdlib_module_names - {"standin"}
    assert foreign == set()


def test_there_are_modules_to_check() -> None:
    assert len(MODULES) > 20
