"""The CSV of an export job: the teams of its scope, the columns of its groups or those asked for by name."""

from __future__ import annotations

import csv
import io
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any

from standin.csvfile import Dialect, Field, period_keys, render, sprint_keys
from standin.metrics import AGGREGATIONS, DF_NAMES, Column, groups_at
from standin.sprints import MODES, period_rows, sprint_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from standin.faults import Fault
    from standin.jobs import Job
    from standin.org import Org, Team
    from standin.sprints import SprintRow
    from standin.truth import Row, Truth


def teams_in_scope(scope: Mapping[str, str], org: Org) -> tuple[Team, ...]:
    """A team and every team below it, or every team of an org tree; none if the scope names nothing."""
    if "teamId" in scope:
        team = org.team(scope["teamId"])
        return org.below(team) if team else ()
    tree = next((tree for tree in org.trees if tree.name == scope["orgTreeName"]), None)
    return org.teams_of(tree) if tree else ()


def columns_of(groups: list[str], level: str = "") -> list[Column]:
    """The columns of `groups`, in their order; `level` is the metric level of a sprint export."""
    return list(chain.from_iterable(groups_at(level)[name] for name in dict.fromkeys(map(_known_name, groups))))


def _known_name(group: str) -> str:
    return DF_NAMES[0] if group in DF_NAMES else group


def field_named(name: str, groups: list[str], aggregation: str, level: str = "") -> Field | None:
    """The column of `groups` that an entry of `metrics` such as LTTC_Mean_Days asks for."""
    for column in columns_of(groups, level):
        for other in (aggregation, *(MODES if level else AGGREGATIONS)):
            if name in {column.header("suffixed", other), column.header("bare", other)}:
                return Field(name, column, other)
    return None


def export_file(job: Job, truth: Truth, dialect: Dialect, faults: Sequence[Fault], pick: str = "touch") -> str:
    """The CSV of a finished job, its figures as of its creation; `pick` says which sprints a range of days has."""
    body = job.body
    by_name = {fault.name: fault for fault in faults}
    missing, many = by_name.get("missing_group_columns"), by_name.get("many_rows")
    fields = _fields(body, dialect, missing.text("group") if missing else "")
    keys = sprint_keys(dialect) if body["options"].get("metricLevel") == "sprint" else period_keys(dialect)
    if "no_rows" in by_name:
        return render([], fields, dialect, keys)
    text = render(_rows(job, truth, fields, pick), fields, dialect, keys)
    if unreadable := by_name.get("unreadable_cell"):
        text = _with_text(text, unreadable.text("metric"))
    return _repeated(text, int(many.number("rows"))) if many else text


def _fields(body: Mapping[str, Any], dialect: Dialect, missing: str) -> list[Field]:
    groups, options = body["metricGroups"], body["options"]
    level = options.get("metricLevel", "")
    aggregation = options.get("computationMode") or options.get("aggregation", AGGREGATIONS[0])
    if len(groups) > 1:
        groups = [group for group in groups if _known_name(group) != _known_name(missing)]
    if body.get("metrics"):
        named = (field_named(name, groups, aggregation, level) for name in body["metrics"])
        return [field for field in named if field]
    columns = columns_of(groups, level)
    return [Field(column.header(dialect.headers, aggregation), column, aggregation) for column in columns]


def _rows(job: Job, truth: Truth, fields: list[Field], pick: str) -> Iterator[tuple[Row | SprintRow[Any], ...]]:
    body = job.body
    first, last = (date.fromisoformat(body["dateRange"][end]) for end in ("start", "end"))
    teams = teams_in_scope(body["scope"], truth.org)
    granularity, level = body["options"]["granularity"], body["options"].get("metricLevel")

    def rows(aggregation: str) -> Iterator[Row | SprintRow[Any]]:
        if level == "sprint":
            return sprint_rows(truth, teams, first, last, aggregation, job.created, pick)
        if level == "team":
            return period_rows(truth, teams, first, last, granularity, aggregation, job.created)
        return truth.rows(teams, first, last, granularity, aggregation, job.created)

    by_aggregation = {aggregation: list(rows(aggregation)) for aggregation in {field.aggregation for field in fields}}
    return zip(*(by_aggregation[field.aggregation] for field in fields), strict=True)


def _with_text(text: str, metric: str) -> str:
    """The file with a word in the last row's column of `metric`, if it has that column."""
    rows = list(csv.reader(io.StringIO(text)))
    written = io.StringIO()
    for position, name in enumerate(rows[0]):
        if name.startswith(metric):
            rows[-1][position] = "unreadable"
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _repeated(text: str, rows: int) -> str:
    """The rows of `text` again and again, `rows` in all; each repeat gets team names of its own."""
    header, *lines = text.splitlines(keepends=True)
    made = []
    for number in range(rows if lines else 0):
        repeat, which = divmod(number, len(lines))
        label, rest = lines[which].split(",", 1)
        made.append(f'{label},"{repeat} {rest[1:]}' if rest.startswith('"') else f"{label},{repeat} {rest}")
    return header + "".join(made)
