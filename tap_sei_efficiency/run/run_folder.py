"""The folder of a run's downloads. The run deletes it at its end; if the run was killed, the next run does."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import weakref
from pathlib import Path

from tap_sei_efficiency.errors import SettingsError

_PREFIX = "tap-sei-efficiency-"


class RunFolder:
    """A new folder under the system's temporary one, which this process keeps locked.

    Raises SettingsError if it cannot be made. The system ends the lock with the process, also if that is killed: a
    folder without a lock is a leftover.
    If folders cannot be locked (Windows, some network file systems), leftovers stay.
    """

    def __init__(self) -> None:
        try:
            self.path, lock = _make()
        except OSError as error:
            msg = f"Could not create a temporary folder: {error.strerror}. Set `TMPDIR` to a writable folder."
            raise SettingsError(msg) from None
        self._end = weakref.finalize(self, _remove, self.path, lock)
        for folder in self.path.parent.glob(f"{_PREFIX}*"):
            _remove_leftover(folder)

    def close(self) -> None:
        """Delete it; without this call it is deleted when the process ends."""
        self._end()


def _make() -> tuple[Path, int | None]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = _lock(path, wait=True)
        if path.exists():
            return path, lock
        _unlock(lock)  # another run took it for a leftover, before the lock was ours


def _remove_leftover(folder: Path) -> None:
    lock = _lock(folder, wait=False)
    if lock is not None:
        _remove(folder, lock)


def _remove(folder: Path, lock: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _unlock(lock)


def _lock(folder: Path, *, wait: bool) -> int | None:
    """Lock a folder; None if that is impossible, for example because another process has the lock."""
    if sys.platform == "win32":
        return None
    import fcntl  # noqa: PLC0415 - not on Windows

    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)
