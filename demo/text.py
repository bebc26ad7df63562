"""Rows as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def aligned(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of `rows` below `header`, with numbers right-aligned."""
    columns = [_column(title, values) for title, values in zip(header, zip(*rows, strict=True), strict=True)]
    return "\n".join("  " + "  ".join(cells).rstrip() for cells in zip(*columns, strict=True))


def _column(title: str, values: Sequence[object]) -> list[str]:
    cells = [title, *map(_cell, values)]
    width = max(map(len, cells))
    pad = str.rjust if any(isinstance(value, int | float) for value in values) else str.ljust
    return [pad(cell, width) for cell in (title, "-" * width, *cells[1:])]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return "-" if value is None else str(value)
