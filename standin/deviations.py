"""Servers that differ from the documentation in one thing each, by name; and servers as somebody has observed one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from standin.csvfile import Dialect
from standin.faults import Fault
from standin.metrics import GROUPS
from standin.variant import BASE_PATH, Variant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = "sei-observed/1"

_LTTC = {
    "LTTC_Mean_Days": "Avg Lead Time (d)",
    "CODING_Mean_Days": "Time Spent Coding",
    "DF_Deployment_Count": "Deploys To Production",
}
_KEYS = {"Team": "Squad", "Team_Hierarchy": "Squad Chain", "Start_Date": "From Day", "End_Date": "To Day"}

DEVIATIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "documented": {},
        "x-api-key": {"variant": Variant(auth_header="x-api-key")},
        "bearer": {"variant": Variant(auth_header="authorization", auth_scheme="Bearer")},
        "base-path": {"variant": Variant(base_path="/gateway/sei/api")},
        "df": {"variant": Variant(groups={"deployment_frequency": "df"})},
        "group-word": {"variant": Variant(groups={"lttc": "lead_time", "work_items": "workItems"})},
        "granularity-word": {"variant": Variant(granularities={"WEEKLY": "week", "MONTHLY": "month"})},
        "aggregation-word": {"variant": Variant(aggregations={"mean": "MEAN", "median": "MEDIAN"})},
        "no-combination": {"variant": Variant(combines=False)},
        "no-reuse": {"variant": Variant(reuses=False)},
        "envelope": {"variant": Variant(envelope="data")},
        "other-envelope": {"variant": Variant(envelope="payload")},
        "job-fields": {"variant": Variant(job_fields={"exportId": "jobId", "downloadUrl": "fileHref"})},
        "status-words": {"variant": Variant(statuses={"COMPLETED": "DONE", "PROCESSING": "RUNNING"})},
        "created": {"variant": Variant(job_statuses=(201, 200))},
        "no-legacy": {"variant": Variant(absent=frozenset({"report"}))},
        "no-trees": {"variant": Variant(absent=frozenset({"teams"}))},
        "columns": {"dialect": Dialect(renamed=_LTTC)},
        "key-columns": {"dialect": Dialect(renamed=_KEYS)},
        "bare": {"dialect": Dialect(headers="bare")},
        "labels": {"dialect": Dialect(dates=False)},
        "flat": {"dialect": Dialect(hierarchy=False)},
        "null-words": {"dialect": Dialect(null="k. A.")},
        "dashes": {"dialect": Dialect(null="—")},
        "decimal-comma": {"dialect": Dialect(decimal=",", delimiter=";")},
        "week-start": {"week_start": "sunday"},
        "plain": {"faults": (("plain", {}),)},
        "content-encoding": {"faults": (("gzip_content_encoding", {}),)},
        "redirect": {"faults": (("redirect_download", {}),)},
    }
)
"""What each differs in, as arguments of `Standin`; faults by name and parameters, since each server has its own."""

_CODINGS = {(0, ""): "plain", (0, "gzip"): "gzip_content_encoding", (1, "gzip"): "gzip_both"}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def deviation(name: str) -> dict[str, Any]:
    """The arguments of `Standin` for the deviation `name`."""
    return _arguments(DEVIATIONS[name])


def _arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    faults = tuple(Fault(name, **parameters) for name, parameters in given.get("faults", ()))
    return {**given, "faults": faults}


def read_observed(path: Path) -> dict[str, Any]:
    """The arguments of `Standin` for the server that the file at `path` describes.

    Raises:
        ValueError: The file cannot be read, or is no such description. The text is one sentence.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"File {path} cannot be read: {error.strerror}."
        raise ValueError(msg) from None
    except ValueError:
        content = None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        msg = f"File {path} is no observed file: its `format` must be {FORMAT!r}, as `--probe` writes it."
        raise ValueError(msg)
    try:
        return _arguments(_observed(content))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        msg = f"File {path} is a damaged observed file ({type(error).__name__}); make it again with `--probe`."
        raise ValueError(msg) from None


def _observed(told: Mapping[str, Any]) -> dict[str, Any]:
    file, download = told.get("file") or {}, told.get("download") or {}
    auth, statuses = told["auth"], told.get("create", {}).get("statuses") or [202, 200]
    combines = told.get("groups_combine")
    variant = Variant(
        base_path=(told.get("base_path") or BASE_PATH).rstrip("/"),
        auth_header=str(auth["header"]) if auth["is_only"] else "",
        auth_scheme=str(auth["scheme"]) if auth["is_only"] else "",
        groups=_words(told.get("groups")),
        granularities=_words(told.get("granularities")),
        aggregations=_words(told.get("aggregations")),
        job_fields=_words(told.get("job_fields")),
        statuses=_words(told.get("statuses")),
        envelope=told.get("envelope") or "",
        combines=combines is not False,
        reuses=told.get("reuses") is not False,
        job_statuses=(int(statuses[0]), int(statuses[1])),
        absent=frozenset(name for name in ("report", "teams") if told.get(name, {}).get("status") == 404),  # noqa: PLR2004
    )
    coding = _CODINGS.get((int(download.get("layers", 1)), str(download.get("content_encoding", ""))))
    faults: list[tuple[str, dict[str, Any]]] = [(coding, {})] if coding else []
    faults += [("redirect_download", {})] if download.get("redirects") else []
    return {
        "variant": variant,
        "dialect": _file(file),
        "week_start": file.get("week_start") or "monday",
        "faults": faults,
    }


def _file(file: Mapping[str, Any]) -> Dialect:
    if not file:
        return Dialect()
    columns: Mapping[str, str] = file["columns"]
    keys = set(columns)
    dialect = Dialect(
        null=file.get("null", ""),
        bom=bool(file.get("bom")),
        crlf=file.get("line_end") == "CRLF",
        decimal=file.get("decimal_mark") or ".",
        delimiter=file.get("delimiter") or ",",
        dates="Start_Date" in keys,
        hierarchy="Team_Hierarchy" in keys,
    )
    documented = {
        column.name.lower(): column.header("suffixed", "mean") for group in GROUPS.values() for column in group
    }
    renamed = {documented.get(name, name): header for name, header in columns.items()}
    return replace(dialect, renamed={name: header for name, header in renamed.items() if name != header})


def _words(told: Mapping[str, str] | None) -> dict[str, str]:
    found = {name: word for name, word in (told or {}).items() if word and word != name}
    if not all(_IDENTIFIER.fullmatch(str(word)) for word in found.values()):
        msg = "a word that no server uses"
        raise ValueError(msg)
    return found
