"""Assigns teams to shards. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def shard_of(team_id: str, shards: int) -> str:
    """The shard of a team, by rendezvous hashing: a new shard takes teams and moves none between the others."""
    return max((f"shard-{number:02}" for number in range(shards)), key=lambda shard: _weight(shard, team_id))


def by_shard(team_ids: Iterable[str], shards: int) -> dict[str, list[str]]:
    """The teams of each shard that has any, sorted by shard and team."""
    teams: dict[str, list[str]] = {}
    for team_id in sorted(set(team_ids)):
        teams.setdefault(shard_of(team_id, shards), []).append(team_id)
    return dict(sorted(teams.items()))


def _weight(shard: str, team_id: str) -> bytes:
    return sha256(f"{shard}/{team_id}".encode()).digest()
