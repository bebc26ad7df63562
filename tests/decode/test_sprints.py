"""Files by sprint: identity, days and state of each row, and which file a sprint is read from."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.decode import FileSpec, read
from tap_sei_efficiency.errors import DecodeError
from tap_sei_efficiency.model.dialect import Dialect
from tap_sei_efficiency.model.periods import Calendar, Days, Granularity, Window
from tap_sei_efficiency.model.requests import LONGEST_SPRINT, Aggregation
from tests.decode.files import decode, spec_of
from tests.examples import examples

SPRINTS = spec_of(
    "sprints",
    aggregation=Aggregation.STORY_POINTS,
    calendar=Calendar(Granularity.SPRINT),
    window=Window(date(2026, 1, 1), date(2026, 3, 31)),
    as_of=date(2026, 4, 2),
)
KEYS = "Team,Team_Hierarchy,Sprint_Id,Sprint_Name,Sprint_State,Sprint_Start_Date,Sprint_End_Date"


def row(**changes: str) -> str:
    """The key cells of a sprint in January."""
    cells = {
        "team": "Core",
        "path": "Engineering/Core",
        "id": "31",
        "name": "Sprint 7",
        "state": "closed",
        "start": "2026-01-05",
        "end": "2026-01-18",
    }
    return ",".join((cells | changes).values())


def sprints(*rows: str, header: str = f"{KEYS},SPRINT_COMMIT", spec: FileSpec = SPRINTS) -> list[dict[str, Any]]:
    """The records of `rows`, each with a commit of 8 points behind its keys."""
    return decode("\n".join([header, *(f"{each},8" for each in rows)]), spec)


def refused(*rows: str, header: str = f"{KEYS},SPRINT_COMMIT") -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(DecodeError) as refusal:
        sprints(*rows, header=header)
    return str(refusal.value)


def test_a_record_has_its_sprint_and_its_mode() -> None:
    record = sprints(row())[0]
    assert record["sprint_commit"] == 8
    told = ("team_path", "granularity", "computation_mode", "sprint", "sprint_name", "sprint_state")
    assert [record[name] for name in told] == ["Engineering/Core", "SPRINT", "STORY_POINTS", "31", "Sprint 7", "closed"]
    days = ("period_start", "period_end", "period_label", "is_period_complete")
    assert [record[name] for name in days] == ["2026-01-05", "2026-01-18", None, True]


def test_without_an_id_a_sprint_is_its_name_and_its_first_day() -> None:
    """A team may call every sprint the same."""
    records = sprints(row(id=""), row(id="—", start="2026-01-19", end="2026-02-01"))
    assert [record["sprint"] for record in records] == ["Sprint 7 2026-01-05", "Sprint 7 2026-01-19"]
    header = "Team,Sprint,Start_Date,End_Date,SPRINT_COMMIT"
    assert sprints("Core,Sprint 7,2026-01-05,2026-01-18", header=header)[0]["sprint"] == "Sprint 7 2026-01-05"


def test_the_label_names_a_sprint_if_nothing_else_does() -> None:
    record = sprints(
        "Sprint 7,Core,2026-01-05,2026-01-18", header="Granularity,Team,Start_Date,End_Date,SPRINT_COMMIT"
    )[0]
    assert (record["sprint_name"], record["period_label"]) == ("Sprint 7", "Sprint 7")
    assert record["sprint_state"] is None


def test_columns_beside_the_dates_of_a_sprint_are_kept() -> None:
    header = f"{KEYS},Start_Date,End_Date,SPRINT_COMMIT"
    record = sprints(f"{row()},2025-11-20,2026-03-31", header=header)[0]
    assert (record["period_start"], record["period_end"]) == ("2026-01-05", "2026-01-18")
    assert record["additional_metrics"] == {"start_date": "2025-11-20", "end_date": "2026-03-31"}


def test_the_more_exact_of_two_names_of_a_column_counts_and_the_other_is_kept() -> None:
    header = "Team,Status,Sprint,Sprint_Name,Sprint_State,Start_Date,End_Date,SPRINT_COMMIT"
    record = sprints("Core,done,31,Sprint 7,ACTIVE,2026-01-05,2026-01-18", header=header)[0]
    assert (record["sprint"], record["sprint_name"], record["sprint_state"]) == (
        "Sprint 7 2026-01-05",
        "Sprint 7",
        "ACTIVE",
    )
    assert record["additional_metrics"] == {"status": "done", "sprint": 31}


@pytest.mark.parametrize("name", ["State", "Status", "sprintStatus"])
def test_a_general_name_of_the_state_is_enough(name: str) -> None:
    header = f"Team,Sprint_Id,{name},Sprint Start Time,Sprint End Time,SPRINT_COMMIT"
    record = sprints("Core,31,active,2026-01-05T08:00:00Z,2026-01-18T08:00:00Z", header=header)[0]
    assert (record["sprint_state"], record["is_period_complete"]) == ("active", False)


def test_times_of_day_leave_the_day_as_it_is_written() -> None:
    record = sprints(row(start="2026-01-05T09:30:00Z", end="2026-01-18 23:59"))[0]
    assert (record["period_start"], record["period_end"]) == ("2026-01-05", "2026-01-18")


@pytest.mark.parametrize(
    ("changes", "is_over"),
    [
        ({}, True),
        ({"state": ""}, True),
        ({"state": "ACTIVE"}, False),  # its team has not closed it yet
        ({"state": "Laufend"}, False),
        ({"state": "IN_PROGRESS"}, False),
        ({"state": "In-Progress"}, False),
        ({"end": "2026-04-02", "start": "2026-03-20"}, False),  # it ends on the day on which SEI made the file
        ({"end": ""}, False),
    ],
)
def test_a_sprint_is_over_by_its_last_day_and_its_state(changes: dict[str, str], is_over: bool) -> None:
    spec = replace(SPRINTS, dialect=Dialect(open_sprint_states=("active", "laufend", "in progress")))
    assert [record["is_period_complete"] for record in sprints(row(**changes), spec=spec)] == [is_over]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start": ""}, "the sprint has no date in column 'Sprint_Start_Date'"),
        ({"start": "soon"}, "column 'Sprint_Start_Date' holds 'soon', which is not a date such as 2026-01-31"),
        ({"end": "18"}, "column 'Sprint_End_Date' holds '18', which is not a date"),
        ({"end": "2026-01-04"}, "the sprint ends on 2026-01-04, before it starts on 2026-01-05"),
        ({"id": "", "name": "N/A"}, "the sprint has neither an ID nor a name"),
    ],
)
def test_a_row_that_is_no_sprint_is_refused_with_its_line(changes: dict[str, str], reason: str) -> None:
    said = refused(row(id="30"), row(**changes))
    assert said.startswith(f"Line 3 of export exp_1: {reason}")


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("Team,Sprint_Start_Date,Sprint_End_Date", "`Sprint_Id` or `Sprint_Name` or `Granularity`"),
        ("Team,Sprint_Id,Sprint_End_Date", "`Sprint_Start_Date` or `Start_Date`"),
        ("Team,Sprint_Id,Sprint_Start_Date", "`Sprint_End_Date` or `End_Date`"),
    ],
)
def test_a_file_without_identity_or_dates_is_refused(header: str, missing: str) -> None:
    assert f"has no column {missing}, but " in refused(header=header)


@pytest.mark.parametrize("changes", [{"state": "future"}, {"id": "", "name": "", "state": ""}])
def test_a_row_without_dates_is_left_out_if_it_is_about_no_sprint_that_has_begun(changes: dict[str, str]) -> None:
    lines = [f"{KEYS},SPRINT_COMMIT", f"{row()},8", f"{row(start='', end='', **changes)},40"]
    decoded = read(io.BytesIO("\n".join(lines).encode()), SPRINTS)
    assert [record["sprint"] for record in decoded.records("sprints")] == ["31"]
    assert decoded.left_out == 1
    assert "has no date" in refused(row(start="", end=""))


def test_two_rows_of_one_sprint_are_refused() -> None:
    said = refused(row(), row(start="2026-01-06"))
    assert "Lines 2 and 3 of export exp_1 both have team 'Core' (path 'Engineering/Core') in sprint '31'." in said


def test_zero_is_a_value_and_a_dash_is_none_and_marks_are_read() -> None:
    header = f"{KEYS},SPRINT_CREEP,CHURN_RATE,DELIVERED_COMMIT"
    spec = replace(SPRINTS, dialect=Dialect(decimal_mark=","))
    rows = "\n".join([header, f'{row()},0,"12,5%","1.012,5"', f"{row(id='32')},—,,0"])
    first, second = decode(rows, spec)
    assert [first[name] for name in ("sprint_creep", "churn_rate", "delivered_commit")] == [0, 12.5, 1012.5]
    assert [second[name] for name in ("sprint_creep", "churn_rate", "delivered_commit")] == [None, None, 0]


def test_the_column_of_the_other_mode_is_kept_beside() -> None:
    header = f"{KEYS},SPRINT_COMMIT_Story_Points,SPRINT_COMMIT_Tickets"
    record = decode(f"{header}\n{row()},8,3", SPRINTS)[0]
    assert (record["sprint_commit"], record["additional_metrics"]) == (8, {"sprint_commit_tickets": 3})


@pytest.mark.parametrize("share", ["Percentage", "(%)", "pct", "Percent (story points)"])
def test_a_share_is_told_from_its_amount(share: str) -> None:
    header = f"{KEYS},Total Work Delivered (SP),Total Work Delivered {share},Committed Work Delivered {share}"
    record = decode(f"{header}\n{row()},8,80%,75", SPRINTS)[0]
    told = ("total_work_delivered", "total_work_delivered_percent", "committed_work_delivered_percent")
    assert [record[name] for name in told] == [8, 80, 75]


def test_a_file_of_periods_has_no_columns_of_sprints() -> None:
    """Such a column is no key there, and is kept."""
    header = "Granularity,Team,Start_Date,End_Date,Sprint,SPRINT_COMMIT"
    spec = spec_of("sprint_work", aggregation=Aggregation.TICKETS)
    record = decode(f"{header}\nJan 2026,Core,2026-01-01,2026-01-31,Sprint 7,8", spec)[0]
    assert (record["computation_mode"], record["additional_metrics"]) == ("TICKETS", {"sprint": "Sprint 7"})


ENDS = {"touch": lambda s, d: s.start <= d.end and s.end >= d.start, "start": lambda s, d: d.start <= s.start <= d.end}
ENDS["end"] = lambda s, d: d.start <= s.end <= d.end


@examples(50)
@given(
    st.sampled_from(sorted(ENDS)),
    st.lists(st.integers(6, 40), min_size=1, max_size=4),
    st.lists(st.integers(20, 120), min_size=1, max_size=5),
)
def test_every_sprint_of_a_load_comes_once_whatever_sei_exports_for_a_range(
    pick: str, lengths: list[int], cuts: list[int]
) -> None:
    """Windows tile the load; each export begins earlier, and SEI picks sprints by any of three rules."""
    load = Days(date(2025, 9, 1), date(2026, 4, 1))
    windows = _tiled(load, cuts)
    everything = _sprints(load.start - timedelta(60), load.end, lengths)
    read_from: list[str] = []
    for window in windows:
        asked = Days(window.start - LONGEST_SPRINT, window.end)
        returned = [sprint for sprint in everything if ENDS[pick](sprint, asked)]
        rows = [row(id=str(sprint.start), start=str(sprint.start), end=str(sprint.end)) for sprint in returned]
        spec = replace(SPRINTS, window=window, as_of=load.end, has_open=window.end == load.end)
        read_from += [record["sprint"] for record in sprints(*rows, spec=spec)]
    due = [str(each.start) for each in everything if load.start <= each.end <= load.end]
    still_open = [str(each.start) for each in everything if each.end > load.end and pick != "end"]
    assert sorted(read_from) == sorted(due + still_open)


def _tiled(load: Days, cuts: list[int]) -> list[Window]:
    windows, start = [], load.start
    for cut in cuts:
        if start + timedelta(cut) < load.end:
            windows.append(Window(start, start + timedelta(cut)))
            start += timedelta(cut + 1)
    return [*windows, Window(start, load.end)]


def _sprints(first: date, last: date, lengths: list[int]) -> list[Days]:
    found: list[Days] = []
    while first <= last:
        length = lengths[len(found) % len(lengths)]
        found.append(Days(first, first + timedelta(length)))
        first = found[-1].end + timedelta(1)
    return found


def test_a_sprint_too_long_for_the_next_export_is_read_from_both() -> None:
    long = row(start="2026-01-01", end="2026-03-20")
    february = replace(SPRINTS, window=Window(date(2026, 2, 1), date(2026, 2, 28)), has_open=False)
    march = replace(SPRINTS, window=Window(date(2026, 3, 1), date(2026, 3, 31)))
    assert [len(sprints(long, spec=spec)) for spec in (february, march)] == [1, 1]


def test_an_export_without_a_sprint_of_its_own_has_no_records() -> None:
    file = f"{KEYS},SPRINT_COMMIT\n{row(start='2025-12-01', end='2025-12-14')},8\n"
    assert not decode(file, SPRINTS)
    decoded = read(io.BytesIO(file.encode()), SPRINTS)
    assert not list(decoded.blocks(["sprints"], "sprints"))
