"""The meaning of an HTTP answer that reports a problem."""

from __future__ import annotations

import pytest

from tap_sei_efficiency.api.http_errors import may_pass, read_error, retry_after


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"status": "ERROR", "message": "No team.", "correlationId": "abc"}', "No team., correlation id abc"),
        (b'{"code": "INVALID_REQUEST"}', "INVALID_REQUEST"),
        (b'{"error": "no"}', "no"),
        (b'{"error": {"code": "E", "message": "no"}}', "no"),
        (b'{"errors": [{"message": "no"}, {"detail": "never"}, 1]}', "no; never"),
        (b'{"metaData": {}, "responseMessages": [{"code": "E", "message": "no"}]}', "no"),
        (b'{"detail": [{"loc": ["body"], "msg": "no"}]}', "no"),
        (b'{"title": "Bad Request", "detail": "no"}', "no"),
        (b"null", "no message"),
        (b"{}", "no message"),
        (b"", "no message"),
        (b"[1]", "[1]"),
        (b'[{"createdBy": {"name": "Ada", "email": "a@b.c"}, "id": 1}]', "[{'createdBy': ***, 'id': 1}]"),
        (b'cut {"created_by":"Ada", "mail', 'cut {"created_by":***, "mail'),
        (b'{"message": "Ask ada@example.com, please"}', "Ask ***, please"),
        (b"<!DOCTYPE html>\n<HTML><body>Bad gateway", "an HTML page"),
        (b"Bad\n  gateway.\n", "Bad gateway"),
        (b'{"message": "no\\u001b[31m\\n such\\u0085team"}', "no [31m such team"),
        (b"<html><title> Sign\n in </title>", "an HTML page, 'Sign in'"),
        (b"\xff" * 1000, "\ufffd" * 300),
    ],
)
def test_the_servers_words_are_one_line(body: bytes, words: str) -> None:
    assert read_error(body).words == words


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": "Mon, 23 Nov 2026 10:01:00 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 60.0),
        ({"Retry-After": "Mon, 23 Nov 2026 09:00:00 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"Retry-After": "Mon, 23 Nov 2026 10:01:00 GMT"}, None),
        ({"Retry-After": "soon", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_which_errors_are_temporary() -> None:
    assert [status for status in range(400, 600) if may_pass(status)] == [408, 425, 429, *range(500, 600)]
