"""nginx as gateway: the tap reads its answers, or refuses them in one sentence."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from standin.clock import FakeClock
from standin.faults import Fault
from tests.front.components import Front, Switches
from tests.sync.run import Output, run, team

if TYPE_CHECKING:
    from standin.server import Standin
    from tests.front.conftest import Starter

BASE = "/prod1/sei/api/"
GZIP = "gzip on; gzip_min_length 0; gzip_proxied any; gzip_types application/json text/csv"

HARMLESS = {
    "tls": Switches(),
    "tls 1.3 only": Switches(http="ssl_protocols TLSv1.3;"),
    "gzip of JSON and CSV": Switches(http=f"{GZIP};"),
    "gzip of gzip files too": Switches(http=f"{GZIP} application/gzip;"),
    "gzip, ended by closing the connection": Switches(http=f"{GZIP}; chunked_transfer_encoding off;"),
    "buffering off": Switches(location="proxy_buffering off;"),
    "buffering off with gzip": Switches(http=f"{GZIP};", location="proxy_buffering off;"),
    "buffering in files": Switches(location="proxy_buffer_size 4k; proxy_buffers 2 4k; proxy_busy_buffers_size 4k;"),
    "buffering, no file": Switches(
        location="proxy_buffer_size 4k; proxy_buffers 2 4k; proxy_busy_buffers_size 4k; proxy_max_temp_file_size 0;"
    ),
    "connections closed without notice": Switches(server="keepalive_timeout 1ms;"),
    "connections closed after one answer": Switches(server="keepalive_requests 1;"),
    "no keep-alive": Switches(server="keepalive_timeout 0;"),
    "a slash added to a GET": Switches(
        location='if ($request_method = GET) { rewrite ^(.*[^/])$ "$1/" permanent; } rewrite ^(.*)/$ $1 break;'
    ),
}


def settings(sei: Standin, front: Front, **changes: Any) -> dict[str, Any]:
    """Settings with which a run uses every endpoint, through the gateway."""
    checkout = team(sei, "Engineering/Payments/Checkout")
    return {
        "api_url": front.gateway + BASE,
        "team_ids": [checkout.team_id],
        "legacy_team_ref_ids": [checkout.ref_id],
        "org_tree_ids": [sei.org.trees[0].tree_id],
        "start_date": "2026-10-01",
        "select": ("lttc", "teams", "team_reports"),
        **changes,
    }


def emitted(output: Output) -> dict[str, list[dict[str, Any]]]:
    """The records of a run, without the fields that differ between runs."""
    return {
        stream: [{k: v for k, v in record.items() if k != "exported_at"} for record in output.records(stream)]
        for stream in ("lttc", "teams", "team_reports")
    }


@pytest.mark.parametrize("files", ["gzip file", "large CSV"])
@pytest.mark.parametrize("name", HARMLESS)
def test_a_gateway_changes_no_figure(sei: Standin, clock: FakeClock, start: Starter, name: str, files: str) -> None:
    if files == "large CSV":  # larger than nginx's memory buffers
        sei.faults.add(Fault("plain"), Fault("many_rows", rows=2_000))
    front = start(HARMLESS[name])
    through = run(sei, clock, **settings(sei, front))
    assert through.error is None
    direct = run(sei, clock, **settings(sei, front, api_url=sei.base_url))
    assert emitted(through) == emitted(direct)
    assert all(emitted(through).values())


LIMIT = "limit_req_zone $binary_remote_addr zone=tap:1m rate=%s;"
CREATE, POLL, DOWNLOAD = "create an export of ", "get the status of export ", "download export "

REFUSALS = {
    "429, for ever": (
        Switches(http=LIMIT % "1r/m", location="limit_req zone=tap; limit_req_status 429;"),
        f"Gave up after 600 s trying to {POLL}",
        "HTTP 429: an HTML page, '429 Too Many Requests'.",
    ),
    "503, for ever": (
        Switches(http=LIMIT % "1r/m", location="limit_req zone=tap;"),
        f"Gave up after 600 s trying to {POLL}",
        "HTTP 503: an HTML page, '503 Service Temporarily Unavailable'.",
    ),
    "login": (
        Switches(location="return 302 /login?next=$request_uri;"),
        "Could not reach SEI at https://127.0.0.1:",
        "/login, which changes a POST into a GET. Check `api_url` and your network.",
    ),
    "login, at a GET": (
        Switches(location="if ($request_method = GET) { return 302 /login?next=$request_uri; }"),
        f"Gave up after 600 s trying to {POLL}",
        "the answer is not JSON but an HTML page, 'Sign in'.",
    ),
    "login on another server": (
        Switches(location="if ($request_method = GET) { return 302 https://localhost:$server_port/login; }"),
        f"Could not {POLL}",
        ", which is another server.",
    ),
    "login, at a download": (
        Switches(location="if ($uri ~ /download$) { return 302 /login?next=$request_uri; }"),
        "Could not download export ",
        "The downloaded file is a page of HTML or JSON, not CSV: ",
    ),
    "slash missing": (
        Switches(location='rewrite ^(.*[^/])$ "$1/" permanent;'),
        "Could not reach SEI at https://127.0.0.1:",
        "/v2/insights/efficiency/exports/, which changes a POST into a GET. Check `api_url` and your network.",
    ),
    "body too large": (
        Switches(server="client_max_body_size 1;"),
        f"SEI refused the request to {CREATE}",
        "(HTTP 413: an HTML page, '413 Request Entity Too Large').",
    ),
    "password": (
        Switches(location="auth_basic gateway; auth_basic_user_file /dev/null;"),
        "SEI refused the API key (HTTP 401: an HTML page, '401 Authorization Required')",
        "Check `api_key` and `api_url`.",
    ),
    "address not allowed": (
        Switches(location="deny all;"),
        f"SEI forbids the API key to {CREATE}",
        "(HTTP 403: an HTML page, '403 Forbidden')",
    ),
    "client certificate": (
        Switches(server="ssl_verify_client on; ssl_client_certificate both.pem;"),
        f"SEI refused the request to {CREATE}",
        "(HTTP 400: an HTML page, '400 No required SSL certificate was sent').",
    ),
    "no answer": (
        Switches(location="return 444;"),
        "Could not reach SEI at https://127.0.0.1:",
        "the connection was closed without an answer (tried for 50 s). Check `api_url` and your network.",
    ),
    "old TLS": (
        Switches(http="ssl_protocols TLSv1;"),
        "Could not reach SEI at https://127.0.0.1:",
        "the TLS handshake failed (",
    ),
    "maintenance": (
        Switches(location="default_type text/html; return 200 '<html><title>Be right back</title></html>';"),
        "Could not reach SEI at https://127.0.0.1:",
        "the answer is not JSON but an HTML page, 'Be right back'. Check `api_url` and your network.",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_of_the_gateway_is_one_sentence(sei: Standin, clock: FakeClock, start: Starter, name: str) -> None:
    switches, opening, reason = REFUSALS[name]
    (line,) = run(sei, clock, **settings(sei, start(switches), select=("lttc",))).lines
    assert opening in line
    assert reason in line
    assert clock.monotonic() < 620


ADDRESSES = {
    "http, redirected to https": ("plain", "http", "changes a POST into a GET"),
    "http to a port with TLS": ("gateway", "http", "'400 The plain HTTP request was sent to HTTPS port'"),
    "https to a port without TLS": ("plain", "https", "it does not speak TLS: it is a plain HTTP server"),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_wrong_scheme_is_reported(sei: Standin, clock: FakeClock, start: Starter, name: str) -> None:
    server, scheme, reason = ADDRESSES[name]
    front = start()
    url = f"{scheme}://{getattr(front, server).partition('://')[2]}{BASE}"
    (line,) = run(sei, clock, **settings(sei, front, api_url=url, select=("lttc",))).lines
    assert reason in line
    assert not sei.requests


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class RealClock(FakeClock):
    """A clock whose sleeps are real."""

    def sleep(self, seconds: float) -> None:
        """Block for `seconds`."""
        time.sleep(seconds)
        super().sleep(seconds)


@pytest.mark.parametrize("status", [429, 503])
def test_the_tap_waits_out_a_limit_on_requests(
    sei: Standin, start: Starter, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The tap waits in real time here, because nginx uses the machine's clock."""
    front = start(Switches(http=LIMIT % "30r/m", location=f"limit_req zone=tap; limit_req_status {status};"))
    trees = [tree.tree_id for tree in sei.org.trees]
    output = run(sei, RealClock(NOON), **settings(sei, front, select=("teams",), org_tree_ids=trees))
    assert output.error is None
    assert f"HTTP {status}: an HTML page" in caplog.text
    assert {record["org_tree_id"] for record in output.records("teams")} == {str(tree) for tree in trees}
