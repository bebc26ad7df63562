"""The meaning of each column of a header line for each stream that reads the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain, count
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.dialect import (
    END,
    HIERARCHY,
    LABEL,
    PLAIN,
    SPRINT_END,
    SPRINT_ID,
    SPRINT_NAME,
    SPRINT_START,
    SPRINT_STATE,
    START,
    TEAM,
)
from tap_sei_efficiency.model.metric_names import Reading, read_name
from tap_sei_efficiency.model.spelling import shown, snake_case, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tap_sei_efficiency.model.dialect import Dialect
    from tap_sei_efficiency.model.metrics_table import Metric
    from tap_sei_efficiency.model.requests import Aggregation

_DESCRIBING = {SPRINT_NAME, SPRINT_STATE}
"""Key columns with a general spelling, such as `Sprint` or `Status`: beside a more exact one it is something else."""
MAX_COLUMNS = 2_000
MAX_NAME = 1_000
"""Most characters in a column's name."""


class Rows(Enum):
    """What the rows of a file are about: the key columns that say so beside the team, and those that must be there.

    A file needs one column of each entry of `needs`. A legacy report has a row for each team alone.
    """

    TEAMS = ((), ())
    PERIODS = ((START, END, LABEL), ((START, LABEL),))
    SPRINTS = (
        (START, END, LABEL, SPRINT_ID, SPRINT_NAME, SPRINT_STATE, SPRINT_START, SPRINT_END),
        ((SPRINT_ID, SPRINT_NAME, LABEL), (SPRINT_START, START), (SPRINT_END, END)),
    )

    def __init__(self, keys: tuple[str, ...], needs: tuple[tuple[str, ...], ...]) -> None:
        self.keys = (TEAM, HIERARCHY, *keys)
        self.needs = ((TEAM,), *needs)


class HeaderError(Exception):
    """A header that cannot be understood; the text completes a sentence that names the file."""


@dataclass(slots=True)
class Columns:
    """What one reader takes of a file: positions of its metrics, and of its metrics in another aggregation.

    `missing` are its documented metrics without a column; `clash` says which two columns have the same metric.
    """

    metrics: dict[Metric, int] = field(default_factory=dict)
    others: dict[int, Metric] = field(default_factory=dict)
    missing: tuple[Metric, ...] = ()
    clash: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the file has none of the reader's metrics."""
        return not self.metrics and not self.others


@dataclass(frozen=True, slots=True)
class Header:
    """What each column of a file is: part of the key, metrics of its readers, or nothing that a reader knows."""

    names: tuple[str, ...] = ()
    keys: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, Columns] = field(default_factory=dict)
    unknown: tuple[int, ...] = ()

    @property
    def key_names(self) -> Mapping[str, str]:
        """The header of each key column."""
        return {key: self.names[position] for key, position in self.keys.items()}

    def additional(self, reader: str, *, keeps_unknown: bool) -> dict[str, tuple[int, Metric | None]]:
        """What goes to `additional_metrics` of `reader`, each column under a unique name."""
        found: dict[int, Metric | None] = dict(self.columns[reader].others)
        if keeps_unknown:
            found |= dict.fromkeys(self.unknown)
        return dict(_named(self.names, found))


def read_header(
    names: Sequence[str],
    readers: Mapping[str, tuple[Metric, ...]],
    aggregation: Aggregation,
    dialect: Dialect = PLAIN,
    rows: Rows = Rows.PERIODS,
) -> Header:
    """What each of `names` means to each of `readers`, which look for these metrics.

    Raises:
        HeaderError: A key column is missing or repeated, two names are equal, every reader has two columns for one
            metric, or the header is too large.
    """
    _check_bounds(names)
    spellings = {words(each): (key, rank) for key in rows.keys for rank, each in enumerate(dialect.key_columns[key])}
    overrides = _Overrides(dialect.columns, names)
    ranked: dict[str, tuple[int, int]] = {}
    columns = {reader: Columns() for reader in readers}
    unknown = []
    for position, name in enumerate(names):
        key, rank = spellings.get(words(name), ("", 0))
        if key and not overrides.metric(name):
            earlier = ranked.setdefault(key, (rank, position))
            if earlier[1] != position:
                if key not in _DESCRIBING or rank == earlier[0]:
                    raise HeaderError(_two_columns(key, names[earlier[1]], name))
                ranked[key], other = sorted([earlier, (rank, position)])
                unknown.append(other[1])
        elif not _claim(names, position, readers, columns, aggregation, overrides):
            unknown.append(position)
    keys = {key: position for key, (_, position) in ranked.items()}
    _check_keys(names, keys, rows)
    for own, general in ((SPRINT_START, START), (SPRINT_END, END)):
        if own in keys:  # what is beside it speaks of something else, such as the days that were asked for
            unknown += [keys.pop(general)] if general in keys else []
            keys[general] = keys.pop(own)
    if columns and all(mine.clash for mine in columns.values()):
        raise HeaderError(next(mine.clash for mine in columns.values()))
    for reader, metrics in readers.items():
        found = columns[reader].metrics
        columns[reader].missing = tuple(metric for metric in metrics if metric.is_documented and metric not in found)
    return Header(tuple(names), keys, columns, tuple(unknown))


class _Overrides:
    """What the dialect says of a file's headers; a metric that it gives a column has no other one."""

    def __init__(self, columns: Mapping[str, str], names: Sequence[str]) -> None:
        known = {words(header): metric for header, metric in columns.items()}
        self._metrics = {name: metric for name in names if (metric := known.get(words(name)))} if known else {}
        self._taken = frozenset(self._metrics.values())

    def metric(self, name: str) -> str | None:
        """The name of the metric in column `name`, if the dialect maps it."""
        return self._metrics.get(name)

    def reading(self, name: str, metrics: tuple[Metric, ...]) -> Reading | None:
        """What column `name` is of `metrics`."""
        if wanted := self._metrics.get(name):
            metric = next((metric for metric in metrics if metric.name == wanted), None)
            return Reading(metric, None) if metric else None
        found = read_name(name, metrics)
        return None if found and found.metric.name in self._taken else found


def _claim(
    names: Sequence[str],
    position: int,
    readers: Mapping[str, tuple[Metric, ...]],
    columns: Mapping[str, Columns],
    aggregation: Aggregation,
    overrides: _Overrides,
) -> bool:
    """Give the column at `position` to each reader that knows it; whether one does."""
    others: list[tuple[bool, str, Metric]] = []
    is_known = False
    for reader, metrics in readers.items():
        reading = overrides.reading(names[position], metrics)
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
    """Each column under a unique name that does not depend on the order of the columns."""
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


def _check_keys(names: Sequence[str], keys: Collection[str], rows: Rows) -> None:
    missing = [" or ".join(f"`{key}`" for key in either) for either in rows.needs if not set(either) & set(keys)]
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
