"""Teams that have one key in two scopes of a run. Pure.

The key of a row holds the team, its path and the period, not the scope; without a hierarchy the path is the name. One
key in two scopes can be one team, exported twice, or two teams, of which a loader would keep one. Closed periods show
it: one team has the same figures there.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_sei_efficiency.model.requests import Scope

_MOST_KEPT = 2**18


class Clash(NamedTuple):
    """What is wrong. `is_one_team` says that a parent was exported beside its child, and the path shows it."""

    text: str
    is_one_team: bool


class Namesakes:
    """What a run has emitted: the scope of each team by its path, and a hash of its figures in closed periods."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._figures: dict[tuple[str, str, str], int] = {}

    def in_other_scopes(self, stream: str, scope: Scope, teams: Iterable[str]) -> list[str]:
        """The `teams` of `scope` that `stream` has already emitted for another scope."""
        return sorted(team for team in teams if self._scopes.setdefault((stream, team), scope) != scope)

    def clash(
        self, stream: str, scope: Scope, rows: Iterable[tuple[str, str, tuple[object, ...]]], *, has_paths: bool
    ) -> Clash | None:
        """The first row of a closed period with other figures than that of another scope; None if there is none.

        `rows` are path of the team, start of the period, and figures. Above 262,144 rows the tap stops comparing.
        """
        for team, start, figures in rows:
            earlier = self._scopes.setdefault((stream, team), scope)
            known = self._figures.get((stream, team, start))
            if known is None:
                if len(self._figures) < _MOST_KEPT:
                    self._figures[stream, team, start] = hash(figures)
            elif earlier != scope and known != hash(figures):
                teams = Counter(each for (name, _), each in self._scopes.items() if name == stream)
                text = f"team {team!r} has other figures in the period that starts on {start} than in {earlier}"
                # This row's team counts for the earlier scope alone.
                return Clash(text, has_paths and (teams[earlier] > 1 or teams[scope] > 0))
        return None
