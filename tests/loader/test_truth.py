"""The loader's tables contain exactly the tap's rows, for each stream and granularity, as records and as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from standin.metrics import GROUPS
from tests.loader.loading import Warehouses, lines
from tests.meltano.warehouse import keyed
from tests.sync.conftest import clock, sei
from tests.sync.run import run, team
from tests.throughput.batches import batch_config

if TYPE_CHECKING:
    from pathlib import Path

    from standin.clock import FakeClock
    from standin.server import Standin

__all__ = ["clock", "sei"]

STREAMS = (*GROUPS, "custom_metrics", "team_reports")


def settings(sei: Standin) -> dict[str, Any]:
    """Every stream."""
    payments = team(sei, "Engineering/Payments")
    return {
        "team_ids": [payments.team_id],
        "org_tree_names": ["Operations"],
        "legacy_team_ref_ids": [payments.ref_id],
        "org_tree_ids": [tree.tree_id for tree in sei.org.trees],
        "metrics": ["LTTC_Mean_Days"],
        "start_date": "2026-07-01",
    }


def table(warehouse: Warehouses, stream: str) -> dict[Any, dict[str, Any]]:
    """The rows of a table by their key."""
    names = list(warehouse.types(stream))
    return keyed(dict(zip(names, row, strict=True)) for row in warehouse.rows(stream))


@pytest.mark.parametrize("granularity", ["WEEKLY", "MONTHLY", "QUARTERLY"])
def test_tables_equal_the_emitted_rows_after_a_restart(
    sei: Standin, clock: FakeClock, warehouse: Warehouses, granularity: str
) -> None:
    emitted: dict[str, dict[Any, Any]] = {stream: {} for stream in STREAMS}
    state: dict[str, Any] = {}
    for _ in range(2):
        output = run(sei, clock, granularity=granularity, state=state, **settings(sei))
        assert output.error is None
        warehouse.load_chunks([lines(output.messages)], ledger="exports")
        state = warehouse.states[-1]
        assert state == output.state
        for stream in STREAMS:
            emitted[stream] |= output.table(stream)
        clock.advance(7 * 24 * 3600)
    for stream in STREAMS:
        assert emitted[stream]
        assert table(warehouse, stream) == {key: plain(row) for key, row in emitted[stream].items()}


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A record with its time as in the table."""
    return {**row, "exported_at": row["exported_at"].replace("Z", "+00:00")}


@pytest.mark.parametrize(("form", "compression"), [("jsonl", "gzip"), ("jsonl", "none"), ("parquet", None)])
def test_batches_and_records_fill_the_same_tables(
    sei: Standin, clock: FakeClock, tmp_path: Path, form: str, compression: str | None
) -> None:
    warehouses = {name: Warehouses(tmp_path / f"{name}.duckdb") for name in ("records", "batches")}
    for name, given in (("records", {}), ("batches", batch_config(tmp_path / "files", form, compression, rows=7))):
        output = run(sei, clock, **settings(sei), **given)
        assert any(message["type"] == "BATCH" for message in output.messages) == (name == "batches")
        warehouses[name].load_chunks([lines(output.messages)], ledger="exports")
    for stream in GROUPS:
        by_records, by_batches = (
            {key: {name: value for name, value in row.items() if name not in OF_A_RUN} for key, row in rows.items()}
            for rows in (table(warehouses["records"], stream), table(warehouses["batches"], stream))
        )
        assert by_records
        assert by_batches == by_records
        assert warehouses["batches"].types(stream) == warehouses["records"].types(stream)


OF_A_RUN = {"exported_at", "export_id", "additional_metrics"}
