"""Into DuckDB: first load, incremental load, every stream."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.meltano.warehouse import assert_true, keyed
from tests.sync.run import every_stream, team

if TYPE_CHECKING:
    from collections.abc import Callable

    from standin.server import Standin
    from tests.meltano.conftest import Meltano

LOAD = ("run", "tap-sei-efficiency", "target-duckdb")


@pytest.fixture(scope="module")
def read(meltano: Meltano) -> Callable[[str], list[dict[str, Any]]]:
    def rows(table: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(meltano.folder / "warehouse.duckdb"), read_only=True) as connection:
            found = connection.sql(f'SELECT * FROM sei."{table}"')  # noqa: S608 - a table of this test
            return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    return rows


@pytest.fixture(scope="module", autouse=True)
def loaded_twice(sei: Standin, meltano: Meltano, read: Callable[[str], list[dict[str, Any]]]) -> dict[str, Any]:
    """Load twice, the second time with one more metric; the first rows of each table, and the jobs of each load."""
    meltano(*LOAD, **every_stream(sei, "2026-08-01"))
    first = len(sei.jobs.all)
    rows = {stream: len(read(stream)) for stream in ("lttc", "summary", "team_reports", "custom_metrics", "teams")}
    meltano(*LOAD, **{**every_stream(sei, "2026-08-01"), "metrics": ["LTTC_Mean_Days", "DF_Deployment_Count"]})
    return {"rows": rows, "first": first, "second": len(sei.jobs.all) - first}


def test_every_table_is_true(sei: Standin, read: Callable[[str], list[dict[str, Any]]]) -> None:
    teams = [*sei.org.below(team(sei, "Engineering/Payments")), *sei.org.below(team(sei, "Operations"))]
    assert_true(read, sei, teams, date(2026, 8, 1), datetime.now(tz=UTC).date())


def test_second_load_keeps_the_rows_and_asks_only_for_the_look_back(
    loaded_twice: dict[str, Any], sei: Standin, read: Callable[[str], list[dict[str, Any]]]
) -> None:
    assert {stream: len(read(stream)) for stream in loaded_twice["rows"]} == loaded_twice["rows"]
    later = sei.jobs.all[loaded_twice["first"] :]
    assert {job.body["dateRange"]["start"] for job in later} == {look_back()}
    assert loaded_twice["first"] == loaded_twice["second"] == 2 * 2  # two scopes: groups, metrics


def look_back() -> str:
    """The first day of last month."""
    this_month = datetime.now(tz=UTC).date().replace(day=1)
    return date(this_month.year - (this_month.month == 1), (this_month.month - 2) % 12 + 1, 1).isoformat()


def test_the_ledger_accounts_for_every_row(read: Callable[[str], list[dict[str, Any]]]) -> None:
    ledger = read("exports")
    runs = {row["run_id"] for row in ledger}
    assert len(runs) == 2
    for stream in ("lttc", "cfr", "custom_metrics"):
        loaded = keyed(read(stream))
        by_export: dict[str, int] = {}
        for record in loaded.values():
            by_export[record["export_id"]] = by_export.get(record["export_id"], 0) + 1
        latest = {row["export_id"]: row["rows"] for row in ledger if row["stream"] == stream}
        assert all(count <= latest[export_id] for export_id, count in by_export.items())
        assert sum(by_export.values()) == len(loaded)


def test_every_team_of_both_trees_is_listed(sei: Standin, read: Callable[[str], list[dict[str, Any]]]) -> None:
    assert {(row["ref_id"], row["name"], row["path"]) for row in read("teams")} == {
        (t.ref_id, t.name, t.path) for t in sei.org.teams
    }


def test_legacy_reports_are_loaded(sei: Standin, read: Callable[[str], list[dict[str, Any]]]) -> None:
    table = keyed(read("team_reports"))
    assert {record["team"] for record in table.values()} == {
        t.name for t in sei.org.below(team(sei, "Engineering/Payments"))
    }
    assert any(record["lead_time_for_changes"] is not None for record in table.values())


def test_single_metrics_are_loaded(read: Callable[[str], list[dict[str, Any]]]) -> None:
    single, whole = keyed(read("custom_metrics")), keyed(read("lttc"))
    closed = {key for key, record in whole.items() if record["period_start"] < look_back()}
    assert closed
    assert {key: single[key]["lttc_mean_days"] for key in closed} == {key: whole[key]["lttc"] for key in closed}


def test_a_new_column_is_added_and_old_rows_keep_null(read: Callable[[str], list[dict[str, Any]]]) -> None:
    table = keyed(read("custom_metrics")).values()
    assert all(row["df_deployment_count"] is None for row in table if row["period_start"] < look_back())
    assert any(row["df_deployment_count"] is not None for row in table)


def test_meltano_keeps_the_state(meltano: Meltano) -> None:
    state = meltano.state()
    assert state["exports_in_flight"] == []
    newest = datetime.now(tz=UTC).date().replace(day=1).isoformat()
    assert {p["replication_key_value"] for p in state["bookmarks"]["lttc"]["partitions"]} == {newest}
