"""A loaded value equals the value that the tap wrote, or the load is refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from target_duckdb_sei.errors import LoaderError
from tests.examples import examples
from tests.loader.loading import COUNT, DAY, INSTANT, NUMBER, OBJECT, TEXT, WORD, Warehouses, lines, record, schema

if TYPE_CHECKING:
    from pathlib import Path


LOADED: list[tuple[dict[str, Any], Any, Any]] = [
    (COUNT, 2**63 - 1, 2**63 - 1),
    (COUNT, -(2**63), -(2**63)),
    (COUNT, 5.0, 5),
    (COUNT, None, None),
    (NUMBER, 0, 0.0),
    (NUMBER, 12, 12.0),
    (NUMBER, 2**70, float(2**70)),
    (WORD, "NUL \0 quotes \" ' \\ lines \r\n end \u2028 é 😀", "NUL \0 quotes \" ' \\ lines \r\n end \u2028 é 😀"),
    (WORD, "", ""),
    (WORD, "null", "null"),
    (DAY, "2026-02-28", date(2026, 2, 28)),
    (DAY, "9999-12-31", date(9999, 12, 31)),
    (INSTANT, "2026-02-01T10:00:00+02:00", datetime(2026, 2, 1, 8)),  # noqa: DTZ001 - the table has UTC
    (INSTANT, "2026-02-01T10:00:00.123456Z", datetime(2026, 2, 1, 10, 0, 0, 123456)),  # noqa: DTZ001
    (INSTANT, "2026-02-01 10:00:00", datetime(2026, 2, 1, 10)),  # noqa: DTZ001
    (INSTANT, "2026-02-01", datetime(2026, 2, 1)),  # noqa: DTZ001
    (OBJECT, None, None),
    (OBJECT, {}, "{}"),
    ({"type": ["string", "integer"]}, 5, "5"),
    ({"type": ["string", "integer"]}, "5", '"5"'),
]


def test_values_are_loaded_unchanged(warehouse: Warehouses) -> None:
    kinds = {f"v{number}": kind for number, (kind, *_) in enumerate(LOADED)}
    values = {f"v{number}": value for number, (_, value, _) in enumerate(LOADED)}
    warehouse.load(schema(kinds), record(**values))
    assert warehouse.rows() == [tuple(expected for *_, expected in LOADED)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (COUNT, 2**63),
        (COUNT, 1.5),
        (COUNT, "5"),
        (COUNT, True),
        (NUMBER, "1"),
        (NUMBER, True),
        ({"type": "boolean"}, 1),
        (WORD, 5),
        (WORD, {"a": 1}),
        (DAY, "2026-02-30"),
        (DAY, "epoch"),
        (DAY, "2026-1-1"),
        (INSTANT, "yesterday"),
    ],
)
def test_value_that_does_not_fit_is_refused(warehouse: Warehouses, kind: dict[str, Any], value: Any) -> None:
    with pytest.raises(LoaderError, match="Line 2: A record of stream `s`, column `v` does not fit its SCHEMA: "):
        warehouse.load(schema({"v": kind}), record(v=value))
    assert warehouse.rows() == []


def test_numbers_within_an_object_keep_their_digits(warehouse: Warehouses) -> None:
    content = '{"big":123456789012345678901234567890,"small":0.1,"text":"\\u0000"}'
    written = (
        lines([schema({"v": OBJECT})]) + b'{"type":"RECORD","stream":"s","record":{"v":' + content.encode() + b"}}\n"
    )
    warehouse.load_chunks([written])
    assert json.loads(warehouse.rows()[0][0]) == json.loads(content)


@pytest.mark.parametrize("given", [{}, {"k": None}])
def test_null_in_a_key_is_refused(warehouse: Warehouses, given: dict[str, Any]) -> None:
    with pytest.raises(LoaderError, match="Line 2: A record of stream `s` has no value in the key column `k`"):
        warehouse.load(schema({"k": TEXT, "v": WORD}, ["k"]), record(**given, v="a"))


def test_property_that_no_schema_declares_is_refused(warehouse: Warehouses) -> None:
    with pytest.raises(
        LoaderError, match="Line 2: A record of stream `s` has a property `w`, which its SCHEMA does not"
    ):
        warehouse.load(schema({"v": WORD}), record(v="a", w="b"))


_zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_rows = st.lists(
    st.fixed_dictionaries(
        {
            "k": st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
            "n": st.integers(0, 3),
        },
        optional={
            "text": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            "count": st.none() | st.integers(-(2**63), 2**63 - 1),
            "number": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
            "day": st.none() | st.dates().map(date.isoformat),
            "at": st.none()
            | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=_zones).map(datetime.isoformat),  # noqa: DTZ001
            "order": st.none() | st.booleans(),
            "object": st.none()
            | st.dictionaries(
                st.text(st.characters(exclude_categories=["Cs"])),
                st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
            ),
        },
    ),
    max_size=12,
)
_PROPERTIES = {
    "k": TEXT,
    "n": {"type": "integer"},
    "text": WORD,
    "count": COUNT,
    "number": NUMBER,
    "day": DAY,
    "at": INSTANT,
    "order": {"type": ["boolean", "null"]},
    "object": OBJECT,
}


def _told(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "day":
        return date.fromisoformat(value)
    if name == "at":
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
    return float(value) if name == "number" else value


@given(_rows, _rows)
@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_table_contains_the_last_row_of_each_key(
    tmp_path_factory: pytest.TempPathFactory, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("warehouse")
    warehouse = Warehouses(folder / "warehouse.duckdb")
    for rows in (first, second):
        warehouse.load(schema(_PROPERTIES, ["k", "n"]), *(record(**row) for row in rows))
    last = {(row["k"], row["n"]): row for row in (*first, *second)}
    expected = {key: tuple(_told(name, row.get(name)) for name in _PROPERTIES) for key, row in last.items()}
    found = [(*row[:-1], row[-1] and json.loads(row[-1])) for row in warehouse.rows()]
    assert {row[:2]: row for row in found} == expected
    assert len(found) == len(expected)
