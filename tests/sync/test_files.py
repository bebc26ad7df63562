"""Checks that need several files: one decimal mark, teams with one name; and ambiguous files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from standin.downloads import send_report
from tests.sync.run import Output, run, team

if TYPE_CHECKING:
    from collections.abc import Callable

    from standin.clock import FakeClock
    from standin.faults import Fault
    from standin.messages import Reply
    from standin.server import Standin

PATHS = ("Engineering/Payments/Checkout", "Engineering/Payments/Ledger")
MONTHS = {"2026-06": "Jun 2026", "2026-07": "Jul 2026", "2026-08": "Aug 2026", "2026-09": "Sep 2026"}


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[dict[str, Any]], str]], None]:
    """Give the stand-in's exports the text that a function returns for the request's body."""

    def put(text: Callable[[dict[str, Any]], str]) -> None:
        monkeypatch.setattr("standin.export_endpoints.export_file", lambda job, *_: text(job.body))

    return put


def two_teams(sei: Standin, clock: FakeClock, **changes: Any) -> Output:
    ids = [team(sei, each).team_id for each in PATHS]
    wanted = {"end_date": "2026-07-31", "select": ("lttc", "cfr"), "team_ids": ids}
    return run(sei, clock, **{**wanted, **changes})


def rows(header: str, *lines: str) -> str:
    return "\n".join([header, *lines, ""])


def test_after_a_decimal_comma_in_one_file_a_point_in_the_next_one_is_not_a_decimal_point(
    sei: Standin, clock: FakeClock, serve: Callable[..., None]
) -> None:
    def text(body: dict[str, Any]) -> str:
        figure = {"2026-06-01": '"0,5"', "2026-07-01": "1.234"}[body["dateRange"]["start"]]
        month = MONTHS[body["dateRange"]["start"][:7]]
        return rows("Granularity,Team,Team_Hierarchy,LTTC", f"{month},Checkout,A/Checkout,{figure}")

    serve(text)
    output = two_teams(sei, clock, select=("lttc",), window_periods=1, team_ids=[team(sei, PATHS[0]).team_id])
    (line,) = output.lines
    assert "'1.234', which is written with a decimal point, while other cells of the run have a decimal comma" in line
    assert [record["lttc"] for record in output.records("lttc")] == [0.5]


@pytest.mark.parametrize("path", ["", "A/Core"])
@pytest.mark.parametrize("figures", [(1, 2), (3, None), (1, 1)])
def test_two_teams_of_one_name_are_not_loaded_over_each_other(
    sei: Standin,
    clock: FakeClock,
    serve: Callable[..., None],
    figures: tuple[int, int | None],
    path: str,
) -> None:
    ids = [team(sei, each).team_id for each in PATHS]

    def text(body: dict[str, Any]) -> str:
        figure = figures[ids.index(body["scope"]["teamId"])]
        lines = [
            f"{label},Core,{path},{'' if figure is None else figure},5"
            for label in (MONTHS["2026-06"], MONTHS["2026-07"])
        ]
        return rows("Granularity,Team,Team_Hierarchy,LTTC,CFR", *lines)

    serve(text)
    output = two_teams(sei, clock)
    scopes = {record["scope"] for record in output.records("lttc")}
    assert {record["scope"] for record in output.records("cfr")} == {f"team:{each}" for each in ids}
    if figures[0] == figures[1]:
        assert (output.error, len(scopes)) == (None, 2)
        return
    (line,) = output.lines
    assert line.startswith("lttc of team:")
    assert f"team '{path or 'Core'}' has other figures in the period that starts on 2026-06-01 than in team:" in line
    assert len(scopes) == 1
    assert len(output.state["bookmarks"]["lttc"]["partitions"]) == 1


def test_a_team_below_another_scope_may_be_restated_between_the_two_exports(
    sei: Standin, clock: FakeClock, serve: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    ids = [team(sei, each).team_id for each in PATHS]

    def text(body: dict[str, Any]) -> str:
        figure = ids.index(body["scope"]["teamId"])
        parent = ["Jun 2026,A,A,7,7"] if figure else []
        return rows("Granularity,Team,Team_Hierarchy,LTTC,CFR", *parent, f"Jun 2026,Core,A/Core,{figure},{figure}")

    serve(text)
    output = two_teams(sei, clock, end_date="2026-06-30")
    assert output.error is None
    assert len({record["scope"] for record in output.records("lttc")}) == 2
    (warned,) = [record.message for record in caplog.records if "restated" in record.message]
    assert "team 'A/Core' has other figures in the period that starts on 2026-06-01 than in team:" in warned


def test_two_reports_with_teams_of_one_name_are_not_loaded_over_each_other(
    sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = iter((1.5, 2.5))

    def send(_data: bytes, name: str, fault: Fault | None) -> Reply:
        return send_report(
            f"Collection Name,Lead Time for Changes (mean)\nCore,{next(figures)}\n".encode(), name, fault
        )

    monkeypatch.setattr("standin.team_reports.send_report", send)
    refs = [team(sei, path).ref_id for path in PATHS]
    output = run(sei, clock, legacy_team_ref_ids=refs, end_date="2026-06-30", max_concurrent_exports=1)
    (line,) = output.lines
    assert line.startswith(f"team_reports of team_ref:{refs[1]}: In team report of team_ref:{refs[1]}, 2026-06-01 to")
    assert {record["scope"] for record in output.records("team_reports")} == {f"team_ref:{refs[0]}"}


def test_rows_that_can_be_one_period_of_several_are_reported(
    sei: Standin, clock: FakeClock, serve: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    serve(lambda _: rows("Team,Start_Date,LTTC,CFR", "Core,2026-06-01,1,1"))
    assert two_teams(sei, clock).error is None
    (warned,) = [text for text in caplog.messages if text.startswith("All rows of export ")]
    assert "start on 2026-06-01, and nothing shows how long their periods are" in warned


@pytest.mark.parametrize("days", [1, 2])
def test_a_job_from_days_before_the_run_is_said(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    created = clock.now() - timedelta(days=days)
    monkeypatch.setattr("tap_sei_efficiency.api.job_answers._instant", lambda _: created)
    assert two_teams(sei, clock, select=("lttc",)).error is None
    warned = [text for text in caplog.messages if text.startswith("SEI says that it created export ")]
    assert len(warned) == (0 if days == 1 else 2)
