"""The fast path writes the same messages as the SDK's own loop, for any selection and stream map."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tap_sei_efficiency.model.record_schema import KEY_PROPERTIES, record_schema
from tests.decode.encode import File, files
from tests.examples import examples
from tests.throughput.emission import stream_of, written, written_by_sdk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.sync.run import Output

MAPS: tuple[Mapping[str, Any], ...] = (
    {},
    {"name": "team.lower()", "team_hierarchy": None},
    {"__alias__": "renamed"},
    {"__filter__": "'a' in team"},
    {"__else__": None, **{name: name for name in KEY_PROPERTIES}},
    {"__key_properties__": ["digest"], "digest": "md5(team_path)"},
)


@st.composite
def wishes(draw: st.DrawFn, stream: str, metrics: Any) -> dict[str, Any]:
    """Settings and selections of the SDK's features."""
    properties = record_schema(metrics)["properties"].keys() - set(KEY_PROPERTIES)
    maps = {stream: dict(draw(st.sampled_from(MAPS)))}
    if draw(st.booleans()):
        maps[f"{stream}_copy"] = {"__source__": stream, "copied": "'yes'"}
    if draw(st.integers(0, 9)) == 0:
        maps[stream] = None  # type: ignore[assignment]
    changes = {"stream_maps": {name: wish for name, wish in maps.items() if wish != {}}}
    if draw(st.integers(0, 3)) == 0:
        changes |= {"flattening_enabled": True, "flattening_max_depth": 1}  # type: ignore[dict-item]
    return {"deselected": draw(st.sets(st.sampled_from(sorted(properties)), max_size=4)), **changes}


def told(output: Output) -> dict[str, list[str]]:
    """The SCHEMA and RECORD messages of each stream, without times; copies of a stream can be in any order."""
    streams: dict[str, list[str]] = {}
    for message in output.messages:
        if message.pop("type") != "STATE":
            message.pop("time_extracted", None)
            streams.setdefault(message.pop("stream"), []).append(json.dumps(message))
    return streams


@examples(60)
@given(files(), st.data())
def test_it_writes_the_same_messages_as_the_sdk(file: File, data: st.DataObject) -> None:
    stream = stream_of(file)
    wished = data.draw(wishes(stream, file.spec.readers[stream]))
    fast = written(file, stream, **wished)
    plain = written_by_sdk(file, stream, **wished)
    assert told(fast) == told(plain)
