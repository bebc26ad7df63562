"""What a run logs before its first request: how it understands the settings, and surprises. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.run.loads import read_load
from tap_sei_efficiency.run.plan import days_wanted
from tap_sei_efficiency.run.state import EMITTED, IN_FLIGHT, partitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.run.plan import Plan, StreamPlan
    from tap_sei_efficiency.settings import Settings

_MOST_NAMES = 5
_BACKFILL = "To load them, run once with a separate state: `meltano run --state-id-suffix=backfill …`"


def understood(settings: Settings, today: date) -> str:
    """The address, the organization and the days of the run."""
    end = f"today, {settings.end_date}" if settings.end_date == today else str(settings.end_date)
    modes = "".join(f", sprints in {mode}" for mode in settings.sprint_computation_modes if settings.sprint_metrics)
    source = f"The archive in {settings.archive_path}" if settings.replay else f"SEI at {settings.api_url}"
    return (
        f"{source}, organization {settings.org_identifier}, project {settings.project_identifier}: "
        f"{settings.granularity} figures ({settings.aggregation}{modes}) from {settings.start_date} to {end}."
    )


def named(scopes: Sequence[Scope]) -> str:
    """The number of scopes, and the names of the first ones."""
    more = ", …" if len(scopes) > _MOST_NAMES else ""
    return f"scopes: {len(scopes)} ({', '.join(map(str, scopes[:_MOST_NAMES]))}{more})"


def warnings(
    settings: Settings, state: Mapping[str, Any], scopes: Sequence[Scope], streams: Mapping[str, StreamPlan]
) -> Iterator[str]:
    """Warnings about what is probably not intended. `state` is the given one, `streams` those that read V2 exports."""
    if (settings.team_scopes or settings.every_leaf_team) and settings.org_tree_scopes:
        yield (
            "`team_ids` and `org_tree_names` are both set. A team that is also in one of the trees is exported "
            "twice, with the same key. Leave it out of one of the two."
        )
    yield from _unused(settings, state, scopes)
    yield from _not_loaded(settings, state, scopes, streams)


def nothing_left(settings: Settings, today: date) -> Iterator[str]:
    """Why a run has no period to export; nothing if it only waits for a period to end."""
    if days_wanted(settings, today) is None:
        yield "Nothing to export yet: the first period is not over, and `include_open_period` is false."
    elif settings.end_date < today:
        yield f"Nothing to export: the bookmarks of the state are after `end_date` {settings.end_date}."


def not_archived(plan: Plan, streams: Iterable[str], scopes: Sequence[Scope]) -> str | None:
    """What a replay is asked for and does not have; None if there is a file for each stream and scope."""
    missing = [f"{stream} of {scope}" for stream in streams for scope in scopes if (stream, scope) not in plan.pages]
    if not missing:
        return None
    more = f" and {len(missing) - _MOST_NAMES} more" if len(missing) > _MOST_NAMES else ""
    return (
        f"The archive has no file for {', '.join(missing[:_MOST_NAMES])}{more}. Check `archive_path`, `granularity`, "
        "`aggregation` and the scopes: a replay only uses files that were requested with the same values."
    )


def _unused(settings: Settings, state: Mapping[str, Any], scopes: Sequence[Scope]) -> Iterator[str]:
    bookmarks: Mapping[str, Any] = state.get("bookmarks", {})
    others = sorted(state.keys() - {"bookmarks"})
    if state.get(IN_FLIGHT) or any(any(partitions(state, view, scopes)) for view in settings.every_view):
        return
    if any(bookmarks.values()) and scopes:
        kept = {
            f"{context.get('scope')} ({context.get('granularity')}, "
            f"{context.get('aggregation') or context.get('computation_mode')})"
            for stream in bookmarks.values()
            for context in (partition["context"] for partition in stream.get("partitions", ()))
        }
        has = f"bookmarks of {', '.join(sorted(kept)[:_MOST_NAMES])}" if kept else f"streams {', '.join(bookmarks)}"
    elif others and not bookmarks:
        has = f"keys `{', '.join(others[:_MOST_NAMES])}` and no `bookmarks`"
    else:
        return
    yield f"The state has no bookmark for this run's scopes: everything is exported from `start_date`. It has {has}."


def _not_loaded(
    settings: Settings, state: Mapping[str, Any], scopes: Sequence[Scope], streams: Mapping[str, StreamPlan]
) -> Iterator[str]:
    start = settings.calendar.holding(settings.start_date).start
    later: set[date] = set()
    added: set[str] = set()
    found = (partitions(state, view, scopes) for view in settings.every_view)
    for stream, _, partition in chain.from_iterable(found):
        load = read_load(partition)
        plan = streams.get(stream)
        has_bookmark = "replication_key_value" in partition
        if load is None or not (has_bookmark or EMITTED in partition) or (plan and plan.from_the_start):
            continue
        if has_bookmark and start < load.start:
            later.add(load.start)
        if plan:
            added |= set(plan.metrics) - set(load.metrics)
    if later:
        yield (
            f"`start_date` {settings.start_date} is before {max(later)}, where earlier runs began. The bookmark "
            f"takes precedence, so this run does not load the periods between. {_BACKFILL}."
        )
    if added:
        yield (
            f"Earlier runs loaded `custom_metrics` without {', '.join(sorted(added))}: null in the periods that this "
            f"run does not load again. {_BACKFILL}."
        )
