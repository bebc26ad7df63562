"""Org trees and their teams: full tables, one cheap request for each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

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

_Columns = tuple[tuple[str, list[str], str], ...]

_PROJECT: _Columns = (
    ("org_identifier", ["string"], "Identifier of the Harness organization."),
    ("project_identifier", ["string"], "Identifier of the Harness project."),
)


class ListStream(Stream):
    """Something that SEI lists. If one list fails, the run reports it and continues with the others."""

    columns: ClassVar[_Columns]

    def __init__(self, tap: Tap, run: Run) -> None:
        self.run = run
        properties: dict[str, Any] = {name: {"type": kind, "description": text} for name, kind, text in self.columns}
        properties["details"]["additionalProperties"] = True
        super().__init__(tap, schema={"type": "object", "properties": properties, "required": list(self.primary_keys)})

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        return None  # some rows, and the SDK's batches would hold properties that are not selected

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        settings = self.run.settings
        project = {"org_identifier": settings.org_identifier, "project_identifier": settings.project_identifier}
        for name in self.lists():
            try:
                rows = self.rows(name)
            except ExportError as error:
                if self.ABORT_AT_RECORD_COUNT is not None:
                    raise
                self.run.fail(self.name, name, error)
                continue
            for row in rows:
                yield {**project, **row}

    def lists(self) -> list[str]:
        """The names of the lists, for messages."""
        raise NotImplementedError

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of one list.

        Raises:
            ExportError: The list failed.
        """
        raise NotImplementedError


class OrgTreesStream(ListStream):
    """The org trees that SEI lists."""

    name = "org_trees"
    primary_keys = ("org_identifier", "project_identifier", "org_tree_id")
    columns = (
        *_PROJECT,
        ("org_tree_id", ["string"], "ID of the org tree, as for `org_tree_ids`."),
        ("name", ["string", "null"], "Name of the org tree, as for `org_tree_names`."),
        ("root_ref_id", ["integer", "null"], "SEI's number of the root team; null if SEI does not say."),
        ("details", ["object", "null"], "All other fields of SEI's answer about the org tree."),
    )

    @override
    def lists(self) -> list[str]:
        return ["every org tree"]

    @override
    def rows(self, name: str) -> list[dict[str, Any]]:
        return [
            {
                "org_tree_id": tree.tree_id,
                "name": tree.name,
                "root_ref_id": tree.root_ref_id,
                "details": dict(tree.details),
            }
            for tree in self.run.org_trees
        ]


class TeamsStream(ListStream):
    """The teams of each org tree in `org_tree_ids`."""

    name = "teams"
    primary_keys = ("org_identifier", "project_identifier", "org_tree_id", "ref_id")
    columns = (
        *_PROJECT,
        ("org_tree_id", ["string"], "ID of the org tree that contains the team."),
        ("ref_id", ["integer"], "SEI's number of the team."),
        ("name", ["string", "null"], "Name of the team."),
        (
            "team_id",
            ["string", "null"],
            "ID of the team, as for `team_ids`: its identifier, or its number if it has none.",
        ),
        ("path", ["string", "null"], "Names from the root to the team; null if SEI does not say."),
        ("parent_ref_id", ["integer", "null"], "SEI's number of the parent team; null if SEI does not say."),
        ("is_leaf", ["boolean", "null"], "Whether the team has no child teams; null if SEI does not say."),
        ("details", ["object", "null"], "All other fields of SEI's answer about the team."),
    )

    @override
    def lists(self) -> list[str]:
        return [f"org tree {tree}" for tree in self.run.settings.org_tree_ids]

    @override
    def rows(self, name: str) -> list[dict[str, Any]]:
        tree = name.removeprefix("org tree ")
        return [
            {
                "org_tree_id": tree,
                "ref_id": team.ref_id,
                "name": team.name,
                "team_id": team.team_id,
                "path": team.path,
                "parent_ref_id": team.parent_ref_id,
                "is_leaf": team.is_leaf,
                "details": dict(team.details),
            }
            for team in self.run.teams_of(tree)
        ]
