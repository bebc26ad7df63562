"""How a job will end, by the faults that strike when it is created."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from standin.jobs import Fate
from standin.periods import periods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standin.faults import Fault

_FAILURE = "Export failed: the query timed out"
_CANCELLATION = "Export was cancelled"


def fate_of(body: Mapping[str, Any], faults: list[Fault], week_start: str) -> Fate:
    """The fate of the job that `body` asks for; the first of `faults` that means anything for it decides."""
    for fault in faults:
        reusable = bool(fault.parameters.get("reusable", 1))
        match fault.name:
            case "fails_above_periods" if _periods(body, week_start) <= fault.number("periods"):
                continue
            case "job_stuck":
                return Fate("PROCESSING", reusable=reusable)
            case "job_cancelled":
                return Fate("CANCELLED", _CANCELLATION, reusable=reusable)
            case "job_slow":
                return Fate(seconds=fault.number("seconds"))
            case _:
                return Fate("FAILED", _FAILURE, reusable=reusable)
    return Fate()


def _periods(body: Mapping[str, Any], week_start: str) -> int:
    first, last = (date.fromisoformat(body["dateRange"][end]) for end in ("start", "end"))
    granularity = body["options"]["granularity"]
    return sum(1 for _ in periods("MONTHLY" if granularity == "SPRINT" else granularity, first, last, week_start))
