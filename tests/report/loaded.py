"""Warehouses that dbt built from the stand-in's truth: `python -m tests.report.loaded FOLDER TEAMS WEEKS` makes one."""

# ruff: noqa: S608 - the SQL contains only constants of the tests

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from standin.org import Org
from standin.sprints import MODES, period_rows
from standin.truth import Truth
from tests.transform.databases import on_duckdb
from tests.transform.story import SPRINT_TABLES, TABLES, create

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from standin.org import Team
    from standin.sprints import SprintRow
    from standin.truth import Row
    from tests.transform.databases import Database

FIRST, SECOND = datetime(2026, 11, 5, 5, tzinfo=UTC), datetime(2026, 11, 16, 5, tzinfo=UTC)
SLOW = "Engineering/Mobile/iOS"
PATHS = (
    "Engineering",
    "Engineering/Platform",
    "Engineering/Platform/Identity",
    "Engineering/Platform/Developer Experience",  # never deploys
    "Engineering/Mobile",
    SLOW,
    "Engineering/Mobile/Android",
)
# Its root is not loaded, so it has two roots.
OTHER_PATHS = ("Operations/Platform", "Operations/Platform/Networks", "Operations/Support Tools")
_STREAMS = {
    "lttc": ("planning", "coding", "review", "build", "deploy", "lttc"),
    "deployment_frequency": ("deployment_frequency",),
    "cfr": ("total_success", "total_failures", "cfr"),
    "mttr": ("mttr",),
    "work_items": ("total_work_items", "pr_associations", "percentage_pr_associated"),
    "rating": ("overall_rating",),
}
_MOST_ROWS = 2000
_MODELS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


class Load(NamedTuple):
    """The requests to the stand-in, and their time."""

    teams: Sequence[Team]
    first: date
    at: datetime
    granularity: str = "MONTHLY"
    aggregation: str = "mean"
    project: str = "dora"

    @property
    def export_id(self) -> str:
        """One request for each load and series."""
        return f"e{self.at:%d}-{self.project}-{self.granularity}-{self.aggregation}"


def rows(load: Load, org: Org) -> Iterator[dict[str, Any]]:
    """The rows of one load, each with the columns of all streams."""
    truth = Truth(org).rows(load.teams, load.first, load.at.date(), load.granularity, load.aggregation, load.at)
    for row in truth:
        yield _shared(load, row) | {"aggregation": load.aggregation} | {n.lower(): v for n, v in row.values.items()}


def _shared(load: Load, row: Row | SprintRow[Any]) -> dict[str, Any]:
    return {
        "org_identifier": "acme",
        "project_identifier": load.project,
        "team_path": row.team.path,
        "team": row.team.name,
        "team_hierarchy": row.team.path,
        "granularity": load.granularity,
        "period_start": row.period.start,
        "period_end": row.period.end,
        "period_label": row.period.label,
        "is_period_complete": row.period.end < load.at.date(),
        "scope": "org_tree:1",
        "export_id": load.export_id,
        "exported_at": load.at,
    }


def bring(database: Database, load: Load, org: Org) -> None:
    """Replace the existing rows by those of a load."""
    found = list(rows(load, org))
    for stream, columns in _STREAMS.items():
        names = [name for name in TABLES["lttc"] if name not in _STREAMS["lttc"]] + list(columns)
        of = f"granularity = '{load.granularity}' AND aggregation = '{load.aggregation}'"
        database.change(
            f"DELETE FROM sei.{stream} WHERE period_start >= '{load.first}' AND {of} "
            f"AND project_identifier = '{load.project}'"
        )
        for start in range(0, len(found), _MOST_ROWS):
            values = ", ".join(_tuple(row[name] for name in names) for row in found[start : start + _MOST_ROWS])
            database.change(f"INSERT INTO sei.{stream} ({', '.join(names)}) VALUES {values}")


def bring_sprints(database: Database, load: Load, org: Org) -> None:
    """Write the sprint metrics of a load in both computation modes."""
    for table, columns in SPRINT_TABLES.items():
        if table == "sprints":
            continue
        described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        database.change(f"CREATE TABLE sei.{table} ({described})")
        metrics = [name for name in columns if name not in TABLES["rating"] and name != "computation_mode"]
        found = [
            {**row, "computation_mode": mode, **{name: values[name.upper()] for name in metrics}}
            for mode in MODES
            for row, values in _sprint_rows(load, org, mode)
        ]
        values = ", ".join(_tuple(row[name] for name in columns) for row in found)
        database.change(f"INSERT INTO sei.{table} ({', '.join(columns)}) VALUES {values}")


def _sprint_rows(load: Load, org: Org, mode: str) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    truth, last = Truth(org), load.at.date()
    for row in period_rows(truth, load.teams, load.first, last, load.granularity, mode, load.at):
        yield _shared(load, row), row.values


def ledger(database: Database, load: Load, status: str = "completed", streams: Iterable[str] = _STREAMS) -> None:
    """Write the ledger rows of a load."""
    for sequence, stream in enumerate(streams):
        of = (
            f"project_identifier = '{load.project}' AND granularity = '{load.granularity}' "
            f"AND aggregation = '{load.aggregation}' AND period_start >= '{load.first}'"
        )
        count = f"(SELECT count(*) AS rows FROM sei.{stream} WHERE {of})"
        emitted = database.read(count)[0]["rows"] if status == "completed" else None
        row = {
            "run_id": f"r{load.at:%d}{status}",
            "sequence": sequence,
            "run_started_at": load.at,
            "org_identifier": "acme",
            "project_identifier": load.project,
            "stream": stream,
            "scope": "org_tree:1",
            "window_start": load.first,
            "window_end": load.at.date(),
            "granularity": load.granularity,
            "aggregation": load.aggregation,
            "export_id": load.export_id,
            "created_at": load.at,
            "rows": emitted,
            "teams": len(load.teams),
            "status": status,
        }
        database.change(f"INSERT INTO sei.exports ({', '.join(row)}) VALUES {_tuple(row.values())}")


def make(database: Database) -> None:
    """Two projects, three series, two loads: restated, late, lost and missing figures, moved teams and targets."""
    org = Org()
    teams = [org.team_at(path) for path in PATHS]
    others = [org.team_at(path) for path in OTHER_PATHS]
    first = date(2024, 11, 1)
    database.change(*_tables())
    months = Load(teams, first, FIRST)
    for load in (
        months,
        Load(teams, first, FIRST, aggregation="p90"),
        Load(teams, first, FIRST, granularity="QUARTERLY"),
        Load(others, date(2025, 9, 1), FIRST, project="apps"),
    ):
        bring(database, load, org)
    database.dbt("build", "--select", "+dora_closed_figures", "resource_type:seed", *_MODELS)
    newest = Load(teams, date(2026, 10, 1), SECOND)
    bring(database, newest, org)
    ledger(database, months)
    ledger(database, newest)
    ledger(database, Load(teams, date(2026, 11, 1), SECOND + timedelta(hours=1)), "failed", ["mttr"])
    bring_sprints(database, Load(teams, first, SECOND), org)
    failed = Load(teams, date(2026, 9, 1), SECOND + timedelta(hours=2), aggregation="TICKETS")
    ledger(database, failed, "failed", ["sprint_analysis"])
    of_slow = f"team_path = '{SLOW}' AND aggregation = 'mean' AND granularity = 'MONTHLY'"
    database.change(
        f"UPDATE sei.lttc SET lttc = lttc + 9, review = review + 9 WHERE {of_slow} AND period_start = '2026-10-01'",
        f"UPDATE sei.cfr SET cfr = cfr + 0.04 WHERE {of_slow} AND period_start = '2026-03-01'",
        f"DELETE FROM sei.mttr WHERE {of_slow} AND period_start = '2025-12-01'",
        f"DELETE FROM sei.sprint_analysis WHERE team_path = '{SLOW}' AND period_start = '2025-12-01'",
        f"UPDATE sei.sprint_work SET sprint_commit = 4 WHERE team_path = '{SLOW}' AND period_start = '2026-09-01'",
        "INSERT INTO dora.targets (path, metric, target) VALUES (NULL, 'change_failure_rate_percent', 2)",
    )
    database.dbt("build", *_MODELS, "--exclude-resource-type", "seed")


def make_large(database: Database, teams: int, weeks: int) -> None:
    """One load with a number of teams and weeks."""
    org = Org(at_least=teams)
    database.change(*_tables())
    load = Load(org.teams[:teams], SECOND.date() - timedelta(weeks=weeks - 1), SECOND, "WEEKLY")
    bring(database, load, org)
    ledger(database, load)
    database.dbt("build", *_MODELS, "--vars", "{current_granularity: WEEKLY}")


def _tables() -> Iterator[str]:
    yield from create()
    names = {name: kind for name, kind in TABLES["lttc"].items() if name not in _STREAMS["lttc"]}
    columns = names | dict.fromkeys(_STREAMS["work_items"], "double precision")
    yield f"CREATE TABLE sei.work_items ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"


def _tuple(values: Iterable[object]) -> str:
    return f"({', '.join(map(_literal, values))})"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, bool | int | float) else "'{}'".format(str(value).replace("'", "''"))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    make_large(on_duckdb(folder), int(sys.argv[2]), int(sys.argv[3]))
