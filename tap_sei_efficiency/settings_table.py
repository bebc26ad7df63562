"""The table of settings: validation, `--about`, `meltano.yml`, the Hub definition and docs are made from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.dialect_table import PARTS
from tap_sei_efficiency.model.insights import EFFICIENCY, SPRINT
from tap_sei_efficiency.model.periods import Granularity, Weekday

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REQUESTS_PER_MINUTE_LIMIT = 400
"""Documented: external API requests a minute for one key."""


_MOST = 1_000_000
_MOST_PERIODS = 10_000
"""The calendar ends with the year 9999; as many quarters fit."""
_YEAR = 366 * 24 * 3600
"""Seconds; sockets and sleeps take no number of any size."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, its label, its JSON schema without title and description, and what it means."""

    name: str
    label: str
    description: str
    schema: Mapping[str, Any]
    required: bool = False
    secret: bool = False

    @property
    def default(self) -> object:
        """The value if the user sets none, or None."""
        return self.schema.get("default")


_DIALECT_EXAMPLE = {"columns": {"Avg Lead Time (d)": "lttc"}, "decimal_mark": ","}
_LENGTHS = [each for each in Granularity if each is not Granularity.SPRINT]
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_DATE: dict[str, Any] = {"type": "string", "format": "date"}


def _texts() -> dict[str, Any]:
    return {"type": "array", "items": _TEXT, "default": []}


def _choice(values: Iterable[str], default: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(map(str, values)), "default": default}


def _choices(values: Iterable[str], default: list[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": list(values)}, "default": default}


def _count(default: int, minimum: int = 1, maximum: int = _MOST) -> dict[str, Any]:
    return {"type": "integer", "minimum": minimum, "maximum": maximum, "default": default}


def _seconds(default: float) -> dict[str, Any]:
    return {"type": "number", "exclusiveMinimum": 0, "maximum": _YEAR, "default": default}


def _switch(*, default: bool) -> dict[str, Any]:
    return {"type": "boolean", "default": default}


SETTINGS: tuple[Setting, ...] = (
    Setting("api_key", "API key", "SEI API key of the project.", _TEXT, required=True, secret=True),
    Setting(
        "api_url",
        "API URL",
        "Base URL of the SEI API on your Harness cluster, path included: https://app.harness.io/prod1/sei/api/ "
        "(Prod 1), https://app.harness.io/gratis/sei/api/ (Prod 2) or https://accounts.eu.harness.io/sei/api/ (EU).",
        {**_TEXT, "default": "https://app.harness.io/prod1/sei/api/"},
    ),
    Setting("org_identifier", "Organization", "Identifier of the Harness organization.", _TEXT, required=True),
    Setting("project_identifier", "Project", "Identifier of the Harness project.", _TEXT, required=True),
    Setting(
        "team_ids",
        "Team IDs",
        'Teams to export, by ID. ["*"] means every leaf team of the trees in '
        "`org_tree_ids`, or of all trees if that is empty.",
        _texts(),
    ),
    Setting("org_tree_names", "Org tree names", "Org trees to export as a whole, by name.", _texts()),
    Setting(
        "start_date",
        "Start date",
        "First day to export (YYYY-MM-DD). The tap exports the whole period that contains it.",
        _DATE,
        required=True,
    ),
    Setting("end_date", "End date", "Last day to export (YYYY-MM-DD). Default: today in UTC.", _DATE),
    Setting("granularity", "Granularity", "Length of a period.", _choice(_LENGTHS, Granularity.MONTHLY)),
    Setting(
        "week_start",
        "First day of a week",
        "First day of a week, for WEEKLY. Harness does not document its own.",
        _choice(Weekday, Weekday.MONDAY),
    ),
    Setting(
        "aggregation",
        "Aggregation",
        "How SEI aggregates the work items of a period.",
        _choice(EFFICIENCY.choices, "mean"),
    ),
    Setting(
        "include_open_period",
        "Include the open period",
        "Also export the period that is not over. Its figures still change.",
        _switch(default=True),
    ),
    Setting(
        "metrics",
        "Single metrics",
        "Single metric columns, such as LTTC_Mean_Days. Turns on the stream `custom_metrics`.",
        _texts(),
    ),
    Setting(
        "sprint_metrics",
        "Sprint metrics",
        "Levels at which to export sprint metrics: `team` turns on the streams `sprint_work`, `sprint_delivery`, "
        "`sprint_delivery_analysis` and `sprint_analysis`, `sprint` the stream `sprints`.",
        _choices(("team", "sprint"), []),
    ),
    Setting(
        "sprint_computation_modes",
        "Computation modes of sprints",
        "What sprint metrics count as work; each mode takes export jobs of its own.",
        _choices(SPRINT.choices, ["STORY_POINTS"]),
    ),
    Setting(
        "lookback_periods",
        "Look-back periods",
        "Number of periods before the bookmark to export again, because late incidents restate them.",
        _count(1, minimum=0, maximum=_MOST_PERIODS),
    ),
    Setting(
        "window_periods",
        "Window periods",
        "Maximum number of periods in one export.",
        _count(12, maximum=_MOST_PERIODS),
    ),
    Setting(
        "max_concurrent_exports",
        "Concurrent exports",
        "Maximum number of export jobs at SEI at once.",
        _count(5),
    ),
    Setting(
        "max_export_attempts",
        "Export attempts",
        "Number of jobs for one window before the tap splits it or gives up.",
        _count(3),
    ),
    Setting(
        "poll_interval_seconds",
        "Poll interval",
        "Seconds before the first poll of a job.",
        _seconds(2),
    ),
    Setting(
        "poll_max_interval_seconds",
        "Longest poll interval",
        "Maximum seconds between two polls of a job.",
        _seconds(30),
    ),
    Setting(
        "export_timeout_seconds",
        "Export timeout",
        "Maximum seconds of a job from its creation to COMPLETED.",
        _seconds(3600),
    ),
    Setting(
        "request_timeout_seconds",
        "Request timeout",
        "Maximum seconds of one HTTP request, including its body.",
        _seconds(60),
    ),
    Setting(
        "retry_budget_seconds",
        "Retry budget",
        "Seconds for which the tap retries one request if SEI is down or busy. Before the first answer of a run, it "
        "gives up within a minute.",
        _seconds(600),
    ),
    Setting(
        "requests_per_minute",
        "Requests per minute",
        "Maximum number of HTTP requests in any minute. A key has 400; divide them if several runs share it.",
        _count(380, maximum=REQUESTS_PER_MINUTE_LIMIT - 1),
    ),
    Setting(
        "share_exports",
        "Share exports",
        "Let streams that need the same scope and window share one export job.",
        _switch(default=True),
    ),
    Setting(
        "max_export_megabytes",
        "Largest export",
        "Maximum megabytes of one export file when unpacked. The tap refuses a larger one.",
        _count(4096),
    ),
    Setting(
        "archive_path",
        "Archive path",
        "Folder in which the tap keeps each downloaded file unchanged, with a manifest.",
        _TEXT,
    ),
    Setting(
        "replay",
        "Replay",
        "Read the files in `archive_path` instead of SEI, and emit their records again.",
        _switch(default=False),
    ),
    Setting(
        "legacy_team_ref_ids",
        "Legacy team ref IDs",
        "Teams of the legacy report API, by numeric ref ID. Turns on the stream `team_reports`.",
        {"type": "array", "items": {"type": "integer"}, "default": []},
    ),
    Setting(
        "org_tree_ids",
        "Org tree IDs",
        "Org trees whose teams the tap lists, by ID. Turns on the stream `teams`.",
        {"type": "array", "items": {"type": ["integer", "string"], "minLength": 1}, "default": []},
    ),
    Setting(
        "list_org_trees",
        "List org trees",
        "Turns on the stream `org_trees`: the org trees that SEI lists. No page documents the list.",
        _switch(default=False),
    ),
    Setting(
        "dialect",
        "Dialect",
        "How your SEI differs from its documentation: a JSON object with any of the parts "
        f"{', '.join(part.name for part in PARTS)}. Example: {json.dumps(_DIALECT_EXAMPLE)}. "
        "`--probe` prints the parts that you need; docs/dialect.md describes each.",
        {"type": "object", "default": {}, "examples": [{part.name: part.example} for part in PARTS]},
    ),
)


SCOPE_SETTINGS = ("team_ids", "org_tree_names", "legacy_team_ref_ids", "org_tree_ids")
"""Each of these names scopes to export."""


def config_schema() -> dict[str, Any]:
    """JSON schema of the tap's config, as the SDK wants it: secrets marked, titles and descriptions in place."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [setting.name for setting in SETTINGS if setting.required],
        "properties": {setting.name: _property(setting) for setting in SETTINGS},
    }


def _property(setting: Setting) -> dict[str, Any]:
    secret = {"secret": True, "writeOnly": True} if setting.secret else {}
    return {**setting.schema, **secret, "title": setting.label, "description": setting.description}
