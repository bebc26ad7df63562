"""Sprint metrics: the same engine as for DORA, asked for another insight."""

from __future__ import annotations

import gzip
import json
import logging
from datetime import UTC, date, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from standin.csvfile import Dialect
from standin.faults import Fault
from standin.metrics import SPRINT_GROUPS
from standin.server import ORG_IDENTIFIER, PROJECT_IDENTIFIER, Standin
from standin.sprints import MODES, NO_ESTIMATES, period_rows, sprint_rows
from standin.variant import Variant
from tap_sei_efficiency.tap import TapSeiEfficiency
from tests.sync.run import Output, config, run, team
from tests.sync.test_interruption import figures, killed_run
from tests.sync.truth import told
from tests.throughput.batches import batch_config, records_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from standin.clock import FakeClock
    from standin.org import Team

STREAMS = {
    "sprint_work": "work",
    "sprint_delivery": "delivery",
    "sprint_delivery_analysis": "deliveryAnalysis",
    "sprint_analysis": "analysis",
}
"""The streams at team level, with the group of each."""
ALL = (*STREAMS, "sprints")
BOTH: dict[str, Any] = {"sprint_metrics": ["team", "sprint"], "sprint_computation_modes": list(MODES)}
BY_SPRINT: dict[str, Any] = {"sprint_metrics": ["sprint"], "select": ("sprints", "exports")}
PERSON = ("Ada", "ada@example.com")


def by_period(
    sei: Standin, stream: str, teams: Iterable[Team], first: date, as_of: datetime, granularity: str, mode: str
) -> dict[Any, Any]:
    """What a stream at team level must hold."""
    last = as_of.date()
    return {
        (ORG_IDENTIFIER, PROJECT_IDENTIFIER, row.team.path, row.team.name, granularity, mode, str(row.period.start)): {
            "period_end": str(row.period.end),
            "is_period_complete": row.period.end < last,
            **{column.name.lower(): row.values[column.name] for column in SPRINT_GROUPS["team"][STREAMS[stream]]},
        }
        for row in period_rows(sei.truth, teams, first, last, granularity, mode, as_of)
    }


def by_sprint(sei: Standin, teams: Iterable[Team], first: date, as_of: datetime, mode: str) -> dict[Any, Any]:
    """What the stream `sprints` must hold: each sprint that ends on `first` or later."""
    columns = [column for group in SPRINT_GROUPS["sprint"].values() for column in group]
    return {
        (ORG_IDENTIFIER, PROJECT_IDENTIFIER, row.team.path, row.team.name, mode, row.period.sprint_id): {
            "sprint_name": row.period.label,
            "sprint_state": row.period.state,
            "period_start": str(row.period.start),
            "period_end": str(row.period.end),
            "is_period_complete": row.period.end < as_of.date() and row.period.state == "closed",
            **{column.name.lower(): row.values[column.name] for column in columns},
        }
        for row in sprint_rows(sei.truth, teams, first, as_of.date(), mode, as_of, pick="touch")
    }


def asked(sei: Standin) -> list[tuple[str, str, str]]:
    """The metric level and the days of each job of sprints."""
    jobs = [job.body for job in sei.jobs.all if job.is_of_sprints]
    return [(each["options"]["metricLevel"], *each["dateRange"].values()) for each in jobs]


@pytest.mark.parametrize("granularity", ["WEEKLY", "MONTHLY", "QUARTERLY"])
def test_every_stream_is_true_in_both_modes(sei: Standin, clock: FakeClock, granularity: str) -> None:
    platform, first = team(sei, "Engineering/Platform"), date(2026, 7, 1)
    as_of = clock.now()
    output = run(
        sei,
        clock,
        team_ids=[platform.team_id],
        org_tree_names=["Operations"],
        granularity=granularity,
        start_date=str(first),
        select=ALL,
        **BOTH,
    )
    assert output.error is None
    teams = [*sei.org.below(platform), *sei.org.below(team(sei, "Operations"))]
    start = date(2026, 6, 29) if granularity == "WEEKLY" else first
    for stream in STREAMS:
        true: dict[Any, Any] = {}
        for mode in MODES:
            true |= by_period(sei, stream, teams, start, as_of, granularity, mode)
        assert told(output.table(stream), true) == true
    true = by_sprint(sei, teams, first, as_of, MODES[0]) | by_sprint(sei, teams, first, as_of, MODES[1])
    assert told(output.table("sprints"), true) == true
    assert len(output.records("sprints")) == len(true)


def test_zero_is_a_value_and_a_team_without_estimates_has_no_points(sei: Standin, clock: FakeClock) -> None:
    own = team(sei, f"Engineering/Platform/{NO_ESTIMATES}")
    records = run(sei, clock, team_ids=[own.team_id], select=ALL, **BOTH).records("sprints")
    points, tickets = ([r for r in records if r["computation_mode"] == mode] for mode in MODES)
    assert {record["sprint_commit"] for record in points} == {None}
    assert all(record["sprint_commit"] for record in tickets)
    still = [record for record in tickets if record["sprint_creep"] == 0]
    assert still
    assert all(record["creep_work_delivered_percent"] is None for record in still)


def test_groups_share_a_job_and_each_mode_is_a_partition(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, select=(*ALL, "exports"), **BOTH)
    groups = ["work", "delivery", "deliveryAnalysis", "analysis"]
    assert [job.body["metricGroups"] for job in sei.jobs.all] == [groups] * 4
    contexts = [part["context"] for part in output.state["bookmarks"]["sprints"]["partitions"]]
    assert [(each["granularity"], each["computation_mode"]) for each in contexts] == [("SPRINT", m) for m in MODES]
    rows = output.records("exports")
    assert len(rows) == 5 * 2
    assert {row["origin"] for row in rows} == {"created"}
    assert {(row["granularity"], row["aggregation"]) for row in rows} == set(product(("MONTHLY", "SPRINT"), MODES))
    assert sum(row["rows"] for row in rows) == sum(len(output.records(stream)) for stream in ALL)


def test_without_the_setting_nothing_changes(sei: Standin, clock: FakeClock) -> None:
    tap = TapSeiEfficiency(config=config(sei))
    names = ["cfr", "deployment_frequency", "lttc", "mttr", "rating", "summary", "work_items", "exports"]
    assert list(tap.streams) == names
    key = ["org_identifier", "project_identifier", "team_path", "team", "granularity", "aggregation", "period_start"]
    assert [list(tap.streams[name].primary_keys) for name in names[:-1]] == [key] * 7
    assert not {"computation_mode", "sprint"} & set(tap.streams["lttc"].schema["properties"])
    output = run(sei, clock, select=("lttc",), sprint_computation_modes=["TICKETS"])
    (job,) = sei.jobs.all
    options = {"granularity": "MONTHLY", "aggregation": "mean", "format": "csv", "compression": "gzip"}
    assert job.body == {
        "scope": {"teamId": team(sei, "Engineering/Payments/Checkout").team_id},
        "dateRange": {"start": "2026-06-01", "end": "2026-11-23"},
        "metricGroups": ["lttc"],
        "options": options,
    }
    assert list(output.state["bookmarks"]) == ["lttc"]
    (partition,) = output.state["bookmarks"]["lttc"]["partitions"]
    assert list(partition["context"])[2:] == ["scope", "granularity", "aggregation"]
    in_flight = next(state["exports_in_flight"][0] for state in output.states if state.get("exports_in_flight"))
    assert list(in_flight["request"]) == ["scope", "window", "groups", "granularity", "aggregation", "metrics"]


def test_the_plan_names_level_and_mode(sei: Standin) -> None:
    plan = TapSeiEfficiency(config=config(sei, **BOTH), today=date(2026, 11, 23)).describe_plan(None)
    assert plan.count("export sprint_work+sprint_delivery+sprint_delivery_analysis+sprint_analysis of team:") == 4
    assert all(f"({level}, {mode})" in plan for level, mode in product(("MONTHLY", "SPRINT"), MODES))
    assert "5 exports of 1 scope" in plan


def test_a_second_run_asks_for_the_look_back_and_the_open_sprint(sei: Standin, clock: FakeClock) -> None:
    first = run(sei, clock, select=ALL, sprint_metrics=["team", "sprint"])
    assert asked(sei) == [("team", "2026-06-01", "2026-11-23"), ("sprint", "2026-04-20", "2026-11-23")]
    bookmark = first.state["bookmarks"]["sprints"]["partitions"][0]["replication_key_value"]
    closed = [record["period_start"] for record in first.records("sprints") if record["is_period_complete"]]
    assert bookmark == max(closed) == "2026-11-05"
    second = run(sei, clock, select=ALL, sprint_metrics=["team", "sprint"], state=first.state)
    # By sprint: those that end in October or later, and six weeks more for the sprints at the edge.
    assert asked(sei)[2:] == [("team", "2026-10-01", "2026-11-23"), ("sprint", "2026-08-20", "2026-11-23")]
    assert min(record["period_end"] for record in second.records("sprints")) >= "2026-10-01"
    assert second.state["bookmarks"] == first.state["bookmarks"]


def test_a_later_run_loads_what_was_open_before(sei: Standin, clock: FakeClock) -> None:
    first = run(sei, clock, **BY_SPRINT)
    still_open = {r["sprint"] for r in first.records("sprints") if not r["is_period_complete"]}
    assert still_open
    clock.sleep(40 * 24 * 3600)
    as_of = clock.now()
    second = run(sei, clock, state=first.state, **BY_SPRINT)
    over = {record["sprint"] for record in second.records("sprints") if record["is_period_complete"]}
    assert still_open <= over
    table = first.table("sprints") | second.table("sprints")
    true = by_sprint(sei, [team(sei, "Engineering/Payments/Checkout")], date(2026, 6, 1), as_of, MODES[0])
    assert told(table, true) == true


@pytest.mark.parametrize("pick", ["touch", "start", "end"])
def test_sprints_at_the_edges_of_windows_come_once_and_whole(clock: FakeClock, pick: str) -> None:
    with Standin(clock=clock, job_seconds=5, variant=Variant(sprint_pick=pick)) as sei:
        payments = team(sei, "Engineering/Payments")
        output = run(sei, clock, team_ids=[payments.team_id], window_periods=1, **BY_SPRINT)
        assert len(asked(sei)) == 6
        table, records = output.table("sprints"), output.records("sprints")
        assert len(table) == len(records)
        true = by_sprint(sei, sei.org.below(payments), date(2026, 6, 1), clock.now(), MODES[0])
        if pick == "end":  # such a server does not export what is not over
            true = {key: row for key, row in true.items() if row["period_end"] <= "2026-11-23"}
        assert told(table, true) == true


def test_two_sprints_of_one_name_are_two(clock: FakeClock) -> None:
    with Standin(clock=clock, job_seconds=5, dialect=Dialect(sprint_ids=False)) as sei:
        table = run(sei, clock, start_date="2025-06-01", **BY_SPRINT).table("sprints")
        own = by_sprint(sei, [team(sei, "Engineering/Payments/Checkout")], date(2025, 6, 1), clock.now(), MODES[0])
    assert len(table) == len(own)
    names = [record["sprint_name"] for record in table.values()]
    assert len(set(names)) < len(names)
    assert all(row["sprint"] == f"{row['sprint_name']} {row['period_start']}" for row in table.values())


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(headers="bare"),
        Dialect(headers="title", null="—"),
        Dialect(bom=True, crlf=True, thousands=True, null="N/A"),
        Dialect(decimal=",", delimiter=";"),
    ],
)
def test_every_way_of_writing_the_file_says_the_same(clock: FakeClock, dialect: Dialect) -> None:
    with Standin(clock=clock, job_seconds=5, dialect=dialect) as sei:
        payments, as_of, first = team(sei, "Engineering/Payments"), clock.now(), date(2026, 9, 1)
        output = run(
            sei,
            clock,
            team_ids=[payments.team_id],
            start_date=str(first),
            select=ALL,
            sprint_metrics=["team", "sprint"],
            dialect={"decimal_mark": dialect.decimal},
        )
        assert output.error is None
        teams = sei.org.below(payments)
        for stream in STREAMS:
            true = by_period(sei, stream, teams, first, as_of, "MONTHLY", MODES[0])
            assert told(output.table(stream), true) == true
        true = by_sprint(sei, teams, first, as_of, MODES[0])
        assert told(output.table("sprints"), true) == true


def settled(sei: Standin) -> dict[str, Any]:
    """Two windows at both levels whose figures do not move any more."""
    return {
        "team_ids": [team(sei, "Engineering/Payments/Ledger").team_id],
        "end_date": "2026-10-31",
        "window_periods": 3,
        "include_open_period": False,
        "poll_interval_seconds": 5,
        "select": ALL,
        "sprint_metrics": ["team", "sprint"],
    }


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_run_killed_at_any_request_is_made_whole_by_the_next(
    sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, is_answered: bool
) -> None:
    whole = figures(run(sei, clock, **settled(sei)), streams=ALL)
    assert all(whole.values())
    call = 0
    while True:
        call += 1
        clock.sleep(2 * 3600)  # nothing of the last round is handed back
        killed = killed_run(sei, clock, monkeypatch, call, is_answered=is_answered, given=settled(sei))
        if killed is None:
            break
        resumed = run(sei, clock, state=killed.state, **settled(sei))
        assert resumed.error is None
        assert figures(killed, resumed, streams=ALL) == whole, f"killed at request {call}"
    assert call > 3 * 4


@pytest.mark.parametrize("words", list(product(("sprint", "sprints"), repeat=2)))
def test_either_word_in_either_path_is_found_and_remembered(clock: FakeClock, words: tuple[str, str]) -> None:
    with Standin(clock=clock, job_seconds=5, variant=Variant(sprint_words=(*words, words[1]))) as sei:
        output = run(sei, clock, window_periods=2, **BY_SPRINT)
        assert output.error is None
        assert output.records("sprints")
        wrong = [seen.path for seen in sei.requests if seen.endpoint == "unknown"]
    assert len(wrong) == (words[0] != "sprint") + (words[1] != "sprints")


@pytest.mark.parametrize("words", [("sprint", "sprints"), ("sprints", "sprint"), ("sprint", "sprint")])
def test_a_file_is_found_without_its_url(clock: FakeClock, words: tuple[str, str]) -> None:
    variant = Variant(sprint_words=("sprint", *words), sprint_urls=False)
    with Standin(clock=clock, job_seconds=5, variant=variant) as sei:
        output = run(sei, clock, window_periods=2, **BY_SPRINT)
        assert output.error is None
        assert output.records("sprints")
        wrong = [seen.path for seen in sei.requests if seen.endpoint == "unknown" and "download" in seen.path]
    assert len({path.split("/")[-2] for path in wrong}) == (words[0] != words[1])  # remembered after the first file


def test_a_job_that_sei_has_lost_and_a_team_that_it_does_not_know_are_as_for_dora(
    sei: Standin, clock: FakeClock
) -> None:
    sei.faults.add(Fault("vanish_on_poll", times=1))
    output = run(sei, clock, **BY_SPRINT)
    assert output.error is None
    assert [row["status"] for row in output.records("exports")] == ["vanished", "completed"]
    for stream, changes in (("lttc", {}), ("sprints", BY_SPRINT)):
        unknown = run(sei, clock, **{**changes, "team_ids": ["nobody"], "select": (stream,)})
        start = "team:nobody: SEI refused the request to create an export (HTTP 404: No team 'nobody' in this project"
        assert unknown.lines[0].startswith(start)
        assert "Check `team_ids`: it contains IDs, not names" in unknown.lines[0]


def test_a_group_that_sei_refuses_by_sprint_costs_its_columns_only(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    sei.faults.add(Fault("refuse_group", match='"metricLevel": "sprint"'))
    wished = {**BOTH, "select": (*ALL, "exports"), "window_periods": 3, "archive_path": str(tmp_path)}
    output = run(sei, clock, **wished)
    assert output.error is None
    said = [text for text in caplog.messages if "leaves out sprint_delivery_analysis by sprint" in text]
    assert len(said) == 1
    assert all(record["sprint_commit"] is not None for record in output.records("sprints"))
    assert {record["total_work_delivered_percent"] for record in output.records("sprints")} == {None}
    assert any(record["total_work_delivered_percent"] for record in output.records("sprint_delivery_analysis"))
    refused = [seen for seen in sei.requests if seen.endpoint == "create"]
    assert len(refused) == len(sei.jobs.all) + 2  # with both of the dialect's words for the group
    again = run(sei, clock, replay=True, **wished)
    assert again.table("sprints") == output.table("sprints")


def test_groups_that_do_not_combine_are_exported_each_alone_at_team_level(clock: FakeClock) -> None:
    with Standin(clock=clock, job_seconds=5, variant=Variant(combines=False)) as sei:
        output = run(sei, clock, select=ALL, sprint_metrics=["team", "sprint"])
        assert all(output.records(stream) for stream in STREAMS)
        assert not output.records("sprints")
        assert "these metric groups cannot be combined" in output.lines[0]


def test_a_mode_that_fails_does_not_stop_the_other(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("job_failed_forever", match='"computationMode": "TICKETS"'))
    output = run(sei, clock, max_export_attempts=1, select=ALL, start_date="2026-10-01", **BOTH)
    assert "Export failed: the query timed out" in output.lines[0]
    for stream in ALL:
        assert {record["computation_mode"] for record in output.records(stream)} == {"STORY_POINTS"}
    partitions = output.state["bookmarks"]["sprints"]["partitions"]
    marked = [part["context"]["computation_mode"] for part in partitions if "replication_key_value" in part]
    assert marked == ["STORY_POINTS"]


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Fault("job_failed", times=1),
        Fault("bad_request", endpoint="create", message='createdBy: {"name": "Ada Example"} is no user'),
        Fault("bad_request", endpoint="poll", message="Ask ada@example.com"),
        Fault("not_json", endpoint="poll", times=1),
    ],
)
def test_the_person_who_made_a_job_is_nowhere(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture, tmp_path: Path, fault: Fault | None
) -> None:
    if fault:
        sei.faults.add(fault)
    with caplog.at_level(logging.DEBUG):
        output = run(sei, clock, archive_path=str(tmp_path), sprint_metrics=["team", "sprint"])
    kept = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.json"))
    kept += "".join(gzip.decompress(path.read_bytes()).decode() for path in tmp_path.glob("*.gz"))
    everything = json.dumps(output.messages) + caplog.text + str(output.error) + kept
    assert not [word for word in PERSON if word in everything]


def test_a_test_and_the_sdks_own_loop_show_sprints(sei: Standin, clock: FakeClock) -> None:
    """A catalog that changes a type leaves the stream to the SDK."""
    catalog = json.loads(json.dumps(TapSeiEfficiency(config=config(sei, **BOTH)).catalog_dict))
    for entry in catalog["streams"]:
        entry["schema"]["properties"].get("sprint_commit", {})["type"] = ["number", "string", "null"]
    plain = run(sei, clock, select=("sprints", "sprint_work"), **BOTH)
    slow = run(sei, clock, select=("sprints", "sprint_work"), catalog=catalog, **BOTH)
    for stream in ("sprints", "sprint_work"):
        assert slow.table(stream).keys() == plain.table(stream).keys()
    assert slow.state["bookmarks"] == plain.state["bookmarks"]


def test_sprints_are_written_in_batches_and_mapped(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    plain = run(sei, clock, **BY_SPRINT)
    in_batches = run(sei, clock, **BY_SPRINT, **batch_config(tmp_path, "jsonl", "gzip", rows=3))
    assert records_in(in_batches, "sprints") == plain.records("sprints")
    maps = {"sprints": {"sprint_commit": "sprint_commit * 2", "__filter__": "is_period_complete"}}
    mapped = run(sei, clock, **BY_SPRINT, stream_maps=maps).records("sprints")
    over = [record for record in plain.records("sprints") if record["is_period_complete"]]
    assert [record["sprint_commit"] for record in mapped] == [2 * record["sprint_commit"] for record in over]


def test_the_connection_test_takes_the_newest_sprints(sei: Standin, clock: FakeClock) -> None:
    tap = TapSeiEfficiency(config=config(sei, **BOTH), clock=clock, today=clock.now().date())
    tap.work.newest_only = True
    assert [str(each.window) for each in tap.work.plan.requests] == ["2026-11-01 to 2026-11-23"] * 5


def test_an_overdue_sprint_holds_the_bookmark(clock: FakeClock) -> None:
    """Its team has not closed it: its figures may change."""
    with Standin(clock=clock, job_seconds=5) as sei:
        as_of = datetime(2026, 11, 23, 10, tzinfo=UTC)
        rows = sprint_rows(sei.truth, sei.org.teams, date(2026, 10, 1), as_of.date(), MODES[0], as_of)
        late = next(row for row in rows if row.period.state == "active" and row.period.end < as_of.date())
        output: Output = run(sei, clock, team_ids=[late.team.team_id], **BY_SPRINT)
        (record,) = (r for r in output.records("sprints") if r["sprint"] == late.period.sprint_id)
        assert not record["is_period_complete"]
        (partition,) = output.state["bookmarks"]["sprints"]["partitions"]
        assert partition["replication_key_value"] < str(late.period.start)


def test_one_team_in_two_scopes_without_a_hierarchy_is_no_clash_of_modes(clock: FakeClock) -> None:
    """Points of the one scope are not held against tickets of the other."""
    with Standin(clock=clock, job_seconds=5, dialect=Dialect(hierarchy=False)) as sei:
        teams = [team(sei, path).team_id for path in ("Engineering/Payments", "Engineering/Payments/Checkout")]
        assert run(sei, clock, team_ids=teams, select=ALL, **BOTH).error is None
        homonyms = [team(sei, path).team_id for path in ("Engineering/Platform/Core", "Engineering/Storefront/Core")]
        assert run(sei, clock, team_ids=homonyms, **BY_SPRINT).error is None  # the ID of a sprint tells them apart
        clash = run(sei, clock, team_ids=homonyms, sprint_metrics=["team"], select=("sprint_work",))
    assert "team 'Core' has other figures in the period that starts on " in clash.lines[0]


@pytest.mark.parametrize(
    "faults",
    [
        (Fault("unknown_at_first", polls=2), Fault("job_failed", times=1, reusable=0)),
        (Fault("vanish_on_download", times=1), Fault("rate_limit", times=2), Fault("gzip_content_encoding")),
        (Fault("cut_body", times=1), Fault("unknown_status"), Fault("envelope"), Fault("epoch_times", unit="ms")),
        (Fault("signed_download_url", expired=1), Fault("plain"), Fault("server_error", times=1, endpoint="poll")),
        (Fault("redirect_download"), Fault("gzip_both"), Fault("fails_above_periods", periods=4)),
        (Fault("missing_group_columns", group="analysis", match='"metricLevel": "team"', times=1),),
    ],
    ids=lambda faults: faults[0].name,
)
@pytest.mark.parametrize("share", [True, False])
def test_faults_of_sprint_jobs_cost_no_row(
    sei: Standin, clock: FakeClock, faults: tuple[Fault, ...], share: bool
) -> None:
    wished: dict[str, Any] = {
        "select": ALL,
        "sprint_metrics": ["team", "sprint"],
        "start_date": "2026-07-01",
        "end_date": "2026-10-31",
        "share_exports": share,
    }
    plain = run(sei, clock, **wished)
    assert len(sei.jobs.all) == (2 if share else 5)
    clock.sleep(2 * 3600)
    for each in faults:
        each.seen = each.struck = 0
    sei.faults.add(*faults)
    output = run(sei, clock, **wished)
    assert output.error is None
    assert figures(output, streams=ALL) == figures(plain, streams=ALL)


def test_an_unreadable_cell_stops_its_stream_alone(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("unreadable_cell", metric="CHURN_RATE"))
    output = run(sei, clock, select=ALL, sprint_metrics=["team", "sprint"])
    assert all(output.records(stream) for stream in ("sprint_work", "sprint_delivery"))
    assert len(output.lines) == 2
    assert all("column 'CHURN_RATE' holds 'unreadable', which is not a number" in line for line in output.lines)
