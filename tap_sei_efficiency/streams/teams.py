"""The teams of org trees: full table, one cheap request for each tree."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream

from tap_sei_efficiency.errors import ExportError

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context

    from tap_sei_efficiency.run.run import Run

_COLUMNS: tuple[tuple[str, list[str], str], ...] = (
    ("org_identifier", ["string"], "Identifier of the Harness organization."),
    ("project_identifier", ["string"], "Identifier of the Harness project."),
    ("org_tree_id", ["string"], "Org tree that the team stands in."),
    ("ref_id", ["integer"], "SEI's number of the team."),
    ("name", ["string", "null"], "Team's name."),
    ("team_id", ["string", "null"], "What `team_ids` calls the team: its identifier, or its number where it has none."),
    ("path", ["string", "null"], "Names from the tree's root to the team, where they can be known."),
    ("parent_ref_id", ["integer", "null"], "SEI's number of the team above, where it can be known."),
    ("is_leaf", ["boolean", "null"], "Whether no team stands below, where it can be known."),
    ("details", ["object", "null"], "All else that SEI tells of the team."),
)


class TeamsStream(Stream):
    """The teams of each org tree in `org_tree_ids`."""

    name = "teams"
    primary_keys = ("org_identifier", "project_identifier", "org_tree_id", "ref_id")

    def __init__(self, tap: Tap, run: Run) -> None:
        self._run = run
        properties = {name: {"type": kind, "description": text} for name, kind, text in _COLUMNS}
        properties["details"]["additionalProperties"] = True  # type: ignore[assignment]
        super().__init__(tap, schema={"type": "object", "properties": properties, "required": list(self.primary_keys)})

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        return None  # some rows, and the SDK's batches would hold properties that are not selected

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        settings = self._run.settings
        for tree in settings.org_tree_ids:
            try:
                teams = self._run.teams_of(tree)
            except ExportError as error:
                if self.ABORT_AT_RECORD_COUNT is not None:
                    raise
                self._run.fail(self.name, f"org tree {tree}", error)
                continue
            for team in teams:
                yield {
                    "org_identifier": settings.org_identifier,
                    "project_identifier": settings.project_identifier,
                    "org_tree_id": tree,
                    "ref_id": team.ref_id,
                    "name": team.name,
                    "team_id": team.team_id,
                    "path": team.path,
                    "parent_ref_id": team.parent_ref_id,
                    "is_leaf": team.is_leaf,
                    "details": dict(team.details),
                }
