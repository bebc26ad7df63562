"""How a server may differ from its documentation: other words, another header, another base path.

The rest of the stand-in speaks as documented; a variant translates requests on their way in, answers on their way out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from standin.messages import RefusalError, Reply
from standin.metrics import AGGREGATIONS
from standin.periods import GRANULARITIES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from standin.messages import Request

BASE_PATH = "/prod1/sei/api"


@dataclass(frozen=True, slots=True)
class Variant:
    """One server's ways; each default is the documentation's.

    The mappings lead from the documented word to the server's. `auth_header` empty accepts both documented headers;
    `absent` names endpoints that answer 404. `job_statuses` are the codes of a new job and of one handed back.
    `sprint_words` stand in the paths of sprint exports: to create, poll and download one; without `sprint_urls` its
    answers do not say where its file is;
    `sprint_pick` says which sprints a range of days has, as in `standin.sprints.PICKS`.
    """

    base_path: str = BASE_PATH
    auth_header: str = ""
    auth_scheme: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    granularities: Mapping[str, str] = field(default_factory=dict)
    aggregations: Mapping[str, str] = field(default_factory=dict)
    job_fields: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    envelope: str = ""
    combines: bool = True
    reuses: bool = True
    job_statuses: tuple[int, int] = (202, 200)
    absent: frozenset[str] = frozenset()
    sprint_words: tuple[str, str, str] = ("sprint", "sprints", "sprints")
    sprint_urls: bool = True
    sprint_pick: str = "touch"

    def key_of(self, request: Request) -> str:
        """The API key in `request`, or nothing."""
        sent = request.headers.get("authorization", "")
        if not self.auth_header:
            return sent.removeprefix("ApiKey ") if sent.startswith("ApiKey ") else request.headers.get("x-api-key", "")
        value, start = request.headers.get(self.auth_header, ""), f"{self.auth_scheme} ".lstrip()
        return value.removeprefix(start) if value.startswith(start) else ""

    def group_words(self, also_known: Collection[str]) -> set[str]:
        """The server's words for the groups, of which `also_known` are the documented ones."""
        return {self.groups.get(name, name) for name in also_known}

    @property
    def granularity_words(self) -> list[str]:
        """The server's words for the granularities."""
        return [self.granularities.get(name, name) for name in GRANULARITIES]

    @property
    def aggregation_words(self) -> list[str]:
        """The server's words for the aggregations."""
        return [self.aggregations.get(name, name) for name in AGGREGATIONS]

    def documented(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A checked create request in the documentation's words."""
        groups = _reverse(self.groups)
        names = [groups.get(word, word) for word in body["metricGroups"]]
        if not self.combines and len(names) > 1:
            raise RefusalError(400, "metricGroups: these metric groups cannot be combined in one export")
        options = dict(body["options"])
        words = (("granularity", self.granularities), ("aggregation", self.aggregations))
        options |= {name: _reverse(known).get(options[name], options[name]) for name, known in words if name in options}
        return {**body, "metricGroups": names, "options": options}

    def told(self, reply: Reply, endpoint: str) -> Reply:
        """`reply` in the server's words."""
        if reply.headers.get("Content-Type") != "application/json":
            return reply
        content = json.loads(reply.body)
        if isinstance(content, dict) and "exportId" in content:
            content = self._job(content)
        status = reply.status
        if endpoint == "create" and status in {200, 202}:
            status = self.job_statuses[status == 200]  # noqa: PLR2004 - as documented: an earlier job
        if self.envelope and status < 400:  # noqa: PLR2004 - errors have no envelope
            content = {"status": "SUCCESS", self.envelope: content, "correlationId": "c0rrelation"}
        return Reply(status, json.dumps(content, ensure_ascii=False).encode(), reply.headers, reply.manner)

    def _job(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        told = dict(fields)
        if "status" in told:
            told["status"] = self.statuses.get(told["status"], told["status"])
        return {self.job_fields.get(name, name): value for name, value in told.items()}


def _reverse(words: Mapping[str, str]) -> dict[str, str]:
    return {word: name for name, word in words.items()}
