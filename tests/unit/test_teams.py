"""The teams of an org tree, from any shape of the server's answer."""

from __future__ import annotations

import pytest

from tap_sei_efficiency.api.teams import leaf_scopes, read_org_trees, read_teams
from tap_sei_efficiency.errors import ExportError

FLAT = [
    {"refId": 1, "name": "Engineering", "parentRefId": None, "settings": {"x": 1}},
    {"refId": 2, "name": "Payments", "parentRefId": 1},
    {"refId": 3, "name": "Checkout", "parentRefId": 2, "teamId": "team_checkout"},
]
NESTED = [
    {
        "refId": 1,
        "name": "Engineering",
        "settings": {"x": 1},
        "children": [
            {"refId": 2, "name": "Payments", "children": [{"refId": 3, "name": "Checkout", "teamId": "team_checkout"}]}
        ],
    }
]


@pytest.mark.parametrize(
    "answer", [FLAT, NESTED, {"content": FLAT, "page": 0}, {"data": {"teams": NESTED}}, {"teams": FLAT}, NESTED[0]]
)
def test_every_shape_gives_the_same_tree(answer: object) -> None:
    teams = read_teams(answer, "7")
    assert [(t.ref_id, t.name, t.path, t.parent_ref_id, t.is_leaf, t.team_id) for t in teams] == [
        (1, "Engineering", "Engineering", None, False, "1"),
        (2, "Payments", "Engineering/Payments", 1, False, "2"),
        (3, "Checkout", "Engineering/Payments/Checkout", 2, True, "team_checkout"),
    ]
    assert teams[0].details == {"settings": {"x": 1}}


def test_the_leaves_are_the_scopes_of_every_leaf_team() -> None:
    assert [str(scope) for scope in leaf_scopes(read_teams(FLAT, "7"), "7")] == ["team:team_checkout"]


def test_a_flat_list_without_parents_leaves_path_and_leaf_unknown() -> None:
    teams = read_teams([{"refId": 1, "name": "A"}, {"refId": 2, "name": "B"}], "7")
    assert [(team.path, team.is_leaf) for team in teams] == [(None, None), (None, None)]
    with pytest.raises(ExportError, match="does not say which teams of org tree 7 are leaves"):
        leaf_scopes(teams, "7")


def test_a_team_that_is_its_own_ancestor_does_not_hang() -> None:
    teams = read_teams([{"refId": 1, "name": "A", "parentRefId": 2}, {"refId": 2, "name": "B", "parentRefId": 1}], "7")
    assert [team.path for team in teams] == ["B/A", "A/B"]


@pytest.mark.parametrize("answer", [None, {}, {"message": "no"}, "teams", 7])
def test_an_answer_without_a_list_is_an_error(answer: object) -> None:
    with pytest.raises(ExportError, match="contains no list of the teams of org tree 7"):
        read_teams(answer, "7")


@pytest.mark.parametrize("team", [{"name": "A"}, {"refId": "x", "name": "A"}, 7, None])
def test_a_team_without_a_number_is_an_error(team: object) -> None:
    with pytest.raises(ExportError, match="without a numeric `refId`"):
        read_teams([team], "7")


@pytest.mark.parametrize(
    "page",
    [
        {"totalPages": 2},
        {"totalElements": 4},
        {"total": "4"},
        {"hasNext": True},
        {"last": False},
        {"nextPageToken": "abc"},
    ],
)
def test_one_page_of_several_does_not_pass_for_the_whole(page: dict[str, object]) -> None:
    for answer in ({"content": FLAT, **page}, {"status": "SUCCESS", "data": {"content": NESTED, **page}}):
        with pytest.raises(ExportError, match="SEI lists 3 of the teams of org tree 7 and says that there are more"):
            read_teams(answer, "7")
    with pytest.raises(ExportError, match="SEI lists 1 of the org trees and says that there are more"):
        read_org_trees({"content": [{"id": 1}], "total": 2, **page})


def test_a_page_that_is_the_whole_is_one() -> None:
    page = {"totalPages": 1, "totalElements": 3, "hasNext": False, "last": True, "nextPageToken": None, "next": ""}
    assert len(read_teams({"content": FLAT, **page}, "7")) == 3
    assert len(read_teams({"content": [*FLAT, FLAT[2]], "total": 4}, "7")) == 3
