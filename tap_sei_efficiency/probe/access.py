"""The checks that create no job: the way in, and the words that SEI refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sei_efficiency.model.insights import SPRINT
from tap_sei_efficiency.model.periods import Granularity
from tap_sei_efficiency.model.requests import Aggregation, ExportRequest
from tap_sei_efficiency.probe.words import learn

if TYPE_CHECKING:
    from tap_sei_efficiency.probe.facts import Seen
    from tap_sei_efficiency.probe.probing import Probing

_OTHER_AUTH = ({"header": "x-api-key", "scheme": ""}, {"header": "authorization", "scheme": "ApiKey"})
_BEARER = {"header": "authorization", "scheme": "Bearer"}
_NOWHERE = {301, 302, 303, 307, 308, 404, 405}
_UNAUTHORIZED, _FORBIDDEN, _BAD_REQUEST = 401, 403, 400
_MOST_LESSONS = 3


def way_in(probing: Probing) -> None:
    """Base path and header, found with a request that every server refuses, so no job is created."""
    wire, facts = probing.wire, probing.facts
    facts.configured_path = wire.base_path
    seen = _unknown_group(probing)
    if seen.status == _UNAUTHORIZED:
        seen = _other_auth(probing, seen)
    if seen.status in _NOWHERE or "html" in seen.media_type:
        seen = _other_base(probing, seen)
    facts.base_path, facts.auth = wire.base_path, wire.settings.dialect.auth
    for _ in range(_MOST_LESSONS):
        if seen.status != _BAD_REQUEST or not learn(probing, seen):
            break
        seen = _unknown_group(probing)
    facts.answers["unknown group"] = seen


def _unknown_group(probing: Probing) -> Seen:
    return probing.create_odd("a group that does not exist", {"metricGroups": ["no_such_group"]})


def _other_auth(probing: Probing, refused: Seen) -> Seen:
    probing.facts.answers["refused key"] = refused
    configured = dict(probing.wire.settings.dialect.auth)
    for auth in (*_OTHER_AUTH, _BEARER):
        if auth != configured:
            probing.wire.ask_as(auth=auth)
            seen = _unknown_group(probing)
            if seen.status not in {_UNAUTHORIZED, _FORBIDDEN}:
                probing.facts.refused_auth = True
                return seen
    probing.wire.ask_as(auth=configured)
    return refused


def _other_base(probing: Probing, missed: Seen) -> Seen:
    wire, configured, auth = probing.wire, probing.wire.base_path, dict(probing.wire.settings.dialect.auth)
    for path in wire.settings.dialect.base_paths:
        if path.rstrip("/") == configured.rstrip("/"):
            continue
        wire.ask_as(base_path=path)
        seen = _unknown_group(probing)
        if seen.status == _UNAUTHORIZED:
            seen = _other_auth(probing, seen)
        if seen.status not in {*_NOWHERE, _UNAUTHORIZED} and "html" not in seen.media_type:
            return seen
    wire.ask_as(base_path=configured, auth=auth)
    return missed


def granularities(probing: Probing) -> None:
    """The words that SEI names for granularities, if it lists them."""
    seen = probing.create_odd("an unknown granularity", {"options": {"granularity": "FORTNIGHTLY"}})
    probing.facts.answers["unknown granularity"] = seen
    learn(probing, seen)


def aggregations(probing: Probing) -> None:
    """The words that SEI names for aggregations, if it lists them."""
    seen = probing.create_odd("an unknown aggregation", {"options": {"aggregation": "mode"}})
    probing.facts.answers["unknown aggregation"] = seen
    learn(probing, seen)


def unknown_team(probing: Probing) -> None:
    """How SEI refuses a team."""
    seen = probing.create_odd("an unknown team", {"scope": {"teamId": "no_such_team"}})
    probing.facts.answers["unknown team"] = seen


def sprints(probing: Probing) -> None:
    """Where sprint exports are created, with a request that no server takes: no job comes of it."""
    wire = probing.wire
    if not wire.settings.sprint_metrics:
        return
    choice = Aggregation.STORY_POINTS
    request = ExportRequest(probing.scope, probing.months, ("no_such_group",), Granularity.MONTHLY, choice)
    body = request.body(wire.settings.org_identifier, probing.dialect)
    for word in SPRINT.create_words:
        path = probing.dialect.path(f"{word}create")
        seen = wire.ask("POST", path, "create an export of sprint metrics of a group that does not exist", body)
        probing.facts.answers["sprint metrics"] = seen
        if seen.status not in _NOWHERE:
            return
