"""The URLs of requests, and which of them get the key."""

from __future__ import annotations

import pytest

from tap_sei_efficiency.api.urls import Hop, RedirectError, absolute, first_hop, next_hop, origin
from tap_sei_efficiency.model.dialect import PLAIN

BASE = "https://app.harness.io/prod1/sei/api/"


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("v2/x", f"{BASE}v2/x"),
        ("/v2/x", f"{BASE}v2/x"),
        ("/prod1/sei/api/v2/x", f"{BASE}v2/x"),
        ("https://files.example.com/x?sig=1", "https://files.example.com/x?sig=1"),
        ("//files.example.com/x", "https://files.example.com/x"),
    ],
)
def test_a_path_is_relative_to_the_whole_base(path: str, url: str) -> None:
    assert absolute(BASE, path) == url
    assert absolute(BASE, path, PLAIN.base_paths) == url


@pytest.mark.parametrize("path", ["/gateway/sei/api/v2/x", "/sei/api/v2/x"])
def test_a_path_with_another_base_path_of_sei_stands_below_its_host(path: str) -> None:
    assert absolute(BASE, path, PLAIN.base_paths) == f"https://app.harness.io{path}"
    assert first_hop(BASE, path, PLAIN.base_paths).trusted


@pytest.mark.parametrize(
    ("path", "trusted"),
    [
        ("v2/x", True),
        ("https://APP.harness.io:443/x", True),
        ("https://app.harness.io:444/x", False),
        ("http://app.harness.io/x", False),
        ("https://app.harness.io.example.com/x", False),
        ("https://user@evil.example.com/x", False),
        ("https://app.harness.io@evil.example.com/x", False),
    ],
)
def test_the_key_goes_only_to_the_origin_of_the_base(path: str, trusted: bool) -> None:
    assert first_hop(BASE, path).trusted is trusted


@pytest.mark.parametrize("url", ["https://[", "https://host:port/x", "https://host:99999/"])
def test_text_that_is_not_a_url_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        origin(url)


HERE = Hop("https://sei.example.com/a/b?x=1", trusted=True)


@pytest.mark.parametrize(
    ("location", "url", "trusted"),
    [
        ("c", "https://sei.example.com/a/c", True),
        ("/c?y=2", "https://sei.example.com/c?y=2", True),
        ("//sei.example.com:443/c", "https://sei.example.com:443/c", True),
        ("https://files.example.com/c", "https://files.example.com/c", False),
    ],
)
def test_a_download_is_followed_and_the_key_stays(location: str, url: str, trusted: bool) -> None:
    assert next_hop(HERE, 302, location, "GET", may_leave=True) == Hop(url, trusted)


def test_after_another_origin_no_redirect_gets_the_key() -> None:
    away = next_hop(HERE, 302, "https://files.example.com/c", "GET", may_leave=True)
    assert not next_hop(away, 302, "https://sei.example.com/v2/x", "GET", may_leave=True).trusted


def test_plain_http_on_the_same_host_can_be_upgraded() -> None:
    here = Hop("http://localhost/a", trusted=True)
    assert next_hop(here, 308, "https://localhost/a", "POST", may_leave=False).trusted
    with pytest.raises(RedirectError, match="to https://localhost:8443, which is another server"):
        next_hop(here, 308, "https://localhost:8443/a", "POST", may_leave=False)


@pytest.mark.parametrize(
    ("status", "location", "method", "may_leave", "problem"),
    [
        (302, "http://sei.example.com/a", "GET", True, "to http://sei.example.com, which is not encrypted"),
        (302, "https://login.example.com/?t=1", "GET", False, "to https://login.example.com, which is another server"),
        (307, "https://files.example.com/", "POST", True, "which is another server"),
        (302, "/login?t=1", "POST", False, "to https://sei.example.com/login, which changes a POST into a GET"),
        (303, "c", "POST", True, "which changes a POST into a GET"),
    ],
)
def test_a_redirect_that_is_not_followed_says_why_and_hides_the_query(
    status: int, location: str, method: str, may_leave: bool, problem: str
) -> None:
    with pytest.raises(RedirectError, match=problem) as refused:
        next_hop(HERE, status, location, method, may_leave=may_leave)
    assert "t=1" not in str(refused.value)
