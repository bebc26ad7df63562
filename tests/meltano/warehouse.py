"""The tables of a warehouse in a form that tests can compare, from any database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from standin.metrics import GROUPS
from tests.sync.run import KEY
from tests.sync.truth import expected, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from standin.org import Team
    from standin.server import Standin

    Read = Callable[[str], list[dict[str, Any]]]


def plain(value: Any) -> Any:
    """A value in the tap's form: dates as text, numbers as numbers, objects as objects."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str) and value.startswith("{"):
        return json.loads(value)
    return value


def keyed(rows: Iterable[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by the key of the period streams; AssertionError if a key occurs twice."""
    table: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        record = {name: plain(value) for name, value in row.items()}
        key = tuple(record[name] for name in KEY)
        assert key not in table
        table[key] = record
    return table


def assert_true(read: Read, sei: Standin, teams: list[Team], first: date, last: date) -> None:
    """Each of the seven tables equals the stand-in's truth, as of the export of each row."""
    created = {job.export_id: job.created for job in sei.jobs.all}
    for stream in GROUPS:
        table = keyed(read(stream))
        for export_id in {record["export_id"] for record in table.values()}:
            rows = {key: record for key, record in table.items() if record["export_id"] == export_id}
            true = expected(sei, stream, teams, first=first, last=last, as_of=created[export_id])
            assert told(rows, true) == {key: true[key] for key in rows}
        everything = expected(sei, stream, teams, first=first, last=last, as_of=max(created.values()))
        assert table.keys() == everything.keys()
