"""The inverse of the decoder: rows of known meaning, written in any way that SEI might use."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tap_sei_efficiency.model.dialect import Dialect
from tap_sei_efficiency.model.insights import EFFICIENCY, Insight, insight_of
from tap_sei_efficiency.model.metrics_table import PERCENTAGES, UNIT_WORDS, Metric, MetricType
from tap_sei_efficiency.model.periods import Calendar, Granularity, Period, Weekday, Window
from tap_sei_efficiency.model.requests import Aggregation
from tests.decode.files import CONSTANTS, quoted, reader_of, spec_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_sei_efficiency.decode import FileSpec
    from tap_sei_efficiency.model.dialect import DecimalMark

NULLS = ("", " ", "-", "\N{EM DASH}", "N/A", "null", "None", "NaN", "na")
UNKNOWN = {"Story Points": "story_points", "ktlo-share": "ktlo_share", "Größe": "größe", "LTTC_Hours": "lttc_hours"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CALENDARS = (
    Calendar(Granularity.MONTHLY),
    Calendar(Granularity.QUARTERLY),
    *(Calendar(Granularity.WEEKLY, day) for day in Weekday),
)
WINDOW = Window(date(2024, 1, 1), date(2027, 12, 31))
AS_OF = date(2025, 7, 1)

_PACKED: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    gzip.compress,
    lambda data: gzip.compress(gzip.compress(data)),
    lambda data: gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :]),
)
_LINE_ENDS = ("\n", "\r\n", "\r")


@dataclass(frozen=True)
class Column:
    """A column's name in the file and in the record, and its possible values, each with a cell."""

    header: str
    name: str
    cells: st.SearchStrategy[tuple[Any, str]]
    is_additional: bool = False


@dataclass(frozen=True)
class File:
    """An encoded file, what its reader knows of it, and its records."""

    data: bytes
    spec: FileSpec
    records: list[dict[str, Any]]


_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
_teams = _texts.filter(str.strip)
_hierarchies = st.none() | _teams.filter(lambda text: text.strip() not in (*NULLS, "\N{EN DASH}"))
_nulls = st.sampled_from([(None, cell) for cell in NULLS])


def _spaced(cells: st.SearchStrategy[tuple[Any, str]]) -> st.SearchStrategy[tuple[Any, str]]:
    return st.builds(lambda cell, form: (cell[0], form.format(cell[1])), cells, st.sampled_from(["{}", " {}", "{} "]))


# The forms of a number with either decimal mark; if no mark is set, only unambiguous forms.
_SWAPPED = str.maketrans(".,", ",.")


def _written_as(cell: tuple[float, str], mark: DecimalMark | None) -> tuple[float, str]:
    value, text = cell
    return value, text.translate(_SWAPPED) if mark == "," else text


def _formatted(
    values: st.SearchStrategy[Any], forms: Sequence[str], mark: DecimalMark | None
) -> st.SearchStrategy[tuple[Any, str]]:
    allowed = [form for form in forms if mark or "," not in form]
    return st.builds(
        lambda value, form: _written_as((value, form.format(value)), mark), values, st.sampled_from(allowed)
    )


def _integers(mark: DecimalMark | None) -> st.SearchStrategy[tuple[Any, str]]:
    return _formatted(st.integers(-(2**63), 2**63 - 1), ["{}", "{:,}", "{}.0", "{}e0"], mark)


def _numbers(mark: DecimalMark | None) -> st.SearchStrategy[tuple[Any, str]]:
    values = st.floats(allow_nan=False, allow_infinity=False)
    return _formatted(values, ["{!r}", "{:,}", "{:.17e}", "{:.17E}"], mark)


def _percentages(mark: DecimalMark | None) -> st.SearchStrategy[tuple[Any, str]]:
    return st.builds(
        lambda cell, form: (cell[0], form.format(cell[1])), _numbers(mark), st.sampled_from(["{}%", "{} %"])
    )


_whole = st.integers(-(2**53) + 1, 2**53 - 1)
_odd_eighths = st.integers(-(2**30), 2**30).map(lambda number: number + 0.125)
_kept = st.builds(
    lambda value, form: form.format(value), _whole, st.sampled_from(["0{}", "{}%", "{}.50", " {}", "{}e1"])
)
_unknown = (
    (_whole | _odd_eighths).map(lambda value: (value, repr(value)))
    | (_kept | st.sampled_from([cell for cell in NULLS if cell]) | _texts.map("t:{}".format)).map(
        lambda text: (text, text)
    )
    | st.just((None, ""))
)
_words = st.sampled_from(["Elite", "High", "Sehr gut, 1", 'so "so"', "两\n行"]).map(lambda text: (text, text))


def _cells(metric: Metric, mark: DecimalMark | None) -> st.SearchStrategy[tuple[Any, str]]:
    kinds = {MetricType.INTEGER: _integers(mark), MetricType.NUMBER: _numbers(mark), MetricType.STRING: _words}
    cells = kinds[metric.type] | _percentages(mark) if metric.unit in PERCENTAGES else kinds[metric.type]
    return _nulls | _spaced(cells)


@st.composite
def _headers(draw: st.DrawFn, metric: Metric, aggregation: Aggregation) -> str:
    words = [draw(st.sampled_from([metric.api_name, metric.title, *metric.spellings]))]
    words += draw(st.sampled_from([[], [aggregation.value]]))
    words += draw(st.sampled_from([[], *([word] for word in sorted(UNIT_WORDS[metric.unit] - {"per"}))]))
    text = draw(st.sampled_from([" ", "_", "-", "."])).join(draw(st.permutations(words)))
    return draw(st.sampled_from([text, text.upper(), text.lower()]))


@st.composite
def _columns(
    draw: st.DrawFn, metrics: Sequence[Metric], aggregation: Aggregation, mark: DecimalMark | None
) -> list[Column]:
    columns = [
        Column(draw(_headers(metric, aggregation)), metric.name, _cells(metric, mark))
        for metric in metrics
        if draw(st.booleans())
    ]
    others = [word for word in insight_of(aggregation).choices if word != aggregation]
    for metric in metrics:
        for other in draw(st.lists(st.sampled_from(others), max_size=1)):
            name = f"{metric.name}_{other}".lower()
            columns.append(Column(name.upper(), name, _cells(metric, mark), is_additional=True))
    unknown = draw(st.lists(st.sampled_from(sorted(UNKNOWN)), unique=True, max_size=2))
    return columns + [Column(header, UNKNOWN[header], _unknown, is_additional=True) for header in unknown]


@st.composite
def _periods(draw: st.DrawFn, calendar: Calendar) -> Period:
    return calendar.shift(calendar.holding(date(2025, 1, 8)), draw(st.integers(-3, 8)))


def _labels(period: Period, calendar: Calendar) -> st.SearchStrategy[str]:
    start = period.start
    labels = [
        str(start),
        f"{start} - {period.end}",
        f"{start}T00:00:00Z",
        f"{MONTHS[start.month - 1]} {start.day}, {start.year}",
    ]
    if calendar.granularity is Granularity.MONTHLY:
        labels += [f"{MONTHS[start.month - 1]} {start.year}", f"{start:%Y-%m}"]
    if calendar.granularity is Granularity.QUARTERLY:
        labels += [f"Q{start.month // 3 + 1} {start.year}", f"{start.year}-Q{start.month // 3 + 1}"]
    return st.sampled_from(labels)


@st.composite
def files(draw: st.DrawFn, insights: Sequence[Insight] = (EFFICIENCY,)) -> File:
    """A file of any group, granularity, aggregation and dialect, with its records."""
    insight = draw(st.sampled_from(insights))
    group = draw(st.sampled_from(insight.groups)).name
    calendar, aggregation = draw(st.sampled_from(CALENDARS)), Aggregation(draw(st.sampled_from(insight.choices)))
    mark: DecimalMark | None = draw(st.sampled_from([None, ".", ","]))
    spec = spec_of(
        group,
        calendar=calendar,
        aggregation=aggregation,
        window=WINDOW,
        as_of=AS_OF,
        dialect=Dialect(decimal_mark=mark),
    )
    columns = draw(_columns(spec.readers[reader_of(spec)], aggregation, mark))
    has_dates, has_hierarchy = draw(st.booleans()), draw(st.booleans())
    hierarchies = _hierarchies if has_hierarchy else st.none()
    keys = draw(st.lists(st.tuples(_teams, hierarchies, _periods(calendar)), max_size=5, unique_by=_key))
    table = [
        [
            "Team",
            "Granularity",
            *(["Team Hierarchy"] if has_hierarchy else []),
            *(["start_date", "End Date"] if has_dates else []),
        ]
    ]
    table[0] += [column.header for column in columns]
    records = []
    for team, hierarchy, period in keys:
        label = draw(_labels(period, calendar))
        values = [draw(column.cells) for column in columns]
        row = [team, label, *([hierarchy or draw(st.sampled_from(["", " ", "-"]))] if has_hierarchy else [])]
        row += [str(period.start), str(period.end)] if has_dates else []
        table.append(row + [cell for _, cell in values])
        records.append(_record(spec, (team, hierarchy, period, label), columns, [value for value, _ in values]))
    order = draw(st.permutations(range(len(table[0]))))
    return File(draw(_written([[row[at] for at in order] for row in table])), spec, records)


def _key(row: tuple[str, str | None, Period]) -> tuple[str, str, date]:
    team, hierarchy, period = row
    return hierarchy or team, team, period.start


def _record(
    spec: FileSpec, key: tuple[str, str | None, Period, str], columns: list[Column], values: list[Any]
) -> dict[str, Any]:
    team, hierarchy, period, label = key
    found = dict(zip(columns, values, strict=True))
    return {
        **CONSTANTS,
        "team_path": hierarchy or team,
        "team": team,
        "granularity": spec.calendar.granularity.value,
        spec.shape.choice: spec.aggregation.value,
        "period_start": str(period.start),
        "team_hierarchy": hierarchy,
        "period_end": str(period.end),
        "period_label": label,
        "is_period_complete": period.end < AS_OF,
        **{metric.name: None for metric in spec.readers[reader_of(spec)]},
        **{column.name: value for column, value in found.items() if not column.is_additional},
        "additional_metrics": {column.name: value for column, value in found.items() if column.is_additional},
    }


@st.composite
def _written(draw: st.DrawFn, table: list[list[str]]) -> bytes:
    delimiter, line_end = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(_LINE_ENDS))
    quotes_all = draw(st.booleans())
    special = {delimiter, '"', "\r", "\n"}
    lines = [
        delimiter.join(quoted(cell) if quotes_all or special & set(cell) else cell for cell in row) for row in table
    ]
    blank = draw(st.sampled_from(["", line_end]))
    text = (
        draw(st.sampled_from(["", "\ufeff"])) + (line_end + blank).join(lines) + draw(st.sampled_from(["", line_end]))
    )
    return draw(st.sampled_from(_PACKED))(text.encode())
