"""The demo's folder: cleared at each start, and locked against a second demo."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from demo.meltano import FOLDER, StepFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def alone() -> Iterator[None]:
    """Clear the folder and lock it against other demos.

    Raises:
        StepFailedError: Another demo is running there, or the folder cannot be written.
    """
    try:
        FOLDER.parent.mkdir(parents=True, exist_ok=True)
        lock = FOLDER.with_name(f".{FOLDER.name}.lock").open("w", encoding="utf-8")
    except OSError as error:
        raise _not_writable(error) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            msg = f"Another demo is running in {FOLDER}. Wait until it ends, or set another folder in DEMO_FOLDER."
            raise StepFailedError(msg) from None
        try:
            shutil.rmtree(FOLDER, ignore_errors=True)
            FOLDER.mkdir()
        except OSError as error:
            raise _not_writable(error) from None
        yield


def _not_writable(error: OSError) -> StepFailedError:
    return StepFailedError(f"The demo cannot write to {FOLDER}: {error.strerror}. Set another folder in DEMO_FOLDER.")
