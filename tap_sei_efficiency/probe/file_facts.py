"""The structure of an export file, found without assumptions about it. Pure."""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from tap_sei_efficiency.decode.cells import Nulls
from tap_sei_efficiency.decode.csv_rows import CsvRows
from tap_sei_efficiency.decode.labels import read_day, read_label
from tap_sei_efficiency.errors import DecodeError
from tap_sei_efficiency.model.dialect import END, HIERARCHY, LABEL, START, TEAM
from tap_sei_efficiency.model.metric_names import read_name
from tap_sei_efficiency.model.metrics_table import GROUPS, Metric, MetricType
from tap_sei_efficiency.model.spelling import words
from tap_sei_efficiency.probe.facts import FileSeen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from tap_sei_efficiency.model.dialect import Dialect

_MOST_ROWS = 5_000
_DELIMITERS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,' \u00a0\u202f]*(?:[eE][+-]?[0-9]+)?%?")
_COMMA = re.compile(r"[+-]?(?:[0-9]{4,},[0-9]+|[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|0,[0-9]+|[0-9.]+\.[0-9]{3},[0-9]+)%?")
_POINT = re.compile(r"[+-]?(?:[0-9]+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+)%?")
_LONGEST_NULL = 12
_Columns = dict[str, tuple[str, ...]]


def file_facts(
    text: bytes, groups: tuple[str, ...], granularity: str, dialect: Dialect, today: date | None = None
) -> FileSeen:
    """The structure of the unpacked file `text` of an export of `groups`; a problem is a fact too."""
    seen = FileSeen(groups, granularity)
    try:
        seen.delimiter, columns = _read(text, dialect)
    except DecodeError as error:
        seen.problem = str(error)
        return seen
    seen.names = tuple(columns)
    seen.has_mark = text.startswith(b"\xef\xbb\xbf")
    seen.line_end = "CRLF" if b"\r\n" in text[:10_000] else "LF"
    seen.rows = len(next(iter(columns.values()), ()))
    _read_header(seen, dialect)
    _guess_keys(seen, columns, dialect)
    _guess_metrics(seen, columns)
    _read_cells(seen, columns, dialect)
    _read_periods(seen, columns, today)
    return seen


def _read(text: bytes, dialect: Dialect) -> tuple[str, _Columns]:
    choices = (dialect.delimiter,) if dialect.delimiter else _DELIMITERS
    headers = {delimiter: CsvRows(io.BytesIO(text), "the file", delimiter).header() or [] for delimiter in choices}
    delimiter = max(choices, key=lambda choice: len(headers[choice]))
    rows = CsvRows(io.BytesIO(text), "the file", delimiter)
    names = rows.header() or []
    if not names:
        msg = "There is no header line in the file."
        raise DecodeError(msg)
    kept: list[list[str]] = []
    for block in rows.blocks(len(names)):
        kept += block.rows
        if len(kept) > _MOST_ROWS:
            break
    cells = list(zip(*kept, strict=True)) if kept else [()] * len(names)
    return delimiter, dict(zip(names, cells, strict=True))


def _read_header(seen: FileSeen, dialect: Dialect) -> None:
    keys = {words(spelling): key for key, spellings in dialect.key_columns.items() for spelling in spellings}
    overrides = {words(header): metric for header, metric in dialect.columns.items()}
    unknown = []
    for name in seen.names:
        if what := overrides.get(words(name)) or keys.get(words(name)):
            seen.known.setdefault(what, name)
        elif reading := read_name(name, metrics_of(seen.groups)):
            seen.known.setdefault(reading.metric.name, name)
        else:
            unknown.append(name)
    seen.unknown = tuple(unknown)
    wanted = [TEAM, *(metric.name for metric in metrics_of(seen.groups) if metric.is_documented)]
    wanted += [] if LABEL in seen.known else [START]
    seen.missing = tuple(name for name in wanted if name not in seen.known)


def metrics_of(groups: Sequence[str]) -> tuple[Metric, ...]:
    """The metrics of `groups`, documented ones first."""
    every = [metric for group in groups for metric in GROUPS[group].metrics]
    return tuple(sorted(dict.fromkeys(every), key=lambda metric: not metric.is_documented))


def _guess_keys(seen: FileSeen, columns: _Columns, dialect: Dialect) -> None:
    nulls = Nulls(dialect.null_words)
    filled = {name: [cell for cell in columns[name] if cell not in nulls] for name in seen.unknown}
    filled = {name: cells for name, cells in filled.items() if cells}
    days = {name: cells for name, cells in filled.items() if all(read_day(cell) for cell in cells)}
    if START not in seen.known and days:
        for key, name in zip((START, END), sorted(days, key=lambda name: days[name][0])[:2], strict=False):
            seen.guesses[key] = name
    texts = [
        name
        for name, cells in filled.items()
        if name not in days and not any(_NUMBER.fullmatch(cell.strip()) or read_label(cell) for cell in cells)
    ]
    _guess_team(seen, columns, texts)
    labels = {name for name, cells in filled.items() if all(read_label(cell) for cell in cells)} - days.keys()
    if LABEL not in seen.known and len(labels) == 1:
        seen.guesses[LABEL] = labels.pop()


def _guess_team(seen: FileSeen, columns: _Columns, texts: Sequence[str]) -> None:
    candidates = [seen.known[TEAM]] if TEAM in seen.known else list(texts)
    for team in candidates:
        for path in texts:
            pairs = list(zip(columns[team], columns[path], strict=True))
            is_path = path != team and any("/" in b for _, b in pairs) and all(b.endswith(a) for a, b in pairs)
            if is_path and HIERARCHY not in seen.known:
                seen.guesses[HIERARCHY] = path
                if TEAM not in seen.known:
                    seen.guesses[TEAM] = team
                return
    if TEAM not in seen.known and len(texts) == 1:
        seen.guesses[TEAM] = texts[0]


def _guess_metrics(seen: FileSeen, columns: _Columns) -> None:
    """Headers that hold all words of a missing metric's spelling, if that is so of one header and one metric alone."""
    free = [name for name in seen.unknown if name not in seen.guesses.values()]
    missing = [metric for metric in metrics_of(seen.groups) if metric.name in seen.missing]
    scores: dict[tuple[str, str], int] = {}
    for name in free:
        for metric in missing:
            if metric.type is not MetricType.STRING and not _is_numeric(columns[name]):
                continue
            if score := _likeness(name, metric):
                scores[name, metric.name] = score
    for (name, metric_name), score in sorted(scores.items(), key=lambda item: -item[1]):
        rivals = [s for (n, m), s in scores.items() if (n == name) != (m == metric_name)]
        taken = name in seen.guesses.values() or metric_name in seen.guesses
        if not taken and all(score > rival for rival in rivals):
            seen.guesses[metric_name] = name
    rest = [metric for metric in missing if metric.name not in seen.guesses]
    left = [name for name in free if name not in seen.guesses.values()]
    if len(seen.groups) == 1 and len(rest) == len(left) == 1:
        seen.guesses[rest[0].name] = left[0]


def _likeness(name: str, metric: Metric) -> int:
    found = {_stem(word) for word in words(name)}
    spellings = (metric.name, metric.title, *metric.spellings)
    matched = [spelled for s in spellings if (spelled := {_stem(word) for word in words(s)}) <= found]
    return max((len("".join(spelled)) for spelled in matched), default=0)


def _stem(word: str) -> str:
    return re.sub(r"(?:ments?|s)$", "", word)


def _is_numeric(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    numbers = sum(bool(_NUMBER.fullmatch(cell)) for cell in filled)
    return not filled or numbers * 2 >= len(filled) or len(set(filled)) <= 1


def _read_cells(seen: FileSeen, columns: _Columns, dialect: Dialect) -> None:
    nulls = Nulls(dialect.null_words)
    by_name = {metric.name: metric for metric in metrics_of(seen.groups)}
    named = {**seen.known, **{what: name for what, name in seen.guesses.items() if what in by_name}}
    numeric = [name for what, name in named.items() if what in by_name and by_name[what].type is not MetricType.STRING]
    cells = Counter(cell for name in numeric for cell in columns[name])
    numbers = [cell.strip() for cell in cells if _NUMBER.fullmatch(cell.strip())]
    seen.null_words = tuple(cell for cell in cells if cell in nulls)
    words_left = [cell for cell in cells if cell not in nulls and not _NUMBER.fullmatch(cell.strip())]
    seen.new_null_words = tuple(cell for cell in words_left if len(cell) <= _LONGEST_NULL)
    has_comma, has_point = any(map(_COMMA.fullmatch, numbers)), any(map(_POINT.fullmatch, numbers))
    if has_comma != has_point:
        seen.decimal_mark = "," if has_comma else "."
    seen.is_ambiguous = seen.decimal_mark is None and any("," in number for number in numbers)


def _read_periods(seen: FileSeen, columns: _Columns, today: date | None) -> None:
    names: Mapping[str, str] = {**seen.guesses, **seen.known}
    if START in names:
        seen.starts = tuple(sorted({day for cell in columns[names[START]] if (day := read_day(cell))}))
    if LABEL in names:
        seen.labels = tuple(dict.fromkeys(columns[names[LABEL]]))
        if not seen.starts:
            labels = map(read_label, seen.labels)
            seen.starts = tuple(sorted({label.start for label in labels if label and label.start}))
    if today and seen.starts:
        ends = [day for cell in columns[names[END]] if (day := read_day(cell))] if END in names else []
        first = today.replace(day=1)
        seen.has_open_period = seen.starts[-1] >= first if not ends else max(ends) >= today or seen.starts[-1] >= first
