"""The pinned requirements: complete, with hashes, consistent, and without a path or host of the machine."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SOURCES = sorted((ROOT / "requirements").glob("*.in"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", re.MULTILINE)


def _pins(lock: Path) -> dict[str, set[str]]:
    """The versions of each package; several if they depend on the platform or Python."""
    versions: dict[str, set[str]] = {}
    for name, version in PIN.findall(lock.read_text(encoding="utf-8")):
        versions.setdefault(canonicalize_name(name), set()).add(version)
    return versions


def _wanted(source: Path) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in source.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def test_there_are_requirements_to_check() -> None:
    assert {"dev", "tap", "build", "uv", "target-duckdb"} <= {lock.stem for lock in LOCKS}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_is_pinned_with_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    assert all(PIN.match(entry) and "--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_no_host_and_no_path_is_in_a_lock(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|index-url|find-links|trusted-host|file:| @ ", text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_lock_contains_the_packages_of_its_source(source: Path) -> None:
    pins = _pins(source.with_suffix(".txt"))
    for requirement in _wanted(source):
        versions = pins[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions)


def test_locks_contain_the_dependencies_of_the_packages() -> None:
    for folder, lock in ((".", "tap"), (".", "dev"), ("loader", "target-duckdb"), ("loader", "dev")):
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        pins = _pins(ROOT / "requirements" / f"{lock}.txt")
        for requirement in map(Requirement, project["dependencies"]):
            assert all(requirement.specifier.contains(version) for version in pins[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("name", ["tap", "target-duckdb", "build", "uv", "meltano"])
def test_every_lock_has_the_tested_versions(name: str) -> None:
    tested = _pins(ROOT / "requirements" / "dev.txt")
    pins = _pins(ROOT / "requirements" / f"{name}.txt")
    assert {package: versions for package, versions in pins.items() if not versions <= tested.get(package, set())} == {}


@pytest.mark.parametrize("name", ["dev", "dbt", "report"])
def test_warehouse_is_read_with_the_loaders_own_duckdb(name: str) -> None:
    loader = _pins(ROOT / "requirements/target-duckdb.txt")
    assert _pins(ROOT / f"requirements/{name}.txt")["duckdb"] == loader["duckdb"]
