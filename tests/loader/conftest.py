"""What the loader's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.loader.loading import Warehouses

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouses:
    """A DuckDB file that is not there yet."""
    return Warehouses(tmp_path / "warehouse.duckdb")
