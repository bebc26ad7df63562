"""Serves one file as the result of every export, because the stand-in would need long to make large ones.

`python -m bench.server FILE` prints its base URL and serves until it is stopped.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

BASE_PATH = "/prod1/sei/api"
_EXPORTS = f"{BASE_PATH}/v2/insights/efficiency/exports"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    file: ClassVar[Path]
    numbers: ClassVar = itertools.count(1)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer_json(202, {"exportId": f"exp_{next(self.numbers)}", "status": "QUEUED", "createdAt": _now()})

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].removeprefix(f"{_EXPORTS}/")
        export_id, _, rest = path.partition("/")
        if rest == "download":
            self._start(200, "application/gzip", self.file.stat().st_size)
            with self.file.open("rb") as content:
                shutil.copyfileobj(content, self.wfile, 1 << 18)
            return
        location = f"/v2/insights/efficiency/exports/{export_id}/download"
        done = {"exportId": export_id, "status": "COMPLETED", "createdAt": _now(), "completedAt": _now()}
        self._answer_json(200, {**done, "downloadUrl": location})

    def _answer_json(self, status: int, content: dict[str, str]) -> None:
        body = json.dumps(content).encode()
        self._start(status, "application/json", len(body))
        self.wfile.write(body)

    def _start(self, status: int, kind: str, size: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _now() -> str:
    return datetime.now(tz=UTC).isoformat()


if __name__ == "__main__":
    _Handler.file = Path(sys.argv[1])
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}{BASE_PATH}/\n")
        sys.stdout.flush()
        server.serve_forever()
