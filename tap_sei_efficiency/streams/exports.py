"""The ledger of the run's exports, the last stream of a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream

from tap_sei_efficiency.run.ledger import LEDGER_KEY, ledger_schema

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context

    from tap_sei_efficiency.run.run import Run


class ExportsStream(Stream):
    """One row for each export and stream of the run, failures included."""

    name = "exports"
    primary_keys = LEDGER_KEY

    def __init__(self, tap: Tap, run: Run, started_at: datetime) -> None:
        self._run = run
        self._started_at = started_at
        super().__init__(tap, schema=ledger_schema())

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        return None  # some rows, and the SDK's batches would hold properties that are not selected

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        yield from self._run.ledger(self._started_at)
