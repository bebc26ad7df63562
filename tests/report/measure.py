"""`python -m tests.report.measure WAREHOUSE`: the report's size, and the time to write it and to apply a choice."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.report.browser import Browser, Page, chromium

_ANSWER = """async hash => {
    const start = performance.now(), changed = new Promise(done => addEventListener("hashchange", done, {once: true}));
    location.hash = hash;
    await changed;
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - start;
}"""
_OPENED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
_TIMES = 5


def main(warehouse: str) -> None:
    """Measure, and print a line for each."""
    program = chromium()
    if program is None:
        sys.exit("There is no Chromium on the path: install Debian's package chromium.")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.html"
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "report", "--warehouse", warehouse, "--out", out], check=True)
        _say("written", f"{time.perf_counter() - started:.1f} s, {out.stat().st_size / 1e6:.2f} MB")
        with Browser(program) as browser, browser.page(out) as page:
            _say("opened", f"{page.page.evaluate(_OPENED):.0f} ms")
            for name, address in _choices(page):
                times, own = zip(*(_answered(page, address) for _ in range(_TIMES)), strict=True)
                _say(name, f"{statistics.median(times):.0f} ms, of the processor {statistics.median(own):.0f} ms")


def _choices(page: Page) -> list[tuple[str, str]]:
    """A choice of each kind from the file's data."""
    data: dict[str, Any] = json.loads(page.page.text_content("#data"))
    periods = data["series"][data["current"]]["periods"]
    children = [team["parent"] for team in data["teams"]]
    largest = max(range(len(children)), key=children.count)
    return [
        ("team with most teams below", f"team={data['teams'][largest]['path']}"),
        ("all teams below", "below=all"),
        ("leaf team", f"team={data['teams'][-1]['path']}"),
        ("metric", "metric=deployments"),
        ("range", f"from={periods[len(periods) // 2][0]}"),
        ("bands", "bands=2019"),
        ("no bands", "bands=none"),
    ]


def _answered(page: Page, address: str) -> tuple[float, float]:
    """The milliseconds from a choice to its picture, and those that the page's thread worked."""
    page.page.evaluate(_ANSWER, "metric=lead_time_days")
    session = page.page.context.new_cdp_session(page.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _at_work(session)
    took = float(page.page.evaluate(_ANSWER, address))
    return took, _at_work(session) - before


def _at_work(session: Any) -> float:
    measured = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(1000 * measured["TaskDuration"])


def _say(name: str, text: str) -> None:
    sys.stdout.write(f"{name:28}{text}\n")


if __name__ == "__main__":
    main(sys.argv[1])
