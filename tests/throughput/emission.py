"""What the tap writes when an export holds a given file, with none of its servers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.decode import read
from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.run.sync import Emitted
from tap_sei_efficiency.streams.fast_path import FastPath
from tap_sei_efficiency.tap import TapSeiEfficiency
from tests.sync.run import Output, captured

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import pytest

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
    """What leaves the tap when `stream` syncs an export that holds `file`."""
    output = Output()
    with captured(output):
        catalog = TapSeiEfficiency(config=CONFIG).catalog_dict
        for entry in catalog["streams"]:
            for metadata in entry["metadata"]:
                if metadata["breadcrumb"][-1:] and metadata["breadcrumb"][-1] in deselected:
                    metadata["metadata"]["selected"] = False
                else:
                    metadata["metadata"]["selected"] = entry["tap_stream_id"] == stream
        tap = TapSeiEfficiency(config={**CONFIG, **config}, catalog=catalog)
        synced = tap.streams[stream]

        def records(_: object) -> Iterator[dict[str, Any]]:
            with open_export(io.BytesIO(file.data), max_bytes=1 << 20) as content:
                yield from synced.emit(read(content, file.spec), Emitted())  # type: ignore[attr-defined]

        synced.get_records = records  # type: ignore[method-assign,assignment]
        synced.sync()
        tap.session.sync.close()
    return output


def without_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK do all of it."""
    monkeypatch.setattr(FastPath, "find", lambda *_: None)


def stream_of(file: File) -> str:
    """The stream that a file was made for."""
    return next(name for name, group in GROUPS.items() if group.metrics == file.spec.metrics)
