"""The stand-in as a server: start, stop, HTTP and TLS."""

from __future__ import annotations

import ssl
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import requests

from standin import FakeClock, Standin, WallClock
from tests.standin.client import HEADERS, IDENTIFIERS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.standin.client import Client


def test_stops_at_once_without_a_thread_even_if_clients_keep_their_connections() -> None:
    before = threading.active_count()
    with requests.Session() as session:
        with Standin(clock=FakeClock()) as sei:
            assert session.get(f"{sei.base_url}v2/org-trees", headers=HEADERS, params=IDENTIFIERS, timeout=10).ok
            began = time.monotonic()
        # A few hundredths of a second; a thread that waits for its client would never end.
        assert time.monotonic() - began < 2
        assert threading.active_count() == before


def test_two_servers_can_run_at_once() -> None:
    with Standin(clock=FakeClock()) as one, Standin(clock=FakeClock()) as other:
        assert one.base_url != other.base_url


def test_date_header_follows_the_clock(client: Client) -> None:
    assert client.get("v2/org-trees").headers["Date"] == "Wed, 18 Mar 2026 09:30:00 GMT"


def test_many_at_once_are_served(client: Client) -> None:
    bodies = [client.body(dateRange={"start": "2025-01-01", "end": f"2025-02-{day:02}"}) for day in range(1, 21)]

    def create(body: dict[str, object]) -> None:
        url = f"{client.sei.base_url}v2/insights/efficiency/exports"
        requests.post(url, json=body, headers=HEADERS, params=IDENTIFIERS, timeout=10)

    threads = [threading.Thread(target=create, args=(body,)) for body in bodies * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs = client.sei.jobs
    assert len(jobs.all) == len({job.export_id for job in jobs.all}) == jobs.max_unfinished == 20
    assert sum(job.reused for job in jobs.all) == 20


def test_speaks_tls(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stand-in", "-days", "2"]
    make += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Standin(clock=WallClock(), tls=context) as sei:
        url = f"{sei.base_url}v2/org-trees"
        assert url.startswith("https://")
        with requests.Session() as session:
            answer = session.get(url, headers=HEADERS, params=IDENTIFIERS, timeout=10, verify=str(certificate))
            assert answer.status_code == 200
