"""The book's notebooks as the tests need them: their paths, the explorers that they make, and how a reader runs a cell."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path

import altair as alt
import jupytext
from playwright.sync_api import Locator, Page

from explorables.explore import Explorer
from explorables.explore.exhibit import explorers_in
from explorables.explore.explorer import STATIC
from explorables.explore.live import LiveExplorer
from explorables.tables.check import code_of

BOOK = Path(__file__).parent.parent / "book"


def notebooks() -> list[Path]:
    """Pages with code to run."""
    return [
        path for path in sorted(BOOK.rglob("*.md")) if path.read_text(encoding="utf-8").startswith("---\njupytext:")
    ]


@functools.cache
def with_explorers() -> list[Path]:
    """Notebooks with an explorer to move."""
    codes = {path: code_of(path) for path in notebooks()}
    return [path for path, code in codes.items() if "explore(" in code or explorers_in(code)]


@functools.cache
def namespace(path: Path) -> dict:
    """The names that a notebook leaves behind when it has run top to bottom."""
    os.environ[STATIC] = "1"
    names: dict = {"__name__": "__main__", "display": lambda *_: None}
    with alt.theme.enable("explorables"):
        for number, cell in enumerate(jupytext.read(path).cells):
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{path.name}, cell {number + 1}", "exec"), names)  # noqa: S102 - the book's own cells
    return names


def explorers(path: Path) -> list[Explorer]:
    """The explorers of a notebook, which must be kept in variables."""
    found = [value for value in namespace(path).values() if isinstance(value, Explorer)]
    assert len({explorer.id for explorer in found}) == len(found), f"{path.name} makes an explorer under two names"
    return found


def of_ipywidgets(explorer: Explorer) -> LiveExplorer:
    """Give an explorer the widget of a Python that runs in a browser, instead of the page's own."""
    explorer._widget = LiveExplorer(explorer)
    return explorer._widget


def run_cell(page: Page, code: str) -> Locator:
    """Run a new cell at the end of the notebook that is open in JupyterLab; the cell."""
    cells = page.locator(".jp-CodeCell")
    count = cells.count()
    page.locator(".jp-Cell").last.locator(".jp-InputPrompt").click()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")
    cell = cells.nth(count)
    cell.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]")).wait_for()
    return cell
