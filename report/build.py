"""From the marts' rows to a picture."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from report.model import Period, Picture, Restatement, Team, exported, figures_of, scope_of
from report.warehouse import ReportError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from report.model import Figures, Scope
    from report.warehouse import Row

    Restated = Mapping[tuple[str, date], Mapping[str, Restatement]]

ALL_TEAMS = "All teams"


def build(tables: Mapping[str, Sequence[Row]], wanted: Mapping[str, str | None], path: str | None = None) -> Picture:
    """The picture of the scope that `wanted` names, else of the one with most rows: of a team and what is below it.

    Raises:
        ReportError: There are no such figures, or there is no such team.
    """
    scope, left_out = _choose(tables["figures"], wanted)
    rows = [row for row in tables["figures"] if scope_of(row) == scope]
    figures = _figures(rows, _restated(tables["restatements"], scope))
    tops = _tree([row for row in tables["teams"] if _in_scope(row, scope)], figures)
    if path is not None:
        tops = [_find(tops, path)]
    periods = _periods([row for row in tables["periods"] if _in_scope(row, scope)], rows)
    return Picture(scope, left_out, periods, exported(rows), tops[0] if len(tops) == 1 else _together(tops))


def _choose(rows: Sequence[Row], wanted: Mapping[str, str | None]) -> tuple[Scope, list[Scope]]:
    counts = Counter(map(scope_of, rows))
    fitting = [scope for scope in counts if all(value in {None, getattr(scope, name)} for name, value in wanted.items())]
    if not fitting:
        asked = ", ".join(f"{name} {value}" for name, value in wanted.items() if value)
        msg = f"fct_dora holds no figures{' with ' if asked else ''}{asked}; load them with the tap and run dbt again."
        raise ReportError(msg)
    chosen = max(sorted(fitting), key=counts.__getitem__)
    return chosen, sorted(scope for scope in counts if scope != chosen)


def _in_scope(row: Row, scope: Scope) -> bool:
    """Whether a row agrees with the scope in those of its fields that it has."""
    return all(row.get(name, value) == value for name, value in scope._asdict().items())


def _restated(rows: Sequence[Row], scope: Scope) -> Restated:
    """The restated figures; of several restatements of one, from the first value to the last."""
    found: dict[tuple[str, date], dict[str, Restatement]] = defaultdict(dict)
    for row in rows:
        if not _in_scope(row, scope):
            continue
        metrics = found[row["team_key"], row["period_start"]]
        old, new = (None if row[name] is None else float(row[name]) for name in ("old_value", "new_value"))
        now = Restatement(old, new, str(row["restated_at"])[:10])
        known = metrics.get(row["metric"])
        metrics[row["metric"]] = replace(now, old=known.old) if known else now
    return found


def _figures(rows: Sequence[Row], restated: Restated) -> dict[str, dict[date, Figures]]:
    found: dict[str, dict[date, Figures]] = defaultdict(dict)
    for row in rows:
        at = row["team_key"], row["period_start"]
        found[row["team_key"]][row["period_start"]] = figures_of(row, restated.get(at, {}))
    return found


def _periods(spine: Sequence[Row], rows: Sequence[Row]) -> list[Period]:
    """The periods from the first with figures to the last; one is over where every row in it says so."""
    still_open = {row["period_start"] for row in rows if not row["is_period_complete"]}
    starts = {row["period_start"] for row in rows}
    return [
        Period(row["period_start"], str(row["period_label"]), bool(row["is_complete"]) and row["period_start"] not in still_open)
        for row in spine
        if min(starts) <= row["period_start"] <= max(starts)
    ]


def _tree(rows: Sequence[Row], figures: Mapping[str, dict[date, Figures]]) -> list[Team]:
    """The teams that have no parent among `rows`, with those below them."""
    teams = {row["team_key"]: _team(row, figures.get(row["team_key"], {})) for row in rows}
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


def _team(row: Row, figures: dict[date, Figures]) -> Team:
    return Team(row["team_key"], str(row["path"]), str(row["team"]), row["first_seen_on"], row["last_seen_on"], figures)


def _find(tops: Sequence[Team], path: str) -> Team:
    for team in (team for top in tops for team in top.walk()):
        if team.path == path:
            team.parent = None
            return team
    msg = f"There is no team with the path {path!r} in dim_team."
    raise ReportError(msg)


def _together(tops: list[Team]) -> Team:
    """A place to stand for several roots; it has no figures, since theirs do not add up to any."""
    top = Team("", "", ALL_TEAMS, None, None, {}, children=tops)
    for team in tops:
        team.parent = top
    return top
