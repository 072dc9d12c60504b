"""MyST Markdown as a notebook's Markdown shows it."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from explorables.book import current
from explorables.classroom.exercises import source
from explorables.explore.format import human
from explorables.explore.values import Values

VALUE = re.compile(r"\{value\}`([^`]+)`")
NOW = re.compile(r"\{now\}`[^`]+`")  # what follows the sliders


def plain(text: str, page: Path) -> str:
    """MyST Markdown as a notebook's Markdown shows it.

    Citations are author and year, computed numbers stand as the page's cells give them, other roles and links are their text.

    Parameters
    ----------
    text : str
    page : Path
        Where the text stands; it is run from top to bottom where the text has a number of its cells.

    Raises
    ------
    ValueError
        If no cell of the page gives such a number, or the text follows an explorer, which no notebook of a course has.
    """
    if follows := NOW.search(text):
        raise ValueError(f"{page.name}: {follows[0]} follows a slider; an exercise's text takes {{value}} instead")
    text = VALUE.sub(lambda match: _number(match[1].strip(), page), text)
    text = re.sub(r"\{cite[\w:]*\}`([^`]+)`", lambda match: f"({_cited(match[1])})", text)
    text = re.sub(r"\{math\}`([^`]+)`", r"$\1$", text)
    text = re.sub(r"\{[\w:-]+\}`([^`<]+?)\s*(?:<[^`>]*>)?`", r"\1", text)
    return re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text)


def _cited(keys: str) -> str:
    line = current().data.cite(pd.DataFrame({"source": [key.strip() for key in keys.split(",")]}))
    return re.sub(r"^Sources?: |\.$|\)|\(", "", line)


def _number(name: str, page: Path) -> str:
    known = _numbers(page, page.stat().st_mtime_ns)
    if name not in known:
        raise ValueError(
            f"{page.name}: no cell gives {{value}}`{name}`; there are {', '.join(sorted(known)) or 'none'}"
        )
    value, unit, form = known[name]
    return value if isinstance(value, str) else human(value, unit, 2, form)


@lru_cache(maxsize=16)
def _numbers(page: Path, _: int) -> dict[str, tuple[Any, str, str]]:
    """Numbers that a page's cells give its text, by running it."""
    from explorables.classroom.exercises.answers import without_widgets

    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None, "print": lambda *_, **__: None}
    found: dict[str, tuple[Any, str, str]] = {}
    with without_widgets():
        for block in source.blocks(page):
            cells = [block] if isinstance(block, source.Cell) else [*block.body, *block.solution]
            for cell in cells:
                if cell.kind == "code" and isinstance(given := shown(cell.source, names, page.name), Values):
                    found |= given.numbers
    return found


def shown(code: str, names: dict[str, Any], where: str) -> Any:
    """Run a cell; what its last line gives."""
    tree = ast.parse(code)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    exec(compile(tree, where, "exec"), names)  # noqa: S102 - the book's own cells
    return eval(compile(ast.Expression(last.value), where, "eval"), names) if isinstance(last, ast.Expr) else None
