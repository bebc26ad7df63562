"""The key and the identifiers that every request needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests.standin.client import EXPORTS, HEADERS, IDENTIFIERS

if TYPE_CHECKING:
    from tests.standin.client import Client

ENDPOINTS = [
    ("POST", EXPORTS),
    ("GET", EXPORTS),
    ("GET", f"{EXPORTS}/exp_1"),
    ("GET", f"{EXPORTS}/exp_1/download"),
    ("POST", "v2/insights/teams/reports"),
    ("GET", "v2/org-trees"),
    ("GET", "v2/org-trees/1"),
    ("GET", "v2/org-trees/1/teams"),
    ("GET", "v2/teams/list"),
    ("GET", "v2/teams/1001/team_info"),
]
every_endpoint = pytest.mark.parametrize(("method", "path"), ENDPOINTS)


def without(values: dict[str, str], name: str, **changes: str) -> dict[str, str]:
    return {key: value for key, value in {**values, **changes}.items() if key != name}


@every_endpoint
@pytest.mark.parametrize("sent", ["", "ApiKey wrong", "standin-key", "Bearer standin-key"])
def test_401_without_the_key(client: Client, method: str, path: str, sent: str) -> None:
    answer = client.send(method, path, headers={**HEADERS, "authorization": sent})
    assert answer.status_code == 401
    assert answer.json()["status"] == "ERROR"
    assert answer.json()["correlationId"]


@every_endpoint
@pytest.mark.parametrize("name", IDENTIFIERS)
def test_400_without_an_identifier(client: Client, method: str, path: str, name: str) -> None:
    answer = client.send(method, path, params=without(IDENTIFIERS, name))
    assert answer.status_code == 400
    assert name in answer.json()["message"]


@every_endpoint
def test_403_for_another_project(client: Client, method: str, path: str) -> None:
    answer = client.send(method, path, params={**IDENTIFIERS, "projectIdentifier": "other"})
    assert answer.status_code == 403


def test_400_for_an_organization_that_does_not_exist(client: Client) -> None:
    answer = client.get("v2/org-trees", params={**IDENTIFIERS, "orgIdentifier": "other"})
    assert answer.status_code == 400
    assert "'other'" in answer.json()["message"]


def test_400_without_the_documented_content_type(client: Client) -> None:
    answer = client.get("v2/org-trees", headers=without(HEADERS, "Content-Type"))
    assert answer.status_code == 400
    assert "Content-Type" in answer.json()["message"]


def test_the_key_can_be_in_x_api_key(client: Client) -> None:
    headers = without(HEADERS, "authorization", **{"x-api-key": "standin-key"})
    assert client.get("v2/org-trees", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/v2/org-trees", "/sei/api/v2/org-trees", "/prod1/sei/api/v3/org-trees"])
def test_404_outside_the_base_path(client: Client, path: str) -> None:
    url = client.sei.base_url.removesuffix("/prod1/sei/api/") + path
    assert requests.get(url, headers=HEADERS, params=IDENTIFIERS, timeout=10).status_code == 404


def test_405_for_another_method(client: Client) -> None:
    assert client.send("POST", f"{EXPORTS}/exp_1").status_code == 405


def test_requests_are_noted_without_their_headers_values(client: Client) -> None:
    client.get("v2/org-trees")
    (seen,) = client.sei.requests
    assert (seen.method, seen.path, seen.endpoint, seen.query) == ("GET", "/v2/org-trees", "teams", IDENTIFIERS)
    assert "authorization" in seen.headers
    assert "standin-key" not in repr(seen)
    assert seen.at == client.clock.now()
    assert client.sei.count("teams") == 1
