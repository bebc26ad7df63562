"""Which package can import which, read from the syntax tree, type-only imports included."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import tap_sei_efficiency

ROOT = Path(tap_sei_efficiency.__file__).parent
PACKAGE = tap_sei_efficiency.__name__
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.rglob("*.py")}
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in MODULES.items()}

LEAVES = {"errors", "clock"}
"""Every package can import these; they import nothing of the tap."""
ROOMS = {
    "model": set(),
    "dialect_table": {"model"},
    "settings_table": {"dialect_table", "model"},
    "settings_text": set(),
    "settings": {"dialect_table", "model", "settings_table", "settings_text"},
    "config_input": {"api"},
    "api": {"model", "settings"},
    "decode": {"model"},
    "emit": {"decode"},
    "run": {"model", "settings", "api"},
    "streams": {"model", "settings", "api", "decode", "emit", "run"},
    "probe": {"model", "settings", "api", "decode"},
    "terminal": set(),
    "tap": {
        *("model", "settings", "settings_table", "settings_text"),
        *("config_input", "probe", "emit", "run", "streams", "terminal"),
    },
    "__main__": {"tap"},
}
"""What each package imports of the others, as in docs/architecture.md."""

OUTSIDE = {
    "requests": {"api.exchange", "api.failures"},
    "urllib3": {"api.exchange", "api.failures"},
    "time": {"clock"},
    "signal": {"run.signals"},
    "threading": {"run.prefetch", "api.retry"},
    "singer_sdk": {"config_input", "tap", "emit.messages", "streams"},
}
"""The only packages or modules that import these libraries."""
KNOWS_TODAY = {"tap", "emit.messages"}


def room_of(module: str) -> str:
    """The package of a module, or the module itself if it is at the root."""
    return module.partition(".")[0]


def imported(module: str) -> set[str]:
    """The dotted names that a module imports, type-only imports included."""
    found = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def of_ours(module: str) -> set[str]:
    """The modules of the package that a module imports."""
    names = {name.removeprefix(f"{PACKAGE}.") for name in imported(module) if name.startswith(f"{PACKAGE}.")}
    packages = {name for name in names if f"{name}.__init__" in MODULES}
    return (names & MODULES.keys()) | {f"{name}.__init__" for name in packages if name != module.rpartition(".")[0]}


def test_each_package_imports_only_what_the_table_allows() -> None:
    used: dict[str, set[str]] = defaultdict(set)
    for module in MODULES:
        used[room_of(module)] |= {room_of(other) for other in of_ours(module)}
    found = {room: used[room] - LEAVES - {room} for room in ROOMS}
    assert found == ROOMS
    assert used.keys() <= ROOMS.keys() | LEAVES | {"__init__"}
    assert not any(used[leaf] for leaf in LEAVES)


def test_docs_show_the_table() -> None:
    page = (ROOT.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE)
    assert {room: set(re.findall(r"`(\w+)`", imports)) for room, imports in rows} == ROOMS


def test_there_is_no_import_circle() -> None:
    TopologicalSorter({module: of_ours(module) for module in MODULES}).prepare()


def test_libraries_are_imported_in_one_place() -> None:
    doors: dict[str, set[str]] = defaultdict(set)
    for module in MODULES:
        for package in {name.partition(".")[0] for name in imported(module)} & OUTSIDE.keys():
            room = room_of(module)
            doors[package].add(room if room in OUTSIDE[package] else module)
    assert doors == OUTSIDE


@pytest.mark.parametrize("module", sorted(MODULES.keys() - KNOWS_TODAY))
def test_other_modules_do_not_read_the_date(module: str) -> None:
    calls = [node.func for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)]
    asked = {call.attr for call in calls if isinstance(call, ast.Attribute)} & {"now", "today", "utcnow"}
    assert not asked
