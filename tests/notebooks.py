"""The book's notebooks as the tests need them: their paths, and the explorers that they make."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import altair as alt
import jupytext

from hardware_phase.explore import Explorer
from hardware_phase.explore.explorer import STATIC

BOOK = Path(__file__).parent.parent / "book"


def notebooks() -> list[Path]:
    """Pages with code to run."""
    return [path for path in sorted(BOOK.rglob("*.md")) if path.read_text(encoding="utf-8").startswith("---\njupytext:")]


@functools.cache
def namespace(path: Path) -> dict:
    """The names that a notebook leaves behind when it has run top to bottom."""
    os.environ[STATIC] = "1"
    names: dict = {"__name__": "__main__", "display": lambda *_: None}
    with alt.theme.enable("hardware_phase"):
        for number, cell in enumerate(jupytext.read(path).cells):
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{path.name}, cell {number + 1}", "exec"), names)  # noqa: S102 - the book's own cells
    return names


def explorers(path: Path) -> list[Explorer]:
    """The explorers of a notebook, which must be kept in variables."""
    return [value for value in namespace(path).values() if isinstance(value, Explorer)]
