"""TLS, a private CA and a proxy, set as everywhere: by the environment."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Self

import pytest
import trustme

from standin.server import Standin
from tests.sync.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from standin.clock import FakeClock


@pytest.fixture
def private_ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure_sei(clock: FakeClock, private_ca: trustme.CA) -> Iterator[Standin]:
    """A stand-in that speaks TLS, with a certificate that only the private CA vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    private_ca.issue_cert("127.0.0.1").configure_cert(context)
    with Standin(clock=clock, job_seconds=5, tls=context) as server:
        yield server


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(secure_sei: Standin, clock: FakeClock) -> None:
    output = run(secure_sei, clock, select=("lttc",))
    (line,) = output.lines
    assert "certificate" in line
    assert "REQUESTS_CA_BUNDLE" in line
    assert clock.monotonic() == 0
    assert not secure_sei.requests


def test_a_private_ca_is_trusted_where_the_environment_names_it(
    secure_sei: Standin, clock: FakeClock, private_ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    private_ca.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    output = run(secure_sei, clock, select=("lttc",))
    assert output.error is None
    assert output.records("lttc")


def test_a_proxy_is_used_where_the_environment_names_it(
    secure_sei: Standin, clock: FakeClock, private_ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    private_ca.cert_pem.write_to_path(bundle)
    with Proxy() as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        output = run(secure_sei, clock, select=("lttc",))
    assert output.error is None
    assert output.records("lttc")
    assert proxy.targets == {secure_sei.base_url.split("/")[2]}
    assert b"standin-key" not in proxy.heads


def test_a_netrc_of_the_machine_does_not_replace_the_key(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with Standin(clock=clock, job_seconds=5) as sei:
        assert run(sei, clock, select=("lttc",)).error is None


class Proxy:
    """A proxy that tunnels; it keeps whereto, and what it was told before the tunnel stood."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.targets: set[str] = set()
        self.heads = b""
        self._sockets: list[socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):  # the other side may have gone
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            head = client.recv(65536)
            self.heads += head
            target = head.split()[1].decode()
            self.targets.add(target)
            host, _, port = target.partition(":")
            server = socket.create_connection((host, int(port)))
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._sockets += [client, server]
            for source, sink in ((client, server), (server, client)):
                thread = threading.Thread(target=pump, args=(source, sink))
                self._threads.append(thread)
                thread.start()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Hand on what comes, until either side has enough."""
    try:
        while block := source.recv(65536):
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return
