"""The ways in which a file can be transferred."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest
import requests

from standin import Fault
from standin.export_endpoints import SIGNATURE

if TYPE_CHECKING:
    from tests.standin.client import Client

TREE = {"orgTreeName": "Engineering", "orgIdentifier": "acme"}


@pytest.fixture
def plain(client: Client) -> bytes:
    """The file without any fault."""
    return client.text(scope=TREE).encode()


def fetch(client: Client, fault: str, **changes: Any) -> requests.Response:
    client.sei.faults.add(Fault.parse(fault))
    return client.download(client.made(scope=TREE), **changes)


def on_the_wire(client: Client, fault: str) -> tuple[requests.Response, bytes]:
    with fetch(client, fault, stream=True) as answer:
        return answer, answer.raw.read(decode_content=False)


def test_gzip_is_the_body_itself(client: Client, plain: bytes) -> None:
    answer = client.download(client.made(scope=TREE))
    assert answer.headers["Content-Type"] == "application/gzip"
    assert answer.headers["Content-Disposition"].endswith('.csv.gz"')
    assert "Content-Encoding" not in answer.headers
    assert gzip.decompress(answer.content) == plain


def test_gzip_body_can_be_named(client: Client, plain: bytes) -> None:
    assert gzip.decompress(fetch(client, "gzip_body").content) == plain


def test_plain(client: Client, plain: bytes) -> None:
    answer, body = on_the_wire(client, "plain")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert body == plain


def test_gzip_as_content_encoding(client: Client, plain: bytes) -> None:
    answer, body = on_the_wire(client, "gzip_content_encoding")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == plain


def test_gzip_as_both(client: Client, plain: bytes) -> None:
    answer, body = on_the_wire(client, "gzip_both")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(gzip.decompress(body)) == plain


def test_several_gzip_members(client: Client, plain: bytes) -> None:
    body = fetch(client, "gzip_members").content
    first = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert plain.startswith(first.decompress(body))
    assert first.unused_data
    assert gzip.decompress(body) == plain


def test_a_cut_body_that_is_shorter_than_its_length(client: Client) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        fetch(client, "cut_body")


@pytest.mark.parametrize("told", ["cut", "missing"])
def test_a_cut_body_that_only_gzip_detects(client: Client, told: str) -> None:
    answer = fetch(client, f"cut_body:content_length={told}")
    assert ("Content-Length" in answer.headers) == (told == "cut")
    assert answer.content[:2] == b"\x1f\x8b"
    with pytest.raises(EOFError):
        gzip.decompress(answer.content)


def test_a_body_that_is_reset(client: Client) -> None:
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        fetch(client, "reset_body")


def test_zero_bytes(client: Client) -> None:
    answer = fetch(client, "zero_bytes")
    assert (answer.status_code, answer.content) == (200, b"")


def test_pages_instead_of_a_file(client: Client) -> None:
    page = fetch(client, "html_page:times=1")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    error = fetch(client, "json_error_200:times=1")
    assert error.status_code == 200
    assert json.loads(error.content)["status"] == "ERROR"


def test_a_trickle_takes_time_by_the_clock(client: Client, plain: bytes) -> None:
    client.sei.faults.add(Fault("trickle", bytes=100, seconds=4))
    job = client.made(scope=TREE)
    before = client.clock.monotonic()
    body = client.download(job).content
    assert gzip.decompress(body) == plain
    # The client can have the last bytes before the server has paused after them.
    assert client.clock.monotonic() - before >= 4 * (len(body) // 100)


def test_a_bomb_is_small_and_unpacks_to_much(client: Client, plain: bytes) -> None:
    body = fetch(client, "gzip_bomb:megabytes=8").content
    unpacked = gzip.decompress(body)
    assert unpacked.startswith(plain)
    assert len(unpacked) == len(plain) + 8 * 2**20
    assert len(body) < len(unpacked) / 100


def test_a_redirect_leads_to_another_origin_without_a_key(client: Client, plain: bytes) -> None:
    answer = fetch(client, "redirect_download")
    location = answer.headers["Location"]
    assert answer.status_code == 302
    assert not location.startswith(client.sei.base_url.removesuffix("prod1/sei/api/"))
    assert SIGNATURE in location
    assert gzip.decompress(requests.get(location, timeout=10).content) == plain
    assert requests.get(location.partition("?")[0], timeout=10).status_code == 403
    first, _ = client.sei.storage_requests
    assert "authorization" not in first.headers


def test_storage_has_faults_too(client: Client) -> None:
    location = fetch(client, "redirect_download").headers["Location"]
    client.sei.faults.add(Fault("server_error", endpoint="storage"))
    assert requests.get(location, timeout=10).status_code == 503
