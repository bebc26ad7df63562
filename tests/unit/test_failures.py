"""One message for each mistake, for any number of streams and scopes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_sei_efficiency.api.teams import read_teams
from tap_sei_efficiency.errors import DecodeError, ExportError, RefusedError, UnavailableError
from tap_sei_efficiency.model.requests import Scope, ScopeKind
from tap_sei_efficiency.run.failures import Failure, Failures
from tests.unit.builders import request

if TYPE_CHECKING:
    import pytest

STREAMS = ("lttc", "cfr", "mttr")
TEAMS = read_teams(
    [
        {"refId": 1, "name": "Engineering", "teamId": "team_eng"},
        {"refId": 2, "name": "Checkout", "teamId": "team_chk", "parentRefId": 1},
        {"refId": 3, "name": "Ledger", "teamId": "team_led", "parentRefId": 1},
    ],
    "7",
)


def unknown(name: str, kind: str = "team") -> RefusedError:
    about = f" of lttc+cfr of {kind}:{name}, 2026-09-01 to 2026-11-23"
    msg = f"SEI refused the request to create an export{about} (HTTP 404: No {name!r} here)."
    return RefusedError(msg, 404, about=about)


def lines(failures: Failures, scopes: list[str]) -> list[str]:
    return failures.lines(STREAMS, scopes, TEAMS)


def stopped(*errors: tuple[str, ExportError], streams: tuple[str, ...] = STREAMS) -> Failures:
    failures = Failures()
    for scope, error in errors:
        for stream in streams:
            failures.add(Failure(stream, scope, error))
    return failures


def test_a_scope_that_sei_does_not_know_is_one_warning_and_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        failures = stopped(("team:xyz", unknown("xyz")))
    assert len(caplog.messages) == 1
    (line,) = lines(failures, ["team:xyz", "team:team_led"])
    assert line.startswith("team:xyz: SEI refused the request to create an export (HTTP 404: No 'xyz' here). Check ")
    assert line.endswith(" Check `team_ids`: it contains IDs, not names; `--scopes` lists what SEI knows.")


def test_forty_names_instead_of_ids_are_four_warnings_and_one_line(caplog: pytest.LogCaptureFixture) -> None:
    names = ["checkout", "Ledger", *(f"Team number {number}" for number in range(38))]
    with caplog.at_level(logging.WARNING):
        failures = stopped(*((f"team:{name}", unknown(name)) for name in names))
    assert len(caplog.messages) == 4
    (line,) = lines(failures, [f"team:{name}" for name in names])
    assert line.startswith("team:checkout, team:Ledger, team:Team number 0, ")
    assert "team:Team number 17 and 20 more: SEI refused the request to create an export (HTTP 404" in line
    assert "check `org_identifier`, `project_identifier` and `api_url` too" in line
    assert line.endswith("Did you mean team_chk (Checkout), team_led (Ledger)?")


def test_for_a_misspelt_id_a_similar_id_is_suggested() -> None:
    (line,) = lines(stopped(("team:team_ckh", unknown("team_ckh"))), ["team:team_ckh"])
    assert line.endswith("Did you mean team_chk (Checkout)?")
    (line,) = lines(stopped(("team_ref:Checkout", unknown("Checkout")), streams=("team_reports",)), [])
    assert line.startswith("team_reports of team_ref:Checkout: ")
    assert line.endswith("Did you mean 2 (Checkout)?")


def test_each_kind_of_scope_has_its_setting() -> None:
    for scope, setting in [
        ("team:a", "team_ids"),
        ("org_tree:a", "org_tree_names"),
        ("team_ref:7", "legacy_team_ref_ids"),
        ("org tree 7", "org_tree_ids"),
    ]:
        (line,) = lines(stopped((scope, unknown("a"))), ["team:b"])
        assert f"Check `{setting}`" in line


def test_groups_that_are_refused_one_by_one_are_one_mistake() -> None:
    failures = Failures()
    for stream in STREAMS:
        about = f" of {request(groups=(stream,))}"
        msg = f"SEI refused the request to create an export{about} (HTTP 400: Too many rows)."
        failures.add(Failure(stream, "team:team_a", RefusedError(msg, 400, about=about)))
    assert lines(failures, ["team:team_a"]) == [
        "team:team_a: SEI refused the request to create an export (HTTP 400: Too many rows)."
    ]


def test_while_sei_is_down_all_scopes_are_one_line() -> None:
    errors = (UnavailableError(f"Gave up after {600 * (n == 0)} s trying to poll {n}: HTTP 503.") for n in range(26))
    (line,) = lines(stopped(*((f"team:{n}", error) for n, error in enumerate(errors))), [])
    assert line.startswith("team:0, team:1, ")
    assert line.endswith(" and 6 more: Gave up after 600 s trying to poll 0: HTTP 503.")


def test_different_mistakes_are_separate_lines_with_their_window() -> None:
    cut = DecodeError(f"Line 3 of export exp_1 of {request()}: column Team is blank; each row needs its team.")
    failures = stopped(("team:team_a", cut), streams=("lttc",))
    failures.add(Failure("cfr", "team:b", unknown("b")))
    first, second = lines(failures, [])
    assert first == f"lttc of team:team_a: {cut}"
    assert second.startswith("cfr of team:b: SEI refused")


def test_scopes_with_pipes_commas_and_dates_in_their_names_are_one_line() -> None:
    names = ["A, 2026-01-01 to 2026-01-31", "B (of team:C), x"]
    errors = []
    for name in names:
        about = f" of {request(scope=Scope(ScopeKind.ORG_TREE, name))}"
        errors.append((f"org_tree:{name}", DecodeError(f"The header{about} has no column `Team`.", about=about)))
    assert lines(stopped(*errors), []) == [
        f"org_tree:{names[0]}, org_tree:{names[1]}: The header has no column `Team`."
    ]
