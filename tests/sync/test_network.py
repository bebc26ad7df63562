"""DNS, TLS, a private CA and a proxy: each failure has a message, and the usual environment variables work."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import pytest
import trustme

from standin.server import Standin
from tests.sync.run import run, team

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from standin.clock import FakeClock


@pytest.fixture
def private_ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure_sei(clock: FakeClock, private_ca: trustme.CA) -> Iterator[Standin]:
    """A stand-in with TLS and a certificate of the private CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    private_ca.issue_cert("127.0.0.1").configure_cert(context)
    with Standin(clock=clock, job_seconds=5, tls=context) as server:
        yield server


def test_a_certificate_of_an_unknown_ca_is_refused_at_once(secure_sei: Standin, clock: FakeClock) -> None:
    output = run(secure_sei, clock, select=("lttc",))
    (line,) = output.lines
    assert "certificate" in line
    assert "REQUESTS_CA_BUNDLE" in line
    assert clock.monotonic() == 0
    assert not secure_sei.requests


def test_a_certificate_for_another_host_is_reported(
    clock: FakeClock, private_ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    private_ca.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    private_ca.issue_cert("sei.example.com").configure_cert(context)
    with Standin(clock=clock, tls=context) as server:
        (line,) = run(server, clock).lines
    assert "its TLS certificate is for another host name" in line


def test_an_expired_certificate_is_reported(
    clock: FakeClock, private_ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    private_ca.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    private_ca.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(context)
    with Standin(clock=clock, tls=context) as server:
        (line,) = run(server, clock).lines
    assert "its TLS certificate has expired" in line


def test_a_missing_bundle_is_reported(secure_sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    (line,) = run(secure_sei, clock).lines
    assert "the file in REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be read" in line


def test_https_to_a_server_without_tls_is_not_reported_as_a_private_ca(sei: Standin, clock: FakeClock) -> None:
    url = sei.base_url.replace("http://", "https://")
    (line,) = run(sei, clock, api_url=url).lines
    assert line == (
        f"Could not reach SEI at {url}: it does not speak TLS: it is a plain HTTP server, or the port is wrong. "
        "Check `api_url` and your network."
    )
    assert clock.monotonic() == 0


def test_http_to_a_server_with_tls_is_reported(secure_sei: Standin, clock: FakeClock) -> None:
    (line,) = run(secure_sei, clock, api_url=secure_sei.base_url.replace("https://", "http://")).lines
    assert line.startswith("Could not reach SEI at http://127.0.0.1")
    assert clock.monotonic() <= 60


def test_a_host_that_dns_does_not_know_is_reported(sei: Standin, clock: FakeClock) -> None:
    (line,) = run(sei, clock, api_url="https://sei.invalid/sei/api/").lines
    assert line.startswith("Could not reach SEI at https://sei.invalid/sei/api/: DNS does not know the host name")
    assert clock.monotonic() <= 60


def free_port() -> int:
    """A port without a server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_refused_connection_ends_the_run_within_a_minute_and_every_retry_is_a_warning(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    teams = [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering"))]
    (line,) = run(sei, clock, api_url=url, team_ids=teams).lines
    assert line == (
        f"Could not reach SEI at {url}: the connection was refused (tried for 50 s). Check `api_url` and your network."
    )
    assert clock.monotonic() == 50
    warnings = [r.getMessage() for r in caplog.records if r.name == "tap_sei_efficiency.api.retry"]
    assert len(warnings) == 6
    assert warnings[0].startswith("Could not create an export of ")
    assert ": the connection was refused. Attempt 2 follows in " in warnings[0]
    end = "SEI has not answered in this run yet: the tap gives up after 50 s."
    assert all(text.endswith(f" s (POST {url}v2/insights/efficiency/exports). {end}") for text in warnings)


def test_a_proxy_that_refuses_is_named(sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    port = free_port()
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:pa55word@127.0.0.1:{port}")
    (line,) = run(sei, clock, api_url="https://sei.example.com/").lines
    assert f": the proxy http://127.0.0.1:{port} failed: the connection was refused" in line
    assert "pa55word" not in line


def test_a_proxy_that_wants_a_password_is_named(
    sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        (line,) = run(sei, clock, api_url="https://sei.example.com/").lines
    assert f"the proxy {proxy.url} failed: Tunnel connection failed: 407 Proxy Authentication Required" in line


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://127.0.0.1:{port}", "does not speak TLS; write its address with http://"),
        ("http://", "the address of the proxy, in HTTPS_PROXY or HTTP_PROXY, is not a URL"),
        (
            "socks5://127.0.0.1:{port}",
            "the proxy speaks SOCKS, which needs PySocks; install it beside the tap, or name",
        ),
    ],
)
def test_a_proxy_with_a_wrong_address_is_reported(
    sei: Standin, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", url.format(port=sei.base_url.split("/")[2].partition(":")[2]))
    (line,) = run(sei, clock, api_url="https://sei.example.com/").lines
    assert reason in line
    assert clock.monotonic() == 0


def test_a_private_ca_in_the_environment_is_trusted(
    secure_sei: Standin, clock: FakeClock, private_ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    private_ca.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    output = run(secure_sei, clock, select=("lttc",))
    assert output.error is None
    assert output.records("lttc")


def test_a_proxy_in_the_environment_is_used(
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


@pytest.mark.parametrize("header", [b"Content-Length: 2\r\nContent-Length: 3", b": what\r\nis this"])
def test_a_broken_header_is_no_address_and_puts_no_address_into_the_log(
    sei: Standin, clock: FakeClock, caplog: pytest.LogCaptureFixture, header: bytes
) -> None:
    with Proxy(b"HTTP/1.1 503 Busy\r\n" + header + b"\r\n\r\n{}") as server:
        (line,) = run(sei, clock, api_url=server.url).lines
    assert "the answer is not HTTP" in line if b"3" in header else "HTTP 503" in line
    assert not [record for record in caplog.records if record.name.startswith("urllib3")]


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
    """A proxy that tunnels, or answers `refusal`. It records the target and the headers of each tunnel."""

    def __init__(self, refusal: bytes = b"") -> None:
        self._refusal = refusal
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
            with contextlib.suppress(OSError):  # the other side can be closed
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
            if self._refusal:
                client.sendall(self._refusal)
                client.close()
                continue
            host, _, port = target.partition(":")
            server = socket.create_connection((host, int(port)))
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._sockets += [client, server]
            for source, sink in ((client, server), (server, client)):
                thread = threading.Thread(target=pump, args=(source, sink))
                self._threads.append(thread)
                thread.start()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes on until either side closes."""
    try:
        while block := source.recv(65536):
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return
