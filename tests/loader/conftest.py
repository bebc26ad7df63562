"""Fixtures of the loader's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.loader.loading import Warehouses

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouses:
    """The path of a DuckDB file that does not exist yet."""
    return Warehouses(tmp_path / "warehouse.duckdb")
