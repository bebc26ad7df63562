"""What gateways and frameworks make of an answer on its way: content codings, envelopes, odd JSON, odd framing."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from standin.messages import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from standin.faults import Fault

_TIMES = ("createdAt", "completedAt")
_NAMES = ("name", "message")
_LEVELS = 2000


def passed_on(reply: Reply, fault: Fault) -> Reply:
    """`reply` as `fault`, one of those of answers, leaves it."""
    if fault.name in _MANNERS:
        return reply if reply.manner else Reply(reply.status, reply.body, reply.headers, fault)
    if fault.name == "content_coding":
        return _coded(reply, fault)
    if fault.name == "lower_case_headers":
        return Reply(reply.status, reply.body, {k.lower(): v for k, v in reply.headers.items()}, reply.manner)
    if reply.headers.get("Content-Type") != "application/json":
        return reply
    text = _REWRITES[fault.name](json.loads(reply.body), fault)
    return Reply(reply.status, text.encode(), reply.headers, reply.manner)


_MANNERS = frozenset({"chunked", "wrong_length", "closed_after_answer", "interim_answer", "no_length"})
"""What the connection does; the handler knows how."""


def _coded(reply: Reply, fault: Fault) -> Reply:
    body, coding = reply.body, fault.text("coding")
    for _ in range(int(fault.number("layers"))):
        body = _PACKERS[coding](body) if coding in _PACKERS else body[::-1]
    label = fault.text("label") or coding
    headers = {**reply.headers, **({} if label == "none" else {"Content-Encoding": label})}
    return Reply(reply.status, body, headers, reply.manner)


def _bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


_PACKERS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "gzip": lambda data: gzip.compress(data, mtime=0),
        "x-gzip": lambda data: gzip.compress(data, mtime=0),
        "deflate": zlib.compress,
        "bare_deflate": _bare_deflate,
        "identity": lambda data: data,
    }
)


def _enveloped(value: Any, _: Fault) -> str:  # noqa: ANN401 - a JSON value
    if isinstance(value, dict) and value.get("status") == "ERROR":
        return json.dumps(value)
    return json.dumps({"status": "SUCCESS", "data": value, "metaData": None, "correlationId": "c0rrelation"})


def _with_epoch(value: Any, fault: Fault) -> str:  # noqa: ANN401 - a JSON value
    def written(text: str) -> int | str:
        number = round(datetime.fromisoformat(text).timestamp() * (1000 if fault.text("unit") == "ms" else 1))
        return str(number) if fault.text("form") == "text" else number

    times = {name: written(value[name]) for name in _TIMES if name in value} if isinstance(value, dict) else {}
    return json.dumps({**value, **times} if times else value)


def _with_other_id(value: Any, fault: Fault) -> str:  # noqa: ANN401 - a JSON value
    if not isinstance(value, dict) or "exportId" not in value:
        return json.dumps(value)
    name = fault.text("spelling")
    rest = {key: content for key, content in value.items() if key != "exportId"}
    return json.dumps(rest if name == "none" else {name: value["exportId"], **rest})


def _odd(value: Any, fault: Fault) -> str:  # noqa: ANN401 - a JSON value
    form = fault.text("form")
    if form in _ENDINGS:
        return json.dumps(_ending_in(value, _ENDINGS[form]))
    text = json.dumps(value, ensure_ascii=False)
    if form == "mark":
        return "\ufeff" + text
    # Into the first object.
    return text.replace("{", "{" + _MEMBERS[form] + ", ", 1)


_ENDINGS: Mapping[str, str] = MappingProxyType({"surrogate": " \ud83d", "zero": " \0"})
_MEMBERS: Mapping[str, str] = MappingProxyType(
    {
        "duplicate": '"odd": 1, "odd": 2',
        "nan": '"odd": [NaN, -Infinity, 1e999]',
        "huge": f'"odd": {"9" * 5000}',
        "deep": f'"odd": {"[" * _LEVELS}{"]" * _LEVELS}',
    }
)


def _ending_in(value: Any, ending: str, name: str = "") -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, dict):
        return {key: _ending_in(item, ending, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_ending_in(item, ending) for item in value]
    return value + ending if isinstance(value, str) and name in _NAMES else value


_REWRITES: Mapping[str, Callable[[Any, Fault], str]] = MappingProxyType(
    {"envelope": _enveloped, "epoch_times": _with_epoch, "export_id_spelling": _with_other_id, "odd_json": _odd}
)
