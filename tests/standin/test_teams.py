"""Org trees and teams."""

from __future__ import annotations

from typing import Any

import pytest

from standin import FakeClock, Standin
from tests.standin.client import IDENTIFIERS, Client


def listed(shape: str) -> Any:
    clock = FakeClock()
    with Standin(clock=clock, teams_shape=shape) as sei:
        client = Client(sei, clock)
        with client.session:
            params = {**IDENTIFIERS, "there_is_no_cache": "true"}
            return client.get("v2/org-trees/2/teams", params=params).json()


def names_below(team: dict[str, Any]) -> list[str]:
    return [team["name"], *(name for child in team["children"] for name in names_below(child))]


def test_trees_are_listed_and_described(client: Client) -> None:
    trees = client.get("v2/org-trees").json()
    assert [tree["name"] for tree in trees] == ["Engineering", "Operations"]
    assert client.get(f"v2/org-trees/{trees[1]['id']}").json() == trees[1]
    root = client.get(f"v2/teams/{trees[1]['rootTeamRefId']}/team_info").json()
    assert root["name"] == "Operations"


def test_every_team_is_listed(client: Client) -> None:
    assert [team["refId"] for team in client.get("v2/teams/list").json()] == [t.ref_id for t in client.sei.org.teams]


def test_a_flat_list_has_what_exports_need(client: Client) -> None:
    teams = client.get("v2/org-trees/2/teams").json()
    assert teams == listed("flat")
    assert {team["id"] for team in teams if team["isLeaf"]} == {
        team.team_id for team in client.sei.org.leaves(client.sei.org.team_at("Operations"))
    }


def test_documented_fields_only() -> None:
    teams = listed("documented")
    assert all(team.keys() == {"refId", "name", "settings"} for team in teams)


def test_a_page_contains_the_list() -> None:
    page = listed("page")
    assert page["content"] == listed("flat")
    assert page["totalElements"] == len(page["content"])


def test_children_can_be_nested() -> None:
    (root,) = listed("nested")
    assert names_below(root) == [team["name"] for team in listed("flat")]


@pytest.mark.parametrize("path", ["v2/org-trees/99", "v2/org-trees/Engineering/teams", "v2/teams/1/team_info"])
def test_404_for_what_does_not_exist(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
