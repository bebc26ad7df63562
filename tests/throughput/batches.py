"""Reads the files of BATCH messages as a target would."""

from __future__ import annotations

import gzip
import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.sync.run import Output


def batch_config(folder: Path, form: str, compression: str | None = None, rows: int | None = None) -> dict[str, Any]:
    """A `batch_config` that writes into `folder`."""
    encoding = {"format": form} | ({"compression": compression} if compression else {})
    size = {"batch_size": rows} if rows else {}
    return {"batch_config": {"encoding": encoding, "storage": {"root": folder.as_uri()}, **size}}


def rows_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a BATCH message's files."""
    paths = [Path(unquote(urlsplit(url).path)) for url in message["manifest"]]
    return [row for path in paths for row in _rows(path, message["encoding"])]


def _rows(path: Path, encoding: Mapping[str, str]) -> list[dict[str, Any]]:
    if encoding["format"] == "parquet":
        from pyarrow import parquet  # noqa: PLC0415 - an optional dependency

        return list(map(_as_text, parquet.read_table(path).to_pylist()))
    content = path.read_bytes()
    content = gzip.decompress(content) if encoding.get("compression") == "gzip" else content
    return [json.loads(line) for line in content.splitlines()]


def _as_text(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, (date, datetime)) else value for name, value in row.items()}


def batches(output: Output) -> list[dict[str, Any]]:
    """The BATCH messages."""
    return [message for message in output.messages if message["type"] == "BATCH"]


def records_in(output: Output, stream: str) -> list[dict[str, Any]]:
    """The rows of all batches of a stream."""
    return [row for message in batches(output) if message["stream"] == stream for row in rows_of(message)]


def as_parquet(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`records` as Parquet stores them: an object has the same fields, each of one type, in every row."""
    objects = [record.get("additional_metrics", {}) for record in records]
    names = {name for fields in objects for name in fields}
    values = {name: [fields.get(name) for fields in objects] for name in names}
    for name, column in values.items():
        if len({type(value) is str for value in column if value is not None}) > 1:
            values[name] = [None if value is None else str(value) for value in column]
    found = []
    for number, record in enumerate(records):
        additional = {name: values[name][number] for name in names} or None
        found.append(dict(record) | ({"additional_metrics": additional} if "additional_metrics" in record else {}))
    return found
