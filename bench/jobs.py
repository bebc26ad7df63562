"""Waiting: many slow jobs at once, one long job, an incremental run, and the plan of a large organization."""

from __future__ import annotations

import json
import math
import subprocess
from calendar import monthrange
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.measure import BARE_SDK, BenchError, Command, in_turn, once, peaks, ratio, spread, table, walls
from bench.peers import script
from bench.servers import standin, told
from bench.tap import PROGRAM, Tap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_JOBS, _SECONDS, _WORKERS = 24, 3, 10
_TEAMS, _YEARS = 500, 10


def measure_many(folder: Path, runs: int) -> str:
    """The results of many slow jobs; the waits between polls are the default ones."""
    ideal = math.ceil(_JOBS / _WORKERS) * _SECONDS
    rounds = [{name: _wait(folder, command) for name, command in _CLIENTS.items()} for _ in range(max(1, runs // 2))]
    rows = []
    for name in _CLIENTS:
        took, polls = zip(*(found[name] for found in rounds), strict=True)
        rows.append((name, spread(took), spread([wall / ideal for wall in took]), spread(polls, 0)))
    return table((f"{_JOBS} jobs of {_SECONDS} s, {_WORKERS} at once", "wall, s", f"wall / {ideal} s", "polls"), rows)


def _wait(folder: Path, command: Callable[[Path, str], Command]) -> tuple[float, int]:
    """Seconds and polls of one run, against a new stand-in: a used one would return earlier jobs."""
    with standin(_SECONDS, _WORKERS) as url:
        wall = once(command(folder, url)).wall
        jobs = told(url, "jobs")
    if len(jobs["jobs"]) != _JOBS or jobs["maxUnfinished"] > _WORKERS:
        msg = f"{len(jobs['jobs'])} jobs instead of {_JOBS}, {jobs['maxUnfinished']} at once instead of {_WORKERS}"
        raise BenchError(msg)
    return wall, jobs["requests"]["poll"]


def _tap_of_many(folder: Path, url: str) -> Command:
    return Tap(folder, url).command("many", **_months(url, _JOBS), max_concurrent_exports=_WORKERS)


def _script_of_many(folder: Path, url: str, threads: int = 1) -> Command:
    months = [date(2025 - back // 12, 12 - back % 12, 1) for back in reversed(range(_JOBS))]
    windows = [f"{month}..{month.replace(day=monthrange(month.year, month.month)[1])}" for month in months]
    return script(folder, url, team=_months(url, 1)["team_ids"][0], windows=windows, threads=threads)


_CLIENTS: dict[str, Callable[[Path, str], Command]] = {
    "the tap": _tap_of_many,
    f"script, with {_WORKERS} threads": partial(_script_of_many, threads=_WORKERS),
    "script": _script_of_many,
}


def measure_long(folder: Path, _runs: int) -> str:
    """The results of the polls of one long job."""
    with standin(60, 1) as url:
        once(Tap(folder, url).command("long", **_months(url, 1)))
        polls = told(url, "jobs")["jobs"][0]["polls"]
    return f"A job of 60 s costs {polls} polls."


def measure_incremental(folder: Path, runs: int) -> str:
    """The results of a run that only exports the look-back and the newest period again."""
    with standin(0, _WORKERS) as url:
        tap, settings = Tap(folder, url), _months(url, _JOBS)
        first = tap.command("first", **settings)
        lines = subprocess.run(first.arguments, check=True, capture_output=True).stdout.splitlines()
        messages = [json.loads(line) for line in lines]
        state = folder / "state.json"
        state.write_text(json.dumps([m["value"] for m in messages if m["type"] == "STATE"][-1]), encoding="utf-8")
        following = tap.command("following", "--state", str(state), **settings)
        before = told(url, "jobs")["requests"]["download"]
        done = in_turn({"start": Command(BARE_SDK, folder), "run": following}, runs)
        exports = (told(url, "jobs")["requests"]["download"] - before) // (runs + 1)
    return (
        f"After a run of {_JOBS} exports, the next one reads {exports} and takes {spread(walls(done['run']))} s, "
        f"{ratio(done['run'], done['start'])} times as long as the import of the Singer SDK alone. "
        "SEI returns both at once, so nothing waits."
    )


def measure_plan(folder: Path, runs: int) -> str:
    """The results of the plan of a large organization."""
    settings = {
        "team_ids": [f"team_{number}" for number in range(_TEAMS)],
        "start_date": f"{2026 - _YEARS}-01-01",
    }
    rows = []
    for name, shared in (("groups share an export", True), ("an export for each group", False)):
        config = Tap(folder, "http://127.0.0.1:9/").config("plan", **settings, share_exports=shared)
        command = Command([PROGRAM, "--config", str(config), "--plan"], folder)
        exports = subprocess.run(command.arguments, check=True, capture_output=True).stdout.splitlines()[-1].split()[0]
        done = [once(command) for _ in range(runs)]
        rows.append((name, exports.decode(), spread(walls(done)), spread(peaks(done), 0)))
    header = (f"plan of {_TEAMS} teams, 7 groups, {_YEARS} years", "exports", "wall with start-up, s", "peak, MiB")
    return table(header, rows)


def _months(url: str, count: int) -> dict[str, Any]:
    """Settings for one team of the stand-in, with an export for each of the `count` months to December 2025."""
    team = next(team for team in told(url, "org")["teams"] if team["name"] == "Checkout")
    years, months = divmod(12 - count, 12)
    return {"team_ids": [team["team_id"]], "start_date": f"{2025 + years}-{months + 1:02}-01", "window_periods": 1}
