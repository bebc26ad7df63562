"""What a reader finds in the page, by its own elements."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple


class Cell(NamedTuple):
    """One figure of one table: the value as the page carries it, and all that is written in its cell."""

    section: str
    caption: str
    heading: str
    column: str
    value: float | None
    text: str


@dataclass
class Page:
    """The page's sections, figures and elements."""

    titles: dict[str, str] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    script: str = ""

    @property
    def text(self) -> str:
        """All text, white space made one."""
        return " ".join(" ".join(self.texts).split())

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """Those of each element with this tag."""
        return [attributes for name, attributes in self.elements if name == tag]

    def figures(self, section: str, caption: str) -> dict[tuple[str, str], Cell]:
        """The cells of one table, by row and column."""
        chosen = [cell for cell in self.cells if (cell.section, cell.caption) == (section, caption)]
        return {(cell.heading, cell.column): cell for cell in chosen}

    def section(self, title: str) -> str:
        """The id of the section with this title."""
        (found,) = [section for section, name in self.titles.items() if name == title]
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._open: list[str] = []
        self._section = self._caption = self._heading = self._column = ""
        self._value: float | None = None
        self._parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.page.elements.append((tag, attributes))
        if tag == "section":
            self._section = attributes["id"] or ""
        if tag in {"h2", "caption", "th", "td"}:
            self._parts, self._value, self._column = [], None, attributes.get("data-column") or ""
        if tag == "data":
            self._value = float(attributes["value"] or "")
        self._open.append(tag)

    def handle_data(self, data: str) -> None:
        self._parts.append(data)
        if self._open and self._open[-1] == "script":
            self.page.script += data
        else:
            self.page.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        text = " ".join("".join(self._parts).split())
        if tag == "h2":
            self.page.titles[self._section] = text
        elif tag == "caption":
            self._caption = text
        elif tag == "th":
            self._heading = text
        elif tag == "td":
            self.page.cells.append(Cell(self._section, self._caption, self._heading, self._column, self._value, text))


def read(html: str) -> Page:
    """The page as parsed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page
