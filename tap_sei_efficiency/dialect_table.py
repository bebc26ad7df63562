"""The parts of the setting `dialect`: meaning, source of the default, and the dialect with overrides. Pure.

Validation and `docs/dialect.md` are made from this table.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from tap_sei_efficiency.errors import SettingsError
from tap_sei_efficiency.model.dialect import PLAIN, Dialect
from tap_sei_efficiency.model.insights import INSIGHTS
from tap_sei_efficiency.model.metric_names import custom_metric
from tap_sei_efficiency.model.metrics_table import TEAM_REPORT
from tap_sei_efficiency.model.periods import Weekday

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

DOCUMENTED, SIBLING, UNDOCUMENTED = "documented", "sibling API", "undocumented"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a dialect. `adds` says that words of a user come before the default's instead of in their place.

    `source` is how sure the default is. `choices` are the values that a part without a table may have.
    """

    name: str
    source: str
    meaning: str
    example: Any
    adds: bool = False
    choices: tuple[Any, ...] = ()

    @property
    def default(self) -> Any:  # noqa: ANN401 - parts have several types
        """The default's value."""
        return getattr(PLAIN, self.name)


PARTS: tuple[Part, ...] = (
    Part(
        "base_path",
        DOCUMENTED,
        "Path of the base URL, in place of the path in `api_url`. `null` leaves that as it is.",
        "/gateway/sei/api/",
    ),
    Part(
        "base_paths",
        SIBLING,
        "Paths of the base URL that `--probe` tries on the host of `api_url` if that path does not answer.",
        ["/gateway/sei/api/"],
    ),
    Part(
        "paths",
        DOCUMENTED,
        "Paths of the requests below the base URL. The IDs replace `{export_id}` and `{org_tree_id}`. `org_trees` "
        "is known from another client of the same service. The page on sprint exports writes both `sprint` and "
        "`sprints`: if one answers 404, the tap tries the other.",
        {"create": "v2/insights/dora/exports"},
    ),
    Part(
        "auth",
        DOCUMENTED,
        "Header that carries the API key, and the word before the key. The legacy page names the header `x-api-key`, "
        "without such a word.",
        {"header": "x-api-key", "scheme": ""},
    ),
    Part(
        "groups",
        DOCUMENTED,
        "The server's words for each metric group. If the server answers 400 to a word, the tap tries the next.",
        {"deployment_frequency": ["df"]},
    ),
    Part(
        "combine_groups",
        UNDOCUMENTED,
        "Whether one export can have several metric groups. `null` tries it, and requests them separately after a 400.",
        example=False,
        choices=(True, False, None),
    ),
    Part("granularities", DOCUMENTED, "The server's words for the granularities.", {"WEEKLY": "weekly"}),
    Part(
        "aggregations",
        DOCUMENTED,
        "The server's words for the aggregations, and for the computation modes of sprint metrics.",
        {"p90": "P90"},
    ),
    Part(
        "envelope",
        UNDOCUMENTED,
        "Field with the content of each JSON answer. `null` opens `data` if the answer looks like an envelope.",
        "payload",
    ),
    Part(
        "job_fields",
        SIBLING,
        "Fields of the answers about a job. A dot leads into an object; case and underscores do not matter.",
        {"downloadUrl": ["file.href"]},
        adds=True,
    ),
    Part(
        "statuses",
        SIBLING,
        "Words for a job's status, in any case. A job with another word counts as failed if the word reads like a "
        "failure or a part, such as EXPIRED; as completed if it has a `completedAt`; otherwise as still running.",
        {"COMPLETED": ["DONE"]},
        adds=True,
    ),
    Part(
        "error_codes",
        SIBLING,
        "Codes of errors in answers with status 200, and the status that each one stands for. Any other is a 400.",
        {"429": ["SLOW_DOWN"]},
        adds=True,
    ),
    Part(
        "columns",
        UNDOCUMENTED,
        "Headers of a file and the metric of each one. They take precedence over every other spelling.",
        {"Avg Lead Time (d)": "lttc"},
    ),
    Part(
        "key_columns",
        SIBLING,
        "Headers of the columns that say which team and which period or sprint a row is about. No page documents "
        "those of a sprint.",
        {"Team": ["Squad"]},
        adds=True,
    ),
    Part("null_words", UNDOCUMENTED, 'Cells that mean "no data", in any case.', ["k. A."], adds=True),
    Part(
        "decimal_mark",
        UNDOCUMENTED,
        "Decimal mark of the numbers. `null` lets each file decide; a cell with two readings is then an error.",
        ",",
        choices=(".", ",", None),
    ),
    Part(
        "delimiter",
        UNDOCUMENTED,
        "Character between two cells. `null` tries the comma, the semicolon, the tab and the bar.",
        ";",
        choices=(",", ";", "\t", "|", None),
    ),
    Part(
        "week_start",
        UNDOCUMENTED,
        "First day of SEI's weeks, in place of the default of the setting `week_start`.",
        "sunday",
        choices=(*Weekday, None),
    ),
    Part(
        "open_sprint_states",
        UNDOCUMENTED,
        "States of a sprint, in any case, whose figures still change, also after the sprint's last day.",
        ["laufend"],
        adds=True,
    ),
    Part(
        "team_fields",
        SIBLING,
        "Fields of the answers about org trees and teams.",
        {"parent": ["aboveRefId"]},
        adds=True,
    ),
)
_BY_NAME: Mapping[str, Part] = MappingProxyType({part.name: part for part in PARTS})

_HEADER = re.compile(r"[A-Za-z0-9-]+")
_SCHEME = re.compile(r"[\x21-\x7e]*")
_PATH = re.compile(r"[A-Za-z0-9._~{}/-]*")
_PLACES: Mapping[str, str] = MappingProxyType(
    {"status": "{export_id}", "download": "{export_id}", "teams": "{org_tree_id}"}
)


def read_dialect(overrides: Mapping[str, Any], custom_metrics: Collection[str] = ()) -> Dialect:
    """The default dialect with `overrides`; `custom_metrics` are names of the setting `metrics`.

    Raises:
        SettingsError: With one sentence about the first override that cannot be used.
    """
    values = {}
    for name, given in overrides.items():
        if name not in _BY_NAME:
            _refuse_unknown(f"has no part `{name}`", name, _BY_NAME, f"the parts are {', '.join(_BY_NAME)}")
        part = _BY_NAME[name]
        values[name] = _merged(part, given)
        if check := _CHECKS.get(name):
            check(values[name])
    dialect = replace(PLAIN, **values)
    _check_columns(dialect.columns, custom_metrics)
    return dialect


def _merged(part: Part, given: Any) -> Any:  # noqa: ANN401 - parts have several types
    where, default = f"`{part.name}`", part.default
    if part.choices:
        if json.dumps(given) not in map(json.dumps, part.choices):
            _refuse(where, f"one of {', '.join(map(json.dumps, part.choices))}")
        return Weekday(given) if part.name == "week_start" and given else given
    if isinstance(default, tuple):
        return _words(where, given, default if part.adds else ())
    if default is None:
        return given if given is None else _text(where, given)
    return _merged_table(part, given, default)


def _merged_table(part: Part, given: Any, default: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ANN401
    if not isinstance(given, dict):
        _refuse(f"`{part.name}`", "a JSON object")
    merged = dict(default)
    for key, value in given.items():
        where = f"`{part.name}.{key}`"
        if default and key not in default:
            _refuse_unknown(f"has no part {where}", key, default, f"known are {', '.join(default)}")
        before = default.get(key, "")
        merged[key] = (
            _words(where, value, before if part.adds else ()) if isinstance(before, tuple) else _text(where, value)
        )
    return MappingProxyType(merged)


def _words(where: str, given: Any, default: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ANN401
    entries = [given] if isinstance(given, str) else given
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, str) for entry in entries):
        _refuse(where, 'a list such as ["a", "b"]')
    return tuple(dict.fromkeys([*entries, *default]))


def _text(where: str, given: Any) -> str:  # noqa: ANN401
    if not isinstance(given, str):
        _refuse(where, "text")
    return given


def _check_auth(auth: Mapping[str, str]) -> None:
    if not _HEADER.fullmatch(auth["header"]):
        _refuse("`auth.header`", "the name of an HTTP header, such as x-api-key")
    if not _SCHEME.fullmatch(auth["scheme"]):
        _refuse("`auth.scheme`", "one word such as ApiKey, or empty")


def _check_paths(paths: Mapping[str, str]) -> None:
    for name, path in paths.items():
        place = _PLACES.get(name.rpartition("_")[2], "")
        rest = path.replace(place, "") if place else path
        if not _PATH.fullmatch(path) or "{" in rest or "}" in rest or "//" in path or place not in path or not path:
            like = PLAIN.paths[name]
            _refuse(f"`paths.{name}`", f"a path such as {like}, without host and query")


def _check_base_path(path: str | None) -> None:
    if path is not None and (not _PATH.fullmatch(path) or not path.startswith("/") or "//" in path or "{" in path):
        _refuse("`base_path`", "a path such as /prod1/sei/api/, without host and query")


def _check_base_paths(paths: tuple[str, ...]) -> None:
    for path in paths:
        _check_base_path(path)


def _check_columns(columns: Mapping[str, str], custom_metrics: Collection[str]) -> None:
    known = {metric.name for insight in INSIGHTS for group in insight.groups for metric in group.metrics}
    known |= {metric.name for metric in TEAM_REPORT} | {custom_metric(name).name for name in custom_metrics}
    for header, metric in columns.items():
        if metric not in known:
            problem = f"maps column {header!r} to {metric!r}, which is not a metric"
            _refuse_unknown(problem, metric, known, "docs/streams.md lists the metrics")


def _check_job_fields(fields: Mapping[str, tuple[str, ...]]) -> None:
    for name, spellings in fields.items():
        if not all(spelling.strip(".") for spelling in spellings):
            _refuse(f"`job_fields.{name}`", "a list of names")


_CHECKS: Mapping[str, Callable[[Any], None]] = MappingProxyType(
    {
        "auth": _check_auth,
        "paths": _check_paths,
        "base_path": _check_base_path,
        "base_paths": _check_base_paths,
        "job_fields": _check_job_fields,
    }
)


def _refuse(where: str, rule: str) -> NoReturn:
    msg = f"Setting `dialect` cannot be used: {where} must be {rule}."
    raise SettingsError(msg)


def _refuse_unknown(problem: str, name: str, known: Collection[str], otherwise: str) -> NoReturn:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean `{close[0]}`?" if close else f"{otherwise}."
    msg = f"Setting `dialect` {problem}: {hint}"
    raise SettingsError(msg)
