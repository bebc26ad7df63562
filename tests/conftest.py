"""Marks the tests that need more than `make setup` installs or take long, and groups those that share a worker."""

from __future__ import annotations

import gc
import sys
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import examples, warm

if TYPE_CHECKING:
    from pathlib import Path

    from xdist.remote import Producer

examples.register()

GROUPS = {
    "transform/test_story.py": "story",
    "transform/test_package.py": "strangers",
    "warehouses": "warehouses",
    "transform/test_dialects.py": "dialects",
    "transform": "transform",
    "demo/test_demo.py": "meltano",
    "meltano": "meltano",
    "docs/test_commands.py": "docs",
    "throughput/test_batch_postgres.py": "postgres",
    "bench/test_command.py": "bench",
    "front/test_gateway.py": "gateway",
    "front/test_store.py": "store",
    "bench/test_peers.py": "peers",
    "project/test_package.py": "package",
    "project/test_bootstrap.py": "bootstrap",
    "report": "report",
    "probe/test_probe.py": "probe",
    "project/test_meltano_project.py": "project",
    "loader/test_truth.py": "loader",
    "loader/test_command.py": "loader",
    "orchestrate/test_deployment.py": "orchestrate",
    "orchestrate/test_meltano.py": "orchestrate",
}
"""The integration tests, longest first, each with its group, which one worker runs in order.

A group shares something slow to make: a Meltano project (where two concurrent runs fail), a warehouse, a wheel.
"""


@cache
def place_of(file: str) -> str | None:
    """The entry of `GROUPS` for a test file."""
    return next((place for place in GROUPS if PurePath(file).is_relative_to(f"tests/{place}")), None)


def file_of(node_id: str) -> str:
    """The file of a test."""
    return node_id.partition("::")[0]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument. Gzip data contains the time, and every worker must find the same names."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the integration tests and run them first, because a long group that starts late delays the end."""
    order = [*GROUPS, None]
    for item in items:
        if place_of(file_of(item.nodeid)):
            item.add_marker(pytest.mark.integration)
    items.sort(key=lambda item: order.index(place_of(file_of(item.nodeid))))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no integration test where none is wanted."""
    file = str(collection_path.relative_to(config.rootpath))
    return True if config.option.markexpr == "not integration" and place_of(file) else None


def pytest_collection_finish() -> None:
    """Let the garbage collector look no more at what is there for good: it took a 25th of the tests' time."""
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Stop the servers that tests share."""
    warm.end()
    if postgres := sys.modules.get("tests.postgres"):  # few tests import it, and what it needs
        postgres.end()


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc] # untyped
    """Gives a worker a whole group, or the tests of one file."""

    def _split_scope(self, nodeid: str) -> str:
        file = file_of(nodeid)
        return GROUPS.get(place_of(file) or "", file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupScheduling:
    """Pass the groups to pytest-xdist. Its own mark for this, `xdist_group`, has no effect with pytest 9.2."""
    return GroupScheduling(config, log)
