"""Downloads: unpacked by their first bytes, proven whole, bounded in size, never a page."""

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
def test_whole_files_are_read_whatever_their_compression_and_can_be_read_again(data: bytes, tmp_path: Path) -> None:
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
    assert refusal(packed[:kept]) == "The gzip data in the download is cut short."


def test_a_damaged_file_is_refused() -> None:
    damaged = bytearray(PACKED)
    damaged[len(damaged) // 2] ^= 0xFF
    assert refusal(bytes(damaged)) == "The gzip data in the download is damaged."
    assert refusal(PACKED[:10] + b"\xff" * 50) == "The gzip data in the download is damaged."
    assert refusal(PACKED + b"rest") == "The gzip data in the download is damaged."


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><html>", b'{"status": "ERROR"}', b"\xef\xbb\xbf\r\n <html>", b"[]"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_page_in_place_of_a_file_is_refused(pack: type[bytes], page: bytes) -> None:
    assert refusal(pack(page)) == "In place of CSV, a page of HTML or JSON is in the download."


@pytest.mark.parametrize(
    "data", [b"", gzip.compress(b""), gzip.compress(gzip.compress(b""))], ids=["no bytes", "gzip", "gzip twice"]
)
def test_a_file_without_a_byte_is_refused_unless_that_is_an_answer(data: bytes) -> None:
    assert refusal(data) == "There is not a byte in the download."
    assert verify(io.BytesIO(data), BOUND, may_be_empty=True) == 0


def test_a_bomb_is_refused_before_it_fills_anything() -> None:
    bomb = gzip.compress(b"Team\n" * 2_000_000)
    message = refusal(bomb, ExportError)
    assert message == "More than 2,097,152 bytes are in the download; setting `max_export_megabytes` allows more."
    assert refusal(gzip.compress(bomb), ExportError) == message


def test_more_layers_than_any_server_adds_are_refused() -> None:
    assert "layers of gzip" in refusal(gzip.compress(gzip.compress(PACKED)))


def test_a_refused_file_is_closed() -> None:
    file = io.BytesIO(b"<html>")
    with pytest.raises(BadDownloadError):
        open_export(file, max_bytes=BOUND)
    assert file.closed


def test_errors_name_the_file() -> None:
    with pytest.raises(BadDownloadError, match="There is not a byte in export exp_1"):
        verify(io.BytesIO(), BOUND, label="export exp_1")
