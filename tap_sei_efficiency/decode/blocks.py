"""Rows of text to columns of values, by the spec of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar, cast

from tap_sei_efficiency.decode.cells import CellError, Nulls, NumberReader, guesses
from tap_sei_efficiency.decode.csv_rows import RowBlock
from tap_sei_efficiency.decode.row_periods import PeriodError, RowPeriods
from tap_sei_efficiency.decode.row_sprints import RowSprints
from tap_sei_efficiency.errors import DecodeError
from tap_sei_efficiency.model.dialect import HIERARCHY, PLAIN, TEAM, DecimalMark, Dialect
from tap_sei_efficiency.model.insights import insight_of
from tap_sei_efficiency.model.metrics_table import PERCENTAGES, Metric, MetricType
from tap_sei_efficiency.model.periods import Granularity
from tap_sei_efficiency.model.record_schema import ADDITIONAL, Shape
from tap_sei_efficiency.model.spelling import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from tap_sei_efficiency.decode.headers import Header
    from tap_sei_efficiency.decode.row_periods import RowCells
    from tap_sei_efficiency.model.periods import Calendar, Period, Window
    from tap_sei_efficiency.model.requests import Aggregation

_Texts: TypeAlias = "Sequence[Sequence[str]]"  # by column
JSON: TypeAlias = "str | int | float | bool | Mapping[str, JSON] | None"
_Converter: TypeAlias = "Callable[[Sequence[str]], Sequence[JSON]]"
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class FileSpec:
    """The expected content of a file, and the streams that read it.

    `label` names the file in errors. `readers` are the streams that asked for the file, with the metrics that each
    knows. `as_of` is the UTC day on which SEI created the job. `constants` are in every record. `period` is set if
    the file itself has no periods (legacy report); such a file may be empty. `dialect` is how the file may be written,
    `decimal_mark` the mark that earlier files of the run have shown. `has_open` says that sprints that are not over by
    the end of `window` are read from this file.
    """

    label: str
    readers: Mapping[str, tuple[Metric, ...]]
    aggregation: Aggregation
    calendar: Calendar
    window: Window
    as_of: date
    constants: Mapping[str, JSON]
    period: Period | None = None
    dialect: Dialect = PLAIN
    decimal_mark: DecimalMark | None = None
    has_open: bool = True

    @property
    def is_by_sprint(self) -> bool:
        """Whether a row is about a sprint instead of a period."""
        return self.calendar.granularity is Granularity.SPRINT

    @property
    def shape(self) -> Shape:
        """What the records begin with."""
        insight = insight_of(self.aggregation)
        return insight.sprint_shape if self.is_by_sprint else insight.shape


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

    @property
    def row_keys(self) -> Iterator[tuple[str, ...]]:
        """The part of the key that differs between the rows of one file."""
        last = cast("Sequence[str]", self.columns.get("sprint", self.period_starts))
        return zip(self.team_paths, self.teams, last, strict=True)

    @property
    def when(self) -> Sequence[str]:
        """The period or sprint of each record, in words that complete "starts on "."""
        sprints = self.columns.get("sprint")
        pairs = zip(self.period_starts, sprints or (), strict=False)
        return [f"{start} (sprint {sprint})" for start, sprint in pairs] if sprints else self.period_starts

    @property
    def are_over(self) -> Sequence[bool] | None:
        """Which sprints are over; None if the records are about periods."""
        return cast("Sequence[bool]", self.columns["is_period_complete"]) if "sprint" in self.columns else None

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
    """Makes blocks of records out of blocks of rows, for each of some readers; `keeper` gets the unknown columns.

    `left_out` counts the rows so far that are about no sprint, or about one that has not begun.
    """

    def __init__(self, spec: FileSpec, header: Header, readers: Collection[str], keeper: str) -> None:
        self._spec = spec
        self._header = header
        self._metrics = {reader: header.columns[reader].metrics for reader in readers}
        self._additional = {reader: header.additional(reader, keeps_unknown=reader == keeper) for reader in readers}
        self._constants: dict[str, JSON] = {
            "granularity": spec.calendar.granularity.value,
            spec.shape.choice: spec.aggregation.value,
            **spec.constants,
        }
        self._nulls = Nulls(spec.dialect.null_words)
        self._row_periods = RowPeriods(spec.calendar, spec.window, spec.as_of, self._nulls)
        self._row_sprints = RowSprints(spec.window, spec.as_of, header.key_names, spec.dialect)
        self._numbers = NumberReader(spec.dialect.decimal_mark, self._nulls, spec.decimal_mark)
        self._no_hierarchy = _no_hierarchy(spec.dialect)
        self.left_out = 0

    @property
    def decimal_mark(self) -> DecimalMark | None:
        """The decimal mark that is set, or that a cell of this or an earlier file has proven."""
        return self._numbers.decimal_mark

    @property
    def only_start(self) -> date | None:
        """As `RowPeriods.only_start`, for the rows typed so far."""
        return self._row_periods.only_start

    def check_lengths(self) -> None:
        """Check the periods of all rows together, after the last one.

        Raises:
            DecodeError: They look like periods of another length than what was asked for.
        """
        try:
            self._row_periods.check_lengths()
        except ValueError as error:
            msg = f"The file of {self._spec.label} {error}."
            raise DecodeError(msg, about=f" of {self._spec.label}") from None

    def wanted(self, block: RowBlock) -> RowBlock:
        """The rows of `block` that belong to this file: other windows' files hold the sprints at its edges, too.

        Raises:
            DecodeError: A row has no sprint.
        """
        if not self._spec.is_by_sprint:
            return block
        sprints = self._read(block, list(zip(*block.rows, strict=True)), self._row_sprints)
        self.left_out += sum(not sprint.start for sprint in sprints)
        is_own, has_open = self._row_sprints.is_own, self._spec.has_open
        own = [index for index, sprint in enumerate(sprints) if is_own(sprint, has_open=has_open)]
        return RowBlock([block.rows[index] for index in own], [block.last_lines[index] for index in own])

    def common(self, block: RowBlock) -> Block:
        """What the records of all readers have in common: team, period and the constants.

        Raises:
            DecodeError: A row has no team or no period.
        """
        count = len(block.rows)
        texts: _Texts = list(zip(*block.rows, strict=True))
        given: dict[str, Sequence[JSON]] = {name: [value] * count for name, value in self._constants.items()}
        given |= self._teams(block, texts)
        given |= self._periods(block, texts)
        nulls = [None] * count
        return Block({name: given.get(name, nulls) for name in self._spec.shape.names})

    def typed(self, block: RowBlock, common: Block, errors: dict[str, DecodeError]) -> dict[str, Block]:
        """The records of `block` for each reader that is not among `errors`, to which unreadable cells are added."""
        texts: _Texts = list(zip(*block.rows, strict=True))
        values = _Values(texts, self._numbers, self._nulls)
        found = {}
        for reader in self._metrics:
            if reader in errors:
                continue
            try:
                found[reader] = Block({**common.columns, **self._own(reader, values, len(common))})
            except _UnreadableError as error:
                cell, column = shown(texts[error.position][error.index]), shown(self._header.names[error.position])
                reason = f"column {column} holds {cell}, which is {error.reason}"
                errors[reader] = self._error(block, error.index, reason, error.position)
        return found

    def _own(self, reader: str, values: _Values, count: int) -> dict[str, Sequence[JSON]]:
        metrics, additional = self._metrics[reader], self._additional[reader]
        nulls = [None] * count
        columns: dict[str, Sequence[JSON]] = {
            metric.name: values.of(metrics[metric], metric) if metric in metrics else nulls
            for metric in self._spec.readers[reader]
        }
        names = tuple(additional)
        cells = [values.of(*column) for column in additional.values()]
        columns[ADDITIONAL] = (
            [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)] if cells else [{} for _ in nulls]
        )
        return columns

    def _teams(self, block: RowBlock, texts: _Texts) -> dict[str, Sequence[JSON]]:
        keys = self._header.keys
        teams = texts[keys[TEAM]]
        if not all(map(str.strip, teams)):
            index = next(index for index, team in enumerate(teams) if not team.strip())
            reason = f"column {shown(self._header.names[keys[TEAM]])} is blank; each row needs its team"
            self._refuse(block, index, reason, keys[TEAM])
        if HIERARCHY not in keys:
            return {"team": teams, "team_path": teams}
        hierarchies = [None if cell.strip() in self._no_hierarchy else cell for cell in texts[keys[HIERARCHY]]]
        paths = [hierarchy or team for hierarchy, team in zip(hierarchies, teams, strict=True)]
        return {"team": teams, "team_path": paths, "team_hierarchy": hierarchies}

    def _periods(self, block: RowBlock, texts: _Texts) -> dict[str, Sequence[JSON]]:
        if self._spec.is_by_sprint:
            sprints = self._read(block, texts, self._row_sprints)
            return dict(zip(self._row_sprints.properties, zip(*sprints, strict=True), strict=True))
        if self._spec.period:
            periods = [self._row_periods.of(self._spec.period)] * len(block.rows)
        else:
            periods = self._read(block, texts, self._row_periods)
        return dict(zip(self._row_periods.properties, zip(*periods, strict=True), strict=True))

    def _read(self, block: RowBlock, texts: _Texts, rows: RowCells[R]) -> list[R]:
        """What the cells of each row in the columns of `rows` say."""
        blank = ("",) * len(block.rows)
        columns = [texts[self._header.keys[key]] if key in self._header.keys else blank for key in rows.key_columns]
        keys = list(zip(*columns, strict=True))
        try:
            return list(map(rows.__getitem__, keys))
        except PeriodError as error:
            self._refuse(block, keys.index(error.cells), error.reason)

    def _refuse(self, block: RowBlock, index: int, reason: str, position: int = 0) -> NoReturn:
        raise self._error(block, index, reason, position)

    def _error(self, block: RowBlock, index: int, reason: str, position: int) -> DecodeError:
        about = f" of {self._spec.label}"
        return DecodeError(f"Line {block.line(index, position)}{about}: {reason}.", about=about)


def _no_hierarchy(dialect: Dialect) -> frozenset[str]:
    # A word such as `NA` can name a team; a user's own words are meant for every column.
    return frozenset(
        word
        for word in dialect.null_words
        if word not in PLAIN.null_words or not any(character.isalpha() for character in word)
    )


class _UnreadableError(Exception):
    """A cell of another type than its column."""

    def __init__(self, position: int, index: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.index = index
        self.reason = reason


class _Values:
    """The columns of a block as values, each read once, however many readers want it."""

    def __init__(self, texts: _Texts, numbers: NumberReader, nulls: Nulls) -> None:
        self._texts = texts
        self._numbers = numbers
        self._nulls = nulls
        self._read: dict[tuple[int, _Converter], Sequence[JSON]] = {}

    def of(self, position: int, metric: Metric | None) -> Sequence[JSON]:
        """The values of a column; _UnreadableError if one of its cells cannot be read."""
        converter = self._converter(metric)
        if (position, converter) not in self._read:
            try:
                self._read[position, converter] = converter(self._texts[position])
            except CellError as error:
                raise _UnreadableError(position, error.index, error.reason) from None
        return self._read[position, converter]

    def _converter(self, metric: Metric | None) -> _Converter:
        if metric is None:
            return guesses
        if metric.type is MetricType.NUMBER:
            return self._numbers.percentages if metric.unit in PERCENTAGES else self._numbers.numbers
        return self._numbers.integers if metric.type is MetricType.INTEGER else self._nulls.texts
