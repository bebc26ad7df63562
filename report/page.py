"""The page: one file with its style and script inside, and leave to load nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from report.charts import COLOURS
from report.metrics import METRICS, STAGES, number
from report.sections import section, section_id

if TYPE_CHECKING:
    from report.model import Picture, Team

MOST_TEAMS = 200


def page(picture: Picture) -> str:
    """The report as HTML; teams beyond the first `MOST_TEAMS`, by level, are named but have no section."""
    # Everything is escaped but what is marked as safe: the drawings, which pygal's XML library has escaped.
    environment = Environment(
        loader=PackageLoader("report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": number, "section_id": section_id}
    teams = _by_level(picture.top)
    shown, left_out = teams[:MOST_TEAMS], teams[MOST_TEAMS:]
    keys = {team.key for team in shown}
    script = Path(__file__).with_name("templates").joinpath("script.js").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(
        picture=picture,
        sections=[section(team, picture) for team in picture.top.walk() if team.key in keys],
        left_out=left_out,
        linked=keys,
        metrics=METRICS,
        stages=STAGES,
        colours=COLOURS,
        script=Markup(script),  # noqa: S704 - the project's own
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _by_level(top: Team) -> list[Team]:
    found, waiting = [], deque([top])
    while waiting:
        team = waiting.popleft()
        found.append(team)
        waiting.extend(team.children)
    return found
