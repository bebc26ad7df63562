"""Cells into values, a column at a time. Numbers keep their value as exactly as a double or a 64-bit integer allows."""

from __future__ import annotations

import math
import re
from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Value: TypeAlias = "str | int | float | None"

_NULL_WORDS = frozenset({"", "-", "--", "\N{EN DASH}", "\N{EM DASH}", "n/a", "na", "null", "none", "nan"})
_NULLS = _NULL_WORDS | {"N/A", "NA", "NULL", "None", "NaN"}  # seen without changing the cell first

_GROUPED = r"\d{1,3}(?P<mark>[,'\u00a0\u202f ])\d{3}(?:(?P=mark)\d{3})*"
_NUMBER = re.compile(rf"[+-]?(?:{_GROUPED}(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MARKS = str.maketrans("", "", ",'\u00a0\u202f ")

_EXACT_IN_DOUBLE = 2**53
_LEAST_INTEGER, _GREATEST_INTEGER = -(2**63), 2**63 - 1


class CellError(Exception):
    """The cell at `index` of a column cannot be read, for `reason`."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


def is_null(cell: str) -> bool:
    """Whether `cell` says that there is no data."""
    return cell in _NULLS or cell.strip().lower() in _NULL_WORDS


def integers(cells: Sequence[str]) -> list[Value]:
    """A column of whole numbers."""
    return _column(cells, int, _integer, _fit_64_bits)


def numbers(cells: Sequence[str]) -> list[Value]:
    """A column of numbers."""
    return _column(cells, float, _number, _are_exact)


def percentages(cells: Sequence[str]) -> list[Value]:
    """A column of numbers that may carry a percent sign."""
    return _column(cells, float, _percentage, _are_exact)


def texts(cells: Sequence[str]) -> list[Value]:
    """A column of text, without the blanks around it."""
    return [None if is_null(cell) else cell.strip() for cell in cells]


def guesses(cells: Sequence[str]) -> list[Value]:
    """A column that nobody has described: a number where a cell reads as one, else its text."""
    return _column(cells, _plain_guess, _guess, _are_exact)


def _column(
    cells: Sequence[str],
    convert: Callable[[str], int | float],
    convert_with_care: Callable[[str], Value],
    are_right: Callable[[Sequence[int | float]], bool],
) -> list[Value]:
    # Nearly every cell is null or plain ASCII digits. A whole column of those is converted at C speed; int() and
    # float() also take underscores and other scripts' digits, so those, and any failure, go the careful way.
    plain = [cell for cell in cells if cell not in _NULLS]
    joined = "".join(plain)
    if joined.isascii() and "_" not in joined:
        try:
            values = list(map(convert, plain))
        except ValueError:
            values = None
        if values is not None and are_right(values):
            return list(values) if len(plain) == len(cells) else _with_nulls(cells, iter(values))
    return [_carefully(convert_with_care, index, cell) for index, cell in enumerate(cells)]


def _with_nulls(cells: Sequence[str], values: Iterator[int | float]) -> list[Value]:
    return [None if cell in _NULLS else next(values) for cell in cells]


def _are_exact(values: Sequence[float]) -> bool:
    # A NaN or an infinity makes the sum neither smaller nor greater than anything finite.
    return sum(map(abs, values)) < _EXACT_IN_DOUBLE


def _fit_64_bits(values: Sequence[float]) -> bool:
    return not values or (min(values) >= _LEAST_INTEGER and max(values) <= _GREATEST_INTEGER)


def _carefully(convert: Callable[[str], Value], index: int, cell: str) -> Value:
    if is_null(cell):
        return None
    try:
        return convert(cell)
    except ValueError as error:
        raise CellError(index, str(error)) from None


def _number(cell: str) -> int | float:
    text = cell.strip()
    if not _NUMBER.fullmatch(text):
        msg = "not a number"
        raise ValueError(msg)
    text = text.translate(_MARKS)
    value = float(text)
    if not math.isfinite(value):
        msg = "greater than any number that a double holds"
        raise ValueError(msg)
    # A point or an exponent tells that the number was a double where it came from.
    is_integer = abs(value) >= _EXACT_IN_DOUBLE and text.lstrip("+-").isdigit()
    return (_whole(text) if is_integer else None) or value


def _percentage(cell: str) -> int | float:
    return _number(cell.strip().removesuffix("%"))


def _integer(cell: str) -> int:
    value = _number(cell)
    whole = _whole(cell.strip().translate(_MARKS))
    if whole is None:
        msg = "not a whole number" if abs(value) < _EXACT_IN_DOUBLE else "greater than 64 bits hold"
        raise ValueError(msg)
    return whole


def _whole(text: str) -> int | None:
    """The whole number that `text`, a finite double, is; None where it has a fraction or does not fit into 64 bits."""
    try:
        exact = Decimal(text)
        if exact != exact.to_integral_value():
            return None
    except DecimalException:  # an exponent below those that decimals have
        return None
    whole = int(exact)
    return whole if _LEAST_INTEGER <= whole <= _GREATEST_INTEGER else None


def _plain_guess(cell: str) -> int | float:
    return int(cell) if cell.isdigit() else float(cell)


def _guess(cell: str) -> Value:
    try:
        value = _percentage(cell)
    except ValueError:
        return cell
    return int(value) if cell.isdigit() and abs(value) < _EXACT_IN_DOUBLE else value
