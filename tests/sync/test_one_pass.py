"""Each finished export is read once and emitted at once, for all of its streams, in the order of completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from standin.faults import Fault
from standin.metrics import GROUPS
from tests.sync.run import Output, run, team

if TYPE_CHECKING:
    from standin.clock import FakeClock
    from standin.server import Standin

DAY = 24 * 3600


def kinds(output: Output) -> list[tuple[str, str]]:
    """Types and streams of the messages, without immediate repetitions."""
    found: list[tuple[str, str]] = []
    for message in output.messages:
        kind = (message["type"], message.get("stream", ""))
        if found[-1:] != [kind]:
            found.append(kind)
    return found


def starts(output: Output, stream: str = "lttc") -> list[str]:
    """The months of a stream's records, in the order of emission."""
    return list(dict.fromkeys(record["period_start"][:7] for record in output.records(stream)))


def partition(output: Output, stream: str = "lttc") -> dict[str, Any]:
    """The state of a stream's only partition."""
    (found,) = output.state["bookmarks"][stream]["partitions"]
    return dict(found)


def test_schemas_come_first_then_each_export_with_one_state_for_all_its_streams(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, start_date="2025-01-01", select=("lttc", "cfr"))
    told = [kind for kind in kinds(output) if kind[0] != "STATE" or kind]
    schemas = [kind for kind, _ in told].index("RECORD")
    assert {stream for kind, stream in told[:schemas] if kind == "SCHEMA"} == {"lttc", "cfr"}
    after = [kind for kind in told[schemas:] if kind[0] != "SCHEMA"]
    assert [stream for kind, stream in after if kind == "RECORD"] == ["cfr", "lttc", "cfr", "lttc"]
    assert after[2] == after[5] == ("STATE", "")


def test_a_shared_file_is_downloaded_once(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock)
    assert [job.downloads for job in sei.jobs.all] == [1]
    assert all(output.records(stream) for stream in GROUPS)


def test_a_slow_export_does_not_keep_the_others_waiting(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("job_slow", match='"2026-06-01"', seconds=600))
    output = run(sei, clock, window_periods=2, select=("lttc",))
    assert starts(output) == ["2026-08", "2026-09", "2026-10", "2026-11", "2026-06", "2026-07"]
    assert partition(output)["replication_key_value"] == "2026-11-01"
    assert "windows_emitted" not in partition(output)


def interrupted(sei: Standin, clock: FakeClock) -> Output:
    """A run whose first window fails, after the later ones were emitted."""
    sei.faults.add(Fault("job_failed", match='"2026-06-01"', reusable=0))
    output = run(sei, clock, window_periods=2, max_export_attempts=1, select=("lttc",), granularity="MONTHLY")
    sei.faults.clear()
    assert output.error
    return output


def test_the_state_lists_windows_emitted_beyond_a_gap_and_the_bookmark_stays_before_it(
    sei: Standin, clock: FakeClock
) -> None:
    output = interrupted(sei, clock)
    assert "replication_key_value" not in partition(output)
    assert partition(output)["windows_emitted"]["windows"] == [
        {"start": "2026-08-01", "end": "2026-11-23", "newest": "2026-11-01"}
    ]


def asked(sei: Standin, before: int) -> list[str]:
    """The windows of the jobs created since."""
    return [f"{job.body['dateRange']['start']}..{job.body['dateRange']['end']}" for job in sei.jobs.all[before:]]


def test_a_resumed_run_asks_only_for_what_is_missing(sei: Standin, clock: FakeClock) -> None:
    first, before = interrupted(sei, clock), len(sei.jobs.all)
    second = run(sei, clock, state=first.state, window_periods=2, select=("lttc",))
    assert asked(sei, before) == ["2026-06-01..2026-06-30"]  # the job of July was left in flight
    assert sorted(starts(second)) == ["2026-06", "2026-07"]
    assert partition(second)["replication_key_value"] == "2026-11-01"
    assert "windows_emitted" not in partition(second)


def test_a_run_resumed_on_a_later_day_looks_back_as_well(sei: Standin, clock: FakeClock) -> None:
    first, before = interrupted(sei, clock), len(sei.jobs.all)
    clock.sleep(DAY)
    run(sei, clock, state=first.state, window_periods=2, select=("lttc",))
    assert sorted(asked(sei, before)) == ["2026-06-01..2026-06-30", "2026-10-01..2026-11-24"]


def test_a_cell_that_one_stream_cannot_read_does_not_affect_the_others(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("unreadable_cell", metric="PLANNING"))
    output = run(sei, clock)
    (line,) = output.lines
    assert line.startswith("lttc of team:")
    assert "column 'PLANNING" in line
    assert "'unreadable', which is not a number" in line
    assert all(output.records(stream) for stream in GROUPS if stream != "lttc")
    assert partition(output, "cfr")["replication_key_value"] == "2026-11-01"
    assert "lttc" not in output.state["bookmarks"]


def test_a_job_whose_file_is_not_available_now_stays_in_flight_for_the_next_run(sei: Standin, clock: FakeClock) -> None:
    sei.faults.add(Fault("server_error", endpoint="download", status=503))
    first = run(sei, clock, select=("lttc",))
    assert first.error
    (left,) = first.state["exports_in_flight"]
    sei.faults.clear()
    second = run(sei, clock, state=first.state, select=("lttc",))
    assert second.error is None
    assert [job.export_id for job in sei.jobs.all] == [left["export_id"]]


def test_a_scope_that_sei_refuses_takes_one_request_for_all_its_windows(sei: Standin, clock: FakeClock) -> None:
    run(sei, clock, team_ids=["team_nobody"], window_periods=1, select=("lttc",))
    assert [request.endpoint for request in sei.requests] == ["create"]


@pytest.mark.parametrize("streams", [("lttc",), ("lttc", "exports")])
def test_a_full_table_exports_everything_from_the_start(
    sei: Standin, clock: FakeClock, streams: tuple[str, ...]
) -> None:
    first = run(sei, clock, select=streams)
    clock.sleep(DAY)
    catalog = full_table(sei, clock)
    second = run(sei, clock, state=first.state, catalog=catalog, select=streams)
    assert starts(second) == starts(first)
    assert all("version" not in message for message in second.messages)


def full_table(sei: Standin, clock: FakeClock) -> dict[str, Any]:
    """A catalog in which the user selected a full-table replication."""
    from tap_sei_efficiency.tap import TapSeiEfficiency  # noqa: PLC0415
    from tests.sync.run import config  # noqa: PLC0415

    catalog = TapSeiEfficiency(config=config(sei), clock=clock, today=clock.now().date()).catalog_dict
    for entry in catalog["streams"]:
        entry["replication_method"] = "FULL_TABLE"
        for metadata in entry["metadata"]:
            if not metadata["breadcrumb"]:
                metadata["metadata"] |= {"selected": True, "forced-replication-method": "FULL_TABLE"}
    return dict(catalog)


@pytest.mark.parametrize(
    ("maps", "rows"),
    [
        ({"lttc": {"__filter__": "period_start >= '2026-10-01'"}}, 2),
        ({"lttc_copy": {"__source__": "lttc", "copied": "'yes'"}}, 6),
    ],
)
def test_the_ledger_counts_emitted_records(sei: Standin, clock: FakeClock, maps: dict[str, Any], rows: int) -> None:
    output = run(sei, clock, select=("lttc", "exports"), stream_maps=maps)
    assert len(output.records("lttc")) == rows
    assert [row["rows"] for row in output.records("exports")] == [rows]


def test_a_missing_team_does_not_affect_another_one(sei: Standin, clock: FakeClock) -> None:
    ledger = team(sei, "Engineering/Payments/Ledger").team_id
    output = run(sei, clock, team_ids=["team_nobody", ledger])
    assert output.records("lttc")
    assert all("team:team_nobody" in line for line in output.lines)
