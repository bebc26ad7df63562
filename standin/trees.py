"""Org trees and teams as JSON. Documented is a list of teams with `refId`, `name` and settings; the rest is guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from standin.org import Org, OrgTree, Team

SHAPES = ("flat", "documented", "page", "nested")


def tree_fields(tree: OrgTree) -> dict[str, Any]:
    """An org tree; `id`, `name` and `rootTeamRefId` are a sibling API's."""
    return {"id": tree.tree_id, "name": tree.name, "rootTeamRefId": tree.root_ref_id}


def team_fields(team: Team) -> dict[str, Any]:
    """A team with what the export needs to know of it: its id and parent (not documented)."""
    return {
        **_documented(team),
        "id": team.team_id,
        "parentRefId": team.parent_ref_id,
        "isLeaf": team.is_leaf,
        "createdAt": f"{team.founded}T00:00:00Z",
    }


def teams_of_tree(org: Org, tree: OrgTree, shape: str) -> object:
    """The teams of `tree` in one of `SHAPES`."""
    teams = org.teams_of(tree)
    if shape == "documented":
        return [_documented(team) for team in teams]
    if shape == "page":
        content = [team_fields(team) for team in teams]
        return {"content": content, "page": 0, "size": len(content), "totalElements": len(content), "last": True}
    if shape == "nested":
        return [_nested(org, teams[0])]
    return [team_fields(team) for team in teams]


def _documented(team: Team) -> dict[str, Any]:
    own = {"workingDays": ["MON", "TUE", "WED", "THU", "FRI"], "timezone": "UTC"} if team.is_leaf else {}
    return {"refId": team.ref_id, "name": team.name, "settings": {**own, "inherited": not team.is_leaf}}


def _nested(org: Org, team: Team) -> dict[str, Any]:
    children = [below for below in org.below(team) if below.parent_ref_id == team.ref_id]
    return {**_documented(team), "id": team.team_id, "children": [_nested(org, child) for child in children]}
