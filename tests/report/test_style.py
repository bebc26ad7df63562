"""Text, lines and the edges of controls have enough contrast, in light and dark mode."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

import report

STYLE = (Path(report.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): (#\w+);", block)) for block in re.findall(r":root \{(.*?)\n *\}", STYLE, re.DOTALL)[:2]
)
_GAMMA_BELOW = 0.04045


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int("".join(pair), 16) / 255 for pair in list(pairwise(digits))[::2]]
    red, green, blue = (part / 12.92 if part <= _GAMMA_BELOW else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """The contrast by WCAG 2: from 1 (equal) to 21 (black on white)."""
    dark, light = sorted([_luminance(one), _luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "raised"])
@pytest.mark.parametrize("text", ["ink", "soft", "link", "mark", "better", "worse"])
def test_text_has_enough_contrast(theme: dict[str, str], ground: str, text: str) -> None:
    assert _contrast(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "raised"])
@pytest.mark.parametrize("colour", ["s0", "s1", "s2", "s3", "s4", "edge"])
def test_lines_bars_and_edges_have_enough_contrast(theme: dict[str, str], ground: str, colour: str) -> None:
    assert _contrast(theme[colour], theme[ground]) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    assert _contrast("#fff", "#000000") == pytest.approx(21)
