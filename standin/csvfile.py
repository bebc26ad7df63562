"""Rows into CSV, in one of the many ways that a server may write it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from standin.draws import token

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from standin.metrics import Column
    from standin.truth import Row, Value

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written. `headers` is `suffixed`, `bare` or `title`; the key columns are a sibling export's.

    `renamed` leads from a header to another one.
    """

    headers: str = "suffixed"
    null: str = ""
    bom: bool = False
    crlf: bool = False
    thousands: bool = False
    percent_signs: bool = False
    extra_columns: bool = False
    dates: bool = True
    hierarchy: bool = True
    decimal: str = "."
    delimiter: str = ","
    renamed: Mapping[str, str] = field(default_factory=dict)


DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "default": Dialect(),
        "bare": Dialect(headers="bare"),
        "title": Dialect(headers="title"),
        "dashes": Dialect(null="—"),
        "excel": Dialect(null="N/A", bom=True, crlf=True, thousands=True, percent_signs=True),
        "extra": Dialect(extra_columns=True),
        "labels": Dialect(dates=False),
        "flat": Dialect(hierarchy=False),
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """A metric's column of a file: its header, and the aggregation of its figures."""

    header: str
    column: Column
    aggregation: str


def render(rows: Iterable[tuple[Row, ...]], fields: Sequence[Field], dialect: Dialect) -> str:
    """The file of `rows`: each is one row in the aggregation of each of `fields`."""
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=dialect.delimiter, lineterminator="\r\n" if dialect.crlf else "\n")
    headers = [*_key_headers(dialect), *(field.header for field in fields), *_extra_headers(dialect)]
    writer.writerow([dialect.renamed.get(header, header) for header in headers])
    for row in rows:
        cells = [
            _cell(figures.values[field.column.name], field.column, dialect)
            for figures, field in zip(row, fields, strict=True)
        ]
        writer.writerow([*_keys(row[0], dialect), *cells, *_extra_cells(row[0], dialect)])
    return (_BOM if dialect.bom else "") + sink.getvalue()


def _key_headers(dialect: Dialect) -> list[str]:
    hierarchy = ["Team_Hierarchy"] if dialect.hierarchy else []
    dates = ["Start_Date", "End_Date"] if dialect.dates else []
    return ["Granularity", "Team", *hierarchy, *dates]


def _keys(row: Row, dialect: Dialect) -> list[str]:
    hierarchy = [row.team.path] if dialect.hierarchy else []
    dates = [row.period.start.isoformat(), row.period.end.isoformat()] if dialect.dates else []
    return [row.period.label, row.team.name, *hierarchy, *dates]


def _extra_headers(dialect: Dialect) -> list[str]:
    return ["Profile Name", "Data_Quality_Score"] if dialect.extra_columns else []


def _extra_cells(row: Row, dialect: Dialect) -> list[str]:
    quality = int(token(4, row.team.path, row.period.label), 16) % 1000 / 10
    return ["Default DORA profile", f"{quality}"] if dialect.extra_columns else []


def _cell(value: Value, column: Column, dialect: Dialect) -> str:
    if value is None:
        return dialect.null
    if isinstance(value, str):
        return value
    text = f"{value:,}" if dialect.thousands else f"{value}".replace(".", dialect.decimal)
    return f"{text}%" if dialect.percent_signs and column.suffix == "Percent" else text
