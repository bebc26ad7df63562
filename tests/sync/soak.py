"""Many nights against a stand-in with random faults: `python -m tests.sync.soak --rounds 40`.

Time is compressed: both sides share a clock that only waits advance. Some nights are killed at a random request.
A night without faults ends each round; then every requested period must have been emitted and be true.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import requests

from standin.clock import FakeClock
from standin.faults import Fault
from standin.server import Standin
from tests.sync.run import Output, run, team
from tests.sync.truth import expected, told

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, LAST = date(2025, 1, 6), date(2026, 8, 30)
STREAMS = ("lttc", "cfr", "mttr")
MISBEHAVIOUR = (
    "rate_limit:times=3",
    "rate_limit_retry_after:times=2,seconds=20",
    "server_error:times=4,status=502",
    "connection_reset:times=3",
    "connection_closed:times=3",
    "hang:times=1,hold=0",
    "job_failed:times=3",
    "job_failed:times=3,reusable=0",
    "job_cancelled:times=2",
    "job_stuck:times=1",
    "fails_above_periods:periods=3,times=5",
    "unknown_status:times=5",
    "vanish_on_poll:times=2",
    "vanish_on_download:times=2",
    "cut_body:times=3",
    "reset_body:times=3",
    "zero_bytes:times=2",
    "html_page:times=2",
    "trickle:times=1,bytes=16,seconds=9",
    "redirect_download:times=20",
    "gzip_both:times=20",
    "refuse_combination:times=2",
)


KILLED_NIGHTS = 0.4


class Killed(BaseException):
    """Kills a night."""


def main() -> int:
    """Run the rounds; returns 1 if a period was lost or is not true."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--nights", type=int, default=4, help="nights of each round, before its quiet one")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    dice = random.Random(options.seed)  # noqa: S311 - no secret hangs on it
    clock, began = FakeClock(datetime(2026, 11, 23, 2, tzinfo=UTC)), time.monotonic()
    figures: Counter[str] = Counter()
    with Standin(clock=clock, job_seconds=(2, 120)) as sei:
        for _ in range(options.rounds):
            figures["periods lost or untrue"] += soak(sei, clock, dice, options.nights, figures)
        figures["exports created"] = len(sei.jobs.all)
        figures["requests"] = len(sei.requests)
        figures["days of the shared clock"] = round(clock.monotonic() / 86_400)
        figures["seconds it took"] = round(time.monotonic() - began)
    sys.stdout.write("".join(f"{name}: {value}\n" for name, value in figures.items()))
    return 1 if figures["periods lost or untrue"] else 0


def soak(sei: Standin, clock: FakeClock, dice: random.Random, nights: int, figures: Counter[str]) -> int:
    """Backfill in nights with faults and one without, each from the last state; returns the number of lost periods."""
    tables: dict[str, dict[Any, Any]] = {stream: {} for stream in STREAMS}
    state: dict[str, Any] = {}
    for night in range(nights + 1):
        is_quiet = night == nights
        sei.faults.clear()
        if not is_quiet:
            sei.faults.add(*(Fault.parse(words) for words in dice.sample(MISBEHAVIOUR, 4)))
        call = None if is_quiet or dice.random() > KILLED_NIGHTS else dice.randint(5, 400)
        output = Output()
        try:
            with patch.object(requests.Session, "request", killer(call)):
                run(sei, clock, state=state, output=output, select=STREAMS, **settings(sei, dice))
        except Killed:
            figures["nights killed"] += 1
        figures["nights"] += 1
        figures["nights that ended with failures"] += output.error is not None
        figures["lines of failure"] += len(output.lines)
        state = output.state or state
        for stream in STREAMS:
            tables[stream] |= output.table(stream)
        clock.sleep(86_400)
    return compare(sei, clock, tables)


def settings(sei: Standin, dice: random.Random) -> dict[str, Any]:
    """Settings with every leaf team, weeks, and a look-back that makes each night export some weeks again."""
    return {
        "team_ids": [leaf.team_id for leaf in sei.org.leaves(team(sei, "Engineering"))],
        "granularity": "WEEKLY",
        "start_date": FIRST.isoformat(),
        "end_date": LAST.isoformat(),
        "window_periods": dice.randint(6, 26),
        "lookback_periods": dice.randint(0, 12),
        "max_concurrent_exports": 8,
    }


def killer(call: int | None) -> Callable[..., requests.Response]:
    """`Session.request` that kills the night at its `call`-th call."""
    send, seen = requests.Session.request, 0

    def request(session: requests.Session, *args: Any, **kwargs: Any) -> requests.Response:
        nonlocal seen
        seen += 1
        if seen == call:
            raise Killed
        return send(session, *args, **kwargs)

    return request


def compare(sei: Standin, clock: FakeClock, tables: dict[str, dict[Any, Any]]) -> int:
    """The number of periods that are missing or differ from the stand-in's truth. All are settled, so none changes."""
    lost = 0
    for stream in STREAMS:
        leaves = sei.org.leaves(team(sei, "Engineering"))
        true = expected(sei, stream, leaves, first=FIRST, last=LAST, as_of=clock.now(), granularity="WEEKLY")
        found = told(tables[stream], true)
        lost += sum(found.get(key) != figures for key, figures in true.items()) + len(found.keys() - true.keys())
    return lost


if __name__ == "__main__":
    sys.exit(main())
