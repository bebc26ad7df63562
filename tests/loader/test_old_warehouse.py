"""A warehouse of target-duckdb 0.8.0 with duckdb 1.2.2: dates as text, wide counts, `_sdc_*`, a primary key."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.loader.loading import COUNT, DAY, INSTANT, NUMBER, OBJECT, TEXT, Warehouses, record, schema

if TYPE_CHECKING:
    from tests.loader.loading import Message

MADE_BY_0_8_0 = Path(__file__).with_name("target-duckdb-0.8.0.duckdb.gz")
CFR = schema(
    {
        "team": TEXT,
        "period_start": {"type": "string", "format": "date"},
        "period_end": DAY,
        "exported_at": INSTANT,
        "cfr": NUMBER,
        "total_success": COUNT,
        "is_period_complete": {"type": ["boolean", "null"]},
        "additional_metrics": OBJECT,
    },
    ["team", "period_start"],
    "cfr",
)
FIGURES = (
    "SELECT team, period_start::DATE::TEXT, cfr, total_success::INT, exported_at, period_end::DATE::TEXT FROM sei.cfr"
)
MADE, LATER = datetime(2026, 3, 1, 8), datetime(2026, 4, 1, 7)  # noqa: DTZ001 - the tables hold UTC


def row(team: str, start: str, end: str, cfr: float) -> Message:
    return record(
        "cfr", team=team, period_start=start, period_end=end, exported_at="2026-04-01T09:00:00+02:00", cfr=cfr,
        total_success=5, is_period_complete=True, additional_metrics={"note": "new"},
    )  # fmt: skip


@pytest.fixture
def old(warehouse: Warehouses) -> Warehouses:
    warehouse.path.write_bytes(gzip.decompress(MADE_BY_0_8_0.read_bytes()))
    return warehouse


def test_old_tables_can_be_loaded(old: Warehouses) -> None:
    before = old.types("cfr")
    assert (before["period_start"], before["total_success"]) == ("VARCHAR", "HUGEINT")
    assert "_sdc_batched_at" in before
    for _ in range(2):
        old.load(CFR, row("Cart", "2026-02-01", "2026-02-28", 50), row("Cart", "2026-03-01", "2026-03-31", 0))
    assert old.types("cfr") == before
    assert sorted(old.query(FIGURES)) == [
        ("Cart", "2026-01-01", 10.5, 9, MADE, "2026-01-31"),
        ("Cart", "2026-02-01", 50.0, 5, LATER, "2026-02-28"),
        ("Cart", "2026-03-01", 0.0, 5, LATER, "2026-03-31"),
        ("Search", "2026-01-01", None, None, MADE, "2026-01-31"),
    ]
    assert old.query("SELECT DISTINCT period_start FROM sei.cfr WHERE cfr = 50") == [("2026-02-01",)]


def test_its_tables_are_typed_by_the_documented_statement(old: Warehouses) -> None:
    documented = (Path(__file__).parents[2] / "docs" / "warehouses.md").read_text(encoding="utf-8")
    statement = documented.partition("```sql\n-- types of an old table")[2].partition("\n")[2].partition("```")[0]
    with duckdb.connect(old.path) as connection:
        connection.execute(statement.replace("sei.lttc", "sei.cfr"))
    old.load(CFR, row("Cart", "2026-02-01", "2026-02-28", 50), row("Cart", "2026-03-01", "2026-03-31", 0))
    types = old.types("cfr")
    assert (types["period_start"], types["period_end"]) == ("DATE", "DATE")
    assert not any(name.startswith("_sdc_") for name in types)
    assert len(old.rows("cfr")) == 4
