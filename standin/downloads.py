"""How a file is sent: gzip as the documentation says, or by one of the faults."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

from standin.faults import Fault
from standin.messages import Reply, html_reply

_LEVEL = 6
_MEGABYTE = bytes(2**20)
CSV, GZIP = "text/csv; charset=utf-8", "application/gzip"


def send_export(data: bytes, name: str, fault: Fault | None) -> Reply:
    """The reply that sends the CSV `data` as the gzip file `name`."""
    headers = {"Content-Type": GZIP, "Content-Disposition": f'attachment; filename="{name}.csv.gz"'}
    return _sent(data, fault) or Reply(200, pack(data), headers, fault)


def send_report(data: bytes, name: str, fault: Fault | None) -> Reply:
    """The reply that sends the CSV `data` as the file `name`, not compressed."""
    headers = {"Content-Type": CSV, "Content-Disposition": f'attachment; filename="{name}.csv"'}
    return _sent(data, fault) or Reply(200, data, headers, fault)


def _sent(data: bytes, fault: Fault | None) -> Reply | None:
    """`data` as `fault` changes or replaces it; None if the fault does not affect the body."""
    way = _WAYS.get(fault.name) if fault else None
    if fault and way:
        body, headers = way(data, fault)
        return Reply(200, body, headers)
    return _PAGES.get(fault.name) if fault else None


def pack(data: bytes) -> bytes:
    """`data` as one gzip member; the same bytes each time."""
    return gzip.compress(data, _LEVEL, mtime=0)


def _members(data: bytes, _: Fault) -> tuple[bytes, dict[str, str]]:
    third = len(data) // 3 + 1
    return b"".join(pack(data[start : start + third]) for start in range(0, len(data), third)), {"Content-Type": GZIP}


def _bomb(data: bytes, fault: Fault) -> tuple[bytes, dict[str, str]]:
    """`data` and megabytes of zeros; a flushed block can be repeated without compressing it again."""
    megabytes = int(fault.number("megabytes"))
    packer = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
    start = packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(_MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum, size = zlib.crc32(data), len(data) + megabytes * len(_MEGABYTE)
    for _ in range(megabytes):
        checksum = zlib.crc32(_MEGABYTE, checksum)
    trailer = checksum.to_bytes(4, "little") + (size % 2**32).to_bytes(4, "little")
    return pack(b"")[:10] + start + block * megabytes + packer.flush() + trailer, {"Content-Type": GZIP}


_Way = Callable[[bytes, Fault], tuple[bytes, dict[str, str]]]
_WAYS: Mapping[str, _Way] = MappingProxyType(
    {
        "plain": lambda data, _: (data, {"Content-Type": CSV}),
        "gzip_content_encoding": lambda data, _: (pack(data), {"Content-Type": CSV, "Content-Encoding": "gzip"}),
        "gzip_body": lambda data, _: (pack(data), {"Content-Type": GZIP}),
        "gzip_both": lambda data, _: (pack(pack(data)), {"Content-Type": GZIP, "Content-Encoding": "gzip"}),
        "gzip_members": _members,
        "gzip_bomb": _bomb,
        "zero_bytes": lambda _data, _fault: (b"", {"Content-Type": CSV}),
    }
)
_ERROR = json.dumps({"status": "ERROR", "code": "INTERNAL_ERROR", "message": "The export could not be read"}).encode()
_PAGES: Mapping[str, Reply] = MappingProxyType(
    {
        "html_page": html_reply(200, "Sign in to continue"),
        "json_error_200": Reply(200, _ERROR, {"Content-Type": "application/json"}),
    }
)
