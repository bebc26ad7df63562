"""The words that a refusal lists, matched with those of the dialect."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.insights import EFFICIENCY
from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.model.periods import Granularity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_sei_efficiency.probe.facts import Seen
    from tap_sei_efficiency.probe.probing import Probing

_LISTED = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def learn(probing: Probing, seen: Seen) -> bool:
    """Match the words that a refusal lists with ours; returns whether it added a word."""
    facts, dialect, listed = probing.facts, probing.dialect, _words_of(seen)
    single = {
        "granularities": {each: word for each, word in dialect.granularities.items() if each != Granularity.SPRINT},
        "aggregations": {each: dialect.aggregations[each] for each in EFFICIENCY.choices},
    }
    tables: dict[str, dict[str, tuple[str, ...]]] = {
        "groups": {name: dialect.groups[name] for name in GROUPS},
        **{n: {k: (w,) for k, w in t.items()} for n, t in single.items()},
    }
    for name, words in tables.items():
        # A list without one of our words is a list of something else.
        if not {_plain(word) for choices in words.values() for word in choices} & set(map(_plain, listed)):
            continue
        missing = {key: choices for key, choices in words.items() if choices[0] not in listed}
        free = [word for word in listed if word not in {choices[0] for choices in words.values()}]
        learned = _alike(missing, free)
        getattr(facts, name).update(learned)
        return bool(learned)
    return False


def _alike(words: Mapping[str, Sequence[str]], listed: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, choices in words.items():
        plain = {_plain(word): word for word in listed if word not in found.values()}
        spellings = [_plain(each) for each in (*choices, name, *_titles(name))]
        match = next((plain[each] for each in spellings if each in plain), None)
        close = [m for each in spellings for m in difflib.get_close_matches(each, plain, n=1, cutoff=0.6)]
        if match := match or (plain[close[0]] if close else None):
            found[name] = match
    return found


def _titles(name: str) -> Iterator[str]:
    if name in GROUPS:
        for metric in GROUPS[name].metrics:
            yield from (metric.title, *metric.spellings) if metric.name == name else ()


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


def _words_of(seen: Seen) -> list[str]:
    """The words that the message of a refusal lists, after the last word of ours that introduces a list."""
    content = seen.content if isinstance(seen.content, dict) else {}
    message = str(content.get("message") or content.get("error") or "")
    listed = re.split(r"(?i)known are|must be one of|one of|allowed|supported|valid|accepted|values?:|\[", message)
    return list(dict.fromkeys(_LISTED.findall(listed[-1]))) if len(listed) > 1 else []
