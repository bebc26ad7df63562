"""BATCH files fill the same table as RECORD messages do."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from target_duckdb_sei.errors import LoaderError
from tests.loader.loading import (
    COUNT,
    DAY,
    INSTANT,
    NUMBER,
    OBJECT,
    TEXT,
    WORD,
    Message,
    Warehouses,
    record,
    schema,
    state,
)

if TYPE_CHECKING:
    from pathlib import Path

PROPERTIES = {
    "k": TEXT,
    "day": DAY,
    "at": INSTANT,
    "rows": COUNT,
    "number": NUMBER,
    "is": {"type": ["boolean", "null"]},
    "object": OBJECT,
    "text": WORD,
}
SCHEMA = schema(PROPERTIES, ["k"])
ROWS: list[dict[str, Any]] = [
    {"k": "a", "day": "2026-01-31", "at": "2026-01-31T10:00:00+02:00", "rows": 7, "number": 1.5, "is": True,
     "object": {"x": 1}, "text": 'quote " line \n'},
    {"k": "b", "day": None, "at": None, "rows": None, "number": None, "is": None, "object": None, "text": None},
    {"k": "c", "day": "2026-01-01", "at": "2026-01-01T00:00:00.5Z", "rows": -1, "number": 2, "is": False,
     "object": {"x": 2}, "text": "first"},
    {"k": "c", "day": "2026-01-02", "at": "2026-01-01T00:00:00Z", "rows": 0, "number": 0, "is": False,
     "object": {"x": 3}, "text": "last"},
]  # fmt: skip


def batch(*files: Path | str, **encoding: str) -> Message:
    manifest = [file if isinstance(file, str) else file.as_uri() for file in files]
    return {"type": "BATCH", "stream": "s", "encoding": encoding, "manifest": manifest}


def json_file(folder: Path, rows: list[dict[str, Any]], compression: str = "none") -> tuple[Path, dict[str, str]]:
    content = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    path = folder / "it's a file [1].json"
    path.write_bytes(gzip.compress(content) if compression == "gzip" else content)
    return path, {"format": "jsonl", "compression": compression}


def parquet_file(folder: Path, rows: list[dict[str, Any]]) -> tuple[Path, dict[str, str]]:
    path = folder / "rows.parquet"
    columns = {name: pa.array([row.get(name) for row in rows]) for name in PROPERTIES}
    columns["day"] = columns["day"].cast(pa.date32())
    columns["at"] = columns["at"].cast(pa.timestamp("us", tz="UTC"))
    columns["number"] = columns["number"].cast(pa.float64())
    parquet.write_table(pa.table(columns), path)
    return path, {"format": "parquet"}


@pytest.mark.parametrize("form", ["none", "gzip", "parquet"])
def test_files_are_loaded_like_records(warehouse: Warehouses, tmp_path: Path, form: str) -> None:
    path, encoding = parquet_file(tmp_path, ROWS) if form == "parquet" else json_file(tmp_path, ROWS, form)
    earlier = [record(k="a", text="old"), record(k="z", text="kept")]
    warehouse.load(SCHEMA, *earlier, batch(path, **encoding), state({"n": 1}), record(k="b", text="after"))
    by_records = Warehouses(tmp_path / "records.duckdb")
    by_records.load(SCHEMA, *earlier, *(record(**row) for row in ROWS), record(k="b", text="after"))
    assert warehouse.rows() == by_records.rows()
    assert warehouse.types() == by_records.types()
    assert warehouse.states == [{"n": 1}]
    assert warehouse.said == [message.replace("records", "warehouse") for message in by_records.said]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"k": "a", "rows": 1.5}, "1 values of column `rows` do not fit BIGINT"),
        ({"k": "a", "rows": "5"}, "1 values of column `rows` do not fit BIGINT"),
        ({"k": "a", "number": True}, "1 values of column `number` do not fit DOUBLE"),
        ({"k": "a", "text": 5}, "1 values of column `text` do not fit VARCHAR"),
        ({"k": "a", "rows": 2**63}, "rows|9223372036854775808"),
        ({"k": "a", "day": "2026-02-30"}, "2026-02-30"),
        ({"k": None}, "a row has no value in the key column `k`"),
        ({}, "a row has no value in the key column `k`"),
    ],
)
def test_value_that_does_not_fit_is_refused(
    warehouse: Warehouses, tmp_path: Path, row: dict[str, Any], said: str
) -> None:
    path, encoding = json_file(tmp_path, [ROWS[0], row])
    with pytest.raises(LoaderError, match=said):
        warehouse.load(SCHEMA, batch(path, **encoding), state(1))
    assert (warehouse.rows(), warehouse.states) == ([], [])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"k": ["a"], "rows": [1.5]}, "its column `rows` is DOUBLE, and BIGINT by the SCHEMA"),
        ({"k": ["a"], "other": [1]}, "the SCHEMA does not declare its column `other`"),
        ({"k": [None, "a"]}, "a row has no value in the key column `k`"),
        ({"rows": [1]}, "it has no column `k`, which is part of the key"),
    ],
)
def test_parquet_with_wrong_columns_is_refused(
    warehouse: Warehouses, tmp_path: Path, columns: dict[str, Any], said: str
) -> None:
    parquet.write_table(pa.table(columns), tmp_path / "other.parquet")
    with pytest.raises(LoaderError, match=said):
        warehouse.load(SCHEMA, batch(tmp_path / "other.parquet", format="parquet"))


def test_file_that_cannot_be_read_is_named(warehouse: Warehouses, tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match=r"Could not load BATCH file .*none\.json: there is no such file"):
        warehouse.load(SCHEMA, batch(tmp_path / "none.json", format="jsonl"))
    with pytest.raises(LoaderError, match=r"BATCH file s3://bucket/1\.json is not on this machine"):
        warehouse.load(SCHEMA, batch("s3://bucket/1.json", format="jsonl"))
    (tmp_path / "cut.json").write_text('{"k": "a"}\n{"k": ')
    with pytest.raises(LoaderError, match=r"Could not load BATCH file .*cut\.json: .*Malformed JSON"):
        warehouse.load(SCHEMA, batch(tmp_path / "cut.json", format="jsonl"))
    with pytest.raises(LoaderError, match="Line 2: BATCH files are `avro`"):
        warehouse.load(SCHEMA, batch(tmp_path / "cut.json", format="avro"))


def test_a_bad_file_rolls_back_its_whole_message(warehouse: Warehouses, tmp_path: Path) -> None:
    path, encoding = json_file(tmp_path, ROWS)
    with pytest.raises(LoaderError):
        warehouse.load(SCHEMA, batch(path, tmp_path / "none.json", **encoding))
    assert warehouse.rows() == []


def test_stream_without_a_key_gets_each_row_of_a_file(warehouse: Warehouses, tmp_path: Path) -> None:
    path, encoding = json_file(tmp_path, ROWS)
    warehouse.load(schema(PROPERTIES), batch(path, path, **encoding))
    assert len(warehouse.rows()) == 2 * len(ROWS)


def test_duckdb_downloads_no_extension() -> None:
    query = "SELECT extension_name FROM duckdb_extensions() WHERE install_mode = 'STATICALLY_LINKED'"
    assert {"icu", "json", "parquet"} <= {name for (name,) in duckdb.connect().execute(query).fetchall()}
