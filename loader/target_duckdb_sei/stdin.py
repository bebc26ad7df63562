"""Reads the input in a thread, so the loader can commit while the tap is silent."""

from __future__ import annotations

import os
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK_BYTES = 2**20
_CHUNKS_AHEAD = 16


def chunks(descriptor: int, seconds: float) -> Iterator[bytes]:
    """Yield the bytes of `descriptor` as they arrive, and empty bytes each time that none arrived for `seconds`."""
    queue: Queue[bytes] = Queue(_CHUNKS_AHEAD)

    def read() -> None:
        while chunk := os.read(descriptor, _CHUNK_BYTES):
            queue.put(chunk)
        queue.put(b"")

    # A daemon, because nothing can end a waiting read.
    Thread(target=read, daemon=True).start()
    while True:
        try:
            chunk = queue.get(timeout=seconds)
        except Empty:
            yield b""
            continue
        if not chunk:
            return
        yield chunk
