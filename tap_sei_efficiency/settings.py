"""The settings of a run: a config mapping and today's date in, checked `Settings` or a `SettingsError` out. Pure."""

from __future__ import annotations

import difflib
import ipaddress
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

import msgspec

from tap_sei_efficiency.dialect_table import read_dialect
from tap_sei_efficiency.errors import SettingsError
from tap_sei_efficiency.model.dialect import PLAIN, Dialect
from tap_sei_efficiency.model.insights import SPRINT
from tap_sei_efficiency.model.periods import Calendar, Granularity, Weekday
from tap_sei_efficiency.model.requests import Aggregation, Scope, ScopeKind
from tap_sei_efficiency.model.text import clean_text
from tap_sei_efficiency.settings_table import SCOPE_SETTINGS, SETTINGS
from tap_sei_efficiency.settings_text import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_sei_efficiency.model.insights import Insight

EVERY_LEAF_TEAM = "*"

_METRIC_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run, checked and typed; lists hold no duplicates."""

    api_key: str = field(repr=False)
    api_url: str
    org_identifier: str
    project_identifier: str
    team_ids: tuple[str, ...]
    org_tree_names: tuple[str, ...]
    start_date: date
    end_date: date
    granularity: Granularity
    week_start: Weekday
    aggregation: Aggregation
    include_open_period: bool
    metrics: tuple[str, ...]
    lookback_periods: int
    window_periods: int
    max_concurrent_exports: int
    max_export_attempts: int
    poll_interval_seconds: float
    poll_max_interval_seconds: float
    export_timeout_seconds: float
    request_timeout_seconds: float
    retry_budget_seconds: float
    requests_per_minute: int
    share_exports: bool
    max_export_megabytes: int
    archive_path: str | None
    replay: bool
    legacy_team_ref_ids: tuple[int, ...]
    org_tree_ids: tuple[str, ...]
    list_org_trees: bool
    sprint_metrics: tuple[str, ...] = ()
    sprint_computation_modes: tuple[Aggregation, ...] = ()
    dialect: Dialect = PLAIN

    @property
    def calendar(self) -> Calendar:
        """The calendar of the run's periods."""
        return Calendar(self.granularity, self.week_start)

    @property
    def every_leaf_team(self) -> bool:
        """Whether to export every leaf team of the org trees."""
        return EVERY_LEAF_TEAM in self.team_ids

    @property
    def team_scopes(self) -> tuple[Scope, ...]:
        """The teams in `team_ids`, one scope each."""
        return tuple(Scope(ScopeKind.TEAM, team) for team in self.team_ids if team != EVERY_LEAF_TEAM)

    @property
    def report_scopes(self) -> tuple[Scope, ...]:
        """The teams of the legacy report API."""
        return tuple(Scope(ScopeKind.TEAM_REF, str(ref_id)) for ref_id in self.legacy_team_ref_ids)

    @property
    def org_tree_scopes(self) -> tuple[Scope, ...]:
        """The org trees to export as a whole."""
        return tuple(Scope(ScopeKind.ORG_TREE, name) for name in self.org_tree_names)

    def views(self, insight: Insight, *, by_sprint: bool = False) -> tuple[Self, ...]:
        """These settings as the partitions of a stream have them, each with its own granularity and aggregation."""
        choices = self.sprint_computation_modes if insight is SPRINT else (self.aggregation,)
        granularity = Granularity.SPRINT if by_sprint else self.granularity
        return tuple(replace(self, granularity=granularity, aggregation=choice) for choice in choices)

    @property
    def every_view(self) -> tuple[Self, ...]:
        """The views of all streams of the run."""
        levels = [level for level in ("team", "sprint") if level in self.sprint_metrics]
        by_level = (self.views(SPRINT, by_sprint=level == "sprint") for level in levels)
        return (self, *chain.from_iterable(by_level))

    @classmethod
    def from_config(cls, config: Mapping[str, Any], schema: Mapping[str, Any], today: date) -> Self:
        """The checked settings of `config`, whose JSON schema is `schema` (ours and the SDK's additions).

        Raises:
            SettingsError: With one sentence that names the first setting that cannot be used.
        """
        given = typed(config, schema)
        for complaint in (*_unstorable(given), *_schema_complaints(given, schema)):
            raise SettingsError(complaint)
        values: dict[str, Any] = {setting.name: given.get(setting.name, setting.default) for setting in SETTINGS}
        values |= {name: list(dict.fromkeys(value)) for name, value in values.items() if isinstance(value, list)}
        values["api_key"] = _api_key(values["api_key"])
        values["api_url"] = _api_url(values["api_url"])
        values["start_date"] = _date("start_date", values["start_date"])
        values["end_date"] = min(_date("end_date", values["end_date"]), today) if values["end_date"] else today
        dialect = read_dialect(values.pop("dialect"), values["metrics"])
        values["api_url"] = _with_base_path(values["api_url"], dialect.base_path)
        values["week_start"] = _week_start(values["week_start"], dialect.week_start)
        settings = replace(msgspec.convert(values, cls), dialect=dialect)
        for complaint in _contradictions(settings, today):
            raise SettingsError(complaint)
        return settings


def _unstorable(config: Mapping[str, Any]) -> Iterator[str]:
    for name, value in config.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and clean_text(text) != text:
                yield f"Setting `{name}` contains a zero character or bytes that are not UTF-8. Write it again."


def _schema_complaints(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    from jsonschema import Draft7Validator  # noqa: PLC0415 - imported only if a config is checked, for a quick start

    for error in Draft7Validator(dict(schema)).iter_errors(config):
        if error.validator == "required":
            missing = next(name for name in error.validator_value if name not in error.instance)
            yield f"Setting `{missing}` is required and not set."
        elif error.validator == "additionalProperties" and not error.absolute_path:
            yield from (
                _unknown(name, schema["properties"]) for name in sorted(config) if name not in schema["properties"]
            )
        else:
            name, *entry = error.absolute_path
            subject = "each entry" if entry else "it"
            yield f"Setting `{name}` cannot be used: {subject} must be {_rule(error.validator, error.validator_value)}."


def _unknown(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean `{close[0]}`?" if close else "`--about` lists the settings."
    return f"Unknown setting `{name}`: {hint}"


_TYPES = {
    "array": 'a list such as ["a", "b"]',
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number such as 0.5",
    "object": 'a JSON object such as {"a": "b"}',
    "string": "text",
}
_WANTED: dict[str, Callable[[Any], str]] = {
    "enum": lambda value: f"one of {', '.join(map(str, value))}",
    "type": lambda value: " or ".join(_TYPES[name] for name in ([value] if isinstance(value, str) else value)),
    "minLength": lambda _: "not empty",
    "minimum": lambda value: f"{value} or more",
    "maximum": lambda value: f"{value} or less",
    "exclusiveMinimum": lambda value: f"more than {value}",
}


def _rule(validator: str, wanted: Any) -> str:  # noqa: ANN401 - a JSON schema keyword's value is anything
    # The user's own value is not repeated: it may be the key.
    return _WANTED[validator](wanted) if validator in _WANTED else f"valid against {validator} of the config schema"


def _api_key(key: str) -> str:
    # A line break inside would be printed by HTTP libraries in their own error; anything else is no header value.
    if not (key.isascii() and key.isprintable()) or " " in key:
        msg = "Setting `api_key` contains blanks, line breaks or other characters that no API key has. Copy it again."
        raise SettingsError(msg)
    return key


def _api_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        host = ""
    if (
        not host
        or not url.isprintable()
        or " " in url
        or parts.scheme not in {"http", "https"}
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        msg = "Setting `api_url` must be a URL such as https://app.harness.io/prod1/sei/api/, without user or query."
        raise SettingsError(msg)
    if parts.scheme == "http" and not _is_loopback(host):
        msg = f"Setting `api_url` must start with https://: the API key would go to {host} unencrypted."
        raise SettingsError(msg)
    return url.rstrip("/") + "/"


def _with_base_path(url: str, path: str | None) -> str:
    return url if path is None else urljoin(url, path).rstrip("/") + "/"


def _week_start(setting: str, dialect: Weekday | None) -> str:
    # Meltano hands defaults over as if a user had set them.
    if dialect is None or setting == dialect:
        return setting
    if setting != Weekday.MONDAY:
        msg = f"Setting `week_start` is {setting}, and `week_start` in `dialect` is {dialect}. Remove one of them."
        raise SettingsError(msg)
    return dialect.value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _date(name: str, text: str) -> date:
    # Meltano writes a date setting as a date or as a time stamp, whichever the user wrote.
    found = _DAY.fullmatch(text)
    try:
        if found:
            datetime.fromisoformat(text)
            return date.fromisoformat(found[1])
    except ValueError:
        pass
    msg = f"Setting `{name}` is {text!r}. Use a date such as 2026-01-31."
    raise SettingsError(msg)


def _contradictions(settings: Settings, today: date) -> Iterator[str]:
    if not any(getattr(settings, name) for name in SCOPE_SETTINGS):
        yield (
            "Nothing to export. Set `team_ids`, `org_tree_names`, `legacy_team_ref_ids` or `org_tree_ids`; "
            "`--scopes` lists their values."
        )
    if settings.every_leaf_team and len(settings.team_ids) > 1:
        yield 'Setting `team_ids` contains "*" and single teams. Use one or the other.'
    if settings.start_date > settings.end_date:
        last = f"`end_date` {settings.end_date}" if settings.end_date != today else f"today, {today} UTC"
        yield f"Setting `start_date` is {settings.start_date}, which is after {last}."
    if settings.poll_interval_seconds > settings.poll_max_interval_seconds:
        yield "Setting `poll_interval_seconds` is more than `poll_max_interval_seconds`."
    for metric in settings.metrics:
        if not _METRIC_NAME.fullmatch(metric):
            yield (
                f"Setting `metrics` contains {metric!r}. A name has letters, digits and underscores, such as "
                "LTTC_Mean_Days."
            )
    if settings.sprint_metrics and not settings.sprint_computation_modes:
        yield "Setting `sprint_computation_modes` is empty. Name STORY_POINTS, TICKETS or both."
    if settings.replay and not settings.archive_path:
        yield "Setting `replay` needs `archive_path`, the folder to read from."
