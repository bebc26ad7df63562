"""A header line into what each of its columns means."""

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


@dataclass(frozen=True, slots=True)
class Header:
    """Where each column of a record stands in a row.

    `additional` holds what goes to `additional_metrics`; `unknown` are the names, as they are in the file, of those
    columns among it that the table of metrics does not know. `missing` are the documented metrics without a column.
    """

    names: tuple[str, ...] = ()
    keys: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[Metric, int] = field(default_factory=dict)
    additional: Mapping[str, tuple[int, Metric | None]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    missing: tuple[Metric, ...] = ()

    def has(self, metrics: Iterable[Metric]) -> bool:
        """Whether the file has a column for any of `metrics`, if those are among what was looked for."""
        return any(metric in self.metrics for metric in metrics)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader of a file looks for in its header. `foreign` metrics are known, but another stream's."""

    metrics: tuple[Metric, ...]
    aggregation: Aggregation
    foreign: tuple[Metric, ...] = ()
    keeps_unknown: bool = True
    has_periods: bool = True

    @property
    def candidates(self) -> tuple[Metric, ...]:
        """All metrics, those last that a spelling in common means.

        What a shared file has of documented groups belongs to those; a group whose columns are not documented claims
        the rest.
        """
        documented = tuple(metric for metric in self.metrics if metric.is_documented)
        undocumented = tuple(metric for metric in self.metrics if not metric.is_documented)
        return (*undocumented, *self.foreign, *documented)


def read_header(names: Sequence[str], wanted: Wanted) -> Header:
    """What each of `names` means.

    Raises:
        HeaderError: Two names claim one column, a key column is missing, or the header is out of bounds.
    """
    _check_bounds(names)
    claims = _Claims()
    for position, name in enumerate(names):
        claims.add(position, name, wanted)
    _check_keys(names, claims.keys, wanted)
    return Header(
        names=tuple(names),
        keys=claims.keys,
        metrics=claims.metrics,
        additional=dict(_named(names, claims.additional)),
        unknown=tuple(names[position] for position, metric in claims.additional.items() if metric is None),
        missing=tuple(metric for metric in wanted.metrics if metric.is_documented and metric not in claims.metrics),
    )


@dataclass(frozen=True, slots=True)
class _Claims:
    keys: dict[str, int] = field(default_factory=dict)
    metrics: dict[Metric, int] = field(default_factory=dict)
    additional: dict[int, Metric | None] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, position: int, name: str, wanted: Wanted) -> None:
        """Note what the column `name` at `position` is for."""
        key = _KEYS[wanted.has_periods].get(words(name))
        reading = read_name(name, wanted.candidates)
        if key:
            self._claim(key, name)
            self.keys[key] = position
        elif reading is None:
            if wanted.keeps_unknown:
                self.additional[position] = None
        elif reading.metric not in wanted.metrics:
            pass  # the stream that it belongs to reads it from the same file
        elif reading.aggregation in {None, wanted.aggregation}:
            self._claim(reading.metric.name, name)
            self.metrics[reading.metric] = position
        else:
            self.additional[position] = reading.metric

    def _claim(self, column: str, name: str) -> None:
        earlier = self.names.setdefault(column, name)
        if earlier is not name:
            msg = f"has two columns for `{column}`: {shown(earlier)} and {shown(name)}"
            raise HeaderError(msg)


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
        msg = f"has {len(names):,} columns, more than the {MAX_COLUMNS:,} that are read"
        raise HeaderError(msg)
    if any(len(name) > MAX_NAME for name in names):
        msg = f"has a column name of more than {MAX_NAME:,} characters"
        raise HeaderError(msg)
    for name, times in Counter(name for name in names if name.strip()).items():
        if times > 1:
            msg = f"has two columns named {shown(name)}"
            raise HeaderError(msg)


def _check_keys(names: Sequence[str], keys: Collection[str], wanted: Wanted) -> None:
    missing = [] if TEAM in keys else [f"`{TEAM}`"]
    if wanted.has_periods and not (START in keys or LABEL in keys):
        missing.append(f"`{START}` or `{LABEL}`")
    if missing:
        found = ", ".join(map(repr, names))
        msg = f"has no column {' and no '.join(missing)}, but {found[:MAX_NAME]}"
        raise HeaderError(msg)
