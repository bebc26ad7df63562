"""A header line into what each of its columns means to each stream that reads the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.metric_names import read_name
from tap_sei_efficiency.model.spelling import shown, snake_case, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tap_sei_efficiency.model.metrics_table import Metric
    from tap_sei_efficiency.model.requests import Aggregation

MAX_COLUMNS = 2_000
MAX_NAME = 1_000
"""Most characters in a column's name."""

TEAM, HIERARCHY, LABEL, START, END = "Team", "Team_Hierarchy", "Granularity", "Start_Date", "End_Date"

TEAM_COLUMNS: Mapping[str, tuple[str, ...]] = {
    TEAM: (TEAM, "Team Name", "Collection Name"),  # the last one is documented for the legacy report
    HIERARCHY: (HIERARCHY, "Team Path"),
}
PERIOD_COLUMNS: Mapping[str, tuple[str, ...]] = {
    START: (START, "Period Start", "Period Start Date"),
    END: (END, "Period End", "Period End Date"),
    LABEL: (LABEL,),
}
"""Spellings of the columns that make the key; the first ones are documented for a sibling export."""

_KEYS = {
    has_periods: {
        words(spelling): key
        for columns in ([TEAM_COLUMNS, PERIOD_COLUMNS] if has_periods else [TEAM_COLUMNS])
        for key, spellings in columns.items()
        for spelling in spellings
    }
    for has_periods in (False, True)
}


class HeaderError(Exception):
    """A header that cannot be understood; the text completes a sentence that names the file."""


@dataclass(slots=True)
class Columns:
    """What one reader takes of a file: positions of its metrics, and of its metrics in another aggregation.

    `missing` are its documented metrics without a column; `clash` says why the reader cannot tell its columns apart.
    """

    metrics: dict[Metric, int] = field(default_factory=dict)
    others: dict[int, Metric] = field(default_factory=dict)
    missing: tuple[Metric, ...] = ()
    clash: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the file holds nothing of the reader's metrics."""
        return not self.metrics and not self.others


@dataclass(frozen=True, slots=True)
class Header:
    """What each column of a file is: part of the key, metrics of its readers, or nothing that a reader knows."""

    names: tuple[str, ...] = ()
    keys: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, Columns] = field(default_factory=dict)
    unknown: tuple[int, ...] = ()

    def additional(self, reader: str, *, keeps_unknown: bool) -> dict[str, tuple[int, Metric | None]]:
        """What goes to `additional_metrics` of `reader`, each column under a name of its own."""
        found: dict[int, Metric | None] = dict(self.columns[reader].others)
        if keeps_unknown:
            found |= dict.fromkeys(self.unknown)
        return dict(_named(self.names, found))


def read_header(
    names: Sequence[str],
    readers: Mapping[str, tuple[Metric, ...]],
    aggregation: Aggregation,
    *,
    has_periods: bool = True,
) -> Header:
    """What each of `names` means to each of `readers`, which look for these metrics.

    Raises:
        HeaderError: A key column is missing or there twice, two names are equal, no reader can tell its columns
            apart, or the header is out of bounds.
    """
    _check_bounds(names)
    keys: dict[str, int] = {}
    columns = {reader: Columns() for reader in readers}
    unknown = []
    for position, name in enumerate(names):
        if key := _KEYS[has_periods].get(words(name)):
            if key in keys:
                raise HeaderError(_two_columns(key, names[keys[key]], name))
            keys[key] = position
        elif not _claim(names, position, readers, columns, aggregation):
            unknown.append(position)
    _check_keys(names, keys, has_periods=has_periods)
    if columns and all(mine.clash for mine in columns.values()):
        raise HeaderError(next(mine.clash for mine in columns.values()))
    for reader, metrics in readers.items():
        found = columns[reader].metrics
        columns[reader].missing = tuple(metric for metric in metrics if metric.is_documented and metric not in found)
    return Header(tuple(names), keys, columns, tuple(unknown))


def _claim(
    names: Sequence[str],
    position: int,
    readers: Mapping[str, tuple[Metric, ...]],
    columns: Mapping[str, Columns],
    aggregation: Aggregation,
) -> bool:
    """Give the column at `position` to each reader that knows it; whether one does."""
    others: list[tuple[bool, str, Metric]] = []
    is_known = False
    for reader, metrics in readers.items():
        reading = read_name(names[position], metrics)
        if reading is None:
            continue
        is_known = True
        mine = columns[reader]
        if reading.aggregation not in {None, aggregation}:
            others.append((not reading.metric.is_documented, reader, reading.metric))
        elif reading.metric in mine.metrics:
            earlier = names[mine.metrics[reading.metric]]
            mine.clash = mine.clash or _two_columns(reading.metric.name, earlier, names[position])
        else:
            mine.metrics[reading.metric] = position
    for _, reader, metric in sorted(others, key=lambda other: other[0])[:1]:  # one of them is enough to keep it
        columns[reader].others[position] = metric
    return is_known


def _two_columns(column: str, earlier: str, later: str) -> str:
    return f"has two columns for `{column}`: {shown(earlier)} and {shown(later)}"


def _named(
    names: Sequence[str], columns: Mapping[int, Metric | None]
) -> Iterator[tuple[str, tuple[int, Metric | None]]]:
    """Each column under a name of its own, which does not depend on the order of the columns."""
    taken: set[str] = set()
    for position in sorted(columns, key=lambda position: names[position]):
        plain = snake_case(names[position]) or f"column_{position + 1}"
        numbered = (f"{plain}_{number}" for number in count(2))
        name = next(name for name in chain([plain], numbered) if name not in taken)
        taken.add(name)
        yield name, (position, columns[position])


def _check_bounds(names: Sequence[str]) -> None:
    if len(names) > MAX_COLUMNS:
        msg = f"has {len(names):,} columns, more than the {MAX_COLUMNS:,} that the tap reads"
        raise HeaderError(msg)
    if any(len(name) > MAX_NAME for name in names):
        msg = f"has a column name of more than {MAX_NAME:,} characters"
        raise HeaderError(msg)
    for name, times in Counter(name for name in names if name.strip()).items():
        if times > 1:
            msg = f"has two columns named {shown(name)}"
            raise HeaderError(msg)


def _check_keys(names: Sequence[str], keys: Collection[str], *, has_periods: bool) -> None:
    missing = [] if TEAM in keys else [f"`{TEAM}`"]
    if has_periods and not (START in keys or LABEL in keys):
        missing.append(f"`{START}` or `{LABEL}`")
    if missing:
        found = ", ".join(map(repr, names))
        msg = f"has no column {' and no '.join(missing)}, but {found[:MAX_NAME]}"
        raise HeaderError(msg)


def serving(header: Header, readers: Iterable[str]) -> list[str]:
    """Those of `readers` that a shared file serves: it has a column of theirs, and no two for the same metric.

    A reader whose columns are not documented is served by unknown columns, too.
    """
    return [reader for reader in readers if _serves(header, reader)]


def _serves(header: Header, reader: str) -> bool:
    columns = header.columns[reader]
    if columns.clash:
        return False
    return not columns.is_empty or (not columns.missing and bool(header.unknown))
