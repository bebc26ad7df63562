"""Checks of the setting `stream_maps` and of the catalog that the SDK leaves out. Pure.

The SDK ignores a name that does not exist. A map often hides names of teams. If it does not apply because of a typing
error, they are loaded in silence.
"""

from __future__ import annotations

import difflib
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import RemoveRecordTransform

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from singer_sdk import Stream

_ELSE, _SOURCE = "__else__", "__source__"
_REMOVED = (None, "__NULL__")


def complaints(maps: Mapping[str, Any], streams: Mapping[str, Collection[str]]) -> Iterator[str]:
    """A sentence for each name in `maps` that is no stream, and for each removed column that no stream has.

    `streams` are the columns of each stream that the tap can have; none if the stream is off.
    """
    for key, content in maps.items():
        fields: Mapping[str, Any] = content if isinstance(content, dict) else {}
        name = fields.get(_SOURCE, key)
        found = [stream for stream in streams if fnmatch(stream, str(name))]
        if not found and key != _ELSE:
            yield f"Setting `stream_maps` names the stream `{name}`, which the tap does not have{_hint(name, streams)}"
        columns = {column for stream in found for column in streams[stream]}
        for column, value in fields.items():
            if columns and value in _REMOVED and not column.startswith("__") and column not in columns:
                yield (
                    f"Setting `stream_maps` removes the column `{column}` of `{key}`, which does not exist"
                    f"{_hint(column, columns)}"
                )


def clashes(streams: Iterable[Stream]) -> Iterator[str]:
    """A sentence for each of the `streams` whose rows a loader would load over others, for want of a name or a key."""
    owners: dict[str, str] = {}
    for stream in streams:
        for each in stream.stream_maps:
            if isinstance(each, RemoveRecordTransform):
                continue
            name, alias = stream.name, each.stream_alias
            if (owner := owners.setdefault(alias, name)) != name:
                yield f"Setting `stream_maps` gives the streams {owner} and {name} one name, {alias}."
            for key in each.transformed_key_properties or ():
                if key not in each.transformed_schema["properties"]:
                    yield f"The catalog leaves out `{key}`, which is part of the key of stream {name}. Select it."


def _hint(name: object, known: Collection[str]) -> str:
    close = difflib.get_close_matches(str(name), known, n=1)
    return f": did you mean `{close[0]}`?" if close else f"; there are {', '.join(sorted(known))}."
