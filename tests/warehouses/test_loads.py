"""The same two loads into each warehouse: true tables, types, restated rows, nulls, a new column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.meltano.warehouse import assert_true, keyed
from tests.warehouses.conftest import FIRST_DAY, METRICS, ROOTS, TIMES, WITHDRAWN

if TYPE_CHECKING:
    from tests.warehouses.conftest import History

TYPES = {
    "snowflake": {"date": "DATE", "instant": "TIMESTAMP_NTZ", "count": "NUMBER", "figure": "FLOAT", "truth": "BOOLEAN"}
    | {"object": "VARIANT"},
    "bigquery": {"date": "DATE", "instant": "TIMESTAMP", "count": "INTEGER", "figure": "FLOAT", "truth": "BOOLEAN"}
    | {"object": "JSON"},
}


def row(load: dict[str, Any], stream: str, **values: Any) -> dict[str, Any]:
    """The only row of a table with `values`."""
    (found,) = (row for row in keyed(load[stream]["rows"]).values() if values.items() <= row.items())
    return found


@pytest.mark.parametrize("number", [0, 1])
def test_every_table_is_true_after_each_load(history: History, number: int) -> None:
    tables = history.loads[number]

    def read(stream: str) -> list[dict[str, Any]]:
        return list(tables[stream]["rows"])

    assert_true(read, history.sei, history.teams(), FIRST_DAY, TIMES[number].date())


def test_a_week_later_restated_rows_are_replaced(history: History) -> None:
    first, second = (keyed(load["lttc"]["rows"]) for load in history.loads)
    assert first.keys() == second.keys()
    restated = [key for key, each in first.items() if each["lttc"] != second[key]["lttc"]]
    assert {first[key]["period_start"] for key in restated} == {"2026-02-01", "2026-03-01"}
    assert all(first[key]["export_id"] != second[key]["export_id"] for key in restated)


def test_a_null_replaces_a_value_and_a_value_a_null(history: History) -> None:
    name, start = WITHDRAWN
    rows = [row(load, "cfr", team=name, period_start=start.isoformat()) for load in history.loads]
    assert [each["cfr"] is None for each in rows] == [False, True]
    payouts = [row(load, "lttc", team="Payouts", period_start="2026-03-01") for load in history.loads]
    assert [each["planning"] is None for each in payouts] == [True, False]


def test_a_new_column_is_added_and_old_rows_keep_null(history: History) -> None:
    first, second = (load["custom_metrics"] for load in history.loads)
    assert "df_deployment_count" not in first["columns"]
    by_start = {(each["period_start"], each["df_deployment_count"] is None) for each in second["rows"]}
    assert by_start >= {("2025-12-01", True), ("2026-02-01", False)}


def test_columns_have_the_types_that_a_reader_expects(history: History, kind: str) -> None:
    types = TYPES[kind]
    cfr, teams = (history.loads[1][stream]["columns"] for stream in ("cfr", "teams"))
    assert {cfr["period_start"], cfr["period_end"]} == {types["date"]}
    assert cfr["exported_at"] == types["instant"]
    assert (cfr["total_success"], cfr["cfr"]) == (types["count"], types["figure"])
    assert cfr["is_period_complete"] == types["truth"]
    assert cfr["additional_metrics"] == teams["details"] == types["object"]


def test_the_ledger_grows_and_accounts_for_every_row(history: History) -> None:
    first, second = (load["exports"]["rows"] for load in history.loads)
    assert {each["status"] for each in second} == {"completed"}
    assert [len({each["run_id"] for each in ledger}) for ledger in (first, second)] == [1, 2]
    for stream in ("lttc", "rating", "custom_metrics"):
        emitted = sum(each["rows"] for each in first if each["stream"] == stream)
        assert emitted == len(history.loads[0][stream]["rows"])


def test_single_metrics_and_legacy_reports_are_loaded(history: History) -> None:
    single, whole = (keyed(history.loads[1][stream]["rows"]) for stream in ("custom_metrics", "lttc"))
    assert {key: each["lttc_mean_days"] for key, each in single.items()} == {
        key: each["lttc"] for key, each in whole.items()
    }
    reports = keyed(history.loads[1]["team_reports"]["rows"])
    assert {each["team"] for each in reports.values()} == {
        t.name for t in history.sei.org.below(history.sei.org.team_at(ROOTS[0]))
    }
    assert any(each["lead_time_for_changes"] is not None for each in reports.values())


def test_every_team_is_listed_once(history: History) -> None:
    listed = [(each["ref_id"], each["path"]) for each in history.loads[1]["teams"]["rows"]]
    assert sorted(listed) == sorted((t.ref_id, t.path) for t in history.sei.org.teams)


@pytest.mark.parametrize("kind", ["bigquery"], indirect=True, scope="module")
def test_the_loader_fails_for_a_column_that_was_not_added_before(history: History) -> None:
    """If this fails, the loader can add columns: remove the advice from docs/warehouses.md."""
    assert "mttr_mean_days" in history.load(TIMES[1], METRICS, status=1)
