"""A real Chromium that opens a file and records its requests and errors."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """The program, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


class Cell(NamedTuple):
    """The text of a cell, and its figure."""

    text: str
    value: str | None


class Page:
    """A report in the browser."""

    def __init__(self, page: Any, file: Path) -> None:
        self.page = page
        self.file = file
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        self.open()

    def open(self, **choices: str) -> None:
        """Open the link with these choices."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.file.as_uri()}#{'&'.join(f'{name}={value}' for name, value in choices.items())}")
        self.page.wait_for_selector("#report section, #report table")

    def text(self, selector: str = "#report") -> str:
        """The text of an element."""
        return str(self.page.inner_text(selector))

    def table(self, name: str) -> list[dict[str, Cell]]:
        """The rows of a table by its headings, open or closed; empty if there is no such table."""
        self.page.evaluate(
            """() => {
                for (const folded of document.querySelectorAll("#report details")) folded.open = true;
                return new Promise(done => requestAnimationFrame(() => setTimeout(done)));
            }"""
        )
        rows = self.page.evaluate(
            """name => [...document.querySelectorAll(`[data-table="${name}"] tr`)].map(
                row => [...row.cells].map(cell => [cell.textContent, cell.dataset.value ?? null]))""",
            name,
        )
        heads = [text for text, _ in rows[0]] if rows else []
        return [
            dict(zip(_numbered(heads), (Cell(*cell) for cell in row), strict=True)) for row in rows[1:]
        ]  # fmt: skip


class Browser:
    """Chromium with a separate profile folder."""

    def __init__(self, program: str) -> None:
        self._program = program

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self._driver = sync_playwright().start()
        self._context = self._driver.chromium.launch_persistent_context(
            self._folder.name, executable_path=self._program, args=list(_FLAGS), accept_downloads=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()
        self._driver.stop()
        self._folder.cleanup()

    @contextmanager
    def page(self, file: Path) -> Iterator[Page]:
        """Open a file."""
        opened = self._context.new_page()
        try:
            yield Page(opened, file)
        finally:
            opened.close()

    def without_script(self, file: Path) -> str:
        """The text of a file without JavaScript."""
        with tempfile.TemporaryDirectory() as folder:
            context = self._driver.chromium.launch_persistent_context(
                folder, executable_path=self._program, args=list(_FLAGS), java_script_enabled=False
            )
            opened = context.new_page()
            opened.goto(file.as_uri())
            text = opened.inner_text("body")
            context.close()
            return text


def _numbered(heads: list[str]) -> list[str]:
    """Headings; repeated ones get a number."""
    return [head if heads.index(head) == place else f"{head} {place}" for place, head in enumerate(heads)]
