"""Files in an S3-compatible store on another host: links are signed and expire, and the store gets no key."""

from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING

import pytest
import requests

from standin.faults import Fault
from standin.server import API_KEY, ORG_IDENTIFIER, PROJECT_IDENTIFIER
from tests.front.components import Front, Store, Switches, signed
from tests.front.test_gateway import settings
from tests.sync.run import Output, run

if TYPE_CHECKING:
    from standin.clock import FakeClock
    from standin.server import Standin
    from tests.front.conftest import Starter

HOUR = 3600
HEADERS = {"Authorization": f"ApiKey {API_KEY}", "Content-Type": "application/json"}
STORED = {
    "gzip file": (1, {"Content-Type": "application/gzip"}),
    "CSV": (0, {"Content-Type": "text/csv"}),
    "CSV with a content coding": (1, {"Content-Type": "text/csv", "Content-Encoding": "gzip"}),
    "gzip file with a content coding": (2, {"Content-Type": "application/gzip", "Content-Encoding": "gzip"}),
    "binary": (1, {}),
}


def link(front: Front, path: str, seconds: float) -> str:
    """A link that is valid for this many seconds of real time, or that expired this many seconds ago."""
    return signed(front.files, path, round(time.time() + seconds))


def synced(sei: Standin, clock: FakeClock, front: Front) -> Output:
    """A run of one export; the next run within half an hour gets the same job."""
    return run(sei, clock, **settings(sei, front, select=("lttc",)))


def file_of(sei: Standin) -> bytes:
    """The content of the file of the stand-in's only job."""
    (job,) = sei.jobs.all
    url = f"{sei.base_url}v2/insights/efficiency/exports/{job.export_id}/download"
    identifiers = {"orgIdentifier": ORG_IDENTIFIER, "projectIdentifier": PROJECT_IDENTIFIER}
    answer = requests.get(url, identifiers, headers=HEADERS, timeout=30)
    answer.raise_for_status()
    return gzip.decompress(answer.content)


@pytest.mark.parametrize("name", STORED)
def test_a_file_is_read_from_the_store_without_the_key(
    sei: Standin, clock: FakeClock, start: Starter, store: Store, name: str
) -> None:
    front = start(Switches(), store.origin)
    direct = synced(sei, clock, front)
    layers, headers = STORED[name]
    data = file_of(sei)
    for _ in range(layers):
        data = gzip.compress(data)
    path = store.put(data, headers)
    seen = len(store.requests)
    sei.faults.add(Fault("redirect", endpoint="download", to=link(front, path, HOUR)))
    through = synced(sei, clock, front)
    assert through.error is None
    assert through.records("lttc") == direct.records("lttc")
    (request,) = store.requests[seen:]
    assert path in str(request["url"])
    told = str(request).lower()
    assert not [secret for secret in (API_KEY, "apikey", "authorization", "identifier") if secret in told]


def test_the_tap_asks_for_another_link_if_one_has_expired(
    sei: Standin, clock: FakeClock, start: Starter, store: Store
) -> None:
    front = start(Switches(), store.origin)
    direct = synced(sei, clock, front)
    path = store.put(gzip.compress(file_of(sei)))
    expired = Fault("redirect", endpoint="download", to=link(front, path, -HOUR), times=1)
    sei.faults.add(expired, Fault("redirect", endpoint="download", to=link(front, path, HOUR)))
    through = synced(sei, clock, front)
    assert through.error is None
    assert through.records("lttc") == direct.records("lttc")
    assert expired.struck == 1


GONE = {
    "expired": ("", -HOUR, "answered HTTP 403 instead of the file."),
    "deleted": ("x", HOUR, "answered HTTP 404 instead of the file."),
}


@pytest.mark.parametrize("name", GONE)
def test_a_missing_file_is_reported_without_its_link(
    sei: Standin, clock: FakeClock, start: Starter, store: Store, name: str
) -> None:
    front = start(Switches(), store.origin)
    synced(sei, clock, front)
    ending, seconds, reason = GONE[name]
    path = store.put(gzip.compress(file_of(sei))) + ending
    to = Fault("redirect", endpoint="download", to=link(front, path, seconds))
    sei.faults.add(to)
    (line,) = synced(sei, clock, front).lines
    assert "Could not download export " in line
    assert line.endswith(f" intact: {front.files} {reason}")
    assert to.struck == 3


def test_the_recording_would_show_a_key(store: Store) -> None:
    requests.get(f"{store.origin}/exports/x", headers={"Authorization": f"ApiKey {API_KEY}"}, timeout=30)
    assert f"ApiKey {API_KEY}" in str(store.requests[-1])
