"""The messages of a run before its first request, and the inputs that it refuses."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from tap_sei_efficiency.errors import SettingsError
from tap_sei_efficiency.tap import TapSeiEfficiency
from tests.sync.run import config, run, team

if TYPE_CHECKING:
    from pathlib import Path

    from standin.clock import FakeClock
    from standin.server import Standin

CHECKOUT = "Engineering/Payments/Checkout"
OPERATIONS = 2
"""The smaller org tree."""


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture) -> Any:
    """The warnings of a test so far."""
    caplog.set_level(logging.INFO)
    return lambda: [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def catalog(sei: Standin, **entries: dict[str, Any]) -> dict[str, Any]:
    """The tap's catalog, with `entries` of its streams' metadata."""
    tap = TapSeiEfficiency(config=config(sei))
    content: dict[str, Any] = json.loads(json.dumps(tap.catalog_dict))
    for entry in content["streams"]:
        root = next(each for each in entry["metadata"] if not each["breadcrumb"])
        root["metadata"] |= entries.get(entry["tap_stream_id"], {})
        entry["replication_method"] = root["metadata"].get("replication-method", "INCREMENTAL")
        root["metadata"].pop("replication-method", None)
    return content


def test_a_run_starts_with_a_summary_of_its_settings(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    run(sei, clock, start_date="2025-01-15")
    first, second = (text for text in caplog.messages if text.startswith(("SEI at ", "Planned: ")))
    assert f"SEI at {sei.base_url}, organization " in first
    assert first.endswith(": MONTHLY figures (mean) from 2025-01-15 to today, 2026-11-23.")
    name = team(sei, CHECKOUT).team_id
    assert second == f"Planned: 2 exports and 0 team reports; scopes: 1 (team:{name})."
    caplog.clear()
    run(sei, clock, end_date="2026-10-31")
    assert any(text.endswith("from 2026-06-01 to 2026-10-31.") for text in caplog.messages)


@pytest.mark.parametrize(
    ("state", "has"),
    [
        ({"completed": {"singer_state": {}}}, "It has keys `completed` and no `bookmarks`."),
        ({"bookmarks": {"issues": {"since": "2026-01-01"}}}, "It has streams issues."),
        (
            {"bookmarks": {"lttc": {"partitions": [{"context": {"scope": "team:other", "granularity": "WEEKLY"}}]}}},
            "It has bookmarks of team:other (WEEKLY, None).",
        ),
    ],
)
def test_a_state_that_the_run_cannot_use_is_reported(
    sei: Standin, clock: FakeClock, warned: Any, state: dict[str, Any], has: str
) -> None:
    run(sei, clock, state=state)
    (line,) = warned()
    assert line.startswith("The state has no bookmark for this run's scopes: everything is exported from `start_date`.")
    assert line.endswith(has)


def test_an_empty_state_or_a_scope_without_rows_is_not_reported(sei: Standin, clock: FakeClock, warned: Any) -> None:
    context = run(sei, clock).state["bookmarks"]["lttc"]["partitions"][0]["context"]
    states: list[dict[str, Any]] = [{}, {"bookmarks": {}}]
    for state in (*states, {"bookmarks": {"lttc": {"partitions": [{"context": context}]}}}):
        run(sei, clock, state=state)
    assert warned() == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"end_date": "2026-09-30"}, "Nothing to export: the bookmarks of the state are after `end_date` 2026-09-30."),
        ({"start_date": "2026-11-01", "include_open_period": False}, "Nothing to export yet: the first period is not"),
    ],
)
def test_a_run_without_a_period_to_export_says_why(
    sei: Standin, clock: FakeClock, warned: Any, changes: dict[str, Any], text: str
) -> None:
    state = run(sei, clock).state
    run(sei, clock, state=state)
    assert warned() == []
    asked = len(sei.requests)
    assert run(sei, clock, state=state, **changes).error is None
    assert any(line.startswith(text) for line in warned())
    assert len(sei.requests) == asked


def test_an_earlier_start_date_is_reported_until_the_periods_are_loaded(
    sei: Standin, clock: FakeClock, warned: Any
) -> None:
    settings: dict[str, Any] = {
        "legacy_team_ref_ids": [team(sei, CHECKOUT).ref_id],
        "team_ids": ["*"],
        "org_tree_ids": [OPERATIONS],
    }
    state = run(sei, clock, **settings).state
    changes = {**settings, "start_date": "2026-05-01"}
    assert warned() == []
    state = run(sei, clock, state=state, **changes).state
    (line,) = warned()
    assert line.startswith("`start_date` 2026-05-01 is before 2026-06-01, where earlier runs began.")
    assert "meltano run --state-id-suffix=backfill" in line
    run(sei, clock, state=state, **changes)
    assert len(warned()) == 2
    run(sei, clock, state=run(sei, clock, **changes).state, **changes)
    assert len(warned()) == 2


def test_an_added_metric_is_reported_until_the_stream_is_loaded_again(
    sei: Standin, clock: FakeClock, warned: Any
) -> None:
    state = run(sei, clock, metrics=["LTTC_Mean_Days"], start_date="2026-01-01").state
    both = ["LTTC_Mean_Days", "CFR"]
    state = run(sei, clock, metrics=both, state=state, start_date="2026-01-01").state
    (line,) = warned()
    assert line.startswith("Earlier runs loaded `custom_metrics` without CFR: null in the periods")
    fresh = run(sei, clock, metrics=both, start_date="2026-01-01").state
    run(sei, clock, metrics=both, state=fresh, start_date="2026-01-01")
    assert len(warned()) == 1


def test_full_table_exports_everything_from_the_start_date(sei: Standin, clock: FakeClock, warned: Any) -> None:
    state = run(sei, clock, select=("lttc", "cfr")).state
    full = catalog(sei, lttc={"selected": True, "replication-method": "FULL_TABLE"})
    output = run(sei, clock, state=state, catalog=full, select=("lttc", "cfr"), start_date="2026-05-01")
    assert {record["period_start"] for record in output.records("lttc")} == {f"2026-{n:02}-01" for n in range(5, 12)}
    assert {record["period_start"] for record in output.records("cfr")} == {"2026-10-01", "2026-11-01"}
    assert len(warned()) == 1


@pytest.mark.parametrize("select", [(), ("exports",)])
def test_an_empty_selection_is_refused(sei: Standin, clock: FakeClock, select: tuple[str, ...]) -> None:
    output = run(sei, clock, select=select)
    assert isinstance(output.error, SettingsError)
    assert output.lines[0].startswith("The selection leaves no stream to export. Select at least one: cfr, ")
    assert output.messages == []
    assert len(sei.requests) == 0


@pytest.mark.parametrize("name", ["cfr", "*"])
def test_a_stream_map_can_name_streams_that_are_not_selected(sei: Standin, clock: FakeClock, name: str) -> None:
    chosen = catalog(sei, **{each: {"selected": each == "lttc"} for each in ("lttc", "cfr", "mttr", "exports")})
    for entry in chosen["streams"]:
        for metadata in entry["metadata"]:
            metadata["metadata"]["selected"] = entry["tap_stream_id"] == "lttc"
    output = run(sei, clock, catalog=chosen, stream_maps={name: {"source": "'sei'"}})
    assert output.error is None
    assert {message["stream"] for message in output.messages if message["type"] == "RECORD"} == {"lttc"}
    assert {record.get("source") for record in output.records("lttc")} == {"sei" if name == "*" else None}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [("lttc *", "Failed to parse expression lttc *."), ("nope + 1", "Failed to evaluate simpleeval expressions")],
)
def test_a_stream_map_that_cannot_be_used_is_refused_in_one_sentence(
    sei: Standin, clock: FakeClock, expression: str, reason: str
) -> None:
    output = run(sei, clock, stream_maps={"lttc": {"hours": expression}})
    assert output.lines[0].startswith(f"Setting `stream_maps` cannot be used: {reason}")
    assert len(output.lines) == 1


@pytest.mark.parametrize(
    ("maps", "complaint"),
    [
        ({"ltct": {"team": None}}, "names the stream `ltct`, which the tap does not have: did you mean `lttc`?"),
        ({"copy": {"__source__": "issues"}}, "names the stream `issues`, which the tap does not have; there are cfr, "),
        ({"lttc": {"taem": None}}, "removes the column `taem` of `lttc`, which does not exist: did you mean `team`?"),
        ({"*": {"nothing_like_it": "__NULL__"}}, "removes the column `nothing_like_it` of `*`, which does not exist; "),
    ],
)
def test_a_stream_map_of_a_missing_stream_or_column_is_refused_before_any_request(
    sei: Standin, clock: FakeClock, maps: dict[str, Any], complaint: str
) -> None:
    output = run(sei, clock, stream_maps=maps)
    assert output.lines[0].startswith(f"Setting `stream_maps` {complaint}")
    assert len(sei.requests) == 0


def test_two_streams_of_one_name_and_half_a_key_are_refused_before_any_request(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, stream_maps={"lttc": {"__alias__": "cfr"}})
    assert output.lines == ["Setting `stream_maps` gives the streams cfr and lttc one name, cfr."]
    chosen = catalog(sei)
    for entry in chosen["streams"]:
        del entry["schema"]["properties"][entry["key_properties"][-1]]
    output = run(sei, clock, catalog=chosen, select=("lttc",))
    assert output.lines == [
        "The catalog leaves out `period_start`, which is part of the key of stream lttc. Select it."
    ]
    assert len(sei.requests) == 0


def test_stream_maps_can_name_streams_that_are_off_and_columns_of_some_streams(sei: Standin, clock: FakeClock) -> None:
    maps = {"teams": {"name": None}, "__else__": None, "lttc": {"new": "team"}, "c*": {"cfr": None}}
    output = run(sei, clock, stream_maps=maps, select=("lttc", "cfr"))
    assert output.error is None
    assert {record["new"] for record in output.records("lttc")} == {"Checkout"}
    assert all("cfr" not in record for record in output.records("cfr"))


def test_scopes_that_can_overlap_are_reported(sei: Standin, clock: FakeClock, warned: Any) -> None:
    run(sei, clock, team_ids=[team(sei, CHECKOUT).team_id], org_tree_names=["Engineering"])
    (line,) = warned()
    assert line.startswith("`team_ids` and `org_tree_names` are both set")


def test_a_replay_reports_its_files_and_their_age(
    sei: Standin, clock: FakeClock, warned: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(sei, clock, archive_path=str(tmp_path))
    run(sei, clock, archive_path=str(tmp_path), replay=True)
    (line,) = warned()
    assert any(text.startswith(f"The archive in {tmp_path}, organization ") for text in caplog.messages)
    assert line.startswith("Replaying files that SEI made between 2026-11-23 and 2026-11-23. Their figures replace ")


def test_a_replay_of_fewer_streams_reports_the_columns_of_the_others(
    sei: Standin, clock: FakeClock, warned: Any, tmp_path: Path
) -> None:
    run(sei, clock, archive_path=str(tmp_path), select=("lttc", "cfr"))
    output = run(sei, clock, archive_path=str(tmp_path), select=("lttc",), replay=True)
    assert all("cfr_percent" in record["additional_metrics"] for record in output.records("lttc"))
    (line,) = [text for text in warned() if "columns" in text]
    assert line.startswith("The exports of lttc also have columns of other streams, which the tap keeps in")


def test_a_replay_reports_what_its_archive_lacks(sei: Standin, clock: FakeClock, warned: Any, tmp_path: Path) -> None:
    archive: dict[str, Any] = {"archive_path": str(tmp_path), "select": ("lttc",)}
    checkout = team(sei, CHECKOUT).team_id
    run(sei, clock, **archive)
    output = run(sei, clock, **archive, replay=True, team_ids=[checkout, "another"])
    assert output.error is None
    assert output.records("lttc")
    assert warned()[-1].startswith("The archive has no file for lttc of team:another. Check `archive_path`, ")


def test_a_replay_of_nothing_is_an_error(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    run(sei, clock, archive_path=str(tmp_path), select=("lttc",))
    output = run(sei, clock, archive_path=str(tmp_path), select=("lttc",), replay=True, aggregation="p90")
    assert isinstance(output.error, SettingsError)
    assert output.lines[0].startswith("The archive has no file for lttc of team:")


def test_a_metric_added_in_an_unfinished_load_is_reported_before_there_is_a_bookmark(
    sei: Standin, clock: FakeClock, warned: Any
) -> None:
    changes: dict[str, Any] = {"start_date": "2026-01-01", "end_date": "2026-06-30"}
    state = json.loads(json.dumps(run(sei, clock, metrics=["LTTC_Mean_Days"], **changes).state))
    (partition,) = state["bookmarks"]["custom_metrics"]["partitions"]
    del partition["replication_key"], partition["replication_key_value"]
    window = {"start": "2026-02-01", "end": "2026-05-31", "newest": "2026-05-01"}
    partition["windows_emitted"] = {"windows": [window], "on": "2026-11-23"}
    run(sei, clock, metrics=["LTTC_Mean_Days", "CFR"], state=state, **changes)
    assert warned()[0].startswith("Earlier runs loaded `custom_metrics` without CFR: null in the periods")
