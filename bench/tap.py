"""The tap as the measurements run it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Command

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

PROGRAM = str(Path(sys.executable).with_name("tap-sei-efficiency"))


def catalog(
    program: Sequence[str], path: Path, deselected: Collection[str] = (), streams: Collection[str] = ("lttc",)
) -> Path:
    """Write a catalog file of the tap `program` with `streams` selected, without the properties `deselected`."""
    found = json.loads(subprocess.run([*program, "--discover"], check=True, capture_output=True).stdout)
    for entry in found["streams"]:
        for metadata in entry["metadata"]:
            is_left_out = metadata["breadcrumb"][-1:] and metadata["breadcrumb"][-1] in deselected
            metadata["metadata"]["selected"] = entry["tap_stream_id"] in streams and not is_left_out
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


@dataclass(frozen=True, slots=True)
class Tap:
    """The tap against the server at `url`, the folder for its files, and the seconds to its first poll."""

    folder: Path
    url: str
    first_wait: float = 2

    def config(self, name: str, **settings: object) -> Path:
        """Write a config file for the server, with `settings` added."""
        path = self.folder / f"{name}.config.json"
        plain = {
            "api_key": "standin-key",
            "api_url": self.url,
            "org_identifier": "acme",
            "project_identifier": "dora",
            "team_ids": ["bench"],
            "start_date": "2025-01-01",
            "end_date": "2025-12-31",
            "poll_interval_seconds": self.first_wait,
        }
        path.write_text(json.dumps(plain | settings), encoding="utf-8")
        return path

    def command(
        self,
        name: str,
        *options: str,
        rows: int = 0,
        deselected: Collection[str] = (),
        streams: Collection[str] = ("lttc",),
        **settings: object,
    ) -> Command:
        """The command that syncs `streams` and must write `rows` rows."""
        known = [PROGRAM, "--config", str(self.config(name, **settings))]
        selection = catalog(known, self.folder / f"{name}.catalog.json", deselected, streams)
        return Command([*known, "--catalog", str(selection), *options], self.folder, rows)

    def batches(self, name: str, rows: int = 100_000, **encoding: str) -> Command:
        """The command that syncs lead times in BATCH files with a maximum number of rows."""
        return self.command(name, batch_config=self.batch_config(rows, **encoding))

    def batch_config(self, rows: int = 100_000, **encoding: str) -> dict[str, object]:
        """The setting for BATCH files."""
        storage = {"root": (self.folder / "batches").as_uri()}
        return {"encoding": encoding, "storage": storage, "batch_size": rows}
