"""The dialect of a server: everything that Harness leaves undocumented, as one frozen value. Pure.

The code reads these values only from here. The setting `dialect` overrides any part;
`dialect_table.py` says what each part means and how sure its default is.
"""

from __future__ import annotations

# msgspec reads these classes' fields at run time, as a part of the settings.
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from tap_sei_efficiency.model.periods import Granularity, Weekday

DecimalMark: TypeAlias = Literal[".", ","]
Words: TypeAlias = Mapping[str, tuple[str, ...]]

TEAM, HIERARCHY, LABEL, START, END = "Team", "Team_Hierarchy", "Granularity", "Start_Date", "End_Date"
"""The columns that make the key, in the words of a sibling export."""
SPRINT_ID, SPRINT_NAME, SPRINT_STATE = "Sprint_Id", "Sprint_Name", "Sprint_State"
SPRINT_START, SPRINT_END = "Sprint_Start_Date", "Sprint_End_Date"
"""The columns that say which sprint a row is about. No page names them."""


_PATHS: Mapping[str, str] = MappingProxyType(
    {
        "create": "v2/insights/efficiency/exports",
        "status": "v2/insights/efficiency/exports/{export_id}",
        "download": "v2/insights/efficiency/exports/{export_id}/download",
        "sprint_create": "v2/insights/sprint/exports",
        "sprint_status": "v2/insights/sprint/exports/{export_id}",
        "sprint_download": "v2/insights/sprint/exports/{export_id}/download",
        "sprints_create": "v2/insights/sprints/exports",
        "sprints_status": "v2/insights/sprints/exports/{export_id}",
        "sprints_download": "v2/insights/sprints/exports/{export_id}/download",
        "report": "v2/insights/teams/reports",
        "org_trees": "v2/org-trees",
        "teams": "v2/org-trees/{org_tree_id}/teams",
    }
)

_AUTH: Mapping[str, str] = MappingProxyType({"header": "authorization", "scheme": "ApiKey"})

_GROUPS: Words = MappingProxyType(
    {
        "lttc": ("lttc",),
        "work_items": ("work_items",),
        "deployment_frequency": ("deployment_frequency", "df"),
        "cfr": ("cfr",),
        "mttr": ("mttr",),
        "rating": ("rating",),
        "summary": ("summary",),
        "sprint_work": ("work",),
        "sprint_delivery": ("delivery",),
        "sprint_delivery_analysis": ("deliveryAnalysis", "delivery_analysis"),
        "sprint_analysis": ("analysis",),
    }
)

_GRANULARITIES: Mapping[str, str] = MappingProxyType({each.value: each.value for each in Granularity})

_AGGREGATIONS: Mapping[str, str] = MappingProxyType(
    {word: word for word in ("mean", "median", "p90", "p95", "STORY_POINTS", "TICKETS")}
)

_JOB_FIELDS: Words = MappingProxyType(
    {
        "exportId": ("exportId",),
        "status": ("status",),
        "createdAt": ("createdAt",),
        "completedAt": ("completedAt",),
        "downloadUrl": ("downloadUrl", "download.url"),
        "message": ("message", "error", "errorMessage"),
    }
)

_STATUSES: Words = MappingProxyType(
    {
        "QUEUED": ("QUEUED",),
        "PROCESSING": ("PROCESSING",),
        "COMPLETED": ("COMPLETED",),
        "FAILED": ("FAILED",),
        "CANCELLED": ("CANCELLED", "CANCELED"),
    }
)

_ERROR_CODES: Words = MappingProxyType(
    {
        "401": ("INVALID_TOKEN", "EXPIRED_TOKEN", "TOKEN_EXPIRED", "UNAUTHORIZED", "USER_NOT_AUTHORIZED"),
        "403": ("ACCESS_DENIED", "NG_ACCESS_DENIED"),
        "404": ("RESOURCE_NOT_FOUND", "RESOURCE_NOT_FOUND_EXCEPTION", "ENTITY_NOT_FOUND"),
        "429": ("TOO_MANY_REQUESTS",),
        "500": ("INTERNAL_ERROR", "INTERNAL_SERVER_ERROR", "UNKNOWN_ERROR", "UNEXPECTED"),
        "504": ("TIMEOUT",),
    }
)

_KEY_COLUMNS: Words = MappingProxyType(
    {
        TEAM: (TEAM, "Team Name", "Collection Name"),
        HIERARCHY: (HIERARCHY, "Team Path"),
        START: (START, "Period Start", "Period Start Date"),
        END: (END, "Period End", "Period End Date"),
        LABEL: (LABEL,),
        SPRINT_ID: (SPRINT_ID,),
        SPRINT_NAME: (SPRINT_NAME, "Sprint"),
        SPRINT_STATE: (SPRINT_STATE, "Sprint Status", "State", "Status"),
        SPRINT_START: (SPRINT_START, "Sprint Start", "Sprint Start Time"),
        SPRINT_END: (SPRINT_END, "Sprint End", "Sprint End Time"),
    }
)

_TEAM_FIELDS: Words = MappingProxyType(
    {
        "list": ("teams", "orgTrees", "content", "data", "items", "records", "result", "results"),
        "children": ("children", "childTeams", "subTeams", "teams"),
        "ref_id": ("refId", "teamRefId", "ref_id"),
        "parent": ("parentRefId", "parentTeamRefId", "parentId", "parent_ref_id", "parent"),
        "path": ("path", "hierarchy", "teamHierarchy", "fullPath"),
        "team_id": ("teamId", "identifier", "id"),
        "is_leaf": ("isLeaf", "leaf"),
        "org_tree_id": ("id", "orgTreeId", "identifier"),
        "root_ref_id": ("rootTeamRefId", "rootRefId"),
    }
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one server speaks. The defaults are what the documentation says, or lets one expect."""

    base_path: str | None = None
    base_paths: tuple[str, ...] = (
        "/prod1/sei/api/",
        "/gratis/sei/api/",
        "/gateway/sei/api/",
        "/sei/api/",
        "/",
    )
    paths: Mapping[str, str] = field(default_factory=lambda: _PATHS)
    auth: Mapping[str, str] = field(default_factory=lambda: _AUTH)
    groups: Words = field(default_factory=lambda: _GROUPS)
    combine_groups: bool | None = None
    granularities: Mapping[str, str] = field(default_factory=lambda: _GRANULARITIES)
    aggregations: Mapping[str, str] = field(default_factory=lambda: _AGGREGATIONS)
    envelope: str | None = None
    job_fields: Words = field(default_factory=lambda: _JOB_FIELDS)
    statuses: Words = field(default_factory=lambda: _STATUSES)
    error_codes: Words = field(default_factory=lambda: _ERROR_CODES)
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    key_columns: Words = field(default_factory=lambda: _KEY_COLUMNS)
    null_words: tuple[str, ...] = (
        "",
        "-",
        "--",
        "\N{EN DASH}",
        "\N{EM DASH}",
        "N/A",
        "NA",
        "null",
        "None",
        "NaN",
    )
    decimal_mark: DecimalMark | None = None
    delimiter: str | None = None
    week_start: Weekday | None = None
    open_sprint_states: tuple[str, ...] = (
        "active",
        "current",
        "future",
        "in progress",
        "ongoing",
        "open",
        "planned",
        "started",
    )
    team_fields: Words = field(default_factory=lambda: _TEAM_FIELDS)

    def path(self, name: str, **names: str) -> str:
        """The path `name`, relative to the base URL, with `names` (already quoted) in their places."""
        path = self.paths[name]
        for key, value in names.items():
            path = path.replace(f"{{{key}}}", value)
        return path

    def group_words(self, groups: tuple[str, ...], attempt: int) -> tuple[str, ...]:
        """The server's words for `groups` to try at `attempt`, which counts from 0."""
        choices = (self.groups.get(group, (group,)) for group in groups)
        return tuple(words[min(attempt, len(words) - 1)] for words in choices)

    def attempts(self, groups: tuple[str, ...]) -> int:
        """How many sets of words there are to try for `groups`."""
        return max((len(self.groups.get(group, (group,))) for group in groups), default=1)


PLAIN = Dialect()
"""The dialect of the documentation."""
