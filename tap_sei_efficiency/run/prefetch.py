"""Runs slow calls in advance; the reader takes their results in order.

The one place with threads: a legacy report is one blocking request, and its waiting is not on SEI's side of a poll.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class Prefetch(Generic[K, V]):
    """Calls `call` for each of `keys`, `workers` at once, with at most `workers` results that wait for the reader."""

    def __init__(self, call: Callable[[K], V], keys: Iterable[K], workers: int) -> None:
        self._call = call
        self._waiting = deque(keys)
        self._room = threading.Semaphore(workers)
        self._changed = threading.Condition()
        self._results: dict[K, V | BaseException] = {}
        self._unwanted: set[K] = set()
        for _ in range(min(workers, len(self._waiting))):
            # Daemons: a run that a signal ends does not wait for the answers that are still out.
            threading.Thread(target=self._work, daemon=True).start()

    def take(self, key: K) -> V:
        """The result for `key`, once. Raises the error of its call."""
        with self._changed:
            self._changed.wait_for(lambda: key in self._results)
            result = self._results.pop(key)
        self._room.release()
        if isinstance(result, BaseException):
            raise result
        return result

    def drop(self, keys: Iterable[K]) -> None:
        """Drop `keys`: the reader will not take their results."""
        with self._changed:
            for key in keys:
                if key in self._waiting:
                    self._waiting.remove(key)
                elif self._results.pop(key, None) is None:
                    self._unwanted.add(key)
                else:
                    self._room.release()

    def _work(self) -> None:
        while True:
            self._room.acquire()
            with self._changed:
                if not self._waiting:
                    self._room.release()
                    return
                key = self._waiting.popleft()
            result: V | BaseException
            try:
                result = self._call(key)
            except BaseException as error:  # noqa: BLE001 - the reader handles any error
                result = error
            with self._changed:
                if key in self._unwanted:
                    self._room.release()
                else:
                    self._results[key] = result
                self._changed.notify_all()
