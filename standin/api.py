"""The API: from a request to its answer, independent of the transport."""

from __future__ import annotations

import hmac
import re
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from standin import mischief
from standin.checks import check_report
from standin.fault_table import Hook
from standin.gateway import passed_on
from standin.messages import RefusalError, Reply, Request, Seen, json_reply, read_json
from standin.team_reports import report
from standin.trees import team_fields, teams_of_tree, tree_fields
from standin.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from standin.clock import Clock
    from standin.export_endpoints import ExportEndpoints
    from standin.faults import Faults
    from standin.org import Org, OrgTree
    from standin.truth import Truth

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Access:
    """The API key and the identifiers of a client."""

    api_key: str
    org_identifier: str
    project_identifier: str
    variant: Variant = field(default_factory=Variant)

    def check(self, request: Request) -> None:
        """RefusalError unless the request carries what the documentation says that every request does."""
        key = self.variant.key_of(request)
        if not hmac.compare_digest(key.encode(), self.api_key.encode()):
            raise RefusalError(401, "Invalid API key" if key else "No API key in the header authorization")
        for name in ("projectIdentifier", "orgIdentifier"):
            if not request.query.get(name):
                raise RefusalError(400, f"Query parameter {name} is required")
        if request.query["orgIdentifier"] != self.org_identifier:
            raise RefusalError(400, f"No organization {request.query['orgIdentifier']!r}")
        if request.query["projectIdentifier"] != self.project_identifier:
            raise RefusalError(403, "The API key is not valid for this project")
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise RefusalError(400, "Content-Type must be application/json")


class Api:
    """The documented API of one project, below its base path."""

    def __init__(self, access: Access, exports: ExportEndpoints, teams_shape: str = "flat") -> None:
        self._access = access
        self._exports = exports
        self._truth: Truth = exports.truth
        self._org: Org = exports.truth.org
        self._faults: Faults = exports.faults
        self._clock: Clock = exports.jobs.clock
        self._teams_shape = teams_shape
        self._lock = threading.Lock()
        self.requests: list[Seen] = []
        routes: tuple[tuple[str, str, str, Callable[..., Reply]], ...] = (
            *exports.routes(),
            ("POST", "/v2/insights/teams/reports", "report", self._report),
            ("GET", "/v2/org-trees", "teams", self._trees),
            ("GET", "/v2/org-trees/([^/]+)", "teams", self._tree),
            ("GET", "/v2/org-trees/([^/]+)/teams", "teams", self._teams_of_tree),
            ("GET", "/v2/teams/list", "teams", self._teams),
            ("GET", "/v2/teams/([^/]+)/team_info", "teams", self._team),
        )
        self._routes = [(method, re.compile(path), endpoint, act) for method, path, endpoint, act in routes]

    def answer(self, request: Request) -> Reply:
        """The answer to `request`, as it arrives."""
        endpoint, act, names = self._route(request)
        self._note(request, endpoint)
        job = self._exports.asked(names[0]) if endpoint in {"poll", "download"} else ""
        asked = f"{request.path} {request.body.decode(errors='replace')} {job}"
        reply = self._reply(request, endpoint, asked, lambda: act(request, *names))
        for fault in self._faults.take(Hook.ANSWER, endpoint, asked):
            reply = passed_on(reply, fault)
        return reply

    def _reply(self, request: Request, endpoint: str, asked: str, act: Callable[[], Reply]) -> Reply:
        try:
            limit = self._faults.first(Hook.LIMIT, endpoint, asked)
            if limit and self._in_last_minute() > limit.number("requests"):
                return mischief.too_many()
            fault = self._faults.first(Hook.REQUEST, endpoint, asked)
            if fault:
                return mischief.instead(fault, request, self._clock.now())
            self._access.check(request)
            if endpoint in self._access.variant.absent:
                return _nothing(request)
            return self._access.variant.told(act(), endpoint)
        except RefusalError as refusal:
            return refusal.reply()

    def _route(self, request: Request) -> tuple[str, Callable[..., Reply], tuple[str, ...]]:
        matches = [(*route, route[1].fullmatch(request.path)) for route in self._routes]
        found = [(method, endpoint, act, match.groups()) for method, _, endpoint, act, match in matches if match]
        for method, endpoint, act, names in found:
            if method == request.method:
                return endpoint, act, names
        return "unknown", _wrong_method if found else _nothing, ()

    def _note(self, request: Request, endpoint: str) -> None:
        now = self._clock.now()
        with self._lock:
            self.requests.append(
                Seen(request.method, request.path, request.query, tuple(request.headers), endpoint, now)
            )

    def _in_last_minute(self) -> int:
        since = self._clock.now() - _MINUTE
        with self._lock:
            return sum(1 for _ in takewhile(lambda seen: seen.at > since, reversed(self.requests)))

    def _report(self, request: Request) -> Reply:
        body = read_json(request)
        check_report(body, request.query)
        fault = self._faults.first(Hook.DOWNLOAD, "report", request.body.decode(errors="replace"))
        return report(body, self._truth, self._clock.now(), fault)

    def _trees(self, _: Request) -> Reply:
        return json_reply([tree_fields(tree) for tree in self._org.trees])

    def _tree(self, _: Request, name: str) -> Reply:
        return json_reply(tree_fields(self._known_tree(name)))

    def _teams_of_tree(self, _: Request, name: str) -> Reply:
        return json_reply(teams_of_tree(self._org, self._known_tree(name), self._teams_shape))

    def _teams(self, _: Request) -> Reply:
        return json_reply([team_fields(team) for team in self._org.teams])

    def _team(self, _: Request, ref: str) -> Reply:
        team = self._org.team_by_ref(int(ref)) if ref.isdecimal() else None
        if team is None:
            raise RefusalError(404, f"No team with refId {ref}")
        return json_reply(team_fields(team))

    def _known_tree(self, tree_id: str) -> OrgTree:
        tree = next((tree for tree in self._org.trees if str(tree.tree_id) == tree_id), None)
        if tree is None:
            raise RefusalError(404, f"No org tree {tree_id}")
        return tree


def _wrong_method(request: Request) -> Reply:
    raise RefusalError(405, f"{request.method} is not allowed on {request.path}")


def _nothing(request: Request) -> Reply:
    raise RefusalError(404, f"Nothing at {request.path}")
