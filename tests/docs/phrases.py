"""The phrases in the code of the tap and the loader that a user can read.

These are all texts in functions except docstrings, messages of level INFO and DEBUG, SQL, and tables of descriptions.
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
    """The fixed parts of a message in order, and its place: module, function or method, and line."""

    module: str
    owner: str
    line: int
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The message, with `…` for the parts that vary."""
        return "…".join(self.parts)

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.text}"

    def is_in(self, line: str) -> bool:
        """Whether `line` contains all parts, in order."""
        return re.search(".*?".join(map(re.escape, self.parts)), line) is not None


def phrases() -> Iterator[Phrase]:
    """Every phrase of the tap and the loader."""
    for package in _PACKAGES:
        for path in sorted(package.rglob("*.py")):
            if path.name not in _DESCRIPTIONS:
                yield from phrases_in(path.read_text(encoding="utf-8"), str(path.relative_to(package)))


def phrases_in(source: str, module: str) -> Iterator[Phrase]:
    """Every phrase of three words or more in the code of a module."""
    for owner, statement in _owners(ast.parse(source), ""):
        for node in _texts(statement):
            parts = tuple(part for part in _parts(node) if part.strip())
            if len(" ".join(parts).split()) >= _LEAST_WORDS and not _SQL.match("".join(parts)):
                yield Phrase(module, owner, node.lineno, parts)


def _owners(scope: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    for statement in scope.body:
        owner = f"{prefix}{getattr(statement, 'name', '')}"
        if isinstance(statement, ast.ClassDef):
            yield from _owners(statement, f"{owner}.")
        else:
            yield owner, statement


def _texts(owner: ast.stmt) -> Iterator[ast.Constant | ast.JoinedStr]:
    silent = {part for node in ast.walk(owner) for part in _silent(node)}
    functions = (node for node in ast.walk(owner) if isinstance(node, _FUNCTIONS))
    for node in dict.fromkeys(node for function in functions for node in ast.walk(function)):
        if node in silent:
            continue
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield node


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    """The texts that are not messages: docstrings, log lines of level INFO and DEBUG, parts of f-strings."""
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
