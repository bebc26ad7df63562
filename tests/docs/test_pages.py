"""The pages are right about links, anchors, diagrams, settings and the shape of a state."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from scripts.generate.tables import catalog
from tap_sei_efficiency.run.lifecycle import mermaid
from tap_sei_efficiency.settings_table import SETTINGS
from tests import warm
from tests.docs.pages import DOCS, PAGES, ROOT, anchors, blocks, links, name, prose
from tests.sync.run import run

if TYPE_CHECKING:
    from standin.clock import FakeClock
    from standin.server import Standin

LINKS = [(page, link) for page in PAGES for link in links(page)]
DIAGRAMS = [block for page in PAGES for block in blocks(page, "mermaid") if block.text.startswith("stateDiagram")]
MELTANO_PROJECTS = [
    block
    for page in PAGES
    for block in blocks(page, "yaml")
    if not block.text.startswith(("# packages.yml", "# dbt_project.yml", "# profiles.yml"))
]


@pytest.mark.parametrize(("page", "link"), LINKS, ids=lambda value: name(value) if isinstance(value, Path) else value)
def test_the_target_of_a_link_exists(page: Path, link: str) -> None:
    if link.startswith("https://"):
        pytest.skip("another site")
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    assert target.is_relative_to(ROOT)
    assert target.exists()
    assert not anchor or anchor in anchors(target)


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in links(PAGES[0])}
    assert {name(page) for page in PAGES[1:] if page not in linked} == set()


@pytest.mark.parametrize("block", DIAGRAMS, ids=lambda block: block.where)
def test_state_diagram_is_drawn_from_the_table_of_transitions(block: Any) -> None:
    assert block.text.strip() == mermaid()


def test_one_page_shows_the_diagram() -> None:
    assert [block.where.partition(":")[0] for block in DIAGRAMS] == ["docs/how-a-sync-works.md"]


def test_readme_is_short_and_names_every_stream() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert [stream["tap_stream_id"] for stream in catalog() if f"`{stream['tap_stream_id']}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_environment_variable_of_the_tap_is_a_setting(page: Path) -> None:
    known = {setting.name.upper() for setting in SETTINGS} | {"LOGLEVEL"}
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"\bTAP_SEI_EFFICIENCY_([A-Z][A-Z_]*[A-Z])\b", text)) <= known


def test_every_setting_of_how_to_sync_is_explained_beyond_its_table() -> None:
    """The table says what a setting is; another page must say what it does."""
    texts = "".join(prose(page).partition("<!-- begin generated: settings")[0] for page in PAGES)
    assert [setting.name for setting in SETTINGS if f"`{setting.name}`" not in texts and not setting.required] == []


@pytest.mark.parametrize("block", MELTANO_PROJECTS, ids=lambda block: block.where)
def test_yaml_is_part_of_a_meltano_project(block: Any, tmp_path: Path) -> None:
    project = YAML(typ="safe").load(block.text)
    assert project.keys() <= {"plugins", "jobs", "schedules", "environments", "state_backend", "database_uri"}
    (tmp_path / "meltano.yml").write_text(block.text, encoding="utf-8")
    checker = Path(sys.executable).with_name("check-jsonschema")
    command: list[str | Path] = [checker, "--builtin-schema", "vendor.meltano", tmp_path / "meltano.yml"]
    done = warm.run(command, ("check_jsonschema.cli",))
    assert done.returncode == 0, done.stdout


def test_state_has_the_documented_shape(sei: Standin, clock: FakeClock) -> None:
    (block,) = blocks(DOCS / "state-and-recovery.md", "json")
    output = run(sei, clock, start_date="2026-10-01", select=("lttc", "cfr"))
    unfinished = next(state for state in output.states if state.get("exports_in_flight"))
    real = {**output.state, "exports_in_flight": unfinished["exports_in_flight"]}
    real["bookmarks"] = {"lttc": real["bookmarks"]["lttc"]}
    assert _shape(json.loads(block.text)) == _shape(real)


def _shape(value: Any) -> Any:
    """The shape of a JSON value: its names, the types of its leaves, and one entry of each list."""
    if isinstance(value, dict):
        return {key: _shape(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_shape(entry) for entry in value[:1]]
    return type(value).__name__
