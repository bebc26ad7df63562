"""Settings and requests for tests, with only the arguments that a test needs."""

from __future__ import annotations

from datetime import date
from typing import Any

from tap_sei_efficiency.model.periods import Granularity, Window
from tap_sei_efficiency.model.requests import Aggregation, ExportRequest, Scope, ScopeKind
from tap_sei_efficiency.settings import Settings
from tap_sei_efficiency.settings_table import config_schema

TODAY = date(2026, 11, 23)
TEAM = Scope(ScopeKind.TEAM, "team_a")


def config(**changes: Any) -> dict[str, Any]:
    """A complete config with `changes`."""
    return {
        "api_key": "s3cret-key",
        "org_identifier": "acme",
        "project_identifier": "dora",
        "team_ids": ["team_a"],
        "start_date": "2026-01-01",
        **changes,
    }


def settings(today: date = TODAY, **changes: Any) -> Settings:
    """Checked settings."""
    return Settings.from_config(config(**changes), config_schema(), today)


def request(start: str = "2026-01-01", end: str = "2026-01-31", **changes: Any) -> ExportRequest:
    """An export request for lead time of one team."""
    fields: dict[str, Any] = {
        "scope": TEAM,
        "window": Window(date.fromisoformat(start), date.fromisoformat(end)),
        "groups": ("lttc",),
        "granularity": Granularity.MONTHLY,
        "aggregation": Aggregation.MEAN,
    }
    return ExportRequest(**{**fields, **changes})
