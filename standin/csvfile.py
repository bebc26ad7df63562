"""Rows into CSV, in one of the many ways that a server may write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from standin.draws import token

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from standin.metrics import Column
    from standin.sprints import SprintRow
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
    sprint_ids: bool = True
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


_Keys = Mapping[str, Callable[[Any], str]]


def render(
    rows: Iterable[tuple[Row | SprintRow[Any], ...]], fields: Sequence[Field], dialect: Dialect, keys: _Keys
) -> str:
    """The file of `rows`: each is one row in the aggregation of each of `fields`, with `keys` before them."""
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=dialect.delimiter, lineterminator="\r\n" if dialect.crlf else "\n")
    headers = [*keys, *(field.header for field in fields), *_extra_headers(dialect)]
    writer.writerow([dialect.renamed.get(header, header) for header in headers])
    for row in rows:
        cells = [
            _cell(figures.values[field.column.name], field.column, dialect)
            for figures, field in zip(row, fields, strict=True)
        ]
        writer.writerow([*(key(row[0]) for key in keys.values()), *cells, *_extra_cells(row[0], dialect)])
    return (_BOM if dialect.bom else "") + sink.getvalue()


def period_keys(dialect: Dialect) -> _Keys:
    """The key columns of a file of periods: header and cell."""
    dates = {"Start_Date": lambda row: row.period.start.isoformat(), "End_Date": lambda row: row.period.end.isoformat()}
    return {"Granularity": lambda row: row.period.label, **_team_keys(dialect), **(dates if dialect.dates else {})}


def sprint_keys(dialect: Dialect) -> _Keys:
    """The key columns of a file of sprints: header and cell (not documented)."""
    return {
        **_team_keys(dialect),
        **({"Sprint_Id": lambda row: row.period.sprint_id} if dialect.sprint_ids else {}),
        "Sprint_Name": lambda row: row.period.label,
        "Sprint_State": lambda row: row.period.state,
        "Sprint_Start_Date": lambda row: row.period.start.isoformat(),
        "Sprint_End_Date": lambda row: row.period.end.isoformat(),
    }


def _team_keys(dialect: Dialect) -> _Keys:
    hierarchy = {"Team_Hierarchy": lambda row: row.team.path} if dialect.hierarchy else {}
    return {"Team": lambda row: row.team.name, **hierarchy}


def _extra_headers(dialect: Dialect) -> list[str]:
    return ["Profile Name", "Data_Quality_Score"] if dialect.extra_columns else []


def _extra_cells(row: Row | SprintRow[Any], dialect: Dialect) -> list[str]:
    quality = int(token(4, row.team.path, row.period.label), 16) % 1000 / 10
    return ["Default DORA profile", f"{quality}"] if dialect.extra_columns else []


def _cell(value: Value, column: Column, dialect: Dialect) -> str:
    if value is None:
        return dialect.null
    if isinstance(value, str):
        return value
    text = f"{value:,}" if dialect.thousands else f"{value}".replace(".", dialect.decimal)
    return f"{text}%" if dialect.percent_signs and column.suffix == "Percent" else text
