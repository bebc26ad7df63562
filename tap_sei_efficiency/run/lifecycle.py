"""The life of an export request in a run, as a table of legal transitions. The docs' state diagram is drawn from it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Stage(StrEnum):
    """The stage of a request."""

    WAITING = "waiting"  # no job at SEI
    RUNNING = "running"  # an unfinished job at SEI, which takes a slot
    COMPLETED = "completed"  # SEI has the file
    DONE = "done"  # the file was read
    SPLIT = "split"  # smaller requests replace it
    FAILED = "failed"  # given up; its error goes to each of its readers


class Event(StrEnum):
    """An event in the life of a request."""

    CREATED = "job created"
    RESUMED = "job of an earlier run taken up"
    FINISHED = "job completed"
    DIED = "job failed, cancelled, timed out or vanished"
    READ = "file read"
    DIVIDED = "divided into smaller requests"
    GIVEN_UP = "given up"


TRANSITIONS = MappingProxyType(
    {
        (Stage.WAITING, Event.CREATED): Stage.RUNNING,
        (Stage.WAITING, Event.RESUMED): Stage.RUNNING,
        (Stage.WAITING, Event.DIVIDED): Stage.SPLIT,
        (Stage.WAITING, Event.GIVEN_UP): Stage.FAILED,
        (Stage.RUNNING, Event.FINISHED): Stage.COMPLETED,
        (Stage.RUNNING, Event.DIED): Stage.WAITING,
        (Stage.RUNNING, Event.GIVEN_UP): Stage.FAILED,
        (Stage.COMPLETED, Event.READ): Stage.DONE,
        (Stage.COMPLETED, Event.DIED): Stage.WAITING,
        (Stage.COMPLETED, Event.GIVEN_UP): Stage.FAILED,
    }
)
_ENDS = (Stage.DONE, Stage.SPLIT, Stage.FAILED)


def after(stage: Stage, event: Event) -> Stage:
    """The stage that follows `stage` on `event`; ValueError if the table has no such transition."""
    try:
        return TRANSITIONS[stage, event]
    except KeyError:
        msg = f"A request that is {stage} cannot have {event.value!r} happen to it"
        raise ValueError(msg) from None


def mermaid() -> str:
    """The table as a Mermaid state diagram."""
    lines = [f"    {start} --> {end}: {event.value}" for (start, event), end in TRANSITIONS.items()]
    ends = [f"    {stage} --> [*]" for stage in _ENDS]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Stage.WAITING}", *lines, *ends])
