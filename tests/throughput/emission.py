"""The output of the tap for an export with a given file, without a server."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.decode import read
from tap_sei_efficiency.run.ledger import Emitted
from tap_sei_efficiency.streams import MetricStream
from tap_sei_efficiency.streams.period_stream import write_blocks
from tap_sei_efficiency.tap import TapSeiEfficiency
from tests.sync.run import Output, captured

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tests.decode.encode import File

CONFIG = {
    "api_key": "key",
    "api_url": "http://127.0.0.1:9/",
    "org_identifier": "default",
    "project_identifier": "sei",
    "team_ids": ["platform"],
    "start_date": "2026-01-01",
}


def written(file: File, stream: str, *, deselected: Collection[str] = (), **config: Any) -> Output:
    """The output of the tap when `stream` emits an export with `file`."""
    output = Output()
    with captured(output):
        tap, synced = _prepared(stream, deselected, config)
        synced.write_schema()
        with open_export(io.BytesIO(file.data), max_bytes=1 << 20) as content:
            decoded = read(content, replace(file.spec, readers={stream: synced.metrics}))
            tap.work.between_blocks = lambda: None  # type: ignore[method-assign]
            write_blocks(tap.work, decoded, {stream: synced}, {stream: Emitted()}, stream)
            if error := decoded.errors.get(stream):
                raise error
    return output


def written_by_sdk(file: File, stream: str, *, deselected: Collection[str] = (), **config: Any) -> Output:
    """The output of the SDK's own loop for an export with `file`."""
    output = Output()
    with captured(output):
        _, synced = _prepared(stream, deselected, config)

        def records(_: object) -> Iterator[dict[str, Any]]:
            with open_export(io.BytesIO(file.data), max_bytes=1 << 20) as content:
                yield from synced.counted(read(content, file.spec), Emitted())

        synced.get_records = records  # type: ignore[method-assign,assignment]
        synced.sync()
    return output


@cache
def _catalog() -> str:
    return json.dumps(TapSeiEfficiency(config=CONFIG).catalog_dict)


def _prepared(
    stream: str, deselected: Collection[str], config: dict[str, Any]
) -> tuple[TapSeiEfficiency, MetricStream]:
    catalog = json.loads(_catalog())
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            if metadata["breadcrumb"][-1:] and metadata["breadcrumb"][-1] in deselected:
                metadata["metadata"]["selected"] = False
            else:
                metadata["metadata"]["selected"] = entry["tap_stream_id"] == stream
    tap = TapSeiEfficiency(config={**CONFIG, **config}, catalog=catalog)
    synced = tap.streams[stream]
    assert isinstance(synced, MetricStream)
    return tap, synced


def stream_of(file: File) -> str:
    """The stream that a file was made for."""
    return next(iter(file.spec.readers))
