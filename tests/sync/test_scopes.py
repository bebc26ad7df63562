"""`--scopes`, the stream of org trees, and every leaf team of an account without a named tree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from standin.faults import Fault
from standin.server import Standin
from tap_sei_efficiency.errors import RunFailedError
from tap_sei_efficiency.tap import TapSeiEfficiency
from tests.sync.run import config, run

if TYPE_CHECKING:
    from standin.clock import FakeClock


def print_scopes(sei: Standin, clock: FakeClock, **changes: Any) -> None:
    """Run `--scopes`."""
    TapSeiEfficiency(
        config=config(sei, **changes), clock=clock, today=clock.now().date(), any_scope=True
    ).print_scopes()


@pytest.mark.parametrize("shape", ["flat", "page", "nested"])
def test_the_output_can_be_pasted_into_settings(
    clock: FakeClock, capsys: pytest.CaptureFixture[str], shape: str
) -> None:
    with Standin(clock=clock, job_seconds=5, teams_shape=shape) as sei:
        print_scopes(sei, clock, team_ids=[])
        lines = capsys.readouterr().out.splitlines()
        assert not sei.jobs.all
        pasted = [json.loads(line) for line in lines if line.startswith("{")]
        assert [list(choice) for choice in pasted] == [
            ["org_tree_names"],
            ["org_tree_ids"],
            ["team_ids"],
            ["legacy_team_ref_ids"],
        ]
        leaves = [team.team_id for team in sei.org.teams if team.is_leaf]
        assert pasted[2]["team_ids"] == leaves
        assert pasted[3]["legacy_team_ref_ids"] == [tree.root_ref_id for tree in sei.org.trees]
        output = run(sei, clock, select=("lttc",), start_date="2026-11-01", **pasted[0])
        assert output.error is None
        assert output.records("lttc")
    assert lines[0].split() == ["org_tree_names", "org_tree_ids", "team", "leaf", "team_ids", "legacy_team_ref_ids"]
    assert any("Engineering/Payments/Checkout" in line and "yes" in line for line in lines)


def test_trees_of_the_settings_are_listed_if_the_server_lists_none(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = (Fault("page", endpoint="teams", status=404, times=1),)
    with (
        Standin(clock=clock, faults=faults) as sei,
        pytest.raises(RunFailedError, match="list the org trees"),
    ):
        print_scopes(sei, clock, org_tree_ids=[2])
    assert "Operations/Platform/Networks" in capsys.readouterr().out


def test_every_leaf_team_needs_no_tree_if_the_server_lists_them(sei: Standin, clock: FakeClock) -> None:
    output = run(sei, clock, team_ids=["*"], select=("rating",), start_date="2026-11-01")
    assert output.error is None
    scopes = {record["scope"] for record in output.records("rating")}
    assert scopes <= {f"team:{team.team_id}" for team in sei.org.teams if team.is_leaf}
    assert sei.org.team_at("Operations/Platform/Networks").team_id in {scope[5:] for scope in scopes}


def test_without_a_list_of_trees_the_message_says_what_to_set(clock: FakeClock) -> None:
    with Standin(clock=clock, faults=(Fault("page", endpoint="teams", status=404),)) as sei:
        output = run(sei, clock, team_ids=["*"], select=("rating",))
    assert "every org tree: SEI refused the request to list the org trees" in output.lines[0]
    assert output.lines[0].endswith('Set `org_tree_ids`, from which `team_ids` ["*"] then takes its teams.')


def test_the_stream_of_org_trees_is_off_by_default(sei: Standin, clock: FakeClock) -> None:
    plain = run(sei, clock, org_tree_ids=[1])
    assert not plain.records("org_trees")
    trees = run(sei, clock, list_org_trees=True, select=("org_trees",)).records("org_trees")
    assert [(tree["org_tree_id"], tree["name"], tree["root_ref_id"]) for tree in trees] == [
        (str(tree.tree_id), tree.name, tree.root_ref_id) for tree in sei.org.trees
    ]


@pytest.mark.parametrize("trees", [[], [7]])
def test_every_leaf_team_of_no_team_is_an_error(
    sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, trees: list[int]
) -> None:
    monkeypatch.setattr("tap_sei_efficiency.api.client.SeiClient.org_trees", lambda _: {"content": []})
    monkeypatch.setattr("tap_sei_efficiency.api.client.SeiClient.teams", lambda *_: [])
    output = run(sei, clock, team_ids=["*"], org_tree_ids=trees, select=("rating",))
    assert output.lines == [
        "team_ids of every org tree: SEI lists no leaf team. Check `org_tree_ids`, and the role of the key."
    ]
