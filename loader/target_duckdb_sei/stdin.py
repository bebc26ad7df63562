"""Reads the input in a thread, so the loader can commit while the tap is silent."""

from __future__ import annotations

import os
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

from target_duckdb_sei.stop import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_duckdb_sei.stop import Stop

_CHUNK_BYTES = 2**20
_CHUNKS_AHEAD = 16
_GRACE_SECONDS = 5.0
"""How long a stopped load waits for the tap's last STATE: `docker stop` allows 10 s for everything."""


def chunks(descriptor: int, seconds: float, stop: Stop, clock: Callable[[], float]) -> Iterator[bytes]:
    """Yield the bytes of `descriptor` as they arrive, and empty bytes each time that none arrived for `seconds`.

    After a signal the input ends when the tap closes it or is silent, and after some seconds in any case.

    Raises:
        Stopped: A signal has ended the input.
    """
    queue: Queue[bytes] = Queue(_CHUNKS_AHEAD)

    def read() -> None:
        while chunk := os.read(descriptor, _CHUNK_BYTES):
            queue.put(chunk)
        queue.put(b"")

    # A daemon, because nothing can end a waiting read.
    Thread(target=read, daemon=True).start()
    latest: float | None = None
    while latest is None or clock() < latest:
        try:
            chunk = queue.get(timeout=seconds)
        except Empty:
            if stop.signum:
                break
            yield b""
        else:
            if not chunk:
                break
            yield chunk
        if stop.signum and latest is None:
            latest = clock() + _GRACE_SECONDS
    if stop.signum:
        raise Stopped(stop.signum)
