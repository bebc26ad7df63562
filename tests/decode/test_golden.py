"""A file for each family of headers that SEI could send, with the records that each stream must read from it."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tap_sei_efficiency.decode import FileSpec, read
from tap_sei_efficiency.model.metrics_table import TEAM_REPORT
from tap_sei_efficiency.model.periods import Calendar, Granularity, Period, Window
from tap_sei_efficiency.model.requests import Aggregation
from tests.decode.files import CONSTANTS, LTTC, METRICS, check_schema, spec_of

FILES = sorted((Path(__file__).parents[1] / "golden").glob("*.csv"))
READINGS = [
    pytest.param(file, reading, id=f"{file.stem}-{reading['as']['group']}")
    for file in FILES
    for reading in json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
]


def spec(asked: dict[str, Any]) -> FileSpec:
    group, period = asked["group"], asked.get("period")
    return spec_of(
        "lttc",
        readers={
            group: TEAM_REPORT if group == "team_reports" else METRICS[group],
            **{other: METRICS[other] for other in asked.get("foreign", [])},
        },
        aggregation=Aggregation(asked.get("aggregation", LTTC.aggregation)),
        calendar=Calendar(Granularity(asked.get("granularity", LTTC.calendar.granularity))),
        window=Window(*map(date.fromisoformat, asked["window"])) if "window" in asked else LTTC.window,
        period=Period(*map(date.fromisoformat, period)) if period else None,
    )


@pytest.mark.parametrize(("file", "reading"), READINGS)
def test_each_family_of_headers_is_read_as_agreed(file: Path, reading: dict[str, Any]) -> None:
    asked = spec(reading["as"])
    decoded = read(io.BytesIO(file.read_bytes()), asked)
    group = reading["as"]["group"]
    keeper = group if reading["as"].get("keeps_unknown", True) else ""
    records = [record for blocks in decoded.blocks([group], keeper) for record in blocks[group].records()]
    check_schema(records, asked)
    assert {
        "as": reading["as"],
        "unknown": [decoded.header.names[position] for position in decoded.header.unknown] if keeper else [],
        "missing": [metric.name for metric in decoded.header.columns[group].missing],
        "records": [
            {name: value for name, value in record.items() if name not in {*CONSTANTS, "granularity", "aggregation"}}
            for record in records
        ],
    } == reading


def test_every_expectation_has_its_file() -> None:
    assert {path.stem for path in FILES[0].parent.glob("*.json")} == {path.stem for path in FILES}
