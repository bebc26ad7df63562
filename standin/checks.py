"""What the API is sent, held against its documentation; a refusal names the field."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from standin.files import field_named, teams_in_scope
from standin.messages import RefusalError
from standin.metrics import AGGREGATIONS, SPRINT_GROUPS
from standin.sprints import MODES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from standin.org import Org
    from standin.variant import Variant

_BODY = frozenset({"scope", "dateRange", "metricGroups", "metrics", "options"})
_SCOPE = frozenset({"teamId", "orgTreeName", "orgIdentifier", "projectIdentifier"})
_OPTIONS = frozenset({"granularity", "aggregation", "format", "compression"})
_SPRINT_OPTIONS = frozenset({"granularity", "computationMode", "metricLevel", "format", "compression"})
_REPORT = frozenset({"dateStart", "dateEnd", "teamRefId", "granularity", "includeRatings", "efficiency"})
_EFFICIENCY = frozenset({"metrics", "calculationType"})
REPORT_METRICS = (
    "LEAD_TIME_FOR_CHANGES",
    "DEPLOYMENT_FREQUENCY",
    "CHANGE_FAILURE_RATE",
    "MEAN_TIME_TO_RESTORE",
    "OVERALL_DORA",
)
REPORT_UNITS = ("daily", "weekly", "monthly")


def check_export(
    body: Mapping[str, Any],
    org: Org,
    groups: Collection[str],
    org_identifier: str,
    variant: Variant,
    *,
    sprint: bool = False,
) -> None:
    """RefusalError where `body` is no create request; `groups` are the server's names of metric groups."""
    _known(body, _BODY, "")
    _check_scope(body, org, org_identifier)
    _check_range(_object(body, "dateRange"), "dateRange.", ("start", "end"))
    options = _object(body, "options")
    level = options.get("metricLevel", "") if sprint else ""
    (_check_sprint_options if sprint else _check_options)(options, variant)
    asked = _strings(body, "metricGroups")
    _need(bool(asked), "metricGroups must not be empty")
    _need(len(set(asked)) == len(asked), "metricGroups names a group twice")
    for name in asked:
        _need(name in groups, f"metricGroups: unknown metric group {name!r}; known are {', '.join(sorted(groups))}")
    for name in _strings(body, "metrics") if "metrics" in body else ():
        _need(
            field_named(name, variant.documented(body)["metricGroups"], AGGREGATIONS[0], level) is not None,
            f"metrics: unknown metric {name!r}",
        )


def check_report(body: Mapping[str, Any], query: Mapping[str, str]) -> None:
    """RefusalError where `body` and `query` are no request for a legacy report."""
    _need(query.get("format") == "csv", "Query parameter format must be csv")
    _known(body, _REPORT, "")
    _check_range(body, "", ("dateStart", "dateEnd"))
    _need(type(body.get("teamRefId")) is int, "teamRefId must be a number")
    _one_of(body, "granularity", REPORT_UNITS)
    _need(type(body.get("includeRatings", False)) is bool, "includeRatings must be true or false")
    efficiency = _object(body, "efficiency")
    _known(efficiency, _EFFICIENCY, "efficiency.")
    metrics = _strings(efficiency, "metrics", "efficiency.")
    _need(bool(metrics), "efficiency.metrics must not be empty")
    for name in metrics:
        _need(name in REPORT_METRICS, f"efficiency.metrics: unknown metric {name!r}")
    _one_of(efficiency, "calculationType", [name.upper() for name in AGGREGATIONS], "efficiency.")


def _check_scope(body: Mapping[str, Any], org: Org, org_identifier: str) -> None:
    scope = _object(body, "scope")
    _known(scope, _SCOPE, "scope.")
    for name, value in scope.items():
        _need(isinstance(value, str) and value != "", f"scope.{name} must be a string")
    _need(("teamId" in scope) != ("orgTreeName" in scope), "scope must have exactly one of teamId and orgTreeName")
    _need("teamId" in scope or "orgIdentifier" in scope, "scope.orgIdentifier is required with scope.orgTreeName")
    _need(scope.get("orgIdentifier", org_identifier) == org_identifier, "scope.orgIdentifier is not the key's")
    if not teams_in_scope(scope, org):
        kind, name = ("team", scope["teamId"]) if "teamId" in scope else ("org tree", scope["orgTreeName"])
        raise RefusalError(404, f"No {kind} {name!r} in this project")


def _check_range(fields: Mapping[str, Any], prefix: str, names: tuple[str, str]) -> None:
    start, end = (_date(fields.get(name), prefix + name) for name in names)
    if not prefix:
        _need(start <= end, f"{names[0]} is after {names[1]}")
        return
    _known(fields, frozenset(names), prefix)
    _need(start <= end, f"{prefix}start is after {prefix}end")


def _check_options(options: Mapping[str, Any], variant: Variant) -> None:
    _known(options, _OPTIONS, "options.")
    _need("granularity" in options, "options.granularity is required")
    _one_of(options, "granularity", variant.granularity_words, "options.")
    _one_of(options, "aggregation", variant.aggregation_words, "options.")
    _one_of(options, "format", ("csv",), "options.")
    _one_of(options, "compression", ("gzip",), "options.")


def _check_sprint_options(options: Mapping[str, Any], variant: Variant) -> None:
    _known(options, _SPRINT_OPTIONS, "options.")
    for name in ("granularity", "computationMode", "metricLevel"):
        _need(name in options, f"options.{name} is required")
    _one_of(options, "metricLevel", tuple(SPRINT_GROUPS), "options.")
    is_by_sprint = options["metricLevel"] == "sprint"
    _one_of(options, "granularity", ("SPRINT",) if is_by_sprint else variant.granularity_words, "options.")
    _one_of(options, "computationMode", MODES, "options.")
    _one_of(options, "format", ("csv",), "options.")
    _one_of(options, "compression", ("gzip",), "options.")


def _need(condition: bool, message: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise RefusalError(400, message)


def _known(fields: Mapping[str, Any], names: frozenset[str], prefix: str) -> None:
    for name in fields:
        _need(name in names, f"Unknown field {prefix}{name}")


def _object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise RefusalError(400, f"{name} is required and must be an object")
    return value


def _strings(fields: Mapping[str, Any], name: str, prefix: str = "") -> list[str]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RefusalError(400, f"{prefix}{name} is required and must be a list of strings")
    return value


def _one_of(fields: Mapping[str, Any], name: str, values: Collection[str], prefix: str = "") -> None:
    if name in fields:
        _need(fields[name] in values, f"{prefix}{name} must be one of {', '.join(values)}")


def _date(value: object, name: str) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise RefusalError(400, f"{name} is required and must be a date as yyyy-MM-dd")
    return day
