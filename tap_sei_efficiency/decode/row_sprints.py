"""The sprint of each row, from the row's own cells, and whether the row belongs to this file.

Which sprints SEI exports for a range of days is not documented: those that begin in it, end in it, or share a day
with it. So each export asks for more days than its window, and a sprint is read from the file of the window in which
it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_sei_efficiency.decode.cells import Nulls
from tap_sei_efficiency.decode.labels import read_day
from tap_sei_efficiency.decode.row_periods import RowCells
from tap_sei_efficiency.model.dialect import END, LABEL, SPRINT_ID, SPRINT_NAME, SPRINT_STATE, START
from tap_sei_efficiency.model.requests import LONGEST_SPRINT
from tap_sei_efficiency.model.spelling import shown, words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tap_sei_efficiency.model.dialect import Dialect
    from tap_sei_efficiency.model.periods import Window


class RowSprint(NamedTuple):
    """What a record says of its sprint. `start` is empty if the row has no place in time, and so is none of a file."""

    sprint: str
    name: str | None
    state: str | None
    start: str
    end: str | None
    label: str | None
    is_over: bool


class RowSprints(RowCells[RowSprint]):
    """Cells to their sprint. `names` are the file's headers of the key columns, for errors."""

    key_columns = (SPRINT_ID, SPRINT_NAME, SPRINT_STATE, START, END, LABEL)
    properties = (
        "sprint",
        "sprint_name",
        "sprint_state",
        "period_start",
        "period_end",
        "period_label",
        "is_period_complete",
    )

    def __init__(self, window: Window, as_of: date, names: Mapping[str, str], dialect: Dialect) -> None:
        super().__init__()
        self._window = window
        self._as_of = as_of
        self._names = names
        self._nulls = Nulls(dialect.null_words)
        self._open_states = frozenset(map(words, dialect.open_sprint_states))

    def is_own(self, sprint: RowSprint, *, has_open: bool) -> bool:
        """Whether `sprint` is read from this file: it ends in the window, or after it if the file `has_open` ones.

        A sprint that began too early for the export of the next window is read from both.
        """
        if not sprint.start:
            return False
        if sprint.end and sprint.end <= self._window.end.isoformat():
            return sprint.end >= self._window.start.isoformat()
        return has_open or sprint.start <= (self._window.end - LONGEST_SPRINT).isoformat()

    def _read(self, sprint_id: str, name: str, state: str, start: str, end: str, label: str) -> RowSprint:
        named, stated = self._text(name) or self._text(label), self._text(state)
        # Issue trackers give a sprint its days when it begins; and a row without any sprint sums up a team.
        is_none = self._is_open(stated) or not (self._text(sprint_id) or named)
        if is_none and start in self._nulls and end in self._nulls:
            return RowSprint("", named, stated, "", None, None, is_over=False)
        first, last = self._day(START, start), None if end in self._nulls else self._day(END, end)
        if last and last < first:
            msg = f"the sprint ends on {last}, before it starts on {first}"
            raise ValueError(msg)
        sprint = self._text(sprint_id) or (f"{named} {first}" if named else None)
        if sprint is None:
            msg = "the sprint has neither an ID nor a name"
            raise ValueError(msg)
        return RowSprint(
            sprint=sprint,
            name=named,
            state=stated,
            start=first.isoformat(),
            end=last.isoformat() if last else None,
            label=self._text(label),
            is_over=self._is_over(last, stated),
        )

    def _is_over(self, last: date | None, state: str | None) -> bool:
        is_past = last is not None and last < self._as_of and last <= self._window.end
        return is_past and not self._is_open(state)

    def _is_open(self, state: str | None) -> bool:
        return words(state or "") in self._open_states

    def _text(self, cell: str) -> str | None:
        return None if cell in self._nulls else cell.strip()

    def _day(self, key: str, cell: str) -> date:
        column = shown(self._names[key])
        if cell in self._nulls:
            msg = f"the sprint has no date in column {column}; give it one in your issue tracker"
            raise ValueError(msg)
        day = read_day(cell)
        if day is None:
            msg = f"column {column} holds {shown(cell)}, which is not a date such as 2026-01-31"
            raise ValueError(msg)
        return day
