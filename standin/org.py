"""The organization that the stand-in reports on: trees of teams, the same for each start with the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from standin.draws import token, uniforms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOUNDED_LONG_AGO = date(2020, 1, 1)
NO_DEPLOYMENTS = "Developer Experience"
NO_DATA = "Research Lab"

# Tree (and its root team), departments, teams. "Core" and "Platform" occur twice: a name is not unique.
_TREES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Engineering": {
            "Payments": ("Checkout", "Billing", "Fraud Detection", "Ledger", "Payouts"),
            "Platform": ("Core", "Cloud Runtime", "Identity", "Observability", NO_DEPLOYMENTS),
            "Data, Insights & Reporting": ("Warehouse", "Streaming", "Machine Learning", "Reporting, Internal"),
            "Mobile": ("iOS", "Android", 'The "Rocket" Squad', "Mobile Release"),
            "Storefront": ("Search", "Catalogue", "Cart", "Core", NO_DATA),
            "International": ("Zürich", "São Paulo", "東京", "Übersetzung & Städte"),
        },
        "Operations": {
            "Platform": ("Networks", "Data Centres"),
            "Support Tools": ("Ticketing", "Knowledge Base", "Chat"),
        },
    }
)
_TEAMS_IN_DIVISION = 20
_LATE_FOUNDATIONS = (date(2025, 8, 1), date(2025, 10, 1), date(2025, 11, 1), date(2026, 1, 1), date(2026, 2, 1))
_SHARE_FOUNDED_LATE = 0.2


@dataclass(frozen=True, slots=True)
class Team:
    """One team. `path` names the team itself last; only leaves do work, and have figures of their own."""

    team_id: str
    ref_id: int
    name: str
    path: str
    parent_ref_id: int | None
    is_leaf: bool
    founded: date


@dataclass(frozen=True, slots=True)
class OrgTree:
    """One org tree; its root team bears its name."""

    tree_id: int
    name: str
    root_ref_id: int


class Org:
    """Trees of teams. `at_least` asks for more teams than the built-in ones; they fill up the first tree."""

    def __init__(self, seed: int = 0, at_least: int = 0) -> None:
        self._seed = seed
        self.teams: tuple[Team, ...] = tuple(self._make(at_least))
        roots = [team for team in self.teams if team.parent_ref_id is None]
        self.trees = tuple(OrgTree(number, team.name, team.ref_id) for number, team in enumerate(roots, start=1))
        self._by_id = {team.team_id: team for team in self.teams}
        self._by_ref = {team.ref_id: team for team in self.teams}
        self._by_path = {team.path: team for team in self.teams}
        self._below = {team.ref_id: tuple(self._walk(team)) for team in self.teams}

    def team(self, team_id: str) -> Team | None:
        """The team that `teamId` names in an export's scope."""
        return self._by_id.get(team_id)

    def team_by_ref(self, ref_id: int) -> Team | None:
        """The team with this `refId`."""
        return self._by_ref.get(ref_id)

    def team_at(self, path: str) -> Team:
        """The team at `path`, such as "Engineering/Payments/Checkout"."""
        return self._by_path[path]

    def tree(self, name_or_id: str) -> OrgTree | None:
        """The org tree with this name or id."""
        return next((tree for tree in self.trees if name_or_id in {tree.name, str(tree.tree_id)}), None)

    def below(self, team: Team) -> tuple[Team, ...]:
        """`team` and every team below it, each parent before its children."""
        return self._below[team.ref_id]

    def teams_of(self, tree: OrgTree) -> tuple[Team, ...]:
        """Every team of `tree`, its root first."""
        return self._below[tree.root_ref_id]

    def leaves(self, team: Team) -> tuple[Team, ...]:
        """The leaf teams at or below `team`."""
        return tuple(below for below in self.below(team) if below.is_leaf)

    def _walk(self, team: Team) -> Iterator[Team]:
        prefix = f"{team.path}/"
        return (other for other in self.teams if other is team or other.path.startswith(prefix))

    def _make(self, at_least: int) -> Iterator[Team]:
        made = 0
        for tree, departments in _trees(at_least).items():
            root = self._team(tree, None, made)
            yield root
            made += 1
            for department, names in departments.items():
                parent = self._team(f"{root.path}/{department}", root, made)
                yield parent
                made += 1
                for name in names:
                    yield self._team(f"{parent.path}/{name}", parent, made, is_leaf=True)
                    made += 1

    def _team(self, path: str, parent: Team | None, number: int, *, is_leaf: bool = False) -> Team:
        late, month, *_ = uniforms(self._seed, "founded", path)
        founded = FOUNDED_LONG_AGO
        if is_leaf and late < _SHARE_FOUNDED_LATE:
            founded = _LATE_FOUNDATIONS[int(month * len(_LATE_FOUNDATIONS))]
        return Team(
            team_id=f"team_{token(10, self._seed, 'team', path)}",
            ref_id=1001 + number,
            name=path.rpartition("/")[2],
            path=path,
            parent_ref_id=parent.ref_id if parent else None,
            is_leaf=is_leaf,
            founded=founded,
        )


def _trees(at_least: int) -> dict[str, dict[str, tuple[str, ...]]]:
    trees = {tree: dict(departments) for tree, departments in _TREES.items()}
    missing = at_least - sum(1 + sum(1 + len(names) for names in tree.values()) for tree in trees.values())
    first = next(iter(trees.values()))
    for division in range(1, -(-missing // (_TEAMS_IN_DIVISION + 1)) + 1):
        first[f"Division {division}"] = tuple(
            f"Squad {division}.{number}" for number in range(1, _TEAMS_IN_DIVISION + 1)
        )
    return trees
