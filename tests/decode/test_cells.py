"""What a cell means: numbers exactly, no data as null, and nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.decode import cells
from tap_sei_efficiency.decode.cells import CellError
from tap_sei_efficiency.errors import DecodeError
from tests.decode.files import spec_of, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Convert = Callable[[Sequence[str]], list[cells.Value]]

NULLS = ["", "  ", "-", "\N{EN DASH}", "\N{EM DASH}", "N/A", "n/a", "NA", "null", "NULL", "None", "NaN", "nan", " N/A "]


@pytest.mark.parametrize("cell", NULLS)
@pytest.mark.parametrize("convert", [cells.integers, cells.numbers, cells.percentages, cells.texts, cells.guesses])
def test_no_data_is_null_in_columns_of_every_type(convert: Convert, cell: str) -> None:
    assert convert([cell]) == [None]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("0", 0),
        ("-0.5", -0.5),
        ("+7", 7),
        (".5", 0.5),
        ("5.", 5),
        (" 12.25\t", 12.25),
        ("1.5e3", 1500),
        ("2E-2", 0.02),
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567),
        ("-1,234", -1234),
        ("1\u00a0234.5", 1234.5),
        ("1'234", 1234),
        ("0.1", 0.1),
        ("1e-400", 0),
    ],
)
def test_numbers_in_whatever_notation(cell: str, value: float) -> None:
    assert value_of(cell) == value


@pytest.mark.parametrize(
    "cell",
    [
        "abc",
        "1_000",
        "1,23",
        "1,2345",
        "1234,567",
        "1,234 567",
        "1.2.3",
        "0x10",
        "1e",
        "12.5%",
        "12 days",
        "\uff11",
        "\u0663",
    ],
)
def test_what_is_no_number_is_refused_with_line_column_and_value(cell: str) -> None:
    with pytest.raises(DecodeError) as refused:
        value_of(cell)
    assert str(refused.value) == f"Line 2 of export exp_1: column 'LTTC' holds {cell!r}, which is not a number."


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e999", "-1e309"])
@pytest.mark.parametrize("beside", ["1.5", "", "\N{EM DASH}", "-inf"])
def test_no_infinity_leaves_the_decoder(cell: str, beside: str) -> None:
    with pytest.raises(CellError):
        cells.numbers([beside, cell] if beside != cell else [cell])


def test_integers_beyond_a_double_s_precision_keep_their_value_also_in_columns_of_numbers() -> None:
    assert cells.numbers(["9007199254740993", "0.5"]) == [9007199254740993, 0.5]
    assert cells.integers(["9223372036854775807", "-9223372036854775808"]) == [2**63 - 1, -(2**63)]


def test_a_number_column_holds_the_nearest_double_where_no_64_bit_integer_is_equal() -> None:
    (value,) = cells.numbers(["92233720368547758080"])
    assert value == 92233720368547758080.0
    assert isinstance(value, float)


@pytest.mark.parametrize(("cell", "value"), [("12", 12), ("12.0", 12), ("1e3", 1000), ("1,234", 1234), (" +5 ", 5)])
def test_whole_numbers_in_whatever_notation_are_integers(cell: str, value: float) -> None:
    (found,) = cells.integers([cell])
    assert found == value
    assert isinstance(found, int)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("12.5", "not a whole number"),
        ("1e-99999999999999999999", "not a whole number"),
        ("9223372036854775808", "greater than 64 bits hold"),
        ("1e300", "greater than 64 bits hold"),
        ("9" * 5000, "greater than any number that a double holds"),
        ("1_0", "not a number"),
        ("7%", "not a number"),
    ],
)
def test_what_an_integer_column_cannot_hold_is_refused(cell: str, reason: str) -> None:
    with pytest.raises(CellError, match=reason):
        cells.integers(["1", cell])


@pytest.mark.parametrize(("cell", "value"), [("12.5%", 12.5), ("12.5 %", 12.5), ("250%", 250), ("12.5", 12.5)])
def test_percentages_may_carry_their_sign(cell: str, value: float) -> None:
    assert value_of(cell, "CFR", spec_of("cfr")) == value


@pytest.mark.parametrize("cell", ["%", "%5", "5%%"])
def test_a_misplaced_percent_sign_is_refused(cell: str) -> None:
    with pytest.raises(CellError):
        cells.percentages([cell])


def test_ratings_stay_text_as_they_are_but_for_blanks_around_them() -> None:
    assert cells.texts(["Elite", " Low", "sehr gut ★", "0", "—", "Nan"]) == [
        "Elite",
        "Low",
        "sehr gut ★",
        "0",
        None,
        None,
    ]


def test_columns_that_nobody_describes_hold_numbers_as_numbers_and_all_else_as_text() -> None:
    assert cells.guesses(["1", "2.5", "40%", "", "soon", "1_000", "inf", "2026-01-01", " x "]) == [
        1,
        2.5,
        40,
        None,
        "soon",
        "1_000",
        "inf",
        "2026-01-01",
        " x ",
    ]


def test_whole_numbers_stay_integers_in_columns_that_nobody_describes_as_long_as_64_bits_hold_them() -> None:
    values = cells.guesses(["8", "8.0", "9007199254740993", "92233720368547758080"])
    assert values == [8, 8, 9007199254740993, 92233720368547758080.0]
    assert list(map(type, values)) == [int, float, int, float]


NUMBERLIKE = st.text("0123456789.,eE+-_%' nainf\u00a0\uff11\u2014", max_size=12)


@given(st.lists(NUMBERLIKE | st.floats().map(str) | st.integers().map(str) | st.sampled_from(NULLS), max_size=6))
@pytest.mark.parametrize("convert", [cells.integers, cells.numbers, cells.percentages, cells.texts, cells.guesses])
def test_a_column_is_read_as_its_cells_one_by_one(convert: Convert, column: list[str]) -> None:
    try:
        alone = [value for cell in column for value in convert([cell])]
    except CellError:
        with pytest.raises(CellError):
            convert(column)
    else:
        together = convert(column)
        assert together == alone
        assert list(map(type, together)) == list(map(type, alone))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_double_comes_back_as_itself(number: float) -> None:
    assert cells.numbers([repr(number)]) == [number]


@given(NUMBERLIKE)
def test_a_number_is_finite_or_refused(cell: str) -> None:
    try:
        (value,) = cells.percentages([cell])
    except CellError:
        return
    assert value is None or (isinstance(value, int | float) and math.isfinite(value))
