"""pygal's charts as bare SVG: the page's own style sheet colours them, light or dark, and no script comes with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pygal
from markupsafe import Markup
from pygal.style import Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from report.model import Period

WIDTH = 460
_LABELS = 5
# What pygal adds for its own scripts and styles, and layers of its that stay empty without them.
_DROPPED = frozenset({"defs", "desc", "script", "style"})
_EMPTY_LAYERS = frozenset({"plot tooltip-overlay"})
_FOR_SCRIPTS = re.compile(" reactive| tooltip-trigger")
_LONG_NUMBER = re.compile(r"(\d+\.\d)\d+")
_DEFAULT_TITLE = "Pygal"
UNMARKED = "unmarked"


def chart(kind: type[Any], height: int, **options: Any) -> Any:  # noqa: ANN401 - pygal is untyped
    """A chart of pygal's, without its legend, title and scripts; the value axis holds zero."""
    return kind(
        width=WIDTH,
        height=height,
        js=(),
        no_prefix=True,
        disable_xml_declaration=True,
        show_legend=False,
        include_x_axis=True,
        truncate_label=-1,
        max_scale=6,
        margin=4,
        margin_right=26,
        # pygal makes room for labels of this size.
        style=Style(label_font_size=14, major_label_font_size=14),
        **options,
    )


def time_axis(drawn: Any, periods: Sequence[Period]) -> None:  # noqa: ANN401 - pygal is untyped
    """Name a few of the periods, the newest among them."""
    labels = [period.start.isoformat()[: 10 if weekly(periods) else 7] for period in periods]
    step = -(-len(labels) // _LABELS)
    drawn.x_labels = labels
    drawn.x_labels_major = labels[::-1][::step]
    drawn.show_minor_x_labels = False


def weekly(periods: Sequence[Period]) -> bool:
    """Whether a month holds more than one of the periods."""
    months = [period.start.strftime("%Y-%m") for period in periods]
    return len(set(months)) < len(months)


def drawing(drawn: Any, label: str) -> Markup:  # noqa: ANN401 - pygal is untyped
    """The chart's SVG, `label` being its text alternative."""

    def bare(root: Any) -> Any:  # noqa: ANN401 - an element of pygal's XML library
        _strip(root)
        del root.attrib["id"]
        root.set("role", "img")
        root.set("aria-label", label)
        return root

    drawn.add_xml_filter(bare)
    # pygal's XML library has escaped every text.
    return Markup(drawn.render(is_unicode=True))  # noqa: S704


def _strip(element: Any) -> None:  # noqa: ANN401 - an element of pygal's XML library
    for child in list(element):
        if isinstance(child.tag, str):
            _strip(child)
        if _is_needless(child):
            element.remove(child)
    for name, value in list(element.attrib.items()):
        element.set(name, _FOR_SCRIPTS.sub("", _LONG_NUMBER.sub(r"\1", value)))
    for name in {"rx", "ry"} & set(element.attrib):  # corners, all of them square
        del element.attrib[name]


def _is_needless(element: Any) -> bool:  # noqa: ANN401 - an element of pygal's XML library
    if not isinstance(element.tag, str) or element.tag in _DROPPED:  # a comment's tag is a function
        return True
    if element.tag == "g":
        # A title alone would be a tooltip of nothing.
        return element.get("class") in _EMPTY_LAYERS or all(child.tag == "title" for child in element)
    return element.get("class") == UNMARKED or (element.tag == "title" and element.text == _DEFAULT_TITLE)


LINE, STACKED_BAR, BARS = pygal.Line, pygal.StackedBar, pygal.HorizontalBar
