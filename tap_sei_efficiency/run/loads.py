"""The settings with which a partition was loaded, stored with its bookmark: later additions need a backfill. Pure."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads the field at run time
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KEY = "loaded"


class Load(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first day from which a partition was loaded, and its single metrics."""

    start: date
    metrics: tuple[str, ...] = ()


def read_load(partition_state: Mapping[str, Any]) -> Load | None:
    """How the partition was loaded; None if it never was, or by an earlier version of the tap."""
    try:
        return msgspec.convert(partition_state[_KEY], Load)
    except (KeyError, msgspec.ValidationError):
        return None


def note_load(partition_state: dict[str, Any], start: date, metrics: Sequence[str]) -> None:
    """Note that a run emits the partition from `start` on, if that is all of it. Called before its bookmark moves."""
    known = read_load(partition_state)
    if "windows_emitted" in partition_state:
        if known and start < known.start:
            partition_state[_KEY] = msgspec.to_builtins(Load(start, known.metrics))
    elif "replication_key_value" not in partition_state or (known and start <= known.start):
        partition_state[_KEY] = msgspec.to_builtins(Load(start, tuple(metrics)))
