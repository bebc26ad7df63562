"""The shard of a team and the request budget of a shard, without Dagster."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from demo.meltano import ROOT
from orchestrate.budget import share
from orchestrate.settings import number
from orchestrate.shards import by_shard, shard_of

TEAM_IDS = [f"team_{number:04}" for number in range(2000)]

team_ids = st.lists(st.text(min_size=1), max_size=50)


@given(team_ids, st.integers(min_value=1, max_value=100))
def test_every_team_is_in_exactly_one_shard(teams: list[str], shards: int) -> None:
    dealt = by_shard(teams, shards)
    assert sorted(team for members in dealt.values() for team in members) == sorted(set(teams))
    assert len(dealt) <= shards


@given(team_ids, team_ids, st.integers(min_value=1, max_value=20))
def test_new_teams_move_no_other_team(before: list[str], come: list[str], shards: int) -> None:
    after = by_shard([*come, *before], shards)
    assert all(set(members) <= set(after[shard]) for shard, members in by_shard(before, shards).items())


def test_a_new_shard_takes_its_share_and_moves_no_team_between_the_others() -> None:
    moved = [team for team in TEAM_IDS if shard_of(team, 8) != shard_of(team, 9)]
    assert {shard_of(team, 9) for team in moved} == {"shard-08"}
    assert len(moved) == pytest.approx(len(TEAM_IDS) / 9, rel=0.25)


def test_shards_have_about_the_same_size() -> None:
    sizes = [len(members) for members in by_shard(TEAM_IDS, 8).values()]
    assert len(sizes) == 8
    assert max(sizes) < 1.25 * min(sizes)


def test_a_teams_shard_is_the_same_in_every_release() -> None:
    assert [shard_of(team, 8) for team in ("team_0000", "team_0001", "東京")] == ["shard-05", "shard-02", "shard-03"]


@given(st.integers(min_value=1, max_value=380))
def test_runs_at_once_stay_within_the_budget_together(slots: int) -> None:
    given = share(slots, 380, 8)
    assert slots * int(given["TAP_SEI_EFFICIENCY_REQUESTS_PER_MINUTE"]) <= 380
    assert int(given["TAP_SEI_EFFICIENCY_MAX_CONCURRENT_EXPORTS"]) >= 1


@pytest.mark.parametrize("slots", [0, 381])
def test_a_pool_without_a_useful_limit_is_refused(slots: int) -> None:
    with pytest.raises(ValueError, match=r"dagster\.yaml"):
        share(slots, 380, 8)


def test_the_instance_limits_the_pool_and_sends_no_telemetry() -> None:
    instance = YAML(typ="safe").load(ROOT / "orchestrate" / "dagster.yaml")
    assert instance["concurrency"]["pools"] == {"default_limit": 4, "granularity": "run"}
    assert instance["telemetry"] == {"enabled": False}


def test_a_setting_is_a_whole_number() -> None:
    assert number("SHARDS", 8, environment={}) == 8
    assert number("SHARDS", 8, environment={"ORCHESTRATE_SHARDS": "16"}) == 16


@pytest.mark.parametrize("text", ["many", "-1", "0", "1.5"])
def test_a_bad_setting_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="Set it to a whole number of 1 or more"):
        number("SHARDS", 8, least=1, environment={"ORCHESTRATE_SHARDS": text})
