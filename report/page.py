"""The page: one file that contains its style, script and data, with a policy against loading anything."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from report.metrics import text

_FOLDER = Path(__file__).with_name("templates")
_SCRIPTS = ("format", "data", "chart", "table", "view", "answers", "sprints", "main")


def page(data: dict[str, Any]) -> str:
    """The report as HTML; without JavaScript it shows the headline figures of the first team and those below it."""
    environment = Environment(
        loader=PackageLoader("report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    scripts = "\n".join(_FOLDER.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)
    script = f'"use strict";\n(() => {{\n{scripts}}})();'
    style = _FOLDER.joinpath("style.css").read_text(encoding="utf-8")
    # No text of the data can end the element that contains it.
    held = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    return environment.get_template("page.html").render(
        headline=headline(data),
        data=Markup(held),  # noqa: S704 - escaped above
        script=Markup(script),  # noqa: S704 - the project's own
        style=Markup(style),  # noqa: S704 - the project's own
        hashes={"script": _hash(script), "style": _hash(style)},
    )


def headline(data: dict[str, Any]) -> dict[str, Any]:
    """The four metrics in the last closed period of the series that the page opens with."""
    series = data["series"][data["current"]]
    project = f"{series['org']}/{series['project']}"
    places = [place for place, team in enumerate(data["teams"]) if team["project"] == project]
    roots = [place for place in places if data["teams"][place]["parent"] is None]
    shown = [*roots, *(place for place in places if len(roots) == 1 and data["teams"][place]["parent"] == roots[0])]
    metrics = [metric for metric in data["metrics"] if metric["headline"]]
    over = [at for at, period in enumerate(series["periods"]) if period[3]]
    at = over[-1] if over else len(series["periods"]) - 1
    return {
        "project": project,
        "series": f"{series['granularity'].lower()}, {series['aggregation']}",
        "team": data["teams"][roots[0]]["name"] if len(roots) == 1 else "All teams",
        "period": series["periods"][at][1],
        "titles": [metric["title"] for metric in metrics],
        "rows": [
            {"name": data["teams"][place]["name"], "cells": [_cell(series, place, metric, at) for metric in metrics]}
            for place in shown
        ],
    }


def _cell(series: dict[str, Any], place: int, metric: dict[str, Any], at: int) -> str:
    figures = series["teams"].get(place, {}).get("figures", {})
    value = figures[metric["id"]][at] if metric["id"] in figures else None
    over = [figures[name][at] for name in metric["over"] if name in figures]
    behind = None if value is None or not over or None in over else sum(over)
    return text(value, metric["unit"]) + ("" if behind is None else f" (from {behind:,} {metric['noun']})")


def _hash(inline: str) -> str:
    return base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
