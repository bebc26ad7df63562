"""The phrases in the code of the tap and of the loader that their user may read.

That is all text in functions, but for docstrings, messages of level INFO and DEBUG, SQL, and tables of descriptions.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tap_sei_efficiency
import target_duckdb_sei

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGES = [Path(str(package.__file__)).parent for package in (tap_sei_efficiency, target_duckdb_sei)]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_DESCRIPTIONS = {"metrics_table.py", "settings_table.py"}
_LEAST_WORDS = 3
_SQL = re.compile(r"\W*(SELECT|CREATE|CAST|MERGE|INSERT|ALTER|QUALIFY|SET|count|held|read_json|$)")
_PLACEHOLDER = re.compile(r"%(?:\.\d+)?[sdrf]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is fixed in a message, in order, and where it stands."""

    where: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.where}: {'…'.join(self.parts)}"

    def is_in(self, line: str) -> bool:
        """Whether `line` holds all parts, in order."""
        return re.search(".*?".join(map(re.escape, self.parts)), line) is not None


def phrases() -> Iterator[Phrase]:
    """Every phrase of three words or more."""
    for path in sorted(path for package in _PACKAGES for path in package.rglob("*.py")):
        module = path.relative_to(path.parents[1])
        if path.name in _DESCRIPTIONS:
            continue
        for node in _texts(ast.parse(path.read_text(encoding="utf-8"))):
            parts = tuple(part for part in _parts(node) if part.strip())
            if len(" ".join(parts).split()) >= _LEAST_WORDS and not _SQL.match("".join(parts)):
                yield Phrase(f"{module}:{node.lineno}", parts)


def _texts(tree: ast.Module) -> Iterator[ast.Constant | ast.JoinedStr]:
    silent = {part for node in ast.walk(tree) for part in _silent(node)}
    seen = {node for function in ast.walk(tree) if isinstance(function, _FUNCTIONS) for node in ast.walk(function)}
    for node in seen - silent:
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield node


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    """What is no message, though it is text: docstrings, what is logged when all is well, pieces of f-strings."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"info", "debug"}:
        yield from ast.walk(node)
    elif isinstance(node, ast.JoinedStr):
        yield from (value for value in node.values if isinstance(value, ast.Constant))


def _parts(node: ast.Constant | ast.JoinedStr) -> list[str]:
    if isinstance(node, ast.JoinedStr):
        return [str(value.value) for value in node.values if isinstance(value, ast.Constant)]
    return _PLACEHOLDER.split(str(node.value))
