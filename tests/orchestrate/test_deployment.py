"""Four shards at once load the same rows as a single run, even if two of them fail at first; and a backfill."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from standin.metrics import GROUPS
from standin.server import API_KEY
from tests.meltano.warehouse import keyed
from tests.orchestrate.morning import KILLED, REFUSED, SHARDS, STOPPED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.orchestrate.morning import Morning


def figures(rows: Iterable[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by their key, without the columns of their export and load."""
    of_the_load = {"export_id", "exported_at"}
    return {
        key: {name: value for name, value in row.items() if name not in of_the_load and not name.startswith("_sdc_")}
        for key, row in keyed(rows).items()
    }


@pytest.mark.parametrize("stream", GROUPS)
def test_shards_load_the_same_rows_as_a_single_run(morning: Morning, stream: str) -> None:
    single = figures(morning.rows(f"single.{stream}"))
    assert single
    assert figures(morning.rows(f"sei.{stream}")) == single


def test_teams_are_loaded(morning: Morning) -> None:
    leaves = {row["team_id"] for row in morning.rows("sei.teams") if row["is_leaf"]}
    assert leaves == {team for teams in morning.shards.values() for team in teams}


def test_four_shards_ran_at_once(morning: Morning) -> None:
    assert len(morning.shards) == SHARDS == len(morning.runs)
    assert {run["status"] for run in morning.runs.values()} == {"SUCCESS"}
    jobs = [[job.created for job in morning.jobs(shard)] for shard in morning.shards]
    assert max(map(min, jobs)) < min(map(max, jobs)), "the last shard started before the first one ended"


def test_the_shards_together_stayed_within_the_budget_of_the_key(morning: Morning) -> None:
    times = sorted(seen.at for seen in morning.sei.requests)
    windows = [sum(start <= at < start + timedelta(minutes=1) for at in times) for start in times]
    assert max(windows) <= 400
    assert all('"TAP_SEI_EFFICIENCY_REQUESTS_PER_MINUTE": "95"' in run["log"] for run in morning.runs.values())


def test_only_failed_shards_were_retried(morning: Morning) -> None:
    assert {shard for shard, run in morning.runs.items() if run["retries"]} == {REFUSED, KILLED}
    assert "ended with status -9" in morning.runs[KILLED]["log"]


def test_a_retry_continues_from_the_state_of_its_shard(morning: Morning) -> None:
    assert morning.runs[REFUSED]["log"].count("No state was found") == 1, "at the first attempt"
    assert max(job.body["dateRange"]["start"] for job in morning.jobs(REFUSED)) > morning.first_day.isoformat()


def test_a_stopped_run_is_not_retried_and_leaves_no_process(morning: Morning) -> None:
    assert (morning.stopped["partition"], morning.stopped["status"]) == (STOPPED, "CANCELED")
    assert morning.stopped["retries"] == 0
    assert morning.deployment.processes() == []


def test_no_file_contains_the_key(morning: Morning) -> None:
    files = [path for path in morning.deployment.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {"daemon.log", "meltano.db", "dagster.yaml"} <= {path.name for path in files}
    assert [path for path in files if API_KEY.encode() in path.read_bytes()] == []


def test_a_backfill_fills_a_year_of_a_shard_and_leaves_the_daily_state_alone(morning: Morning) -> None:
    before = morning.deployment.state("shard-00")
    year = morning.first_day.year - 1
    asked = ("asset", "materialize", "--select", "efficiency_backfill", "--partition", f"shard-00|{year}")
    morning.deployment.dagster(*asked, ORCHESTRATE_CONCURRENT_EXPORTS="40")
    assert morning.deployment.state("shard-00") == before
    filled = [row for row in morning.rows("sei.work_items") if row["period_start"].year == year]
    assert {row["period_start"] for row in filled} == {date(year, month, 1) for month in range(1, 13)}
    assert morning.deployment.state(f"backfill-{year}-shard-00") != before
