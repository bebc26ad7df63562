"""The table of settings: validation, `--about`, `meltano.yml`, the Hub definition and the README are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.model.periods import Granularity, Weekday
from tap_sei_efficiency.model.requests import Aggregation

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        """The value where the user gives none, or None."""
        return self.schema.get("default")


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_DATE: dict[str, Any] = {"type": "string", "format": "date"}


def _texts() -> dict[str, Any]:
    return {"type": "array", "items": _TEXT, "default": []}


def _choice(values: type[Granularity | Aggregation | Weekday], default: str) -> dict[str, Any]:
    return {"type": "string", "enum": [value.value for value in values], "default": default}


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
        'Teams to export, each a partition of its own. ["*"] means every leaf team of the trees in `org_tree_ids`.',
        _texts(),
    ),
    Setting("org_tree_names", "Org tree names", "Org trees to export whole, each a partition of its own.", _texts()),
    Setting(
        "start_date",
        "Start date",
        "First day wanted (YYYY-MM-DD); the period that holds it is exported whole.",
        _DATE,
        required=True,
    ),
    Setting("end_date", "End date", "Last day wanted (YYYY-MM-DD); today in UTC where it is not set.", _DATE),
    Setting("granularity", "Granularity", "Length of a period.", _choice(Granularity, Granularity.MONTHLY)),
    Setting(
        "week_start",
        "First day of a week",
        "First day of a week, for WEEKLY. Harness does not document its own.",
        _choice(Weekday, Weekday.MONDAY),
    ),
    Setting(
        "aggregation",
        "Aggregation",
        "How SEI sums up the work items of a period.",
        _choice(Aggregation, Aggregation.MEAN),
    ),
    Setting(
        "include_open_period",
        "Include the open period",
        "Also export the period that is not over; its figures still grow.",
        _switch(default=True),
    ),
    Setting(
        "metrics",
        "Single metrics",
        "Single metric columns, such as LTTC_Mean_Days; turns on the stream `custom_metrics`.",
        _texts(),
    ),
    Setting(
        "lookback_periods",
        "Look-back periods",
        "Periods before the bookmark that are exported again, since late incidents and reorganizations restate them.",
        _count(1, minimum=0, maximum=_MOST_PERIODS),
    ),
    Setting(
        "window_periods", "Window periods", "Most periods that one export covers.", _count(12, maximum=_MOST_PERIODS)
    ),
    Setting(
        "max_concurrent_exports",
        "Concurrent exports",
        "Most export jobs that are unfinished at SEI at once.",
        _count(5),
    ),
    Setting(
        "max_export_attempts",
        "Export attempts",
        "Jobs tried for one window before it is given up.",
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
        "Longest wait between two polls of a job, in seconds.",
        _seconds(30),
    ),
    Setting(
        "export_timeout_seconds",
        "Export timeout",
        "Seconds that one job may take from its creation to COMPLETED.",
        _seconds(3600),
    ),
    Setting(
        "request_timeout_seconds",
        "Request timeout",
        "Seconds that one HTTP request may take, its body included.",
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
        "Requests a minute",
        "Most HTTP requests in any minute. One key may make 400; divide them where several runs share a key.",
        _count(380, maximum=REQUESTS_PER_MINUTE_LIMIT - 1),
    ),
    Setting(
        "share_exports",
        "Share exports",
        "Let streams that want the same scope and window share one export job.",
        _switch(default=True),
    ),
    Setting(
        "max_export_megabytes",
        "Largest export",
        "Most megabytes of one export file when unpacked; a larger one is refused.",
        _count(4096),
    ),
    Setting(
        "archive_path",
        "Archive path",
        "Folder where each downloaded file is kept as it came, beside a manifest.",
        _TEXT,
    ),
    Setting(
        "replay",
        "Replay",
        "Read the files in `archive_path` instead of asking SEI; emits the same records again.",
        _switch(default=False),
    ),
    Setting(
        "legacy_team_ref_ids",
        "Legacy team ref IDs",
        "Teams of the legacy report API by their numeric ref ID; turns on the stream `team_reports`.",
        {"type": "array", "items": {"type": "integer"}, "default": []},
    ),
    Setting(
        "org_tree_ids",
        "Org tree IDs",
        "Org trees whose teams are listed; turns on the stream `teams`.",
        {"type": "array", "items": {"type": ["integer", "string"], "minLength": 1}, "default": []},
    ),
)


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
