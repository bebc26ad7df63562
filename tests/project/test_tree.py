"""Texts that the repository must not contain, and facts that must agree across its files."""

from __future__ import annotations

import re
import tomllib

from ruamel.yaml import YAML

from tests.project import ROOT, run

WORKFLOWS = ROOT / ".github" / "workflows"
MACHINE_PATH = re.compile(r"(?<![\w.$~}])/(?:work|root|home|Users)/")
INDEX_HOST = re.compile(r"\b(?:pypi|pythonhosted)\.org\b")


def _tracked() -> dict[str, str]:
    texts = {}
    for name in run("git", "ls-files", "-z").stdout.split("\0"):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            texts[name] = content.decode("utf-8", "replace")
    return texts


def _found(pattern: re.Pattern[str]) -> list[str]:
    return [f"{name}: {match[0]}" for name, text in _tracked().items() if (match := pattern.search(text))]


def test_no_path_of_a_machine() -> None:
    assert _found(MACHINE_PATH) == []


def test_no_host_of_a_package_index() -> None:
    assert _found(INDEX_HOST) == []


def test_make_has_every_target_that_is_called() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called: set[str] = set()
    for name, text in _tracked().items():
        if name in {".ci/run", "Dockerfile"} or name.startswith(".github/"):
            lines = re.findall(r"^(?:.* run: )?make((?: [a-z-]+\b)+)", text, re.MULTILINE)
            called |= {word for line in lines for word in line.split()}
        if name.endswith(".md"):
            called |= set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert "test" in called
    assert called <= targets


def test_python_versions_are_declared_where_they_are_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    prefix = "Programming Language :: Python :: "
    declared = [entry.removeprefix(prefix) for entry in project["classifiers"] if entry.startswith(prefix + "3.")]
    ci, release = (YAML(typ="safe").load(WORKFLOWS / f"{name}.yml")["jobs"] for name in ("ci", "release"))
    tested = ci["test"]["strategy"]["matrix"]["python"]
    compatible = [entry["python"] for entry in ci["compat"]["strategy"]["matrix"]["include"]]
    assert sorted({*tested, *compatible}) == declared
    assert release["test"]["strategy"]["matrix"]["python"] == declared
