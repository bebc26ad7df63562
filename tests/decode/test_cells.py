"""The value of a cell: exact numbers, null for no data, and an error for an ambiguous cell."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.decode import cells
from tap_sei_efficiency.decode.cells import CellError, NumberReader
from tap_sei_efficiency.errors import DecodeError
from tap_sei_efficiency.model.dialect import Dialect
from tests.decode.files import JANUARY, KEYS, LTTC, decode, quoted, spec_of, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_sei_efficiency.model.dialect import DecimalMark

    Convert = Callable[[NumberReader, Sequence[str]], list[cells.Value]]

NULLS = ["", "  ", "-", "\N{EN DASH}", "\N{EM DASH}", "N/A", "n/a", "NA", "null", "NULL", "None", "NaN", "nan", " N/A "]
DESCRIBED: list[Convert] = [
    NumberReader.integers,
    NumberReader.numbers,
    NumberReader.percentages,
    lambda _, column: cells.PLAIN_NULLS.texts(column),
]
MARKS: list[DecimalMark | None] = [None, ".", ","]


def number(cell: str, mark: DecimalMark | None = None) -> cells.Value:
    (value,) = NumberReader(mark).numbers([cell])
    return value


def integer(cell: str, mark: DecimalMark | None = None) -> cells.Value:
    (value,) = NumberReader(mark).integers([cell])
    return value


def refusal(read: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(CellError) as refused:
        read(*arguments)
    return refused.value.reason


REFUSED = "refused"


def read_or_refused(read: Callable[[str], cells.Value], cell: str) -> cells.Value:
    try:
        return read(cell)
    except CellError:
        return REFUSED


@pytest.mark.parametrize("cell", NULLS)
@pytest.mark.parametrize("convert", DESCRIBED)
def test_no_data_is_null_in_columns_that_the_table_describes(convert: Convert, cell: str) -> None:
    assert convert(NumberReader(), [cell]) == [None]


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
        ("1.234", 1.234),
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567),
        ("1\u00a0234.5", 1234.5),
        ("1'234.5", 1234.5),
        ("1'234", 1234),
        ("1 234", 1234),
        ("0.1", 0.1),
        ("1e-400", 0),
        # With a comma, only a decimal comma gives a number.
        ("0,625", 0.625),
        ("-0,625", -0.625),
        ("00,625", 0.625),
        ("1,5", 1.5),
        ("-,5", -0.5),
        ("1,23", 1.23),
        ("1,2345", 1.2345),
        ("1234,567", 1234.567),
        ("1.234,5", 1234.5),
        ("1.234.567", 1234567),
        ("1 234,5", 1234.5),
        ("1\u202f234,567", 1234.567),
        ("1'234,5", 1234.5),
    ],
)
def test_numbers_with_one_reading_are_read(cell: str, value: float) -> None:
    assert value_of(cell) == value


@pytest.mark.parametrize("cell", ["3,125", "-1,234", "999,999", "1,234e3", " 3,125 "])
def test_a_comma_before_three_digits_is_refused_with_both_readings_and_the_setting(cell: str) -> None:
    point, comma = cell.strip().replace(",", ""), cell.strip().replace(",", ".")
    with pytest.raises(DecodeError) as refused:
        value_of(cell)
    assert str(refused.value) == (
        f"Line 2 of export exp_1: column 'LTTC' holds {cell!r}, which is {point} or {comma}, by the decimal mark. "
        'Set `decimal_mark` in `dialect` to "." or ",".'
    )


@pytest.mark.parametrize(
    ("cell", "point", "comma"),
    [("3,125", 3125, 3.125), ("-1,234", -1234, -1.234), ("1.234", 1.234, 1234), ("1,234e3", 1234000, 1234)],
)
def test_the_setting_decides(cell: str, point: float, comma: float) -> None:
    assert (number(cell, "."), number(cell, ",")) == (point, comma)
    assert value_of(cell, spec=spec_of("lttc", dialect=Dialect(decimal_mark=","))) == comma


@pytest.mark.parametrize(
    ("cell", "mark", "name"),
    [("1.5", ",", "comma"), ("1,234.5", ",", "comma"), ("0,5", ".", "point"), ("1.234,5", ".", "point")],
)
def test_another_mark_than_the_one_in_the_setting_is_refused(cell: str, mark: DecimalMark, name: str) -> None:
    assert refusal(number, cell, mark) == f"not a number with a decimal {name}, which `decimal_mark` in `dialect` sets"


@pytest.mark.parametrize(
    ("cell", "value"), [("3,125", 3125), ("1,234", 1234), ("12,0", 12), ("1.234.567", 1234567), ("1.234,0", 1234)]
)
def test_a_column_of_whole_numbers_has_fewer_readings(cell: str, value: int) -> None:
    assert integer(cell) == value


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("3,000", "3000 or 3.000, by"), ("3.000", "3.000 or 3000, by"), ("3.125", "not a whole"), ("3,5", "not a whole")],
)
def test_whole_numbers_by_either_mark_or_by_none_are_refused(cell: str, reason: str) -> None:
    assert refusal(integer, cell).startswith(reason)


@pytest.mark.parametrize(("mark", "value"), [(".", 3), (",", 3000)])
def test_the_setting_decides_in_columns_of_whole_numbers(mark: DecimalMark, value: int) -> None:
    assert integer("3.000", mark) == value


@pytest.mark.parametrize("point", ["1.5", "1.234", "1,234.5", "1,234,567"])
@pytest.mark.parametrize("comma", ["0,5", "1.234,5", "1.234.567"])
def test_one_file_has_one_decimal_mark(point: str, comma: str) -> None:
    for first, second, name in ((point, comma, "comma"), (comma, point, "point")):
        reader = NumberReader()
        reader.numbers(["7", first, ""])
        reason = refusal(reader.percentages, ["8", second])
        assert reason.startswith(f"written with a decimal {name}, while other cells of the run have a decimal ")
        assert "`dialect`" in reason


def test_the_mark_of_an_earlier_file_applies_to_the_next_one() -> None:
    cases: list[tuple[DecimalMark, str]] = [(",", "1.234"), (".", "0,5")]
    for earlier, cell in cases:
        spec = replace(LTTC, decimal_mark=earlier)
        with pytest.raises(DecodeError, match=f"holds '{cell}', which is written with a decimal .* cells of the run"):
            value_of(cell, spec=spec)
    assert value_of("1.234,5", spec=replace(LTTC, decimal_mark=",")) == 1234.5


def test_the_mark_that_a_file_proves_applies_to_all_its_columns_and_rows() -> None:
    rows = "".join(f"{JANUARY.replace('Core', str(n))},1.5,2\n" for n in range(600))
    with pytest.raises(DecodeError, match="Line 602 of export exp_1: column 'LTTC' holds '0,5'"):
        decode(f'{KEYS},PLANNING,LTTC\n{rows}{JANUARY},1,"0,5"\n')


def test_a_file_with_semicolons_and_decimal_commas_is_read() -> None:
    (record,) = decode(f"{KEYS},PLANNING,LTTC\n{JANUARY},0*625,1.234*5\n".replace(",", ";").replace("*", ","))
    assert (record["planning"], record["lttc"]) == (0.625, 1234.5)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(
    "cell",
    [
        "abc",
        "1_000",
        "1,234 567",
        "12,34,567",
        "0,123,456",
        "0'625",
        "0 625",
        "1.2.3",
        "1,234.567,8",
        "1'23",
        "0x10",
        "1e",
        "12.5%",
        "12 days",
        "1.5 days",
        "2h 3m",
        "< 1",
        "~5",
        "(12.5)",
        "\N{MINUS SIGN}5",
        "\uff11",
        "\u0663",
        "1\uff0c5",
        ",",
        ".",
    ],
)
def test_a_cell_that_is_not_a_number_is_refused_with_line_column_and_value(cell: str, mark: DecimalMark | None) -> None:
    with pytest.raises(DecodeError) as refused:
        value_of(cell, spec=spec_of("lttc", dialect=Dialect(decimal_mark=mark)))
    assert str(refused.value) == f"Line 2 of export exp_1: column 'LTTC' holds {cell!r}, which is not a number."


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e999", "-1e309"])
@pytest.mark.parametrize("beside", ["1.5", "", "\N{EM DASH}", "-inf"])
def test_no_infinity_leaves_the_decoder(cell: str, beside: str) -> None:
    with pytest.raises(CellError):
        NumberReader().numbers([beside, cell] if beside != cell else [cell])


def test_integers_beyond_a_double_s_precision_keep_their_value_also_in_columns_of_numbers() -> None:
    assert NumberReader().numbers(["9007199254740993", "0.5"]) == [9007199254740993, 0.5]
    assert NumberReader().integers(["9223372036854775807", "-9223372036854775808"]) == [2**63 - 1, -(2**63)]


def test_a_number_column_holds_the_nearest_double_where_no_64_bit_integer_is_equal() -> None:
    value = number("92233720368547758080")
    assert value == 92233720368547758080.0
    assert isinstance(value, float)


@pytest.mark.parametrize(("cell", "value"), [("12", 12), ("12.0", 12), ("1e3", 1000), ("007", 7), (" +5 ", 5)])
def test_whole_numbers_in_any_notation_are_integers(cell: str, value: float) -> None:
    found = integer(cell)
    assert found == value
    assert isinstance(found, int)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("12.5", "not a whole number"),
        ("1e-99999999999999999999", "not a whole number"),
        ("9223372036854775808", "larger than 64 bits"),
        ("1e300", "larger than 64 bits"),
        ("9" * 5000, "larger than any double"),
        ("1_0", "not a number"),
        ("7%", "not a number"),
    ],
)
def test_a_number_that_does_not_fit_an_integer_column_is_refused(cell: str, reason: str) -> None:
    assert refusal(NumberReader().integers, ["1", cell]) == reason


@pytest.mark.parametrize(
    ("cell", "value"),
    [("12.5%", 12.5), ("12.5 %", 12.5), ("12,5%", 12.5), ("12,5\u00a0%", 12.5), ("250%", 250), ("12.5", 12.5)],
)
def test_percentages_can_have_a_sign(cell: str, value: float) -> None:
    assert value_of(cell, "CFR", spec_of("cfr")) == value


@pytest.mark.parametrize("cell", ["%", "%5", "5%%", "12,500%", "5\uff05"])
def test_other_percentages_are_refused(cell: str) -> None:
    with pytest.raises(CellError):
        NumberReader().percentages([cell])


def test_ratings_stay_unchanged_text_without_surrounding_blanks() -> None:
    ratings = ["Elite", " Low", "sehr gut ★", "0", "—", "Nan"]
    assert cells.PLAIN_NULLS.texts(ratings) == ["Elite", "Low", "sehr gut ★", "0", None, None]


@pytest.mark.parametrize(
    ("cell", "value"), [("8", 8), ("-3", -3), ("0", 0), ("2.5", 2.5), ("-0.25", -0.25), ("8.0", 8.0)]
)
def test_a_number_that_is_written_back_as_the_same_text_is_a_number_in_unknown_columns(cell: str, value: float) -> None:
    (found,) = cells.guesses([cell])
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "00042",
            "1234e56",
            "12345678901234567890",
            "9007199254740993",
            "1.10",
            "1.00",
            "8.",
            ".5",
            "-0",
            "-0.0",
            "+1",
        ),
        *("12 345 678", "1,234", "0,625", "40%", "1_000", "1e3", "0.00001", "0.1234567890123456789", "9" * 5000),
        *("NA", "None", "null", "-", "\N{EM DASH}", "nan", "inf", "2026-01-01", "soon", " x ", " 7", "  ", "\uff11"),
    ],
)
def test_everything_else_keeps_its_text_in_unknown_columns(cell: str) -> None:
    assert cells.guesses([cell]) == [cell]


def test_only_an_empty_cell_is_null_in_unknown_columns() -> None:
    assert cells.guesses(["", "1", "x"]) == [None, 1, "x"]
    assert cells.guesses(["", "1", "-2.5"]) == [None, 1, -2.5]


NUMBERLIKE = st.text("0123456789.,eE+-_%' nainf\u00a0\uff11\u2014", max_size=12)
COLUMNS = st.lists(NUMBERLIKE | st.floats().map(str) | st.integers().map(str) | st.sampled_from(NULLS), max_size=6)


@given(COLUMNS, st.sampled_from(MARKS))
@pytest.mark.parametrize("convert", DESCRIBED)
def test_a_column_is_read_as_its_cells_one_by_one(
    convert: Convert, column: list[str], mark: DecimalMark | None
) -> None:
    one_by_one, together = NumberReader(mark), NumberReader(mark)
    try:
        alone = [value for cell in column for value in convert(one_by_one, [cell])]
    except CellError:
        with pytest.raises(CellError):
            convert(together, column)
    else:
        values = convert(together, column)
        assert values == alone
        assert list(map(type, values)) == list(map(type, alone))
        assert together.decimal_mark == one_by_one.decimal_mark


@given(COLUMNS | st.lists(st.text(max_size=20)) | st.lists(st.floats().map(str) | st.integers().map(str) | st.just("")))
def test_an_unknown_column_can_be_written_back_and_is_read_as_its_cells_one_by_one(
    column: list[str],
) -> None:
    values = cells.guesses(column)
    assert ["" if value is None else str(value) for value in values] == column
    # A text among the cells keeps the column from being read as a whole.
    alone = [cells.guesses([cell, "text"])[0] for cell in column]
    assert list(map(type, values)) == list(map(type, alone))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_double_comes_back_as_itself(value: float) -> None:
    assert number(repr(value)) == value


MARKED: dict[DecimalMark, str] = {".": ",' \u00a0\u202f", ",": ".' \u00a0\u202f"}


@given(st.decimals(-(10**12), 10**12, places=3) | st.decimals(-(10**12), 10**12, places=0), st.data())
def test_a_number_is_its_exact_decimal_or_refused(exact: Decimal, data: st.DataObject) -> None:
    """In every form: with a mark set the number is read, and without one it is read correctly or refused."""
    mark: DecimalMark = data.draw(st.sampled_from([".", ","]))
    group = data.draw(st.sampled_from(["", *MARKED[mark]]))
    cell = f"{exact:,f}".replace(",", "*").replace(".", mark).replace("*", group)
    assert number(cell, mark) == float(exact)
    # A single point is a decimal point, as documented: only the setting makes it a mark of thousands.
    expected = Decimal(cell) if mark == "," and cell.count(".") == 1 and "," not in cell else exact
    assert read_or_refused(number, cell) in {float(expected), REFUSED if "," in cell else None}


@given(st.integers(-(10**12), 10**12), st.sampled_from(",."), st.data())
def test_a_whole_number_is_exact_or_refused(exact: int, group: str, data: st.DataObject) -> None:
    cell = f"{exact:,}".replace(",", group) + data.draw(st.sampled_from(["", ",."[group == ","] + "0"]))
    assert read_or_refused(integer, cell) in {exact, REFUSED}


@given(NUMBERLIKE, st.sampled_from(MARKS))
def test_a_number_is_finite_or_refused(cell: str, mark: DecimalMark | None) -> None:
    try:
        (value,) = NumberReader(mark).percentages([cell])
    except CellError:
        return
    assert value is None or (isinstance(value, int | float) and math.isfinite(value))


def test_a_reason_is_given_with_the_place_of_the_cell() -> None:
    with pytest.raises(DecodeError, match="Line 3 of export exp_1: column 'PLANNING' holds '3,125', which is"):
        decode(f"{KEYS},PLANNING\n{JANUARY},1\n{JANUARY.replace('Core', 'b')},{quoted('3,125')}\n")
