"""The legacy report: one row for a team and each team below it, over the whole range."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from standin.checks import REPORT_METRICS
from standin.downloads import send_report
from standin.messages import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standin.faults import Fault
    from standin.messages import Reply
    from standin.truth import Truth, Value

NO_DATA = "—"
_TITLES = {
    "LEAD_TIME_FOR_CHANGES": "Lead Time for Changes",
    "DEPLOYMENT_FREQUENCY": "Deployment Frequency",
    "CHANGE_FAILURE_RATE": "Change Failure Rate",
    "MEAN_TIME_TO_RESTORE": "Mean Time to Restore",
    "OVERALL_DORA": "Overall DORA",
}
_AGGREGATED = frozenset({"LEAD_TIME_FOR_CHANGES", "MEAN_TIME_TO_RESTORE"})


def report(body: Mapping[str, Any], truth: Truth, as_of: datetime, fault: Fault | None) -> Reply:
    """The CSV for a checked `body`; empty if no team has data (documented)."""
    team = truth.org.team_by_ref(body["teamRefId"])
    if team is None:
        raise RefusalError(404, f"No team with refId {body['teamRefId']}")
    first, last = date.fromisoformat(body["dateStart"]), date.fromisoformat(body["dateEnd"])
    aggregation = body["efficiency"].get("calculationType", "MEAN").lower()
    metrics = [metric for metric in REPORT_METRICS if metric in body["efficiency"]["metrics"]]
    has_ratings = body.get("includeRatings", False)
    unit = body.get("granularity", "weekly")
    found = (
        (below.name, truth.report(below, first, last, unit, aggregation, as_of)) for below in truth.org.below(team)
    )
    rows = [[name, *_cells(values, metrics, has_ratings=has_ratings)] for name, values in found if values]
    sink = io.StringIO()
    if rows:
        header = _header(metrics, aggregation, has_ratings=has_ratings)
        csv.writer(sink, lineterminator="\n").writerows([header, *rows])
    return send_report(sink.getvalue().encode(), f"team_{team.ref_id}_report", fault)


def _header(metrics: list[str], aggregation: str, *, has_ratings: bool) -> list[str]:
    names = ["Collection Name"]
    for metric in metrics:
        title = _TITLES[metric]
        names.append(f"{title} ({aggregation})" if metric in _AGGREGATED else title)
        if has_ratings:
            names.append(f"{title} Rating")
    return names


def _cells(values: Mapping[str, Value], metrics: list[str], *, has_ratings: bool) -> list[str]:
    cells = []
    for metric in metrics:
        cells.append(_cell(values[metric]))
        if has_ratings:
            cells.append(_cell(values[f"{metric}_RATING"]))
    return cells


def _cell(value: Value) -> str:
    return NO_DATA if value is None else str(value)
