"""Bodies of answers: content codings, JSON, envelopes, and text that leaves the tap. Pure."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.api.codings import CodingError, codings, decoded, unasked
from tap_sei_efficiency.api.envelope import opened
from tap_sei_efficiency.api.http_errors import hidden_error
from tap_sei_efficiency.api.json_body import UnreadableError, read_json
from tap_sei_efficiency.model.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = b'{"exportId": "exp_1"}'
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
}
LIMIT = 2**16


@given(st.lists(st.sampled_from(sorted(PACKERS)), max_size=4))
def test_codings_are_undone_in_the_order_of_the_header(names: list[str]) -> None:
    body = BODY
    for name in names:
        body = PACKERS[name](body)
    assert decoded(body, ", ".join(names).upper(), LIMIT) == BODY


def test_gzip_members_are_read_one_after_the_other() -> None:
    assert decoded(gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]), "gzip", LIMIT) == BODY


@pytest.mark.parametrize(
    ("body", "header", "problem"),
    [
        (gzip.compress(BODY)[:-9], "gzip", "is cut short"),
        (gzip.compress(BODY)[:-8] + b"\0" * 8, "gzip", "contains damaged gzip data"),
        (b"\x78\x9c\xff\xff", "deflate", "contains damaged deflate data"),
        (zlib.compress(BODY)[:-6], "deflate", "contains damaged deflate data"),
        (gzip.compress(bytes(LIMIT + 1)), "gzip", "is larger than"),
        (zlib.compress(bytes(LIMIT + 1)), "deflate", "is larger than"),
        (BODY, "br", "has the content coding 'br', which the tap does not ask for"),
        (BODY, "gzip, zstd", "has the content coding 'zstd'"),
    ],
)
def test_bodies_that_cannot_be_decoded_are_errors(body: bytes, header: str, problem: str) -> None:
    with pytest.raises(CodingError, match=problem):
        decoded(body, header, LIMIT)


def test_codings_of_a_header_are_ordered_from_the_outermost() -> None:
    assert codings(" identity, DEFLATE ,gzip") == ["gzip", "deflate"]
    assert [unasked(header) for header in ("", "identity", "gzip, x-gzip", "br", "deflate, gzip")] == [
        *(None, None, None, "br", "deflate")
    ]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "ä"}'.encode("utf-16"), {"a": "ä"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a": "x\\ud83d", "\\u0000": ["\\u0000"]}', {"a": "x\ufffd", "\ufffd": ["\ufffd"]}),
        (b'{"a": "\xed\xa0\xbd"}', {"a": "\ufffd"}),
        (b'{"a": NaN, "b": [-Infinity, 1e999, 1.5]}', {"a": None, "b": [None, None, 1.5]}),
        (b'{"a": 9223372036854775807, "b": 9223372036854775808}', {"a": 2**63 - 1, "b": "9223372036854775808"}),
        (b'{"a": -9223372036854775808, "b": -%s}' % (b"9" * 5000), {"a": -(2**63), "b": "-" + "9" * 5000}),
        (b'{"a": 1, "a": 1}', {"a": 1}),
        (b"[" * 100 + b"]" * 100, json.loads("[" * 100 + "]" * 100)),
    ],
)
def test_odd_json_is_read(body: bytes, value: object) -> None:
    assert read_json(body) == value


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"<html>", "is not JSON"),
        (b'{"a": "\xff"}', "is not JSON"),
        (b'{"a": 1} {"a": 2}', "is not JSON"),
        (b'{"a": 1', "is not JSON"),
        (b'{"exportId": "a", "exportId": "b"}', "has two values for the field 'exportId'"),
        (b"[" * 101 + b"]" * 101, "is nested more than 100 levels deep"),
        (b"[" * 100_000 + b"]" * 100_000, "is nested more than 100 levels deep"),
    ],
)
def test_bad_or_ambiguous_json_is_refused(body: bytes, problem: str) -> None:
    with pytest.raises(UnreadableError, match=problem):
        read_json(body)


@given(st.text(st.characters(codec=None), max_size=50))
def test_clean_text_can_be_stored_and_changes_nothing_else(text: str) -> None:
    clean = clean_text(text)
    assert clean.encode("utf-8").count(0) == 0
    assert len(clean) == len(text)
    assert all(after in {before, "\ufffd"} for before, after in zip(text, clean, strict=True))
    assert clean_text(clean) == clean


INNER: dict[str, Any] = {"exportId": "exp_1", "status": "QUEUED"}


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        (INNER, INNER),
        ({"status": "SUCCESS", "data": INNER}, INNER),
        ({"status": "SUCCESS", "data": {"status": "SUCCESS", "data": INNER}}, INNER),
        ({"data": INNER, "correlationId": "c"}, INNER),
        ({"data": {"teams": []}}, {"data": {"teams": []}}),
        ({"status": "SUCCESS", "data": None}, {"status": "SUCCESS", "data": None}),
        (
            {"exportId": "exp_1", "status": "SUCCESS", "data": {}},
            {"exportId": "exp_1", "status": "SUCCESS", "data": {}},
        ),
        ([INNER], [INNER]),
    ],
)
def test_an_envelope_is_opened(answer: object, content: object) -> None:
    assert opened(answer) == content


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"status": "ERROR", "code": "INVALID_REQUEST"}, 400),
        ({"status": "error", "code": "access_denied"}, 403),
        ({"status": "FAILURE", "code": "SOMETHING_NEW"}, 400),
        ({"status": "ERROR"}, 400),
        ({"status": "ERROR", "exportId": "exp_1"}, None),
        ({"status": "SUCCESS", "data": {}}, None),
        ({"status": "FAILED"}, None),
        ([], None),
    ],
)
def test_an_error_inside_an_answer_has_the_status_of_its_code(answer: object, status: int | None) -> None:
    assert hidden_error(answer) == status
