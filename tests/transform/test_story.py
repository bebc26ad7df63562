"""Corrections, moves, gaps and small numbers, planted on both databases."""

# ruff: noqa: S608 - the SQL contains only constants of the tests

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.transform.databases import on_duckdb, on_postgres
from tests.transform.story import (
    DEC,
    FEB,
    FIRST,
    JAN,
    MONTHS,
    STREAMS,
    Month,
    create,
    first_load,
    insert,
    rows,
    second_load,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.transform.databases import Database, Row
    from tests.transform.dbt import Outcome

MARTS = (
    "dora_current",
    "dora_band_counts",
    "fct_dora",
    "fct_dora_benchmark",
    "fct_dora_change",
    "fct_dora_rank",
    "dim_period",
    "dim_team",
    "dim_team_history",
    "missing_figures",
    "regressions",
    "restatements",
    "target_results",
)
TILL = "Eng/Pay/Till"
CORRECTIONS = (
    # A replay after a correction, and one row that SEI rounded: neither changes the export's date.
    f"UPDATE sei.lttc SET lttc = 4, planning = 2 WHERE team_path = '{TILL}' AND period_start = '{JAN}'",
    f"UPDATE sei.cfr SET cfr = cfr - 0.3 WHERE team_path = '{TILL}' AND period_start = '{JAN}'",
    # One row is from an export before the end of the month.
    f"UPDATE sei.rating SET is_period_complete = false WHERE team_path = 'Eng' AND period_start = '{DEC}'",
)
LOSSES = (
    f"DELETE FROM sei.mttr WHERE team_path = '{TILL}' AND period_start = '{DEC}'",
    *(
        f"DELETE FROM sei.{stream} WHERE team_path = 'Eng/Pay/Gone' AND period_start < '{MONTHS[2]}'"
        for stream in STREAMS
    ),
)
MOVE = (
    "UPDATE sei.teams SET name = 'Basket', path = 'Eng/Ops/Basket', parent_ref_id = 5 WHERE ref_id = 3",
    "UPDATE sei.teams SET is_leaf = false WHERE ref_id = 5",
)
WEEKS = tuple(
    # A week that starts on a Monday, and one that starts on that week's Sunday.
    f"UPDATE sei.{stream} SET granularity = 'WEEKLY', period_start = '{start}', period_end = '{end}' "
    f"WHERE team_path = 'Eng/Pay/Gone' AND period_start = '{month}'"
    for stream in STREAMS
    for month, start, end in (
        ("2025-10-01", "2025-10-06", "2025-10-12"),
        ("2025-11-01", "2025-10-12", "2025-10-18"),
    )
)


@dataclass
class Story:
    """The results of each step; the newest marts are `marts[-1]`."""

    database: Database
    outcomes: list[dict[str, Outcome]] = field(default_factory=list)
    marts: list[dict[str, list[Row]]] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    def build(self, *arguments: str, status: int = 0) -> None:
        """Build as a nightly run does, and keep the results."""
        outcomes = self.database.dbt("build", "--selector", "nightly", *arguments, status=status)
        self.outcomes.append({name.partition(".")[0]: outcome for name, outcome in outcomes.items()})
        self.marts.append({mart: self.database.read(f"dora.{mart}") for mart in MARTS})


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Story]]]:
    """The running stories of both databases."""
    folders = {kind: tmp_path_factory.mktemp(f"story-{kind}") for kind in ("duckdb", "postgres")}
    with on_postgres(folders["postgres"]) as postgres, ThreadPoolExecutor() as pool:
        databases = {"duckdb": on_duckdb(folders["duckdb"]), "postgres": postgres}
        yield {kind: pool.submit(_tell, Story(database)) for kind, database in databases.items()}


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def story(request: pytest.FixtureRequest, stories: dict[str, Future[Story]]) -> Story:
    """The story of each database."""
    return stories[request.param].result()


def _tell(story: Story) -> Story:
    database = story.database
    database.change(*create(), *insert(first_load()))
    story.found["no tables"] = database.dbt.message("build", "--vars", '{"sei_schema": "sie"}')
    story.build()
    database.change(*insert(second_load()), *CORRECTIONS, *LOSSES, *MOVE)
    # The loader lost rows: its test fails at the end and stops no mart.
    story.build(status=1)
    # An older export is loaded after a newer one.
    older = rows(TILL, FEB, Month(28, 2, 19.0), FIRST.replace(day=4), "e0")
    database.change(*insert(older.items()))
    story.build(status=1)
    if database.dbt.kind == "duckdb":  # no database is asked
        year = ("--vars", json.dumps({"benchmark_year": 2025}))
        story.found["2025"] = database.dbt.message("compile", "--select", "fct_dora_benchmark", *year)
    _repair(story)
    database.change(*WEEKS, "UPDATE sei.cfr SET cfr = cfr + 1 WHERE cfr IS NOT NULL")
    database.dbt("run")
    story.found["late"] = database.dbt("test", "--selector", "nightly", status=1)
    return story


def _repair(story: Story) -> None:
    """The data of earlier versions: identities and times that repeat."""
    database = story.database
    figures = "(SELECT dora_key, lead_time_days FROM dora.dora_closed_figures ORDER BY 1, 2)"
    database.change(
        "UPDATE dora.dora_closed_figures SET dbt_scd_id = dora_key, dbt_valid_from = last_exported_at, "
        "dbt_updated_at = last_exported_at, dbt_valid_to = CASE WHEN dbt_valid_to IS NOT NULL THEN last_exported_at END"
    )
    story.found["broken"] = database.dbt("test", "--select", "dora_closed_figures", status=1)
    before = database.read(figures)
    database.dbt("run-operation", "repair_closed_figures")
    assert database.read(figures) == before
    story.found["repaired"] = database.dbt("test", "--select", "dora_closed_figures")
    versions = "(SELECT * FROM dora.dora_closed_figures ORDER BY dora_key, dbt_valid_from)"
    story.found["versions"] = database.read(versions)


def _one(rows: list[Row], **wanted: object) -> Row:
    (row,) = (row for row in rows if wanted.items() <= row.items())
    return row


def _row(story: Story, path: str, start: object, step: int = -1) -> Row:
    return _one(story.marts[step]["fct_dora"], path=path, period_start=start)


def _key(story: Story, path: str) -> object:
    return _one(story.marts[-1]["dim_team_history"], path=path)["team_key"]


def test_a_schema_without_tables_fails_and_is_named(story: Story) -> None:
    message = story.found["no tables"]
    assert "No table of the tap is in schema sie" in message
    assert "variable sei_schema" in message


def test_a_correction_without_a_new_export_is_a_restatement(story: Story) -> None:
    key = _row(story, TILL, JAN)["dora_key"]
    found = _one(story.marts[1]["restatements"], dora_key=key, metric="lead_time_days")
    assert (found["from_value"], found["to_value"]) == (3.1, 4)
    assert found["stated_at"] == found["restated_at"]
    assert story.outcomes[1]["unique_dora_closed_figures_dbt_scd_id"].status == "pass"


def test_an_older_export_makes_a_version_that_ends_after_it_began(story: Story) -> None:
    key = _row(story, TILL, FEB)["dora_key"]
    found = _one(story.marts[2]["restatements"], dora_key=key, metric="lead_time_days", from_value=20)
    assert found["to_value"] == 19
    assert found["restated_at"] < found["stated_at"] < found["recorded_at"]
    assert story.outcomes[2]["newer_exports_are_loaded_last"].status == "warn"


def test_a_broken_snapshot_is_repaired_and_keeps_its_versions(story: Story) -> None:
    plain = {name.partition(".")[0]: outcome.status for name, outcome in story.found["broken"].items()}
    assert plain["unique_dora_closed_figures_dbt_scd_id"] == "fail"
    versions: dict[str, list[Row]] = {}
    for version in story.found["versions"]:
        versions.setdefault(version["dora_key"], []).append(version)
    assert max(map(len, versions.values())) > 1
    for chain in versions.values():
        assert [row["dbt_valid_to"] for row in chain] == [*(row["dbt_valid_from"] for row in chain[1:]), None]


def test_one_rounded_rate_warns_and_many_wrong_ones_fail(story: Story) -> None:
    name = "change_failure_rate_matches_its_counts"
    assert story.outcomes[1][name] == ("warn", 1)
    assert {outcome.status for outcome in story.outcomes[1].values()} == {
        "success",
        "pass",
        "warn",
        "fail",
        "no-op",
    }
    assert story.found["late"][name].status == "fail"


def test_rows_that_the_source_lost_leave_the_facts(story: Story) -> None:
    for mart in ("fct_dora", "dora_current"):
        gone = [row["period_start"] for row in story.marts[1][mart] if row["path"] == "Eng/Pay/Gone"]
        assert sorted(gone) == [start for start in MONTHS if MONTHS[2] <= start <= DEC]
    assert story.outcomes[1]["exports_are_loaded_whole"].status == "fail"


def test_a_row_of_an_open_period_leaves_the_period_closed(story: Story) -> None:
    assert _one(story.marts[1]["dim_period"], period_start=DEC)["is_complete"]
    assert not _row(story, "Eng", DEC, 1)["is_period_complete"]
    assert _row(story, TILL, DEC, 1)["is_period_complete"]


def test_missing_figures_have_their_reason(story: Story) -> None:
    def kind(path: str, start: object, metric: str) -> object:
        found = story.marts[1]["missing_figures"]
        return _one(found, team_key=_key(story, path), period_start=start, metric=metric)["kind"]

    assert kind(TILL, JAN, "work_items") == "not selected"
    assert kind(TILL, DEC, "time_to_restore_days") == "lost"
    assert kind("Eng/Ops", JAN, "time_to_restore_days") == "no data"
    assert kind("Eng/Pay/Gone", FEB, "deployments") in {"ended", "lost"}


def test_a_moved_team_is_one_team_with_a_history(story: Story) -> None:
    key = _key(story, "Eng/Ops/Basket")
    team = _one(story.marts[1]["dim_team"], team_key=key)
    assert (team["team"], team["path"], team["team_ref_id"]) == ("Basket", "Eng/Ops/Basket", 3)
    assert team["parent_team_key"] == _key(story, "Eng/Ops")
    names = [row for row in story.marts[1]["dim_team_history"] if row["team_key"] == key]
    assert {(row["path"], row["first_period_start"]) for row in names} == {
        ("Eng/Pay/Cart", MONTHS[0]),
        ("Eng/Ops/Basket", FEB),
    }
    before = _one(story.marts[0]["fct_dora"], path="Eng/Pay/Cart", period_start=JAN)
    assert _one(story.marts[1]["fct_dora"], team_key=key, period_start=JAN)["dora_key"] == before["dora_key"]


def test_old_rows_of_a_moved_team_count_in_no_total(story: Story) -> None:
    february = [row for row in story.marts[1]["fct_dora"] if row["period_start"] == FEB and row["is_leaf"]]
    assert {row["path"]: row["deployments"] for row in february} == {TILL: 28, "Eng/Ops/Basket": 30}


def test_a_leaf_that_gets_children_keeps_its_past(story: Story) -> None:
    assert _row(story, "Eng/Ops", JAN)["is_leaf"]
    assert not _row(story, "Eng/Ops", FEB)["is_leaf"]
    january = [row for row in story.marts[1]["dora_current"] if row["period_start"] == JAN]
    assert sum(row["deployments"] for row in january) == 31 + 20 + 3 == _row(story, "Eng", JAN)["deployments"]


def test_a_team_that_ended_names_its_last_period(story: Story) -> None:
    gone = _one(story.marts[1]["dim_team"], path="Eng/Pay/Gone")
    assert (gone["has_ended"], gone["last_period_label"]) == (True, "Dec 2025")
    assert not _one(story.marts[1]["dim_team"], path=TILL)["has_ended"]


def test_parents_and_small_numbers_have_no_band(story: Story) -> None:
    placed = story.marts[1]["fct_dora_benchmark"]
    assert not {"Eng", "Eng/Pay"} & {row["path"] for row in placed}
    few = _one(placed, path="Eng/Ops", period_start=JAN, metric="lead_time_days")
    assert (few["placement"], few["best_band"]) == ("too few deployments", None)
    counts = [
        row
        for row in story.marts[1]["dora_band_counts"]
        if row["team_key"] == _key(story, "Eng") and row["period_start"] == JAN and row["metric"] == "lead_time_days"
    ]
    assert {row["place"]: row["leaf_teams"] for row in counts} == {"High": 2, "too few deployments": 1}


def test_bands_carry_year_source_and_words(story: Story) -> None:
    lead = _one(story.marts[1]["fct_dora_benchmark"], path=TILL, period_start=JAN, metric="lead_time_days")
    # Coding, review, build and deploy take half a day each; DORA's lead time does not include planning.
    assert (lead["value"], lead["measure"], lead["best_band"]) == (4, 2, "High")
    assert (lead["benchmark_year"], lead["benchmark_source"]) == (2024, "Accelerate State of DevOps Report 2024")
    rate = _one(story.marts[1]["fct_dora_benchmark"], path=TILL, period_start=JAN, metric="change_failure_rate_percent")
    assert (rate["placement"], rate["best_band"]) == ("published as single values", None)
    assert rate["published"] == "Elite: 5 %; High: 20 %; Medium: 10 %; Low: 40 %"


def test_2025_has_no_bands(stories: dict[str, Future[Story]]) -> None:
    assert "none since 2025" in stories["duckdb"].result().found["2025"]


def test_a_short_month_is_not_worse_and_small_numbers_have_no_direction(story: Story) -> None:
    changes = [row for row in story.marts[1]["fct_dora_change"] if row["period_start"] == FEB]

    def change(path: str, metric: str, comparison: str) -> Row:
        return _one(changes, team_key=_key(story, path), metric=metric, comparison=comparison)

    daily = change(TILL, "deployments", "previous period")
    assert (daily["value"], daily["compared_value"], daily["direction"]) == (28, 31, "same")
    slower = change(TILL, "lead_time_days", "previous period")
    assert (slower["direction"], slower["noise_method"]) == ("worse", "usual moving range")
    year = change(TILL, "lead_time_days", "year ago")
    assert (year["compared_period_start"], year["change"]) == (MONTHS[0], 17)
    first = [row for row in story.marts[0]["fct_dora_change"] if row["period_start"] == FEB]
    few = _one(
        first, team_key=_key(story, "Eng/Ops"), metric="change_failure_rate_percent", comparison="previous period"
    )
    assert (few["compared_value"], few["value"], few["denominator"]) == (0, 33.33, 3)
    assert few["is_within_noise"]
    assert few["direction"] is None


def test_teams_outside_their_usual_range_are_found(story: Story) -> None:
    found = {(row["path"], row["metric"]) for row in story.marts[1]["regressions"] if row["is_leaf"]}
    assert found == {(TILL, "lead_time_days")}
    assert story.outcomes[1]["teams_are_within_their_usual_range"] == ("warn", 1)


def test_dora_current_sums_up_to_the_root(story: Story) -> None:
    current = story.marts[1]["dora_current"]
    assert len({(row["team_key"], row["period_start"]) for row in current}) == len(current)
    for start in MONTHS[2:]:
        leaves = [row for row in current if row["period_start"] == start]
        assert sum(row["deployments"] for row in leaves) == _row(story, "Eng", start, 1)["deployments"]
        assert all(row["rated_deployments"] == row["deployments"] for row in leaves)


def test_weeks_that_overlap_fail(story: Story) -> None:
    assert story.found["late"]["weeks_start_on_one_day"] == ("fail", 1)


def test_rank_is_among_leaf_teams(story: Story) -> None:
    keys = {row["dora_key"]: row["path"] for row in story.marts[1]["fct_dora"]}
    ranks = {
        keys[row["dora_key"]]: row["percentile_rank"]
        for row in story.marts[1]["fct_dora_rank"]
        if row["metric"] == "deployments" and row["period_start"] == JAN
    }
    assert ranks == {TILL: 100, "Eng/Pay/Cart": 50, "Eng/Ops": 0}
