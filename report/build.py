"""From the marts' rows to a picture."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from report.figures import figures, in_scope
from report.model import Period, Picture, Team, scope_of
from report.warehouse import ReportError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from report.model import Figures, Scope
    from report.warehouse import Row

ALL_TEAMS = "All teams"


def build(tables: Mapping[str, Sequence[Row]], wanted: Mapping[str, str | None], path: str | None = None) -> Picture:
    """The picture of the scope that `wanted` names, else of the one with most rows: of a team and what is below it.

    Raises:
        ReportError: There are no such figures, or there is no such team.
    """
    scope, left_out = _choose(tables["figures"], wanted)
    rows = [row for row in tables["figures"] if scope_of(row) == scope]
    tops = _tree([row for row in tables["teams"] if in_scope(row, scope)], figures(tables, scope))
    if path is not None:
        tops = [_find(tops, path)]
    periods = _periods([row for row in tables["periods"] if in_scope(row, scope)], rows)
    failed = _failed([row for row in tables["failed"] if in_scope(row, scope)])
    return Picture(scope, left_out, periods, _exported(rows), failed, tops[0] if len(tops) == 1 else _together(tops))


def _choose(rows: Sequence[Row], wanted: Mapping[str, str | None]) -> tuple[Scope, list[Scope]]:
    counts = Counter(map(scope_of, rows))
    fitting = [
        scope for scope in counts if all(value in {None, getattr(scope, name)} for name, value in wanted.items())
    ]
    if not fitting:
        asked = ", ".join(f"{name} {value}" for name, value in wanted.items() if value)
        msg = f"fct_dora holds no figures{' with ' if asked else ''}{asked}; load them with the tap and run dbt again."
        raise ReportError(msg)
    chosen = max(sorted(fitting), key=counts.__getitem__)
    return chosen, sorted(scope for scope in counts if scope != chosen)


def _exported(rows: Sequence[Row]) -> tuple[str, str]:
    """The days that the oldest and the newest figure is as of."""
    return min(str(row["exported_at"]) for row in rows)[:10], max(str(row["last_exported_at"]) for row in rows)[:10]


def _failed(rows: Sequence[Row]) -> list[str]:
    """What was asked for and did not come, in sentences."""
    return [
        f"{row['stream']} of {row['scope']}, {row['first_start']} to {row['last_start']}: {row['coverage']}."
        for row in rows
    ]


def _periods(spine: Sequence[Row], rows: Sequence[Row]) -> list[Period]:
    """The periods from the first with figures to the last. Whether one is over is the spine's to say, not a row's."""
    starts = {row["period_start"] for row in rows}
    return [
        Period(row["period_start"], str(row["period_label"]), bool(row["is_complete"]))
        for row in spine
        if min(starts) <= row["period_start"] <= max(starts)
    ]


def _tree(rows: Sequence[Row], known: Mapping[str, dict[date, Figures]]) -> list[Team]:
    """The teams that have no parent among `rows`, with those below them."""
    teams = {row["team_key"]: _team(row, known.get(row["team_key"], {})) for row in rows}
    tops = []
    for row in rows:
        team, parent = teams[row["team_key"]], teams.get(row["parent_team_key"])
        if parent is None or parent is team:
            tops.append(team)
        else:
            team.parent = parent
            parent.children.append(team)
    if not tops:
        msg = "dim_team holds no teams of this project; run dbt again."
        raise ReportError(msg)
    return tops


def _team(row: Row, known: dict[date, Figures]) -> Team:
    return Team(row["team_key"], str(row["path"]), str(row["team"]), known)


def _find(tops: Sequence[Team], path: str) -> Team:
    for team in (team for top in tops for team in top.walk()):
        if team.path == path:
            team.parent = None
            return team
    msg = f"There is no team with the path {path!r} in dim_team."
    raise ReportError(msg)


def _together(tops: list[Team]) -> Team:
    """A place to stand for several roots; it has no figures, since theirs do not add up to any."""
    top = Team("", "", ALL_TEAMS, {}, children=tops)
    for team in tops:
        team.parent = top
    return top
