"""Rows of text: every form that CSV allows, the line in every error, and limits on everything."""

from __future__ import annotations

import csv
import io

import pytest

from tap_sei_efficiency.decode import read
from tap_sei_efficiency.decode.csv_rows import MAX_ROW
from tap_sei_efficiency.errors import DecodeError
from tests.decode.files import JANUARY, KEYS, LTTC, decode, quoted

HEADER = f"{KEYS},LTTC"
LINE_END = "\n"
LINE_ENDS = ["\n", "\r\n", "\r"]


class Endless(io.BytesIO):
    """An almost endless file that repeats `piece` after `start`."""

    def __init__(self, start: bytes, piece: bytes) -> None:
        super().__init__()
        self._start, self._piece = start, piece
        self.given = 0

    def seek(self, *_: int) -> int:
        self.given = 0
        return 0

    def read(self, size: int | None = -1, /) -> bytes:
        if self.given > 8 * MAX_ROW:
            pytest.fail("read on where a bound should have held")
        data = self._piece * ((size or 0) // len(self._piece)) if self.given else self._start
        self.given += len(data)
        return data


def row(team: str, value: str = "1") -> str:
    return f"Jan 2026,{team},,2026-01-01,2026-01-31,{value}"


def refusal(file: str | bytes) -> str:
    with pytest.raises(DecodeError) as refused:
        decode(file)
    return str(refused.value)


@pytest.mark.parametrize("line_end", LINE_ENDS)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_any_line_end_with_or_without_byte_order_mark_and_last_line_end(line_end: str, mark: str, last: bool) -> None:
    file = mark + line_end.join([HEADER, row("a"), row("b")]) + (line_end if last else "")
    assert [record["team"] for record in decode(file)] == ["a", "b"]


@pytest.mark.parametrize(
    "team",
    [
        "Müller, Söhne",
        'The "A" Team',
        "two\nlines",
        "two\r\nlines",
        "日本語 🚀",
        "a\u2028b\x85c\x0bd",
        " blanks ",
        "NA",
        "-",
        "=1+1",
        "x" * 1000,
    ],
)
def test_team_names_are_kept_exactly(team: str) -> None:
    assert [record["team"] for record in decode(f"{HEADER}\n{row(quoted(team))}\n")] == [team]


def test_quotes_inside_a_plain_cell_are_text() -> None:
    (record,) = decode(HEADER + '\nJan 2026,5" disks,,2026-01-01,2026-01-31,1\n')
    assert record["team"] == '5" disks'


@pytest.mark.parametrize("hierarchy", ["", "  ", "-", "\N{EM DASH}"])
def test_without_a_hierarchy_the_team_is_its_own_path(hierarchy: str) -> None:
    (record,) = decode(f"{HEADER}\nJan 2026,Core,{hierarchy},2026-01-01,,1\n")
    assert (record["team_path"], record["team_hierarchy"]) == ("Core", None)


def test_a_file_without_the_hierarchy_column_has_teams_as_paths() -> None:
    (record,) = decode("Granularity,Team,LTTC\nJan 2026,Core,1\n")
    assert (record["team_path"], record["team"], record["team_hierarchy"]) == ("Core", "Core", None)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line", ["sep={}", "SEP={}", '"sep={}"'])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_excels_line_with_the_delimiter_is_not_the_header(mark: str, line: str, delimiter: str) -> None:
    file = mark + "\n".join([line.format(delimiter), *(text.replace(",", delimiter) for text in (HEADER, row("a")))])
    assert [record["team"] for record in decode(file)] == ["a"]
    assert refusal(f"{file.replace(f'{delimiter}1', f'{delimiter}x')}").startswith("Line 3 of export exp_1")


def test_a_comment_or_a_total_after_the_rows_is_refused() -> None:
    assert refusal(f"{HEADER}\n{row('a')}\n# end\n") == "Line 3 of export exp_1 has 1 cells where the header has 6."
    assert "is not a MONTHLY period" in refusal(f"{HEADER}\n{row('a')}\nTotal,a,,,,1\n")
    assert "is blank; each row needs its team" in refusal(f"{HEADER}\n{row('a')}\nTotal,,,,,1\n")
    assert "from 2026-01-01 to 2026-03-31" in refusal(f"{HEADER}\n{row('a')}\n,Total,,2026-01-01,2026-03-31,1\n")


def test_blank_lines_are_ignored() -> None:
    teams = [record["team"] for record in decode(f"\n \r\n{HEADER}\n\n{row('a')}\n  \n\n{row('b')}\n\n")]
    assert teams == ["a", "b"]


def test_a_header_and_no_rows_is_an_empty_result() -> None:
    assert decode(f"{HEADER}\n") == []


@pytest.mark.parametrize("team", ["", "   ", "\u00a0"])
def test_a_blank_team_is_an_error(team: str) -> None:
    assert refusal(f"{HEADER}\n{row('a')}\n{row(team)}\n") == (
        "Line 3 of export exp_1: column 'Team' is blank; each row needs its team."
    )


@pytest.mark.parametrize(("extra", "cells"), [(",", 7), (None, 5)])
def test_short_and_long_rows_are_errors(extra: str | None, cells: int) -> None:
    broken = row("b") + extra if extra else row("b").rpartition(",")[0]
    assert refusal(f"{HEADER}\n\n{row('a')}\n{broken}\n") == (
        f"Line 4 of export exp_1 has {cells} cells where the header has 6."
    )


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_errors_name_the_line_that_an_editor_shows(line_end: str) -> None:
    lines = [HEADER, row('"two\nlines"'), "", *(row(str(number)) for number in range(700)), row('"a\r\nb\rc"', "x")]
    file = line_end.join(lines)
    # The cell is on the third line of its row.
    line = len(file.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert refusal(file) == f"Line {line} of export exp_1: column 'LTTC' holds 'x', which is not a number."


def test_long_values_are_shown_short_and_on_one_line() -> None:
    message = refusal(f"{HEADER}\n{row('a', quoted('x' * 5000 + LINE_END))}\n")
    assert len(message) < 250
    assert "\n" not in message


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'"a', "is not CSV: unexpected end of data"),
        (b'"a"b,', "is not CSV: ',' expected after '\"'"),
        (b"\xff", "is not UTF-8 text"),
        (b"caf\xe9,", "is not UTF-8 text"),
        (b"\xc3", "is not UTF-8 text"),
        (b"a\0", "contains a zero byte, which no text has"),
    ],
)
def test_bytes_that_are_not_csv_are_an_error_with_their_line(body: bytes, reason: str) -> None:
    file = f"{HEADER}\n{row('a')}\r\n{row('b')}\n".encode() + body
    assert refusal(file).startswith(f"Line 4 of export exp_1 {reason}")


def test_text_in_another_encoding_is_refused() -> None:
    assert "UTF-8" in refusal(f"{HEADER}\n".encode("utf-16"))


def test_two_rows_with_one_key_are_an_error_that_names_them() -> None:
    file = "\n".join([HEADER, row("a"), row(quoted("b\n")), row("c"), row("a", "2")])
    assert refusal(file) == (
        "Lines 2 and 6 of export exp_1 both have team 'a' (path 'a') in the period that starts on 2026-01-01."
    )


def test_without_a_hierarchy_the_message_says_how_to_export_teams_of_one_name() -> None:
    assert refusal("Granularity,Team,LTTC\nJan 2026,a,1\nJan 2026,a,2\n") == (
        "Lines 2 and 3 of export exp_1 both have team 'a' (path 'a') in the period that starts on 2026-01-01. The "
        "file has no hierarchy, so the teams have one key: rename one of them in SEI."
    )


def test_rows_that_differ_in_path_team_or_period_are_not_repeated() -> None:
    rows = ["Jan 2026,a,x,,", "Jan 2026,a,y,,", "Jan 2026,b,x,,", "Feb 2026,a,x,,"]
    assert len(decode("\n".join([KEYS, *rows]))) == 4


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"", b"Team"),
        (b"", b"Team,"),
        (b"", b" "),
        (HEADER.encode() + b"\n", b"x"),
        (HEADER.encode() + b"\n", b","),
        (HEADER.encode() + b"\n", b'"\n",'),
        (HEADER.encode() + b'\n"', b"x\n"),
        (HEADER.encode() + b'\n"', b"\n"),
        (HEADER.encode() + b"\n", b'""'),
    ],
)
def test_no_cell_row_or_header_without_end_is_read_to_its_end(start: bytes, piece: bytes) -> None:
    file = Endless(start, piece)
    with pytest.raises(DecodeError):
        list(read(file, LTTC).records("lttc"))
    assert file.given < 3 * MAX_ROW


def test_the_bound_on_a_row_does_not_depend_on_the_csv_module_s_global_bound_on_a_cell() -> None:
    bound = csv.field_size_limit(1 << 40)
    try:
        with pytest.raises(DecodeError, match="longer than 1,048,576 characters"):
            list(read(Endless(HEADER.encode() + b'\n"', b"x\n"), LTTC).records("lttc"))
    finally:
        csv.field_size_limit(bound)


def test_many_long_rows_are_fine() -> None:
    rows = [row(f"{number}{'x' * 50_000}") for number in range(60)]
    assert len(decode("\n".join([HEADER, *rows]))) == 60


class Trickle(io.BytesIO):
    """A file that returns three bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 3))


def test_chunks_can_end_anywhere() -> None:
    file = "\r\n".join([HEADER, row(quoted("ü,\r\n→")), f"{JANUARY},2\r"])
    assert [record["lttc"] for record in read(Trickle(file.encode()), LTTC).records("lttc")] == [1, 2]


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_lines_are_counted_correctly_for_any_chunks(line_end: str) -> None:
    file = line_end.join([HEADER, row("a"), row(quoted(f"b{line_end}")), row("c", "x")])
    with pytest.raises(DecodeError, match="Line 5 of"):
        list(read(Trickle(file.encode()), LTTC).records("lttc"))


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_a_large_file_can_have_any_line_end(line_end: str) -> None:
    rows = [row(f"{number}{'x' * 1_000}") for number in range(2 * MAX_ROW // 1_000)]
    file = line_end.join([HEADER, *rows])
    assert len(list(read(io.BytesIO(file.encode()), LTTC).records("lttc"))) == len(rows)
