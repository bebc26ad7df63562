"""The table after one and two loads, the time of commits, and the STATE that is passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from target_duckdb_sei import load
from target_duckdb_sei.errors import LoaderError
from tests.loader.loading import (
    COUNT,
    DAY,
    NUMBER,
    OBJECT,
    TEXT,
    WORD,
    Message,
    Warehouses,
    lines,
    record,
    schema,
    state,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYED = schema({"a": TEXT, "b": {"type": "integer"}, "v": WORD}, ["a", "b"])


def test_last_row_of_a_key_wins_within_a_load_and_over_an_earlier_one(warehouse: Warehouses) -> None:
    warehouse.load(KEYED, record(a="x", b=1, v="old"), record(a="x", b=2, v="kept"), record(a="y", b=1, v="kept"))
    warehouse.load(KEYED, record(a="x", b=1, v="first"), record(a="x", b=1, v="last"))
    assert warehouse.rows() == [("x", 1, "last"), ("x", 2, "kept"), ("y", 1, "kept")]


def test_property_that_a_record_lacks_becomes_null(warehouse: Warehouses) -> None:
    warehouse.load(KEYED, record(a="x", b=1, v="old"), record(a="x", b=1))
    assert warehouse.rows() == [("x", 1, None)]


def test_stream_of_keys_alone_is_loaded(warehouse: Warehouses) -> None:
    keys = schema({"a": TEXT}, ["a"])
    warehouse.load(keys, record(a="x"), record(a="x"))
    warehouse.load(keys, record(a="x"), record(a="y"))
    assert warehouse.rows() == [("x",), ("y",)]


def test_instants_are_one_key_however_they_are_written(warehouse: Warehouses) -> None:
    keyed = schema({"at": {"type": "string", "format": "date-time"}, "v": COUNT}, ["at"])
    spellings = ("2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00Z", "2026-01-01T08:00:00")
    warehouse.load(keyed, *(record(at=spelling, v=number) for number, spelling in enumerate(spellings)))
    assert [value for _, value in warehouse.rows()] == [2]


def test_stream_without_a_key_grows(warehouse: Warehouses) -> None:
    for _ in range(2):
        warehouse.load(schema({"v": WORD}), record(v="same"), record(v="same"))
    assert warehouse.rows() == [("same",)] * 4


def test_names_that_sql_reserves_and_strange_ones_are_kept(warehouse: Warehouses) -> None:
    properties = dict.fromkeys(("rows", "order", "select", "a b", "it's", "Ünï", "held", "given"), COUNT)
    warehouse.load(schema(properties, stream="group by"), record("group by", **dict.fromkeys(properties, 1)))
    assert warehouse.rows("group by") == [(1,) * len(properties)]
    assert list(warehouse.types("group by")) == list(properties)


def test_schema_named_as_the_file_is_loaded(tmp_path: Any) -> None:
    warehouse = Warehouses(tmp_path / "sei.duckdb")
    warehouse.load(KEYED, record(a="x", b=1))
    warehouse.load(KEYED, record(a="x", b=1))
    assert warehouse.query("SELECT count(*) FROM sei.sei.s") == [(1,)]


def test_path_with_signs_of_a_pattern_is_loaded(tmp_path: Any) -> None:
    warehouse = Warehouses(tmp_path / "it's [a] *" / "new" / "warehouse.duckdb")
    warehouse.load(KEYED, record(a="x", b=1, v="y"))
    assert warehouse.rows() == [("x", 1, "y")]


def test_new_column_is_added_and_missing_one_keeps_its_values(warehouse: Warehouses) -> None:
    warehouse.load(schema({"a": TEXT, "v": WORD}, ["a"]), record(a="x", v="old"), record(a="y", v="old"))
    warehouse.load(schema({"a": TEXT, "w": NUMBER}, ["a"]), record(a="x", w=1.5), record(a="z", w=2.5))
    assert warehouse.rows() == [("x", "old", 1.5), ("y", "old", None), ("z", None, 2.5)]


def test_schema_change_in_a_load_applies_from_there_on(warehouse: Warehouses) -> None:
    small, large = schema({"a": TEXT}, ["a"]), schema({"a": TEXT, "w": COUNT}, ["a"])
    warehouse.load(small, record(a="x"), small, record(a="y"), large, record(a="y", w=1), small, record(a="z"))
    assert warehouse.rows() == [("x", None), ("y", 1), ("z", None)]
    assert warehouse.said == ["Stream s: 4 rows loaded into sei.s."]


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([schema({"a": TEXT, "v": NUMBER}, ["a"])], "column `v` is BIGINT in its table, and DOUBLE by its SCHEMA"),
        ([schema({"a": TEXT, "v": OBJECT}, ["a"])], "column `v` is BIGINT in its table, and JSON by its SCHEMA"),
        ([schema({"a": TEXT, "b": TEXT, "v": COUNT}, ["a", "b"])], "its table lacks the key column `b`"),
        ([schema({"v": COUNT}, stream="S")], "cannot distinguish the streams `s` and `S`"),
        ([record("nobody", v=1)], "Line 2: no SCHEMA of stream `nobody` came before its RECORD"),
        ([{"type": "BATCH", "stream": "nobody"}], "Line 2: no SCHEMA of stream `nobody` came before its BATCH"),
        ([{"type": "SURPRISE"}], "Line 2 has the type `SURPRISE`, which is not a Singer message"),
    ],
)
def test_message_that_cannot_be_loaded_is_refused(warehouse: Warehouses, messages: list[Message], said: str) -> None:
    made = schema({"a": TEXT, "v": COUNT}, ["a"])
    warehouse.load(made, record(a="x", v=1))
    with pytest.raises(LoaderError, match=said):
        warehouse.load(made, *messages)
    assert warehouse.rows() == [("x", 1)]


@pytest.mark.parametrize("line", [b"{", b"nothing", b"[]", b'{"stream": "s"}', b'{"type": "RECORD", "stream": "\xff"}'])
def test_line_that_is_not_a_message_is_refused_with_its_number(warehouse: Warehouses, line: bytes) -> None:
    with pytest.raises(LoaderError, match="Line 3 is not a Singer message: "):
        warehouse.load_chunks([lines([KEYED, record(a="x", b=1)]) + line + b"\n"])


def test_blank_lines_and_versions_are_ignored(warehouse: Warehouses) -> None:
    version = {"type": "ACTIVATE_VERSION", "stream": "s", "version": 1}
    warehouse.load_chunks([lines([KEYED]) + b"\n  \n" + lines([version, record(a="x", b=1)])])
    assert len(warehouse.rows()) == 1


def test_messages_can_be_in_pieces_and_the_last_without_a_line_end(warehouse: Warehouses) -> None:
    written = lines([KEYED, record(a="é", b=1), state({"n": 1})]).rstrip(b"\n")
    warehouse.load_chunks(written[place : place + 1] for place in range(len(written)))
    assert (warehouse.rows(), warehouse.states) == ([("é", 1, None)], [{"n": 1}])


def test_cut_off_input_keeps_the_earlier_rows(warehouse: Warehouses) -> None:
    with pytest.raises(LoaderError, match="Line 4 is not a Singer message"):
        warehouse.load_chunks([lines([KEYED, record(a="x", b=1), state({"n": 1})]) + b'{"type": "RECO'])
    assert (len(warehouse.rows()), warehouse.states) == (1, [{"n": 1}])


def committed(warehouse: Warehouses) -> int:
    """The committed rows of a running load, read from a copy of its file and log."""
    copy = warehouse.path.with_name("copy.duckdb")
    for suffix in ("", ".wal"):
        file = warehouse.path.with_name(warehouse.path.name + suffix)
        if file.exists():
            copy.with_name(copy.name + suffix).write_bytes(file.read_bytes())
    with duckdb.connect(copy) as connection:
        ((rows,),) = connection.execute("SELECT count(*) FROM sei.s").fetchall()
    return int(rows)


def test_a_number_of_rows_triggers_a_commit(warehouse: Warehouses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "COMMIT_ROWS", 3)
    seen: list[tuple[int, list[Any]]] = []

    def chunks() -> Iterator[bytes]:
        yield lines([KEYED, record(a="1", b=1), state(1), record(a="2", b=1)])
        seen.append((committed(warehouse), list(warehouse.states)))
        yield lines([record(a="3", b=1)])
        seen.append((committed(warehouse), list(warehouse.states)))
        yield lines([record(a="4", b=1), state(4)])
        seen.append((committed(warehouse), list(warehouse.states)))

    warehouse.load_chunks(chunks())
    assert seen == [(0, []), (3, [1]), (3, [1])]
    assert (len(warehouse.rows()), warehouse.states) == (4, [1, 4])


def test_a_number_of_bytes_triggers_a_commit(warehouse: Warehouses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "COMMIT_BYTES", 1000)
    seen: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(3):
            yield lines([KEYED, record(a=str(number), b=1, v="v" * 600)])
            seen.append(committed(warehouse))

    warehouse.load_chunks(chunks())
    assert seen == [0, 2, 2]


def test_time_triggers_a_commit_even_without_input(warehouse: Warehouses) -> None:
    seen: list[tuple[int, list[Any]]] = []
    time = 100.0

    def chunks() -> Iterator[bytes]:
        nonlocal time
        yield lines([KEYED, record(a="1", b=1), state(1)])
        for step in (0.75, 0.25):
            time += step
            yield b""
            seen.append((committed(warehouse), list(warehouse.states)))

    warehouse.load_chunks(chunks(), clock=lambda: time)
    assert seen == [(0, []), (1, [1])]
    assert warehouse.states == [1]


@pytest.mark.parametrize(("takes", "pause"), [(0.0, 1.0), (0.5, 5.0), (3.0, load.COMMIT_SECONDS)])
def test_commits_take_a_tenth_of_the_time_and_wait_for_ten_seconds_at_most(
    warehouse: Warehouses, takes: float, pause: float
) -> None:
    time = 100.0

    class Slow(list[Any]):
        def append(self, value: object) -> None:
            nonlocal time
            time += takes
            super().append(value)

    warehouse.states, seen = Slow(), []

    def chunks() -> Iterator[bytes]:
        nonlocal time
        yield lines([KEYED])
        time += 1.0
        yield lines([record(a="1", b=1), state(1)])
        for number, step in ((2, pause - 0.25), (3, 0.25)):
            time += step
            yield lines([record(a="1", b=1), state(number)])
            seen.append(list(warehouse.states))

    warehouse.load_chunks(chunks(), clock=lambda: time)
    assert seen == [[1], [1, 3]]


def test_state_is_passed_on_without_rows_too(warehouse: Warehouses) -> None:
    warehouse.load(state({"a": 1}), state({"a": 2}))
    assert warehouse.states == [{"a": 2}]


def test_failed_transaction_leaves_no_row_and_no_state(warehouse: Warehouses) -> None:
    other = schema({"v": COUNT}, stream="other")
    warehouse.load(KEYED, other, record(a="x", b=1), state(1))
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("ALTER TABLE sei.other ADD COLUMN given INTEGER")
        connection.execute("CREATE OR REPLACE TABLE sei.other AS FROM sei.other")
        connection.execute("CREATE UNIQUE INDEX one ON sei.other (v)")
    messages = [KEYED, other, record(a="y", b=1), record("other", v=1), record("other", v=1), state(2)]
    with pytest.raises(LoaderError, match="DuckDB: Constraint Error"):
        warehouse.load(*messages)
    assert warehouse.states == [1]
    assert warehouse.rows() == [("x", 1, None)]


LEDGER = schema({"stream": TEXT, "rows": COUNT}, stream="exports")


@pytest.mark.parametrize(("emitted", "loaded"), [(3, 2), (2, 3)])
def test_load_fails_if_the_tap_emitted_another_number_of_rows(warehouse: Warehouses, emitted: int, loaded: int) -> None:
    rows = [record(a="x", b=number) for number in range(loaded)]
    ledger = [record("exports", stream="s", rows=emitted - 1), record("exports", stream="s", rows=1)]
    said = f"Stream `s`: the tap emitted {emitted} rows by its stream `exports`, and {loaded} were loaded"
    with pytest.raises(LoaderError, match=said):
        warehouse.load(KEYED, *rows, LEDGER, *ledger, ledger="exports")


def test_every_row_that_the_ledger_counts_is_counted(warehouse: Warehouses) -> None:
    # The second row of a key counts too, and a stream that is not loaded is not checked.
    ledger = [
        record("exports", stream="s", rows=2),
        record("exports", stream="gone", rows=7),
        record("exports", stream="s"),
    ]
    warehouse.load(KEYED, record(a="x", b=1), record(a="x", b=1), LEDGER, *ledger, ledger="exports")
    assert warehouse.said == ["Stream s: 2 rows loaded into sei.s.", "Stream exports: 3 rows loaded into sei.exports."]


def test_dates_are_typed(warehouse: Warehouses) -> None:
    warehouse.load(schema({"a": DAY, "b": OBJECT, "c": NUMBER, "d": COUNT}))
    assert warehouse.types() == {"a": "DATE", "b": "JSON", "c": "DOUBLE", "d": "BIGINT"}
