"""The input, read ahead by a thread, so that the time to commit comes while the tap is silent too."""

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
    """The bytes of `descriptor` as they come; none each time that `seconds` went by without any."""
    queue: Queue[bytes] = Queue(_CHUNKS_AHEAD)

    def read() -> None:
        while chunk := os.read(descriptor, _CHUNK_BYTES):
            queue.put(chunk)
        queue.put(b"")

    # A daemon, since nothing ends a read that waits.
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
