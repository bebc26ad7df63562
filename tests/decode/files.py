"""Files for the decoder, and its records, which are checked against the schema of their stream."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import Any

from jsonschema import Draft7Validator

from tap_sei_efficiency.decode import FileSpec, Header, read
from tap_sei_efficiency.model.insights import INSIGHTS
from tap_sei_efficiency.model.metrics_table import GROUPS, SPRINTS
from tap_sei_efficiency.model.periods import Calendar, Granularity, Window
from tap_sei_efficiency.model.record_schema import record_schema
from tap_sei_efficiency.model.requests import Aggregation

METRICS = {group.name: group.metrics for insight in INSIGHTS for group in insight.groups} | {"sprints": SPRINTS}
CONSTANTS = {
    "org_identifier": "default",
    "project_identifier": "sei",
    "scope": "team:platform",
    "export_id": "exp_1",
    "exported_at": "2026-04-02T06:00:00+00:00",
}
LTTC = FileSpec(
    label="export exp_1",
    readers={"lttc": GROUPS["lttc"].metrics},
    aggregation=Aggregation.MEAN,
    calendar=Calendar(Granularity.MONTHLY),
    window=Window(date(2026, 1, 1), date(2026, 3, 31)),
    as_of=date(2026, 4, 2),
    constants=CONSTANTS,
)
KEYS = "Granularity,Team,Team_Hierarchy,Start_Date,End_Date"
FEBRUARY = "Feb 2026,Core,Engineering/Core,2026-02-01,2026-02-28"
JANUARY = "Jan 2026,Core,Engineering/Core,2026-01-01,2026-01-31"


def spec_of(group: str, **changes: Any) -> FileSpec:
    """The expected content of a file of `group`, by default the months from January to March 2026."""
    return replace(LTTC, **({"readers": {group: METRICS[group]}} | changes))


def reader_of(spec: FileSpec) -> str:
    """The first reader of a file."""
    return next(iter(spec.readers))


def decode(file: str | bytes, spec: FileSpec = LTTC) -> list[dict[str, Any]]:
    """The records of `file`, each valid against the stream's schema."""
    data = file.encode() if isinstance(file, str) else file
    records: list[dict[str, Any]] = list(read(io.BytesIO(data), spec).records(reader_of(spec)))
    check_schema(records, spec)
    return records


def check_schema(records: list[dict[str, Any]], spec: FileSpec) -> None:
    """AssertionError unless each record has all properties of the stream's schema, no others, and valid values."""
    schema = record_schema(spec.readers[reader_of(spec)], spec.shape)
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    for record in records:
        assert list(record) == list(schema["properties"])
        assert not [error.message for error in validator.iter_errors(record)]


def value_of(cell: str, header: str = "LTTC", spec: FileSpec = LTTC) -> Any:
    """The value of the metric column `header` in a file with one row, if its cell is `cell`."""
    (record,) = decode(f"{KEYS},{header}\n{JANUARY},{quoted(cell)}\n", spec)
    return record[header.lower()]


def quoted(cell: str) -> str:
    """`cell` in quotes."""
    return '"' + cell.replace('"', '""') + '"'


def header_of(names: str, spec: FileSpec = LTTC) -> Header:
    """The decoder's reading of a file's first line."""
    return read(io.BytesIO(names.encode()), spec).header
