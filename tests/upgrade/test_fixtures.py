"""State and catalog of each released version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_sei_efficiency.model.metrics_table import GROUPS
from tests.sync.run import run, team

if TYPE_CHECKING:
    from standin.clock import FakeClock
    from standin.server import Standin

FOLDER = Path(__file__).parent


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


@pytest.mark.parametrize("path", sorted(FOLDER.glob("state-*.json")), ids=lambda path: path.stem)
def test_a_run_continues_from_the_state_of_an_earlier_version(sei: Standin, clock: FakeClock, path: Path) -> None:
    """It has bookmarks in November of one team, one org tree and one legacy team, and a job in flight."""
    state = read(path)
    ledger = team(sei, "Engineering/Payments/Ledger")
    output = run(
        sei,
        clock,
        state=state,
        team_ids=[ledger.team_id],
        org_tree_names=["Operations"],
        legacy_team_ref_ids=[ledger.ref_id],
    )
    assert output.error is None
    assert {job.body["dateRange"]["start"] for job in sei.jobs.all} == {"2026-10-01"}
    assert [record["period_start"] for record in output.records("team_reports")] == ["2026-10-01", "2026-11-01"]
    (left,) = state["exports_in_flight"]
    assert any(left["export_id"] in seen.path for seen in sei.requests)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("catalog-*.json")), ids=lambda path: path.stem)
def test_a_catalog_of_an_earlier_version_selects_the_same_streams(sei: Standin, clock: FakeClock, path: Path) -> None:
    catalog = read(path)
    output = run(sei, clock, catalog=catalog)
    assert output.error is None
    for entry in catalog["streams"]:
        columns = entry["schema"]["properties"].keys()
        assert output.records(entry["tap_stream_id"])
        assert all(columns == record.keys() for record in output.records(entry["tap_stream_id"]))
    assert {entry["tap_stream_id"] for entry in catalog["streams"]} >= GROUPS.keys()
