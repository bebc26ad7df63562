"""The emitted records equal the stand-in's truth, computed without code of the tap."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from standin.csvfile import DIALECTS
from standin.metrics import GROUPS
from standin.server import Standin
from tests.sync.run import run, team
from tests.sync.truth import expected, told

if TYPE_CHECKING:
    from standin.clock import FakeClock

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("granularity", ["WEEKLY", "MONTHLY", "QUARTERLY"])
@pytest.mark.parametrize("share", [True, False])
def test_every_stream_of_a_team_and_of_an_org_tree_is_true(
    sei: Standin, clock: FakeClock, granularity: str, share: bool
) -> None:
    payments = team(sei, "Engineering/Payments")
    as_of, first = clock.now(), date(2026, 9, 1)
    output = run(
        sei,
        clock,
        team_ids=[payments.team_id],
        org_tree_names=["Operations"],
        granularity=granularity,
        start_date=first.isoformat(),
        share_exports=share,
    )
    assert output.error is None
    teams = [*sei.org.below(payments), *sei.org.below(team(sei, "Operations"))]
    for stream in GROUPS:
        true = expected(sei, stream, teams, first=first, last=clock.now().date(), as_of=as_of, granularity=granularity)
        assert true
        assert told(output.table(stream), true) == true


@pytest.mark.parametrize("aggregation", ["mean", "median", "p90", "p95"])
def test_every_aggregation_is_true(sei: Standin, clock: FakeClock, aggregation: str) -> None:
    checkout, as_of = team(sei, "Engineering/Payments/Checkout"), clock.now()
    output = run(sei, clock, aggregation=aggregation, select=("lttc", "mttr"))
    for stream in ("lttc", "mttr"):
        true = expected(
            sei, stream, [checkout], first=date(2026, 6, 1), last=TODAY, as_of=as_of, aggregation=aggregation
        )
        assert told(output.table(stream), true) == true


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_form_of_the_file_gives_the_same_records(clock: FakeClock, dialect: str) -> None:
    with Standin(clock=clock, job_seconds=5, dialect=DIALECTS[dialect]) as sei:
        payments, as_of = team(sei, "Engineering/Payments"), clock.now()
        output = run(sei, clock, team_ids=[payments.team_id], start_date="2026-10-01")
        assert output.error is None
        for stream in GROUPS.keys() - {"summary"}:
            true = expected(sei, stream, sei.org.below(payments), first=date(2026, 10, 1), last=TODAY, as_of=as_of)
            if dialect == "flat":  # without Team_Hierarchy, the team's name is its path
                true = {(*key[:2], key[3], *key[3:]): figures for key, figures in true.items()}
            assert told(output.table(stream), true) == true


def test_unknown_columns_are_kept_in_one_stream(clock: FakeClock) -> None:
    with Standin(clock=clock, job_seconds=5, dialect=DIALECTS["extra"]) as sei:
        output = run(sei, clock)
    names = {"profile_name", "data_quality_score"}
    assert all(names <= record["additional_metrics"].keys() for record in output.records("summary"))
    assert not any(record["additional_metrics"] for record in output.records("lttc"))


def test_without_a_summary_the_first_group_keeps_them(clock: FakeClock) -> None:
    with Standin(clock=clock, job_seconds=5, dialect=DIALECTS["extra"]) as sei:
        output = run(sei, clock, select=("lttc", "cfr"))
    keepers = {stream for stream in ("lttc", "cfr") if output.records(stream)[0]["additional_metrics"]}
    assert len(keepers) == 1


def test_records_contain_their_origin(sei: Standin, clock: FakeClock) -> None:
    checkout, as_of = team(sei, "Engineering/Payments/Checkout"), clock.now()
    record = run(sei, clock, select=("lttc",)).records("lttc")[0]
    assert record["scope"] == f"team:{checkout.team_id}"
    assert record["export_id"] == sei.jobs.all[0].export_id
    assert record["exported_at"] == as_of.isoformat()
    assert (record["team_path"], record["team_hierarchy"]) == (checkout.path, checkout.path)


def test_the_last_period_is_open_and_a_closed_one_is_complete(sei: Standin, clock: FakeClock) -> None:
    records = run(sei, clock, select=("lttc",)).records("lttc")
    assert [r["period_start"] for r in records if not r["is_period_complete"]] == ["2026-11-01"]


def test_a_period_cut_by_the_end_date_is_not_complete(sei: Standin, clock: FakeClock) -> None:
    records = run(sei, clock, select=("lttc",), end_date="2026-09-15").records("lttc")
    assert [r["period_start"] for r in records if not r["is_period_complete"]] == ["2026-09-01"]


def test_every_record_has_every_property_of_the_schema_and_no_key_is_null(sei: Standin, clock: FakeClock) -> None:
    """Every test here also validates each record against its schema."""
    output = run(sei, clock, org_tree_names=["Operations"], start_date="2026-09-01")
    for message in (m for m in output.messages if m["type"] == "SCHEMA"):
        records: list[dict[str, Any]] = output.records(message["stream"])
        assert records
        for record in records:
            assert record.keys() == message["schema"]["properties"].keys()
            assert all(record[key] is not None for key in message["key_properties"])
