"""Where a line of code lives: what each room may import, read off the syntax tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tap_sei_efficiency

ROOT = Path(tap_sei_efficiency.__file__).parent
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.rglob("*.py")}

ALLOWED = {
    "requests": {"api.failures", "api.transport"},
    "urllib3": {"api.failures", "api.transport"},
    "time": {"clock"},
    "signal": {"run.signals"},
    "threading": {"run.prefetch", "api.retry"},
    "singer_sdk": {"config_input", "tap", "emit.messages"},
}
MAY_USE = {
    "decode": {"decode", "errors", "model"},
    "emit": {"decode", "emit", "errors"},
}
KNOWS_TODAY = {"tap", "emit.messages"}


def imports(path: Path) -> set[str]:
    """The top-level packages that a module imports at run time."""
    tree = ast.parse(path.read_text())
    typing_only = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and isinstance(branch.test, ast.Name) and branch.test.id == "TYPE_CHECKING"
        for node in ast.walk(branch)
    }
    found = set()
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_room_imports_only_what_it_may(module: str) -> None:
    strays = {
        package
        for package in imports(MODULES[module]) & ALLOWED.keys()
        if module not in ALLOWED[package] and not (package == "singer_sdk" and module.startswith("streams"))
    }
    assert not strays


@pytest.mark.parametrize("module", sorted(MODULES.keys() - KNOWS_TODAY))
def test_a_room_is_told_what_day_it_is(module: str) -> None:
    calls = [node.func for node in ast.walk(ast.parse(MODULES[module].read_text())) if isinstance(node, ast.Call)]
    asked = {call.attr for call in calls if isinstance(call, ast.Attribute)} & {"now", "today", "utcnow"}
    assert not asked


def test_every_room_that_may_do_something_does_it() -> None:
    for package, rooms in ALLOWED.items():
        for room in rooms:
            assert package in imports(MODULES[room]), f"{room} need not be allowed {package}"


@pytest.mark.parametrize("package", MAY_USE)
def test_decoding_and_emitting_know_nothing_of_the_run(package: str) -> None:
    used = {
        node.module.split(".")[1]
        for module, path in MODULES.items()
        if module.startswith(f"{package}.")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tap_sei_efficiency.")
    }
    assert used == MAY_USE[package]
