"""Figures are written in readable units."""

from __future__ import annotations

import pytest

from report.metrics import text


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0, "days", "0 min"),
        (0.0004, "days", "<1 min"),
        (58 / 1440, "days", "58 min"),
        (59.7 / 1440, "days", "1 h"),
        (3.54 / 24, "days", "3.5 h"),
        (23.97 / 24, "days", "1 day"),
        (1.04, "days", "1 day"),
        (1.8, "days", "1.8 days"),
        (1234.5, "days", "1,234.5 days"),
        (6.666, "percent", "6.7 %"),
        (120.0, "percent", "120 %"),
        (1499, "count", "1,499"),
        (0, "count", "0"),
        (None, "days", "no figure"),
    ],
)
def test_a_figure_is_written_with_its_unit(value: float | None, unit: str, said: str) -> None:
    assert text(value, unit) == said
