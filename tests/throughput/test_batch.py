"""BATCH files contain the same records as RECORD messages, and no STATE covers rows that are not in a file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standin.faults import Fault
from tap_sei_efficiency.emit import batch
from tap_sei_efficiency.errors import DecodeError, SettingsError
from tap_sei_efficiency.tap import TapSeiEfficiency
from tests.decode.encode import File, files
from tests.decode.files import KEYS, LTTC
from tests.examples import examples
from tests.sync.run import Output, captured, config, run
from tests.throughput.batches import as_parquet, batch_config, batches, records_in, rows_of
from tests.throughput.emission import CONFIG, stream_of, written

if TYPE_CHECKING:
    from standin.clock import FakeClock
    from standin.server import Standin

FORMS = [("jsonl", "gzip"), ("jsonl", None), ("jsonl", "none"), ("parquet", None), ("parquet", "gzip")]


@examples(60)
@given(files(), st.sampled_from(FORMS), st.integers(1, 5), st.sets(st.sampled_from(["scope", "period_label"])))
def test_files_contain_the_same_records(file: File, form: tuple[str, str], most: int, deselected: set[str]) -> None:
    if form[0] == "parquet":
        pytest.importorskip("pyarrow")
    stream = stream_of(file)
    records = written(file, stream, deselected=deselected).records(stream)
    with tempfile.TemporaryDirectory() as folder:
        config = batch_config(Path(folder), *form, rows=most)
        found = list(map(rows_of, batches(written(file, stream, deselected=deselected, **config))))
    assert [len(rows) for rows in found] == [len(records[at : at + most]) for at in range(0, len(records), most)]
    expected = [records[at : at + most] for at in range(0, len(records), most)]
    assert found == (list(map(as_parquet, expected)) if form[0] == "parquet" else expected)


def test_the_message_says_how_to_read_the_file(tmp_path: Path) -> None:
    file = File(f"{KEYS},LTTC\nJan 2026,A,,2026-01-01,,1\n".encode(), LTTC, [])
    written_batches = batches(written(file, "lttc", **batch_config(tmp_path, "jsonl", "gzip")))
    assert [message["encoding"] for message in written_batches] == [{"format": "jsonl", "compression": "gzip"}]
    assert written_batches[0]["manifest"] == [path.as_uri() for path in tmp_path.iterdir()]


def test_an_unreadable_row_leaves_no_partial_file(tmp_path: Path) -> None:
    rows = [f"Jan 2026,Team {number},,2026-01-01,,{number}" for number in range(600)]
    file = File("\n".join([f"{KEYS},LTTC", *rows, "Jan 2026,Bad,,2026-01-01,,x"]).encode(), LTTC, [])
    with pytest.raises(DecodeError):
        written(file, "lttc", **batch_config(tmp_path, "jsonl", rows=100))
    assert {len(path.read_bytes().splitlines()) for path in tmp_path.iterdir()} == {100}
    assert len(list(tmp_path.iterdir())) == 5


def bookmarks(state: dict[str, Any]) -> dict[str, str]:
    """The bookmark of each stream that has one, in its only partition."""
    found = {}
    for stream, entry in state.get("bookmarks", {}).items():
        for partition in entry.get("partitions", []):
            if "replication_key_value" in partition:
                found[stream] = partition["replication_key_value"]
    return found


def test_state_never_covers_rows_that_are_in_no_file(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    sei.faults.add(Fault("job_failed", match="2026-09", reusable=0))
    output = run(sei, clock, window_periods=1, max_export_attempts=1, **batch_config(tmp_path, "jsonl", rows=1))
    newest: dict[str, str] = {}
    for message in output.messages:
        if message["type"] == "BATCH":
            starts = [row["period_start"] for row in rows_of(message)]
            newest[message["stream"]] = max([*starts, newest.get(message["stream"], "")])
        if message["type"] == "STATE":
            assert all(newest[stream] >= bookmark for stream, bookmark in bookmarks(message["value"]).items())
    assert set(bookmarks(output.state).values()) == {"2026-08-01"}
    assert output.error


def test_a_run_with_batches_ends_like_one_with_records(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    final: dict[str, Any] = {"end_date": "2026-09-30"}
    records = run(sei, clock, **final)
    in_batches = run(sei, clock, **final, **batch_config(tmp_path, "jsonl", "gzip"))
    assert bookmarks(in_batches.state) == bookmarks(records.state)
    for stream in bookmarks(records.state):
        assert [plain(row) for row in records_in(in_batches, stream)] == [plain(row) for row in records.records(stream)]
    assert not in_batches.records("lttc")
    assert len(in_batches.records("exports")) == len(records.records("exports"))


def test_a_connection_test_gets_a_record(sei: Standin, clock: FakeClock, tmp_path: Path) -> None:
    tap = TapSeiEfficiency(config=config(sei, **batch_config(tmp_path, "jsonl")), clock=clock, today=clock.now().date())
    output = Output()
    with captured(output):
        tap.run_connection_test()
    assert output.records("lttc")
    assert not list(tmp_path.iterdir())


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the columns that differ between runs."""
    return {name: value for name, value in row.items() if name not in {"export_id", "exported_at"}}


@pytest.mark.parametrize(
    "changes",
    [
        {"stream_maps": {"lttc": {"name": "team.lower()"}}},
        {"stream_maps": {"copy": {"__source__": "lttc"}}},
        {"flattening_enabled": True, "flattening_max_depth": 1},
    ],
)
def test_changed_records_are_written_as_record_messages(
    sei: Standin, clock: FakeClock, tmp_path: Path, changes: dict[str, Any]
) -> None:
    wanted = run(sei, clock, select=("lttc",), **changes)
    output = run(sei, clock, select=("lttc",), **changes, **batch_config(tmp_path, "jsonl"))
    assert not batches(output)
    assert [message for message in output.messages if message["type"] == "RECORD"]
    assert told(output) == told(wanted)


def told(output: Output) -> list[tuple[str, dict[str, Any]]]:
    """The records and their streams."""
    return [(m["stream"], m["record"]) for m in output.messages if m["type"] == "RECORD"]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"encoding": {"format": "jsonl"}}, "needs a `storage.root`"),
        ({"encoding": {}, "storage": {"root": "file:///tmp"}}, "needs an `encoding.format`: one of jsonl, parquet"),
        ({"encoding": {"format": "csv"}, "storage": {"root": "file:///tmp"}}, "one of jsonl, parquet"),
        ({"encoding": {"format": "jsonl", "compression": "zip"}, "storage": {"root": "file:///tmp"}}, "one of gzip"),
        ({"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp"}, "batch_size": 0}, "`batch_size` must"),
    ],
)
def test_a_batch_config_that_cannot_be_used_is_refused(config: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError, match=r"^Setting `batch_config` .+\.$") as refused:
        TapSeiEfficiency(config={**CONFIG, "batch_config": config})
    assert sentence in str(refused.value)


def test_parquet_without_pyarrow_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"Install the tap with its extra: `tap-sei-efficiency\[parquet\]`"):
        TapSeiEfficiency(config={**CONFIG, **batch_config(tmp_path, "parquet")})
