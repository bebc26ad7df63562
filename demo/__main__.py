"""`python -m demo`: runs the steps in order. A step that fails ends the demo with a message."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime

from demo import warehouse
from demo.folder import alone
from demo.meltano import REPORT, WAREHOUSE, StepFailedError, meltano
from demo.server import standin
from demo.text import aligned

_YEARS = 2
_LOAD = ["run", "tap-sei-efficiency", "target-duckdb"]


def main() -> int:
    """Run the demo; returns 1 if a step failed."""
    started = time.monotonic()
    try:
        with alone():
            with standin() as url:
                _say(f"Stand-in for SEI at {url}. Nothing leaves this machine.")
                _load("First load", url)
                _load("Second load, incremental", url)
            _model()
            _show()
            _say(f"The demo took {time.monotonic() - started:.0f} s.")
    except StepFailedError as error:
        sys.stderr.write(f"{error}\nmake demo: failed\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _load(step: str, url: str) -> None:
    _say(f"{step}: the tap exports, target-duckdb loads …")
    started = time.monotonic()
    today = datetime.now(tz=UTC).date()
    start_date = today.replace(year=today.year - _YEARS, day=1)
    given = {"TAP_SEI_EFFICIENCY_API_URL": url, "TAP_SEI_EFFICIENCY_START_DATE": start_date.isoformat()}
    meltano(step.partition(",")[0].lower().replace(" ", "-"), _LOAD, given)
    load = warehouse.last_load()
    _say(
        f"{step} ({time.monotonic() - started:.0f} s): {load.first_day} to {load.last_day}, "
        f"exports made: {load.exports}, rows emitted: {load.emitted}, rows loaded: {load.loaded}"
    )


def _model() -> None:
    _say("dbt builds and tests the models …")
    started = time.monotonic()
    meltano("models", ["run", "dbt-duckdb:build"], {})
    modelled = time.monotonic()
    meltano("report", ["run", "report:write"], {})
    ended = time.monotonic()
    _say(f"Models built and tested ({modelled - started:.0f} s), report written ({ended - modelled:.0f} s).")


def _show() -> None:
    _say("", "Tables:", aligned(("table", "rows"), warehouse.tables()))
    header = ("team", "lead time, days", "deployments", "failures, %", "restore, days", "rating", "period")
    _say("", "DORA figures of the areas, last complete period:", aligned(header, warehouse.dora()))
    database = os.path.relpath(WAREHOUSE)
    look = f".venv/bin/python -c \"import duckdb; db = duckdb.connect('{database}'); db.sql('FROM sei.lttc').show()\""
    _say("", f"Warehouse: {database}. Look into it:", f"  {look}")
    _say(f"Report: {os.path.relpath(REPORT)}. Open it in a browser.")


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
