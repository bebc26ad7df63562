"""Rows of text into columns of values: what a file was asked to hold decides what its cells mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast

from tap_sei_efficiency.decode import cells
from tap_sei_efficiency.decode.cells import CellError
from tap_sei_efficiency.decode.headers import HIERARCHY, PERIOD_COLUMNS, TEAM, Wanted
from tap_sei_efficiency.decode.row_periods import PeriodError, RowPeriods
from tap_sei_efficiency.errors import DecodeError
from tap_sei_efficiency.model.metrics_table import PERCENT, Metric, MetricType
from tap_sei_efficiency.model.record_schema import ADDITIONAL, record_schema
from tap_sei_efficiency.model.spelling import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from tap_sei_efficiency.decode.csv_rows import RowBlock
    from tap_sei_efficiency.decode.headers import Header
    from tap_sei_efficiency.model.periods import Calendar, Period, Window
    from tap_sei_efficiency.model.requests import Aggregation

_Texts: TypeAlias = "Sequence[Sequence[str]]"  # by column
JSON: TypeAlias = "str | int | float | bool | Mapping[str, JSON] | None"

_NO_HIERARCHY = frozenset({"", "-", "\N{EN DASH}", "\N{EM DASH}"})
_PERIOD_PROPERTIES = ("period_start", "period_end", "period_label", "is_period_complete")  # as in RowPeriod


@dataclass(frozen=True, slots=True)
class FileSpec:
    """What a file was asked to hold, and what its reader wants of it.

    `label` names the file in errors. `foreign` are the metrics of other groups in a shared file: known, and left to
    their own streams; `keeps_unknown` says whether this stream is the one that keeps unknown columns. `as_of` is the
    UTC day on which SEI took up the job. `constants` stand in every record. `period` is set where the file itself has
    no periods (legacy report); such a file may be empty.
    """

    label: str
    metrics: tuple[Metric, ...]
    aggregation: Aggregation
    calendar: Calendar
    window: Window
    as_of: date
    constants: Mapping[str, JSON]
    foreign: tuple[Metric, ...] = ()
    keeps_unknown: bool = True
    period: Period | None = None

    @property
    def wanted(self) -> Wanted:
        """What to look for in the file's header."""
        return Wanted(self.metrics, self.aggregation, self.foreign, self.keeps_unknown, self.period is None)


@dataclass(frozen=True, slots=True)
class Block:
    """Some records as columns, in the order of the schema."""

    columns: Mapping[str, Sequence[JSON]]

    def __len__(self) -> int:
        return len(self.team_paths)

    @property
    def team_paths(self) -> Sequence[str]:
        """The column `team_path`."""
        return cast("Sequence[str]", self.columns["team_path"])

    @property
    def teams(self) -> Sequence[str]:
        """The column `team`."""
        return cast("Sequence[str]", self.columns["team"])

    @property
    def period_starts(self) -> Sequence[str]:
        """The column `period_start`: ISO dates."""
        return cast("Sequence[str]", self.columns["period_start"])

    def only(self, names: Sequence[str]) -> Block:
        """The columns called `names`."""
        return Block({name: self.columns[name] for name in names})

    def part(self, start: int, end: int) -> Block:
        """The records from `start` to before `end`."""
        return Block({name: values[start:end] for name, values in self.columns.items()})

    def records(self) -> Iterator[dict[str, JSON]]:
        """The same as records; each has every property."""
        names = tuple(self.columns)
        for values in zip(*self.columns.values(), strict=True):
            yield dict(zip(names, values, strict=True))


class BlockTyper:
    """Makes blocks of records out of blocks of rows."""

    def __init__(self, spec: FileSpec, header: Header) -> None:
        self._spec = spec
        self._header = header
        self._names = tuple(record_schema(spec.metrics)["properties"])
        self._constants: dict[str, JSON] = {
            "granularity": spec.calendar.granularity.value,
            "aggregation": spec.aggregation.value,
            **spec.constants,
        }
        self.periods = RowPeriods(spec.calendar, spec.window, spec.as_of)

    def typed(self, block: RowBlock) -> Block:
        """The records of `block`.

        Raises:
            DecodeError: A cell cannot be read, or a row has no team or no period.
        """
        count = len(block.rows)
        texts: _Texts = list(zip(*block.rows, strict=True))
        columns: dict[str, Sequence[JSON]] = {name: [None] * count for name in self._names}
        columns |= {name: [value] * count for name, value in self._constants.items()}
        columns |= self._teams(block, texts)
        columns |= self._periods(block, texts)
        for metric, position in self._header.metrics.items():
            columns[metric.name] = self._values(block, texts, position, metric)
        columns[ADDITIONAL] = self._additional(block, texts)
        return Block(columns)

    def _teams(self, block: RowBlock, texts: _Texts) -> dict[str, Sequence[JSON]]:
        keys = self._header.keys
        teams = texts[keys[TEAM]]
        if not all(map(str.strip, teams)):
            index = next(index for index, team in enumerate(teams) if not team.strip())
            reason = f"column {shown(self._header.names[keys[TEAM]])} is blank; each row needs its team"
            self._refuse(block, index, reason, keys[TEAM])
        if HIERARCHY not in keys:
            return {"team": teams, "team_path": teams}
        hierarchies = [None if cell.strip() in _NO_HIERARCHY else cell for cell in texts[keys[HIERARCHY]]]
        paths = [hierarchy or team for hierarchy, team in zip(hierarchies, teams, strict=True)]
        return {"team": teams, "team_path": paths, "team_hierarchy": hierarchies}

    def _periods(self, block: RowBlock, texts: _Texts) -> dict[str, Sequence[JSON]]:
        if self._spec.period:
            periods = [self.periods.of(self._spec.period)] * len(block.rows)
        else:
            blank = ("",) * len(block.rows)
            columns = [texts[self._header.keys[key]] if key in self._header.keys else blank for key in PERIOD_COLUMNS]
            keys = list(zip(*columns, strict=True))
            try:
                periods = list(map(self.periods.__getitem__, keys))
            except PeriodError as error:
                self._refuse(block, keys.index(error.cells), error.reason)
        return dict(zip(_PERIOD_PROPERTIES, zip(*periods, strict=True), strict=True))

    def _additional(self, block: RowBlock, texts: _Texts) -> list[dict[str, JSON]]:
        if not self._header.additional:
            return [{} for _ in block.rows]
        names = tuple(self._header.additional)
        columns = [self._values(block, texts, *column) for column in self._header.additional.values()]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    def _values(self, block: RowBlock, texts: _Texts, position: int, metric: Metric | None) -> Sequence[JSON]:
        try:
            return _converter(metric)(texts[position])
        except CellError as error:
            cell, column = shown(texts[position][error.index]), shown(self._header.names[position])
            self._refuse(block, error.index, f"column {column} holds {cell}, which is {error.reason}", position)

    def _refuse(self, block: RowBlock, index: int, reason: str, position: int = 0) -> NoReturn:
        msg = f"Line {block.line(index, position)} of {self._spec.label}: {reason}."
        raise DecodeError(msg)


def _converter(metric: Metric | None) -> Callable[[Sequence[str]], Sequence[JSON]]:
    if metric is None:
        return cells.guesses
    if metric.type is MetricType.NUMBER:
        return cells.percentages if metric.unit == PERCENT else cells.numbers
    return cells.integers if metric.type is MetricType.INTEGER else cells.texts
