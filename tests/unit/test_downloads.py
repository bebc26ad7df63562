"""Downloads are unpacked by their first bytes, verified to the end and limited in size; pages are refused."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest

from tap_sei_efficiency.api.downloads import open_export, verify
from tap_sei_efficiency.errors import BadDownloadError, ExportError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"Granularity,Team,LTTC\n" + b"".join(
    b"Jan 2026,Team %d,%d\n" % (number, number * 7919) for number in range(40_000)
)
PACKED = gzip.compress(TEXT)
BOUND = 1 << 21


def refusal(data: bytes, kind: type[ExportError] = BadDownloadError) -> str:
    with pytest.raises(ExportError) as refused:
        verify(io.BytesIO(data), BOUND)
    assert type(refused.value) is kind
    return str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        PACKED,
        gzip.compress(PACKED),
        b"".join(gzip.compress(TEXT[start : start + 99_999]) for start in range(0, len(TEXT), 99_999)),
        PACKED + b"\0" * 512,
    ],
    ids=["plain", "gzip", "gzip twice", "several members", "padded"],
)
def test_whole_files_with_any_compression_are_read_and_can_be_read_again(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "export"
    file.write_bytes(data)
    assert verify(file, BOUND) == len(TEXT)
    with open_export(file, max_bytes=max(len(TEXT), len(data))) as stream:
        assert stream.read(300_000) == TEXT[:300_000]
        stream.seek(0)
        assert stream.read() == TEXT


@pytest.mark.parametrize("kept", [2, 9, 18, 5_000, -100, -8, -1])
@pytest.mark.parametrize("packed", [PACKED, gzip.compress(PACKED)], ids=["gzip", "gzip twice"])
def test_a_file_cut_short_is_refused(packed: bytes, kept: int) -> None:
    assert refusal(packed[:kept]) == "The gzip data of the downloaded file is cut short."


def test_a_damaged_file_is_refused() -> None:
    damaged = bytearray(PACKED)
    damaged[len(damaged) // 2] ^= 0xFF
    assert refusal(bytes(damaged)) == "The gzip data of the downloaded file is damaged."
    assert refusal(PACKED[:10] + b"\xff" * 50) == "The gzip data of the downloaded file is damaged."
    assert refusal(PACKED + b"rest") == "The gzip data of the downloaded file is damaged."


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><html>", b'{"status": "ERROR"}', b"\xef\xbb\xbf\r\n <html>", b"[]"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_page_instead_of_a_file_is_refused(pack: type[bytes], page: bytes) -> None:
    assert refusal(pack(page)).startswith("The downloaded file is a page of HTML or JSON, not CSV: ")


def test_what_is_no_file_is_told_in_its_own_words() -> None:
    body = b'{"status": "ERROR", "message": "Link expired.", "correlationId": "c7"}'
    assert refusal(body) == "The downloaded file is a page of HTML or JSON, not CSV: Link expired., correlation id c7."


@pytest.mark.parametrize(
    "data", [b"", gzip.compress(b""), gzip.compress(gzip.compress(b""))], ids=["no bytes", "gzip", "gzip twice"]
)
def test_an_empty_file_is_refused_unless_it_is_a_valid_answer(data: bytes) -> None:
    assert refusal(data) == "The downloaded file is empty."
    assert verify(io.BytesIO(data), BOUND, may_be_empty=True) == 0


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"Team\n" * 2_000_000)
    message = refusal(bomb, ExportError)
    assert message == ("The downloaded file is larger than 2,097,152 bytes. Raise `max_export_megabytes` to accept it.")
    assert refusal(gzip.compress(bomb), ExportError) == message


def test_more_layers_than_any_server_adds_are_refused() -> None:
    assert "compressed with gzip more than 2 times" in refusal(gzip.compress(gzip.compress(PACKED)))


def test_a_refused_file_is_closed() -> None:
    file = io.BytesIO(b"<html>")
    with pytest.raises(BadDownloadError):
        open_export(file, max_bytes=BOUND)
    assert file.closed
