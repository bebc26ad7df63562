"""The scopes of an account as values of the settings, for a person to choose from. Creates no job."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_sei_efficiency.api.teams import OrgTree
from tap_sei_efficiency.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sei_efficiency.api.teams import Team
    from tap_sei_efficiency.run.run import Run

_HEADER = ("org_tree_names", "org_tree_ids", "team", "leaf", "team_ids", "legacy_team_ref_ids")


@dataclass(slots=True)
class Scopes:
    """Org trees with their teams, and one sentence for each list that failed."""

    trees: list[tuple[OrgTree, Sequence[Team]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([*_table([_HEADER, *self._rows()]), "", *self._to_paste()])

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for tree, teams in self.trees:
            rows.append((tree.name, tree.tree_id, "", "", "", ""))
            for team in teams:
                leaf = {True: "yes", False: "no", None: "?"}[team.is_leaf]
                rows.append(("", "", team.path or team.name, leaf, team.team_id, str(team.ref_id)))
        return rows

    def _to_paste(self) -> list[str]:
        """One config per line, each enough for a run. Parents contain their children, so leaves are enough."""
        teams = [team for _, teams in self.trees for team in teams]
        roots = [tree.root_ref_id for tree, _ in self.trees if tree.root_ref_id is not None]
        choices = {
            "org_tree_names": [tree.name for tree, _ in self.trees if tree.name],
            "org_tree_ids": [tree.tree_id for tree, _ in self.trees],
            "team_ids": [team.team_id for team in teams if team.is_leaf is not False],
            "legacy_team_ref_ids": roots or [team.ref_id for team in teams],
        }
        return [json.dumps({name: values}, ensure_ascii=False) for name, values in choices.items() if values]


def find_scopes(run: Run) -> Scopes:
    """The org trees that SEI lists, otherwise those of `org_tree_ids`, with their teams."""
    scopes = Scopes()
    try:
        trees = list(run.org_trees)
    except ExportError as error:
        scopes.problems.append(str(error))
        trees = []
    listed = {tree.tree_id for tree in trees}
    trees += [OrgTree(tree, "", None, {}) for tree in run.settings.org_tree_ids if tree not in listed]
    for tree in trees:
        try:
            teams = run.teams_of(tree.tree_id)
        except ExportError as error:
            scopes.problems.append(str(error))
            teams = []
        scopes.trees.append((tree, teams))
    return scopes


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
