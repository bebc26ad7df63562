"""The checks of the lists of org trees and teams, and of the legacy report."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tap_sei_efficiency.api.job_answers import field_of
from tap_sei_efficiency.model.periods import Granularity, Period, Window
from tap_sei_efficiency.model.requests import Aggregation, Scope, ScopeKind
from tap_sei_efficiency.model.team_reports import TeamReportRequest

if TYPE_CHECKING:
    from tap_sei_efficiency.model.dialect import Dialect
    from tap_sei_efficiency.probe.facts import Seen
    from tap_sei_efficiency.probe.probing import Probing


def legacy(probing: Probing) -> None:
    """A legacy report of the last month that is over, if a team's number is known."""
    if probing.team_ref is None:
        return
    last = probing.today.replace(day=1) - timedelta(days=1)
    period = Period(last.replace(day=1), last)
    request = TeamReportRequest(
        Scope(ScopeKind.TEAM_REF, str(probing.team_ref)),
        period,
        Window(period.start, period.end),
        Granularity.MONTHLY,
        Aggregation.MEAN,
    )
    path = probing.dialect.path("report")
    probing.facts.answers["legacy report"] = probing.wire.ask(
        "POST", path, "get a legacy report", request.body(), format="csv"
    )


def trees(probing: Probing) -> None:
    """The org trees, and the teams of one."""
    facts, dialect = probing.facts, probing.dialect
    seen = probing.wire.ask("GET", dialect.path("org_trees"), "list the org trees")
    facts.answers["org trees"] = seen
    facts.trees = _count(seen, dialect)
    tree = probing.org_tree_id or _first_id(seen, dialect)
    if tree is not None:
        path = dialect.path("teams", org_tree_id=quote(tree, safe=""))
        teams = probing.wire.ask("GET", path, "list the teams of an org tree", there_is_no_cache="true")
        facts.answers["teams"] = teams
        facts.teams = _count(teams, dialect)
        refs = [field_of(team, dialect.team_fields["ref_id"]) for team in _list(teams, dialect)]
        probing.team_ref = probing.team_ref or next((ref for ref in refs if isinstance(ref, int)), None)


def _list(seen: Seen, dialect: Dialect) -> list[Any]:
    content = seen.content if seen.is_good else None
    for _ in range(3):
        if isinstance(content, dict):
            content = next((content[name] for name in dialect.team_fields["list"] if name in content), None)
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


def _count(seen: Seen, dialect: Dialect) -> int | None:
    return len(_list(seen, dialect)) if seen.is_good else None


def _first_id(seen: Seen, dialect: Dialect) -> str | None:
    ids = (field_of(item, dialect.team_fields["org_tree_id"]) for item in _list(seen, dialect))
    return next((str(found) for found in ids if found is not None), None)
