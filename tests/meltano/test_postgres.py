"""Into PostgreSQL, a real server that the test starts: upsert, types, a new column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.meltano.conftest import Meltano
from tests.meltano.warehouse import assert_true, keyed
from tests.postgres import empty_database, sqlalchemy_url
from tests.sync.run import team

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from standin.server import Standin

LOAD = ("run", "tap-sei-efficiency", "target-postgres")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL."""
    with empty_database() as address:
        yield address


@pytest.fixture(scope="module")
def meltano(sei: Standin, database: str, tmp_path_factory: pytest.TempPathFactory) -> Meltano:
    folder = tmp_path_factory.mktemp("meltano")
    (folder / "none.env").touch()
    return Meltano(folder, sei, {"TARGET_POSTGRES_SQLALCHEMY_URL": sqlalchemy_url(database)})


@pytest.fixture(scope="module")
def read(database: str) -> Callable[[str], list[dict[str, Any]]]:
    def rows(table: str) -> list[dict[str, Any]]:
        with psycopg.connect(database, row_factory=dict_row) as connection:
            return connection.execute(f'SELECT * FROM sei."{table}"').fetchall()  # noqa: S608 - a table of this test

    return rows


@pytest.fixture(scope="module", autouse=True)
def loaded_twice(sei: Standin, meltano: Meltano, read: Callable[[str], list[dict[str, Any]]]) -> int:
    """Load twice, the second time with one more metric; the number of rows of lead time after the first."""
    settings: dict[str, Any] = {"team_ids": [team(sei, "Engineering/Payments").team_id], "start_date": "2026-08-01"}
    meltano(*LOAD, **settings, metrics=["LTTC_Mean_Days"])
    rows = len(read("lttc"))
    meltano(*LOAD, **settings, metrics=["LTTC_Mean_Days", "DF_Deployment_Count"])
    return rows


def test_every_table_is_true(sei: Standin, read: Callable[[str], list[dict[str, Any]]]) -> None:
    teams = list(sei.org.below(team(sei, "Engineering/Payments")))
    assert_true(read, sei, teams, date(2026, 8, 1), datetime.now(tz=UTC).date())


def test_second_load_updates_rows_and_adds_none(loaded_twice: int, read: Callable[[str], list[dict[str, Any]]]) -> None:
    table = keyed(read("lttc"))
    assert len(table) == loaded_twice
    assert len({record["export_id"] for record in table.values()}) == 2


def test_columns_have_the_types_that_a_reader_expects(database: str) -> None:
    with psycopg.connect(database) as connection:
        found: dict[str, str] = dict(
            connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = 'sei' AND table_name = 'cfr'"
            ).fetchall()
        )
    assert (found["period_start"], found["period_end"]) == ("date", "date")
    assert found["exported_at"].startswith("timestamp")
    assert (found["total_success"], found["is_period_complete"]) == ("bigint", "boolean")
    assert found["cfr"] in {"double precision", "numeric"}
    assert found["additional_metrics"] == "jsonb"


def test_a_new_column_is_added_and_old_rows_keep_null(read: Callable[[str], list[dict[str, Any]]]) -> None:
    counts = [row["df_deployment_count"] for row in read("custom_metrics")]
    assert None in counts
    assert any(count is not None for count in counts)
