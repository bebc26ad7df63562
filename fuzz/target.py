"""The fuzzed function, and what must be true for any bytes. The fuzzer uses it, and the tests with stored inputs."""

from __future__ import annotations

import gzip
import io
import json
import math
from datetime import date
from typing import Any

from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.decode import FileSpec, read
from tap_sei_efficiency.errors import ExportError
from tap_sei_efficiency.model.dialect import Dialect
from tap_sei_efficiency.model.insights import SPRINT
from tap_sei_efficiency.model.metric_names import custom_metric
from tap_sei_efficiency.model.metrics_table import GROUPS, SPRINTS, TEAM_REPORT
from tap_sei_efficiency.model.periods import Calendar, Granularity, Period, Weekday, Window
from tap_sei_efficiency.model.record_schema import ADDITIONAL, record_schema
from tap_sei_efficiency.model.requests import Aggregation

MAX_BYTES = 1 << 21
_LONGEST_MESSAGE = 3_000

_CONSTANTS = {
    "org_identifier": "default",
    "project_identifier": "sei",
    "scope": "team:platform",
    "export_id": "exp_1",
    "exported_at": "2026-04-02T00:00:00+00:00",
}


def _spec(granularity: Granularity = Granularity.MONTHLY, group: str = "lttc", **more: Any) -> FileSpec:  # noqa: ANN401 - fields of FileSpec
    fields: dict[str, Any] = {
        "label": "the export",
        "readers": {group: GROUPS[group].metrics},
        "aggregation": Aggregation.MEAN,
        "calendar": Calendar(granularity),
        "window": Window(date(2026, 1, 1), date(2026, 12, 31)),
        "as_of": date(2026, 4, 2),
        "constants": _CONSTANTS,
    }
    return FileSpec(**(fields | more))


SPECS = (
    _spec(),
    _spec(Granularity.QUARTERLY, "work_items", aggregation=Aggregation.P90),
    _spec(Granularity.WEEKLY, "cfr", calendar=Calendar(Granularity.WEEKLY, Weekday.SUNDAY)),
    _spec(readers={"rating": GROUPS["rating"].metrics, "lttc": GROUPS["lttc"].metrics}),
    _spec(readers={"summary": GROUPS["summary"].metrics, "mttr": GROUPS["mttr"].metrics}),
    _spec(readers={"custom_metrics": (custom_metric("LTTC_Mean_Days"), custom_metric("DF_Deployment_Count"))}),
    _spec(readers={"team_reports": TEAM_REPORT}, period=Period(date(2026, 1, 1), date(2026, 1, 31))),
    _spec(group="deployment_frequency", dialect=Dialect(decimal_mark=",")),
)
SPRINT_SPECS = (
    _spec(Granularity.SPRINT, readers={"sprints": SPRINTS}, aggregation=Aggregation.STORY_POINTS),
    _spec(readers={group.name: group.metrics for group in SPRINT.groups}, aggregation=Aggregation.TICKETS),
)


def decode(data: bytes) -> int | str:
    """Decode a file as the tap does, and check the result; returns the number of records, or the tap's error.

    The first byte selects the expected content and the compression; the rest is the file.
    """
    if not data:
        return 0
    choice, file = data[0], data[1:]
    specs = SPRINT_SPECS if choice & 0x20 else SPECS
    spec = specs[choice % len(specs)]
    packed = gzip.compress(file, 1) if choice & 0x80 else file
    count = 0
    try:
        with open_export(io.BytesIO(packed), max_bytes=MAX_BYTES, may_be_empty=bool(choice & 0x40)) as stream:
            for record in read(stream, spec).records(reader_of(spec)):
                check(record, spec)
                count += 1
    except ExportError as error:
        message = str(error)
        if not message.endswith(".") or len(message) > _LONGEST_MESSAGE or "\n" in message:
            raise AssertionError(message) from error
        return message
    return count


def reader_of(spec: FileSpec) -> str:
    """The first reader of a file."""
    return next(iter(spec.readers))


def check(record: dict[str, Any], spec: FileSpec) -> None:
    """Raise AssertionError if a warehouse would not accept `record`."""
    properties = record_schema(spec.readers[reader_of(spec)], spec.shape)["properties"]
    problems = [] if list(record) == list(properties) else [f"properties {list(record)}"]
    problems += [f"key {name}" for name in spec.shape.key if not isinstance(record[name], str) or not record[name]]
    problems += [name for name, value in record.items() if name != ADDITIONAL and not _fits(value, properties[name])]
    problems += [name for name, value in record[ADDITIONAL].items() if not _is_plain(value) or not name]
    if problems:
        raise AssertionError(problems)
    json.dumps(record, allow_nan=False).encode()


def _fits(value: object, schema: dict[str, Any]) -> bool:
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "null": (type(None),),
    }
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if schema.get("format") == "date" and isinstance(value, str):
        return date.fromisoformat(value).isoformat() == value
    return any(isinstance(value, kinds[name]) for name in names) and (value is None or _is_plain(value))


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value is None or (isinstance(value, float) and math.isfinite(value))
