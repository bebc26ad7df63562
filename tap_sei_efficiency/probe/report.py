"""The report of a probe that a user can send: the structure of what was seen, and nothing else. Pure.

Names of teams, figures, ids, hosts, addresses, the key and query strings are replaced by their shapes. What stays:
headers of columns, keys of JSON, status codes, names of HTTP headers, and the server's words for our own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.model.dialect import PLAIN
from tap_sei_efficiency.model.jobs import JobStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tap_sei_efficiency.probe.facts import Facts, FileSeen, Seen
    from tap_sei_efficiency.settings import Settings

FORMAT = "sei-observed/1"

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_MEDIA_TYPE = re.compile(r"(?:text|application|binary)/(?:csv|html|plain|json|xml|gzip|x-gzip|zip|octet-stream)")
_CODINGS = frozenset({"", "gzip", "x-gzip", "deflate", "br", "zstd", "identity"})
_NULLS = frozenset(
    {"", "-", "--", "\N{EN DASH}", "\N{EM DASH}", "n/a", "na", "null", "none", "nan", "nil", "k. a.", "k.a."}
)
_SHAPES = (
    ("date", re.compile(r"\d{4}-\d{2}-\d{2}")),
    ("time", re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")),
    ("whole number", re.compile(r"[+-]?\d+")),
    ("path", re.compile(r"/.*")),
    ("URL", re.compile(r"https?://.*")),
)
_DECIMALS = re.compile(r"[+-]?\d+([.,])(\d+)%?")
_MOST_KEYS = 60
_LONGEST_LABEL = 40
_SHORTEST_NAME = 3
_LONG_NAME = 6


def probe_report(facts: Facts, settings: Settings) -> dict[str, Any]:
    """What `python -m standin --observed` reads."""
    private = _private(settings) | frozenset(_names(facts))
    words = {
        name: {ours: word for ours, word in found.items() if _is_word(word, private)}
        for name, found in (
            ("groups", facts.groups),
            ("granularities", facts.granularities),
            ("aggregations", facts.aggregations),
            ("job_fields", facts.job_fields),
            ("statuses", facts.statuses),
        )
    }
    create, again = facts.answers.get("create"), facts.answers.get("create again")
    download = facts.answers.get("download")
    return {
        "format": FORMAT,
        "base_path": facts.base_path if facts.base_path in PLAIN.base_paths else "/another/base/path/",
        "auth": {
            "header": facts.auth.get("header", ""),
            "scheme": facts.auth.get("scheme", ""),
            "is_only": facts.refused_auth,
        },
        **words,
        "groups_combine": facts.combines,
        "reuses": facts.reuses,
        "envelope": facts.envelope if _is_word(facts.envelope, private) else "",
        "create": {"statuses": [create.status if create else 202, again.status if again and facts.reuses else 200]},
        "download": {
            "layers": download.layers - bool(download.coding in {"gzip", "x-gzip"}),
            "content_encoding": download.coding if download.coding in _CODINGS else "other",
            "redirects": download.redirects,
            "left_host": download.left_host,
        }
        if download
        else {},
        "report": _status(facts.answers.get("legacy report")),
        "teams": _status(facts.answers.get("org trees")),
        "job_seconds": round(facts.job_seconds) if facts.job_seconds is not None else None,
        "file": _file(facts),
        "files": [_columns_of(file) for file in facts.files],
        "answers": {name: _answer(seen, private) for name, seen in facts.answers.items()},
        "not_asked": list(facts.not_asked),
    }


def _private(settings: Settings) -> frozenset[str]:
    names = [settings.api_key, settings.org_identifier, settings.project_identifier]
    names += [*settings.team_ids, *settings.org_tree_names, *settings.org_tree_ids]
    return frozenset(name.lower() for name in names)


def _names(facts: Facts) -> Iterator[str]:
    """The names of org trees and teams, which a server may also use as keys."""
    waiting = [facts.answers[name].raw for name in ("org trees", "teams") if name in facts.answers]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
            if isinstance(value.get("name"), str) and len(value["name"]) >= _SHORTEST_NAME:
                yield value["name"].lower()
        elif isinstance(value, list):
            waiting += value


def _is_word(word: str, private: Collection[str]) -> bool:
    # A short name can be a part of any word.
    lower = word.lower()
    is_private = lower in private or any(name in lower for name in private if len(name) >= _LONG_NAME)
    return bool(_IDENTIFIER.fullmatch(word)) and not is_private


def _status(seen: Seen | None) -> dict[str, Any]:
    return {"status": seen.status} if seen else {}


def _answer(seen: Seen, private: Collection[str]) -> dict[str, Any]:
    media = _MEDIA_TYPE.fullmatch(seen.media_type)
    return {
        "status": seen.status,
        "media_type": media[0] if media else "other",
        "content_encoding": seen.coding if seen.coding in _CODINGS else "other",
        "headers": sorted(name.lower() for name in seen.headers if _is_word(name.replace("-", "_"), private)),
        "shape": _shape(seen.raw, private) if seen.raw is not None else None,
    }


def _shape(value: Any, private: Collection[str], name: str = "") -> Any:  # noqa: ANN401 - a JSON value
    """A JSON value with its keys, and with shapes instead of values; one item represents a list."""
    if isinstance(value, dict):
        keys = [key if _is_word(key, private) else "(key)" for key in value]
        pairs = list(zip(keys, value.items(), strict=True))[:_MOST_KEYS]
        return {key: _shape(item, private, own) for key, (own, item) in pairs}
    if isinstance(value, list):
        return [_shape(item, private) for item in value[:1]]
    if value is None:
        return None
    is_status = name == "status" and isinstance(value, str) and JobStatus.read(value) is not JobStatus.UNKNOWN
    return value if is_status else "true or false" if isinstance(value, bool) else _shape_of_text(str(value))


def _shape_of_text(text: str) -> str:
    if found := _DECIMALS.fullmatch(text):
        return f"number with {len(found[2])} decimals after {found[1]!r}"
    return next((shape for shape, pattern in _SHAPES if pattern.fullmatch(text)), "text")


def _file(facts: Facts) -> dict[str, Any]:
    """How files are written, as far as they agree."""
    files = [file for file in facts.files if not file.problem]
    if not files:
        return {}
    known = {what: header for file in files for what, header in {**file.guesses, **file.known}.items()}
    nulls = [word for file in files for word in (*file.new_null_words, *file.null_words) if word]
    return {
        "columns": known,
        "delimiter": files[0].delimiter,
        "decimal_mark": next((file.decimal_mark for file in files if file.decimal_mark), None),
        "null": next((word if word.lower() in _NULLS else "no data" for word in nulls), ""),
        "bom": files[0].has_mark,
        "line_end": files[0].line_end,
        "week_start": facts.week_start,
        "open_period": next((f.has_open_period for f in files if f.granularity == "MONTHLY"), None),
        "labels": sorted({_letters(label) for file in files for label in file.labels})[:5],
    }


def _letters(label: str) -> str:
    """The shape of a label: `Jan 2026` is `Aaa 9999`."""
    letters = re.sub(r"[^\W\d_]", lambda found: "A" if found[0].isupper() else "a", label)
    return re.sub(r"\d", "9", letters)[:_LONGEST_LABEL]


def _columns_of(file: FileSeen) -> Mapping[str, Any]:
    return {
        "groups": list(file.groups),
        "granularity": file.granularity,
        "columns": list(file.names),
        "unknown": list(file.unknown),
        "missing": list(file.missing),
    }
