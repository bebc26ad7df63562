"""The legacy report API as data: one request for each team and period, and its body. Pure.

Documented: the answer is one row a team for the whole range, without dates, so a time series takes a request a period.
`granularity` is only the unit of rate metrics there; it knows no quarters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tap_sei_efficiency.model.periods import Granularity, Period, Window

# msgspec reads these fields at run time, to write requests into an archive and read them back.
from tap_sei_efficiency.model.requests import Aggregation, Scope  # noqa: TC001

REPORT_METRICS = (
    "LEAD_TIME_FOR_CHANGES",
    "DEPLOYMENT_FREQUENCY",
    "CHANGE_FAILURE_RATE",
    "MEAN_TIME_TO_RESTORE",
    "OVERALL_DORA",
)

_RATE_UNITS = {
    Granularity.WEEKLY: "weekly",
    Granularity.MONTHLY: "monthly",
    Granularity.QUARTERLY: "monthly",  # the longest unit there is: a rate a month, over the days of the quarter
}


@dataclass(frozen=True, slots=True)
class TeamReportRequest:
    """One legacy report: `window` is `period`, or the part of it to export."""

    scope: Scope
    period: Period
    window: Window
    granularity: Granularity
    aggregation: Aggregation

    def __str__(self) -> str:
        return f"team report of {self.scope}, {self.window}"

    def body(self) -> dict[str, Any]:
        """The JSON body."""
        return {
            "dateStart": self.window.start.isoformat(),
            "dateEnd": self.window.end.isoformat(),
            "teamRefId": int(self.scope.name),
            "granularity": _RATE_UNITS[self.granularity],
            "includeRatings": True,
            "efficiency": {"metrics": list(REPORT_METRICS), "calculationType": self.aggregation.value.upper()},
        }
