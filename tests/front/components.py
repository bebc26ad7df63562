"""nginx and the store as separate processes, in a folder of the test, on free ports."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import jinja2
import requests

from tests.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOTO = ROOT / ".venv-front/bin/moto_server"
SIGNING = "s1gning-words"
_TEMPLATE = jinja2.Template((Path(__file__).parent / "nginx.conf.j2").read_text(encoding="utf-8"))
_AUTHORIZED = {"Authorization": "AWS4-HMAC-SHA256 Credential=standin/20261123/us-east-1/s3/aws4_request"}


@dataclass(frozen=True, slots=True)
class Switches:
    """Directives of nginx: global ones, those of the server with TLS and its location, those of the server without."""

    http: str = ""
    server: str = ""
    location: str = ""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Front:
    """Origins of a running nginx. `files` has another host name than `gateway`."""

    gateway: str
    plain: str
    files: str


@dataclass(frozen=True, slots=True)
class Store:
    """A running S3-compatible store with one private bucket; `recording` contains every request that reached it."""

    origin: str
    recording: Path

    def put(self, data: bytes, headers: Mapping[str, str] | None = None) -> str:
        """Store a file and return its path."""
        path = f"/exports/{hashlib.sha256(data).hexdigest()}.csv.gz"
        self._put(path, data, headers or {})
        return path

    def make_bucket(self) -> None:
        """Create the bucket, which only signed links can read."""
        self._put("/exports", b"", {})

    def _put(self, path: str, data: bytes, headers: Mapping[str, str]) -> None:
        requests.put(self.origin + path, data, headers={**headers, **_AUTHORIZED}, timeout=30).raise_for_status()

    @property
    def requests(self) -> list[dict[str, object]]:
        """The requests for files so far: `url`, `headers`, `body`."""
        seen = [json.loads(line) for line in self.recording.read_text(encoding="utf-8").splitlines()]
        return [request for request in seen if request["method"] == "GET"]


def signed(origin: str, path: str, expires: int) -> str:
    """A link to a file that nginx accepts until `expires`, in seconds since 1970."""
    digest = hashlib.md5(f"{expires}{path} {SIGNING}".encode(), usedforsecurity=False).digest()
    signature = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return f"{origin}{path}?Expires={expires}&Signature={signature}"


@contextmanager
def nginx(folder: Path, certificate: bytes, sei: str, switches: Switches, store: str = "") -> Iterator[Front]:
    """Run nginx in front of the server with the URL `sei`, and of a `store`."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        gateway, plain, files = (each.getsockname()[1] for each in sockets)
        (folder / "both.pem").write_bytes(certificate)
        (folder / "nginx.conf").write_text(
            _TEMPLATE.render(
                switches=asdict(switches),
                sei=urlsplit(sei).netloc,
                store=store,
                secret=SIGNING,
                gateway=gateway,
                plain=plain,
                files=files,
            ),
            encoding="utf-8",
        )
        # nginx inherits listening sockets, so no other process can take the port and nothing waits for the start.
        used = sockets if store else sockets[:2]
        numbers = [each.fileno() for each in used]
        command = ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;"]
        environment = {**os.environ, "NGINX": "".join(f"{number};" for number in numbers)}
        subprocess.run([*command, "-t", "-q"], env=environment, pass_fds=numbers, check=True)
        process = subprocess.Popen(command, env=environment, pass_fds=numbers)
        stack.callback(_stop, process)
        for each in sockets:
            each.close()
        origins = (f"https://127.0.0.1:{gateway}", f"http://127.0.0.1:{plain}", f"https://localhost:{files}")
        yield Front(*origins)


@contextmanager
def running_store(folder: Path) -> Iterator[Store]:
    """Run the store."""
    recording = folder / "recording"
    process = subprocess.Popen(
        [MOTO, "--host", "127.0.0.1", "--port", "0"],
        env={**os.environ, "MOTO_ENABLE_RECORDING": "1", "MOTO_RECORDER_FILEPATH": str(recording)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        origin = next(line.split()[-1] for line in process.stderr if "Running on" in line)
        store = Store(origin, recording)
        store.make_bucket()
        yield store
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stderr:
        process.stderr.close()
