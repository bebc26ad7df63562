"""The loader's tables contain exactly the tap's rows, for each stream and granularity, as records and as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from standin.metrics import GROUPS
from tests.loader.loading import Warehouses, lines
from tests.meltano.warehouse import keyed
from tests.sync.conftest import clock, fake_clock, sei, stand_in
from tests.sync.run import every_stream, run
from tests.throughput.batches import batch_config

if TYPE_CHECKING:
    from pathlib import Path

    from standin.clock import FakeClock
    from standin.server import Standin

__all__ = ["clock", "sei"]

STREAMS = (*GROUPS, "custom_metrics", "team_reports")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a warehouse: the types of its columns, and its rows by their key."""

    types: dict[str, str]
    rows: dict[Any, dict[str, Any]]

    def without(self, *names: str) -> dict[Any, dict[str, Any]]:
        """The rows without some columns."""
        return {key: {name: row[name] for name in row.keys() - set(names)} for key, row in self.rows.items()}


def tables(warehouse: Warehouses) -> dict[str, Table]:
    """The tables of a warehouse, which is opened once: that takes longer than to read a table."""
    with duckdb.connect(warehouse.path, read_only=True) as connection:
        return {stream: read(connection.table(f'sei."{stream}"')) for stream in STREAMS}


def read(found: duckdb.DuckDBPyRelation) -> Table:
    """A table."""
    rows = keyed(dict(zip(found.columns, row, strict=True)) for row in found.fetchall())
    return Table(dict(zip(found.columns, map(str, found.types), strict=True)), rows)


@pytest.mark.parametrize("granularity", ["WEEKLY", "MONTHLY", "QUARTERLY"])
def test_tables_equal_the_emitted_rows_after_a_restart(
    sei: Standin, clock: FakeClock, warehouse: Warehouses, granularity: str
) -> None:
    emitted: dict[str, dict[Any, Any]] = {stream: {} for stream in STREAMS}
    state: dict[str, Any] = {}
    for _ in range(2):
        output = run(sei, clock, granularity=granularity, state=state, **every_stream(sei, "2026-09-01"))
        assert output.error is None
        warehouse.load_chunks([lines(output.messages)], ledger="exports")
        state = warehouse.states[-1]
        assert state == output.state
        for stream in STREAMS:
            emitted[stream] |= output.table(stream)
        clock.advance(7 * 24 * 3600)
    loaded = tables(warehouse)
    for stream in STREAMS:
        assert emitted[stream]
        assert loaded[stream].rows == {key: plain(row) for key, row in emitted[stream].items()}


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A record with its time as in the table."""
    return {**row, "exported_at": row["exported_at"].replace("Z", "+00:00")}


@pytest.fixture(scope="module")
def of_records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    """What a run that writes records leaves."""
    warehouse = Warehouses(tmp_path_factory.mktemp("records") / "warehouse.duckdb")
    clock = fake_clock()
    with stand_in(clock) as sei:
        warehouse.load_chunks([lines(run(sei, clock, **every_stream(sei, "2026-09-01")).messages)], ledger="exports")
    return tables(warehouse)


@pytest.mark.parametrize(("form", "compression"), [("jsonl", "gzip"), ("jsonl", "none"), ("parquet", None)])
def test_batches_and_records_fill_the_same_tables(
    sei: Standin,
    clock: FakeClock,
    tmp_path: Path,
    warehouse: Warehouses,
    of_records: dict[str, Table],
    form: str,
    compression: str | None,
) -> None:
    output = run(
        sei, clock, **every_stream(sei, "2026-09-01"), **batch_config(tmp_path / "files", form, compression, rows=15)
    )
    assert any(message["type"] == "BATCH" for message in output.messages)
    warehouse.load_chunks([lines(output.messages)], ledger="exports")
    of_batches = tables(warehouse)
    for stream in GROUPS:
        assert of_records[stream].rows
        assert of_batches[stream].without(*OF_A_RUN) == of_records[stream].without(*OF_A_RUN)
        assert of_batches[stream].types == of_records[stream].types


OF_A_RUN = ("exported_at", "export_id", "additional_metrics")
