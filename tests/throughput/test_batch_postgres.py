"""A target that accepts BATCH loads the same rows as from RECORD messages, into a real PostgreSQL."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from demo.meltano import ROOT
from standin.metrics import GROUPS
from tests.meltano.test_postgres import database
from tests.postgres import sqlalchemy_url
from tests.sync.run import KEY, Output, run, team
from tests.throughput.batches import batch_config, batches

if TYPE_CHECKING:
    from pathlib import Path

    from standin.clock import FakeClock
    from standin.server import Standin

__all__ = ["database"]

TARGET = ROOT / ".meltano" / "loaders" / "target-postgres" / "venv" / "bin" / "target-postgres"


def load(output: Output, database: str, schema: str, folder: Path) -> None:
    """Load the tap's output with the target."""
    config = folder / f"{schema}.json"
    config.write_text(json.dumps({"sqlalchemy_url": sqlalchemy_url(database), "default_target_schema": schema}))
    messages = "".join(f"{json.dumps(message)}\n" for message in output.messages)
    done = subprocess.run(
        [TARGET, "--config", config], input=messages, text=True, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def table(database: str, schema: str, stream: str) -> list[dict[str, Any]]:
    """The rows of a table, without the target's own columns."""
    with psycopg.connect(database, row_factory=dict_row) as connection:
        order = ", ".join(KEY)
        rows = connection.execute(f'SELECT * FROM {schema}."{stream}" ORDER BY {order}').fetchall()  # noqa: S608 - tables of this test
    return [{name: value for name, value in row.items() if not name.startswith("_sdc_")} for row in rows]


def test_batches_and_records_fill_the_same_tables(
    sei: Standin, clock: FakeClock, database: str, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"team_ids": [team(sei, "Engineering/Payments").team_id]}
    load(run(sei, clock, **settings), database, "records", tmp_path)
    for compression in ("gzip", "none"):
        in_batches = run(sei, clock, **settings, **batch_config(tmp_path / compression, "jsonl", compression, rows=7))
        assert {message["stream"] for message in batches(in_batches)} == set(GROUPS)
        load(in_batches, database, compression, tmp_path)
        for stream in GROUPS:
            loaded = table(database, compression, stream)
            assert loaded
            assert loaded == table(database, "records", stream)
