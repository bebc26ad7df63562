"""The package: its content, its metadata, and that it runs without the repository."""

from __future__ import annotations

import json
import shutil
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from scripts.generate import plugin
from tests.project import ROOT, meltano, run
from tests.project.conftest import build

if TYPE_CHECKING:
    from tests.project.conftest import Distributions

PACKAGE = "tap_sei_efficiency"


def _modules() -> set[str]:
    paths = (ROOT / PACKAGE).rglob("*")
    return {str(path.relative_to(ROOT)) for path in paths if path.is_file() and path.suffix != ".pyc"}


def _wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _wheel_file(wheel: Path, name: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(entry for entry in archive.namelist() if entry.endswith(name)))


def test_wheel_contains_only_the_package(distributions: Distributions) -> None:
    names = _wheel_names(distributions.wheel)
    metadata = {name for name in names if ".dist-info/" in name}
    assert names - metadata == _modules()
    assert f"{PACKAGE}/py.typed" in names


def test_sdist_contains_the_package_and_its_documents(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    described = {".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}
    assert names == _modules() | described


def test_metadata_describes_the_package(distributions: Distributions) -> None:
    metadata = message_from_bytes(_wheel_file(distributions.wheel, ".dist-info/METADATA"))
    assert metadata["Name"] == plugin.NAME
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert Version(metadata["Version"]).local is None
    assert _wheel_file(distributions.wheel, "LICENSE") == (ROOT / "LICENSE").read_bytes()


def test_entry_point_is_the_tap(distributions: Distributions) -> None:
    entry_points = _wheel_file(distributions.wheel, ".dist-info/entry_points.txt").decode()
    assert entry_points.split() == ["[console_scripts]", "tap-sei-efficiency", "=", "tap_sei_efficiency.__main__:main"]


def test_files_of_the_image_build_without_git_with_the_fallback_version(tmp_path: Path) -> None:
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()]
    copied = {source for line in lines if line[:1] == ["COPY"] for source in line[2:-1]}
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied == {line.removeprefix("!") for line in kept if line.startswith("!")}
    source = tmp_path / "source"
    source.mkdir()
    for name in copied:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    built = build(source, tmp_path / "dist")
    assert built.wheel.name == f"{PACKAGE}-0.0.0-py3-none-any.whl"


@pytest.fixture(scope="session")
def alone(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tap's executable in an environment with only the wheel and its dependencies."""
    environment = tmp_path_factory.mktemp("alone") / "venv"
    uv = Path(sys.executable).with_name("uv")
    requirements = ROOT / "requirements" / "tap.txt"
    run(uv, "venv", "--python", sys.executable, environment)
    install = (uv, "pip", "install", "--python", environment / "bin" / "python")
    run(*install, "--require-hashes", "--requirement", requirements)
    run(*install, "--no-deps", distributions.wheel)
    return environment / "bin" / "tap-sei-efficiency"


def test_wheel_runs_alone(alone: Path, distributions: Distributions, tmp_path: Path) -> None:
    version = run(alone, "--version", cwd=tmp_path)
    assert distributions.wheel.name.split("-")[1] in version.stdout + version.stderr
    about = run(alone, "--about", "--format=json", cwd=tmp_path)
    assert json.loads(about.stdout)["settings"] == plugin.about()["settings"]


def test_bad_setting_ends_the_packaged_tap_with_one_sentence(alone: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"api_key": "secret", "start_date": "2026-01-01"}), encoding="utf-8")
    done = run(alone, "--config", config, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "Setting `org_identifier` is required" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_wheel_is_added_to_another_meltano_project(distributions: Distributions, tmp_path: Path) -> None:
    project = tmp_path / "project"
    meltano(tmp_path, "init", project, "--no-usage-stats")
    definition = ROOT / "hub" / f"{plugin.NAME}.yml"
    meltano(project, "add", "--no-install", "--from-ref", definition, plugin.NAME)
    meltano(project, "config", "set", plugin.NAME, "_pip_url", distributions.wheel)
    meltano(project, "install", plugin.NAME)
    version = meltano(project, "invoke", plugin.NAME, "--version")
    assert distributions.wheel.name.split("-")[1] in version.stdout + version.stderr


def test_wheel_is_installed_as_a_tool(
    distributions: Distributions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_TOOL_DIR", str(tmp_path / "tools"))
    monkeypatch.setenv("UV_TOOL_BIN_DIR", str(tmp_path / "bin"))
    run(Path(sys.executable).with_name("uv"), "tool", "install", "--python", sys.executable, distributions.wheel)
    version = run(tmp_path / "bin" / plugin.NAME, "--version", cwd=tmp_path)
    assert distributions.wheel.name.split("-")[1] in version.stdout + version.stderr
