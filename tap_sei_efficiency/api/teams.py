"""Org trees and their teams, out of answers whose shape is hardly published. Pure.

Documented: a JSON list of teams, each with `refId` (a number), `name` and its settings. Beyond that the tap takes a
page with the list inside, nested children, and the dialect's names for a team's parent, path and id.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.model.dialect import PLAIN
from tap_sei_efficiency.model.requests import Scope, ScopeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_sei_efficiency.model.dialect import Words


def _is_above(value: object, listed: int) -> bool:
    return (_number(value) or 0) > listed


_MORE: Mapping[str, Callable[[object, int], bool]] = MappingProxyType(
    {
        **dict.fromkeys(("totalElements", "totalItems", "totalCount", "total"), _is_above),
        "totalPages": lambda pages, _: (_number(pages) or 0) > 1,
        **dict.fromkeys(("hasNext", "hasMore", "hasNextPage"), lambda flag, _: flag is True),
        "last": lambda flag, _: flag is False,
        **dict.fromkeys(("nextPageToken", "nextPage", "next"), lambda token, _: bool(token)),
    }
)
"""Fields by which a page says that others follow it, as usual elsewhere."""


@dataclass(frozen=True, slots=True)
class Team:
    """One team. `is_leaf`, `path` and `parent_ref_id` are None if the server does not show them.

    `team_id` is the team's ID in an export's scope; `details` are all other fields of the answer.
    """

    ref_id: int
    name: str
    team_id: str
    path: str | None
    parent_ref_id: int | None
    is_leaf: bool | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OrgTree:
    """One org tree; `root_ref_id` is None if the server does not say which team is its root."""

    tree_id: str
    name: str
    root_ref_id: int | None
    details: Mapping[str, Any]


def read_org_trees(answer: object, words: Words = PLAIN.team_fields) -> list[OrgTree]:
    """The org trees in `answer`, each once, in the server's order.

    Raises:
        ExportError: The answer contains no list of org trees, a part of it, or an org tree without an ID.
    """
    items = _trees(answer, words)
    _check_whole(answer, len(items), "org trees", words)
    return list({tree.tree_id: tree for tree in map(partial(_org_tree, words=words), items)}.values())


def _trees(answer: object, words: Words) -> list[Any]:
    if isinstance(answer, list):
        return answer
    if isinstance(answer, dict):
        for name in words["list"]:
            if name in answer:
                return _trees(answer[name], words)
    msg = "SEI's answer contains no list of org trees."
    raise ExportError(msg)


def _org_tree(item: object, words: Words) -> OrgTree:
    fields = item if isinstance(item, dict) else {}
    tree_id = _first(fields, words["org_tree_id"])
    if not isinstance(tree_id, str | int):
        msg = f"SEI lists an org tree without an id: {fields.get('name')!r}."
        raise ExportError(msg)
    known = {"name", *words["org_tree_id"], *words["root_ref_id"]}
    return OrgTree(
        tree_id=str(tree_id),
        name=str(fields.get("name") or tree_id),
        root_ref_id=_number(_first(fields, words["root_ref_id"])),
        details={name: value for name, value in fields.items() if name not in known},
    )


def read_teams(answer: object, org_tree_id: str, words: Words = PLAIN.team_fields) -> list[Team]:
    """The teams in `answer`, each once, in the server's order.

    Raises:
        ExportError: The answer contains no list of teams, a part of it, or a team without a numeric `refId`.
    """
    items = _list(answer, org_tree_id, words)
    walked = list(_walk(items, org_tree_id, words, None))
    nodes = {node.ref_id: node for node in walked}
    _check_whole(answer, len(walked), f"teams of org tree {org_tree_id}", words)
    parents = {node.parent for node in nodes.values() if node.parent is not None}
    return [_team(node, nodes, parents, words) for node in nodes.values()]


def leaf_scopes(teams: Sequence[Team], org_tree_id: str) -> list[Scope]:
    """The export scopes of the teams without child teams.

    Raises:
        ExportError: The server does not show which these are.
    """
    if any(team.is_leaf is None for team in teams):
        msg = f"SEI does not say which teams of org tree {org_tree_id} are leaves. List them in `team_ids`."
        raise ExportError(msg)
    return [Scope(ScopeKind.TEAM, team.team_id) for team in teams if team.is_leaf]


@dataclass(frozen=True, slots=True)
class _Node:
    ref_id: int
    parent: int | None
    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.fields.get("name") or self.ref_id)


def _list(answer: object, org_tree_id: str, words: Words) -> list[Any]:
    if isinstance(answer, list):
        return answer
    if isinstance(answer, dict):
        for name in words["list"]:
            if name in answer:
                return _list(answer[name], org_tree_id, words)
        if _first(answer, words["ref_id"]) is not None:
            return [answer]
    msg = f"SEI's answer contains no list of the teams of org tree {org_tree_id}."
    raise ExportError(msg)


def _check_whole(answer: object, listed: int, what: str, words: Words) -> None:
    """ExportError if `answer` says that it is one page of several: it is not documented how to ask for the next."""
    while isinstance(answer, dict) and _first(answer, words["ref_id"]) is None:
        more = next((name for name, is_more in _MORE.items() if is_more(answer.get(name), listed)), None)
        if more:
            msg = (
                f"SEI lists {listed} of the {what} and says that there are more (`{more}` is {answer[more]}). "
                "List what you need in the settings, and report this."
            )
            raise ExportError(msg)
        answer = _first(answer, words["list"])


def _walk(items: list[Any], org_tree_id: str, words: Words, parent: int | None) -> Iterator[_Node]:
    for item in items:
        fields = item if isinstance(item, dict) else {}
        ref_id = _number(_first(fields, words["ref_id"]))
        if ref_id is None:
            msg = f"SEI lists a team of org tree {org_tree_id} without a numeric `refId`: {fields.get('name')!r}."
            raise ExportError(msg)
        children = next((name for name in words["children"] if isinstance(fields.get(name), list)), None)
        own = {name: value for name, value in fields.items() if name != children}
        stated = _first(fields, words["parent"])
        if isinstance(stated, dict):
            stated = _first(stated, words["ref_id"])
        yield _Node(ref_id, parent if parent is not None else _number(stated), own)
        if children:
            yield from _walk(fields[children], org_tree_id, words, ref_id)


def _team(node: _Node, nodes: Mapping[int, _Node], parents: set[int], words: Words) -> Team:
    stated_path, stated_leaf = _first(node.fields, words["path"]), _first(node.fields, words["is_leaf"])
    is_a_tree = bool(parents) or len(nodes) == 1
    told = ("ref_id", "parent", "path", "team_id", "is_leaf")
    known = {"name", *(spelling for name in told for spelling in words[name])}
    return Team(
        ref_id=node.ref_id,
        name=node.name,
        team_id=str(_first(node.fields, words["team_id"]) or node.ref_id),
        path=stated_path if isinstance(stated_path, str) else _path(node, nodes) if is_a_tree else None,
        parent_ref_id=node.parent,
        is_leaf=stated_leaf if isinstance(stated_leaf, bool) else node.ref_id not in parents if is_a_tree else None,
        details={name: value for name, value in node.fields.items() if name not in known},
    )


def _path(node: _Node, nodes: Mapping[int, _Node]) -> str:
    names = [node.name]
    seen = {node.ref_id}
    while (parent := node.parent) is not None and parent in nodes and parent not in seen:
        node = nodes[parent]
        seen.add(node.ref_id)
        names.append(node.name)
    return "/".join(reversed(names))


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:  # noqa: ANN401 - a JSON value
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else None
