"""target-bigquery without its waits for BigQuery to become consistent, 12.5 s per stream. Its requests are not changed.

Run it with the Python of the loader's plugin. Google's clients find the emulator by `BIGQUERY_EMULATOR_HOST`.
"""

from __future__ import annotations

import time
from typing import Any

from target_bigquery import core
from target_bigquery.target import TargetBigQuery


class _Clock:
    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        """Do not wait."""


core.time = _Clock()

if __name__ == "__main__":
    TargetBigQuery.cli()
