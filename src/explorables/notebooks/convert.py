"""From a page's source to its notebook."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode

from explorables.book import current
from explorables.explore.exhibit import explorers_in
from explorables.notebooks.inline import Inline
from explorables.notebooks.links import Places, link
from explorables.notebooks.pages import Block, Page
from explorables.notebooks.pieces import Piece, dropped, plain, source_of, text_of, trimmed
from explorables.notebooks.results import Results, run
from explorables.notebooks.text import Mark, Text
from explorables.wheels import install_cell

HIDING = {"remove-input", "hide-input", "remove-cell", "hide-cell"}  # tags of code that the page does not show
OWN = "explorables"  # where our notes are in a notebook's metadata
ABOUT, INSTALL, IN_CODE = "what-this-is", "install", "in-code"  # ids of the cells that the page does not have


@dataclass(frozen=True)
class Place:
    """Where a book is published, and where its sources are."""

    site: str
    folder: Path


@dataclass(frozen=True)
class Cell:
    """A cell of the notebook, in pieces of the page."""

    kind: Literal["markdown", "code"]
    pieces: tuple[Piece, ...]
    block: Block | None = None

    @property
    def text(self) -> str:
        """What the notebook says."""
        return text_of(self.pieces)

    @property
    def source(self) -> str:
        """What the page's source has."""
        return source_of(self.pieces)


def cells(page: Page, place: Place, results: Results) -> list[Cell]:
    """The cells that a page becomes; their sources joined are what stands behind its header.

    Raises
    ------
    ValueError
        If something of the page has no words in a notebook; the message begins with file and line.
    """
    text = Text(Inline(page, Places(place.site, place.folder), results))
    made: list[Cell] = []
    pending: list[Any] = []
    current_: list[Any] = []
    folded = False

    def end() -> None:
        nonlocal pending, current_
        pieces = [*pending, *trimmed(current_)]
        if text_of(pieces):
            made.append(Cell("markdown", tuple(pieces)))
            pieces = []
        pending, current_ = pieces, []

    for block in page.blocks():
        if block.kind == "code" and folded:
            current_ += [Piece(block.head, "```python\n", True), plain(block.body), Piece(block.tail, "\n```\n", True)]
        elif block.kind == "code":
            end()
            made.append(Cell("code", (*pending, dropped(block.head), plain(block.body), dropped(block.tail)), block))
            pending = []
        else:
            for part in text.stream(block.body, block.line):
                if isinstance(part, Piece):
                    current_.append(part)
                elif part is not Mark.CUT or not folded:
                    end()
                    folded = part is Mark.FOLD
    end()
    if pending and made:
        made[-1] = Cell(made[-1].kind, (*made[-1].pieces, *pending), made[-1].block)
    return made


def converted(
    page: Page,
    place: Place,
    ran: NotebookNode | None = None,
    results: bool = False,
    said: Mapping[str, str] | None = None,
) -> NotebookNode:
    """The notebook of a page.

    Parameters
    ----------
    page : Page
    place : Place
    ran : NotebookNode
        The page's code with its outputs, cell by cell as in `code_of`. Without it the code is run, if the text says
        numbers that it computes.
    results : bool
        Whether the notebook has these outputs.
    said : mapping
        What roles and directives said in an earlier notebook of the page.

    Raises
    ------
    ValueError
        If something of the page has no words in a notebook; the message begins with file and line.
    """
    where = (place.folder / page.name).parent
    computed = Results(lambda: ran or run(code_of(page), where), said)
    made = cells(page, place, computed)
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = {
        "kernelspec": dict(page.settings.get("kernelspec", {})),
        "language_info": {"name": "python"},
        OWN: {"page": page.name, "source": source_hash(page.text), "said": computed.said},
    }
    notebook.cells = [*opening(page, place), *(node(cell, number) for number, cell in enumerate(made, 1))]
    if found := first_explorer(made):
        number, name = found
        at = next(at for at, cell in enumerate(notebook.cells, 1) if cell.id == f"cell-{number}")
        notebook.cells.insert(at, nbformat.v4.new_markdown_cell(in_code(name), id=IN_CODE, metadata=added()))
    notebook.metadata[OWN]["made"] = text_hash(notebook)
    if ran and results:
        fill(notebook, made, page, ran)
    nbformat.validate(notebook)
    return notebook


def fill(notebook: NotebookNode, made: list[Cell], page: Page, ran: NotebookNode) -> None:
    """Put outputs into the cells of a notebook."""
    lines = [block.line for block in page.blocks() if block.kind == "code"]
    outputs = dict(zip(lines, (cell for cell in ran.cells if cell.cell_type == "code"), strict=True))
    by_id = {cell.id: cell for cell in notebook.cells}
    for number, cell in enumerate(made, 1):
        if cell.kind == "code" and cell.block is not None:
            target = by_id[f"cell-{number}"]
            target.outputs = outputs[cell.block.line].outputs
            target.execution_count = outputs[cell.block.line].execution_count


def added() -> dict[str, Any]:
    """What a cell says that the page does not have."""
    return {OWN: {"added": True}}


def first_explorer(made: list[Cell]) -> tuple[int, str] | None:
    """The number of the first cell that makes an explorer and shows it, and the explorer's variable."""
    before = ""
    for number, cell in enumerate(made, 1):
        if cell.kind != "code" or cell.block is None:
            continue
        code = f"{before}\n{cell.block.body}"
        if len(explorers_in(code)) > len(explorers_in(before)):
            *lines, last = ast.parse(cell.block.body).body
            names = [one for line in lines for one in ast.walk(line) if isinstance(one, ast.Name)]
            shown = {one.id for one in ast.walk(last) if isinstance(last, ast.Expr) and isinstance(one, ast.Name)}
            if found := [one.id for one in names if isinstance(one.ctx, ast.Store) and one.id in shown]:
                return number, found[0]
        before = code
    return None


def in_code(name: str) -> str:
    """What the variable of an explorer is good for."""
    lines = (
        ("settings", "what the controls are set to"),
        ("result", "the numbers at these settings"),
        ("table()", "the numbers behind its first chart, as a data frame"),
        ("set(NAME=VALUE)", "move a control; its name is in the settings"),
        (f'save("{name}.html")', "keep it as one file that needs no network"),
    )
    code = "\n".join(f"{name}.{call}  # {says}" for call, says in lines)
    return f"In the code of this notebook the explorer is `{name}`. In a new cell:\n\n```python\n{code}\n```"


def opening(page: Page, place: Place) -> Iterator[NotebookNode]:
    """What the notebook is, and a cell that sees to the packages."""
    own = Places(place.site, place.folder)
    about = (
        f"*The notebook of {link(page.title, own.page(page.name))}, a page of {link(current().title, own.site)}: "
        "the same text and sliders, with code to run and to change.*  \n"
        "*Run all cells. What you then set in an explorer comes back as its settings: `explorer.settings`.*"
    )
    yield nbformat.v4.new_markdown_cell(about, id=ABOUT, metadata=added())
    if current().package:
        metadata = added() | {"jupyter": {"source_hidden": True}}
        yield nbformat.v4.new_code_cell(install_cell(place.site), id=INSTALL, metadata=metadata)


def node(cell: Cell, number: int) -> NotebookNode:
    """A cell as notebooks have it."""
    name = f"cell-{number}"
    if cell.kind == "markdown" or cell.block is None:
        return nbformat.v4.new_markdown_cell(cell.text, id=name)
    made = nbformat.v4.new_code_cell(cell.text, id=name)
    made.metadata.update(metadata_of(cell.block.metadata))
    return made


def metadata_of(options: Mapping[str, object]) -> dict[str, object]:
    """What a notebook keeps of a cell's options: its tags, and whether its code is folded away."""
    tags = list(options.get("tags") or [])  # type: ignore[call-overload]
    jupyter = dict(options.get("jupyter") or {})  # type: ignore[call-overload]
    if HIDING & set(tags):
        jupyter["source_hidden"] = True
    return ({"tags": tags} if tags else {}) | ({"jupyter": jupyter} if jupyter else {})


def code_of(page: Page) -> NotebookNode:
    """The code of a page alone, solutions included, as a notebook to run."""
    notebook = nbformat.v4.new_notebook()
    found = (block for block in page.blocks() if block.kind == "code")
    notebook.cells = [nbformat.v4.new_code_cell(block.body, id=f"code-{n}") for n, block in enumerate(found, 1)]
    return notebook


def source_hash(text: str) -> str:
    """The name that Git gives to a file's contents, under which an earlier state can be found again."""
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def text_hash(notebook: NotebookNode) -> str:
    """Hash of what a notebook says and computes, without results."""
    said = "\0".join(f"{cell.cell_type}\0{cell.source}" for cell in notebook.cells)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
