"""The stand-in for SEI while the demo runs."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from demo.meltano import FOLDER, ROOT, StepFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = (sys.executable, "-m", "standin")
_START_SECONDS = 30
_LOOK_SECONDS = 0.05


@contextmanager
def standin() -> Iterator[str]:
    """Start the stand-in on a free port, with jobs of a few seconds; yields its base URL.

    Raises:
        StepFailedError: It did not start.
    """
    url_file, log = FOLDER / "standin.url", FOLDER / "standin.log"
    options = ["--port", "0", "--url-file", str(url_file), "--job-seconds", "2-4"]
    with log.open("w", encoding="utf-8") as output:
        # The command has only this interpreter and constants.
        server = subprocess.Popen(  # noqa: S603
            [*COMMAND, *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not (url_file.exists() and (url := url_file.read_text(encoding="utf-8").strip())):
            if server.poll() is not None or time.monotonic() > deadline:
                msg = f"The stand-in server did not start; log: {log}\n{log.read_text(encoding='utf-8')}"
                raise StepFailedError(msg)
            time.sleep(_LOOK_SECONDS)
        yield url
    finally:
        server.terminate()
        server.wait()
