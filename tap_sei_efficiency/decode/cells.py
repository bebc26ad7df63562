"""Cells to values, one column at a time. Numbers keep their value as exactly as a double or a 64-bit integer allows."""

from __future__ import annotations

import math
import re
from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from tap_sei_efficiency.model.dialect import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tap_sei_efficiency.model.dialect import DecimalMark

Value: TypeAlias = "str | int | float | None"

_BLANK_MARKS = "'\u00a0\u202f "
_ONLY_DECIMAL = {".": str.maketrans("", "", "," + _BLANK_MARKS), ",": str.maketrans(",", ".", "." + _BLANK_MARKS)}
_NAMES = {".": "decimal point", ",": "decimal comma"}
_SETTING = 'Set `decimal_mark` in `dialect` to "." or ","'

_EXACT_IN_DOUBLE = 2**53
_LEAST_INTEGER, _GREATEST_INTEGER = -(2**63), 2**63 - 1
# A number as JSON writes it, with the digits that a double can keep. Databases do not keep a minus before zero.
_PLAIN_NUMBER = re.compile(r"(?!-0(?:\.0)?$)-?(?:0|[1-9]\d{0,15})(?:\.\d{1,21})?", re.ASCII)
_NOT_AT_ONCE = re.compile("[eE]|-0|\\.0000")
"""What Python and JSON write differently, and a minus before zero: a column with one of them is read cell by cell."""
_json_numbers = msgspec.json.Decoder(list[int | float])
_json = msgspec.json.Encoder()


_GROUP_MARKS: Mapping[DecimalMark, str] = {".": "," + _BLANK_MARKS, ",": "." + _BLANK_MARKS}
# A group of thousands has exactly three digits, and the first group never starts with a zero.
_PATTERNS: Mapping[DecimalMark, re.Pattern[str]] = {
    mark: re.compile(
        rf"[+-]?(?:(?:[1-9]\d{{0,2}}(?P<group>[{groups}])\d{{3}}(?:(?P=group)\d{{3}})*|\d+)(?:[{mark}]\d*)?|[{mark}]\d+)"
        r"(?:[eE][+-]?\d+)?",
        re.ASCII,
    )
    for mark, groups in _GROUP_MARKS.items()
}


class CellError(Exception):
    """The cell at `index` of a column cannot be read, for `reason`."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


class Nulls:
    """The cells that mean "no data", by the dialect's words. `exact` contains the most frequent ones unchanged."""

    def __init__(self, words: Sequence[str]) -> None:
        self._folded = frozenset(word.strip().casefold() for word in words)
        # Found without changing the cell first.
        self.exact = frozenset((*words, *map(str.lower, words), *map(str.upper, words)))

    def __contains__(self, cell: str) -> bool:
        return cell in self.exact or cell.strip().casefold() in self._folded

    def texts(self, cells: Sequence[str]) -> list[Value]:
        """A column of text, without the blanks around it."""
        return [None if cell in self else cell.strip() for cell in cells]


PLAIN_NULLS = Nulls(PLAIN.null_words)


def guesses(cells: Sequence[str]) -> list[Value]:
    """A column that the tap does not know: a number if writing it back gives the same text, otherwise the text.

    Only an empty cell is null: what a word such as `NA` means here is unknown.
    """
    given = list(filter(None, cells))
    values = _numbers_at_once(given)
    if values is None:
        known = {cell: _guess(cell) for cell in set(cells)}
        return [known[cell] for cell in cells]
    return _with_nulls(cells, {""}, values)


class NumberReader:
    """Reads the columns of numbers of one file.

    With `decimal_mark` None the file decides: a cell that has one reading proves its mark, and a cell that has several
    is refused. A lone point is a decimal point, as documented for a sibling export. One server has one mark: `proven`
    is what earlier files have shown.
    """

    def __init__(
        self, decimal_mark: DecimalMark | None = None, nulls: Nulls = PLAIN_NULLS, proven: DecimalMark | None = None
    ) -> None:
        self._nulls = nulls
        self._setting = decimal_mark
        self.decimal_mark = decimal_mark or proven
        """The mark that is set, or that a cell has proven; None while both are possible."""

    def integers(self, cells: Sequence[str]) -> list[Value]:
        """A column of whole numbers.

        Raises:
            CellError: A cell is no whole number, or has several readings.
        """
        return self._column(cells, int, self._integer, _fit_64_bits)

    def numbers(self, cells: Sequence[str]) -> list[Value]:
        """A column of numbers.

        Raises:
            CellError: A cell is no number, or has several readings.
        """
        return self._column(cells, float, self._number, _are_exact)

    def percentages(self, cells: Sequence[str]) -> list[Value]:
        """A column of numbers that may carry a percent sign.

        Raises:
            CellError: As for `numbers`.
        """
        return self._column(cells, float, self._percentage, _are_exact)

    def _column(
        self,
        cells: Sequence[str],
        convert: Callable[[str], int | float],
        convert_with_care: Callable[[str], Value],
        are_right: Callable[[Sequence[int | float]], bool],
    ) -> list[Value]:
        # Nearly every cell is null or plain ASCII digits. A whole column of those is converted at C speed; int() and
        # float() also take underscores and other scripts' digits, so those, and any failure, go the careful way.
        nulls = self._nulls.exact
        plain = [cell for cell in cells if cell not in nulls]
        joined = "".join(plain)
        has_points = "." in joined
        if joined.isascii() and "_" not in joined and not (has_points and self.decimal_mark == ","):
            try:
                values = list(map(convert, plain))
            except ValueError:
                values = None
            if values is not None and are_right(values):
                if has_points:
                    self.decimal_mark = "."
                return _with_nulls(cells, nulls, values)
        return [
            None if cell in self._nulls else _carefully(convert_with_care, index, cell)
            for index, cell in enumerate(cells)
        ]

    def _number(self, cell: str) -> int | float:
        text = self._plain(cell, lambda _: "," in cell)
        value = _double(text)
        # A point or an exponent shows that the number was a double at its source.
        is_integer = abs(value) >= _EXACT_IN_DOUBLE and text.lstrip("+-").isdigit()
        return (_whole(text) if is_integer else None) or value

    def _percentage(self, cell: str) -> int | float:
        return self._number(cell.strip().removesuffix("%"))

    def _integer(self, cell: str) -> int:
        # `3,125` is no whole number with a decimal comma; `3,000` and `3.000` are whole with either mark.
        text = self._plain(cell, lambda readings: None not in map(_whole, readings))
        value = _double(text)
        whole = _whole(text)
        if whole is None:
            msg = "not a whole number" if abs(value) < _EXACT_IN_DOUBLE else "larger than 64 bits"
            raise ValueError(msg)
        return whole

    def _plain(self, cell: str, is_ambiguous: Callable[[Sequence[str]], bool]) -> str:
        """The number in `cell` without marks of thousands, and with a decimal point.

        `is_ambiguous` says whether two different readings are both possible.
        """
        text = cell.strip()
        readings = {mark: text.translate(_ONLY_DECIMAL[mark]) for mark in _PATTERNS if _PATTERNS[mark].fullmatch(text)}
        if not readings:
            msg = "not a number"
            raise ValueError(msg)
        if self._setting:
            return self._as_set(readings, self._setting)
        mark, plain = next(iter(readings.items()))  # the point goes first
        if len(readings) == 1:
            self._prove(mark)
        elif readings["."] != readings[","]:
            if is_ambiguous(list(readings.values())):
                msg = f"{readings['.']} or {readings[',']}, by the decimal mark. {_SETTING}"
                raise ValueError(msg)
            self._prove(mark)
        return plain

    def _as_set(self, readings: Mapping[DecimalMark, str], mark: DecimalMark) -> str:
        if mark not in readings:
            msg = f"not a number with a {_NAMES[mark]}, which `decimal_mark` in `dialect` sets"
            raise ValueError(msg)
        return readings[mark]

    def _prove(self, mark: DecimalMark) -> None:
        if self.decimal_mark not in {None, mark}:
            other = _NAMES[self.decimal_mark or "."]
            msg = f"written with a {_NAMES[mark]}, while other cells of the run have a {other}. {_SETTING}"
            raise ValueError(msg)
        self.decimal_mark = mark


def _with_nulls(cells: Sequence[str], nulls: Collection[str], values: Sequence[int | float]) -> list[Value]:
    """`values` with a None in the place of each of `cells` that is among `nulls`."""
    column: list[Value] = list(values)
    if len(column) < len(cells):
        for index in [index for index, cell in enumerate(cells) if cell in nulls]:
            column.insert(index, None)
    return column


def _are_exact(values: Sequence[float]) -> bool:
    # A NaN or an infinity makes the sum neither smaller nor greater than anything finite.
    return sum(map(abs, values)) < _EXACT_IN_DOUBLE


def _fit_64_bits(values: Sequence[float]) -> bool:
    return not values or (min(values) >= _LEAST_INTEGER and max(values) <= _GREATEST_INTEGER)


def _carefully(convert: Callable[[str], Value], index: int, cell: str) -> Value:
    try:
        return convert(cell)
    except ValueError as error:
        raise CellError(index, str(error)) from None


def _double(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        msg = "larger than any double"
        raise ValueError(msg)
    return value


def _whole(text: str) -> int | None:
    """The whole number that `text` is; None if it has a fraction, is no finite double, or does not fit into 64 bits."""
    try:
        exact = Decimal(text)
        if not abs(exact) <= 2**64 or exact != exact.to_integral_value():
            return None
    except DecimalException:  # an exponent below those that decimals have
        return None
    whole = int(exact)
    return whole if _LEAST_INTEGER <= whole <= _GREATEST_INTEGER else None


def _numbers_at_once(cells: Sequence[str]) -> list[int | float] | None:
    """`cells` as numbers, at C speed; None if one of them is not for sure what `_guess` makes a number of."""
    joined = ",".join(cells)
    if _NOT_AT_ONCE.search(joined):
        return None
    text = f"[{joined}]".encode()
    try:
        values = _json_numbers.decode(text)
    except msgspec.DecodeError:
        return None
    is_same = len(values) == len(cells) and _are_exact(values) and _json.encode(values) == text
    return values if is_same else None


def _guess(cell: str) -> Value:
    if not _PLAIN_NUMBER.fullmatch(cell):
        return cell or None
    value = float(cell) if "." in cell else int(cell)
    return value if str(value) == cell and abs(value) < _EXACT_IN_DOUBLE else cell
