"""From an edited notebook back to its page's source: what was not touched stays there to the letter."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import yaml
from nbformat import NotebookNode

from explorables.notebooks.convert import OWN, Cell, Place, cells, metadata_of, source_hash
from explorables.notebooks.pages import Page
from explorables.notebooks.pieces import Piece
from explorables.notebooks.results import Results


def taken_back(notebook: NotebookNode, place: Place, text: str) -> str:
    """The page's source with what was changed in its notebook.

    Parameters
    ----------
    notebook : NotebookNode
        As `convert.converted` made it, and somebody edited it.
    place : Place
    text : str
        The page's source as it is now. If it has changed since the notebook was made, both changes are brought together.

    Returns
    -------
    str
        The new source. Cells that were not touched are as they were, to the letter; in the others, citations, links and numbers that were left
        alone are what they were in the source.

    Raises
    ------
    ValueError
        If the notebook is none of the book's, or something was edited that stands for a construct of the source; or if the page
        has changed in the same places, or its earlier source cannot be found.
    """
    own = notebook.metadata.get(OWN, {})
    if "source" not in own:
        raise ValueError("this notebook was not made from a page of the book")
    page = Page(own["page"], text if source_hash(text) == own["source"] else earlier(own["source"], place.folder))
    made = cells(page, place, Results(lambda: notebook, own["said"]))
    new = page.header + joined(list(_sources(notebook, made)), len(made))
    return new if page.text == text else together(text, page.text, new)


def _sources(notebook: NotebookNode, made: list[Cell]) -> Iterator[tuple[int | None, str]]:
    """The source of each cell, with its number on the page if it has one."""
    numbers = {f"cell-{number}": number for number in range(1, len(made) + 1)}
    left = [number for name, number in numbers.items() if name not in {cell.get("id") for cell in notebook.cells}]
    for cell in notebook.cells:
        if OWN in cell.metadata:  # the page does not have it
            continue
        number = numbers.get(cell.get("id", ""))
        if number is None:  # some editors give every cell a new id
            number = next((one for one in left if made[one - 1].text == cell.source), None)
        if number in left:
            left.remove(number)
        if number is None or made[number - 1].kind != cell.cell_type:
            yield None, fresh(cell)
            continue
        try:
            yield number, edited(made[number - 1].pieces, cell.source)
        except ValueError as problem:
            raise ValueError(f"the cell that begins with {cell.source[:40]!r}: {problem}") from None


def joined(sources: list[tuple[int | None, str]], last: int) -> str:
    """Sources of cells as one text; where two have become neighbours, a line is left between them."""
    text, before = "", 0
    for number, source in sources:
        if number is None or number != before + 1:
            text, source = (f"{text.rstrip(chr(10))}\n\n" if text else "\n"), source.lstrip("\n")
        text += source
        before = -1 if number is None else number
    return text if before == last else f"{text.rstrip(chr(10))}\n"


def fresh(cell: NotebookNode) -> str:
    """A cell that the page did not have."""
    if cell.cell_type != "code":
        return f"{cell.source}\n"
    kept = metadata_of(cell.metadata)
    options = f"---\n{yaml.safe_dump(kept, sort_keys=False)}---\n" if kept else ""
    return f"```{{code-cell}} ipython3\n{options}{cell.source}\n```\n"


def edited(pieces: tuple[Piece, ...], text: str) -> str:
    """The source of a cell whose text was edited.

    Raises
    ------
    ValueError
        If what stands for a construct of the source was edited.
    """
    made = "".join(piece.text for piece in pieces)
    if text == made:
        return "".join(piece.source for piece in pieces)
    kept = list(equal(made, text))
    found, done, start = (
        [],
        0,
        0,
    )  # `done` is how much of the new text is used, `start` where a piece begins in the old one
    for piece in pieces:
        end = start + len(piece.text)
        runs = [(max(a, start), min(a + size, end), b + max(start - a, 0)) for a, b, size in kept]
        runs = [run for run in runs if run[0] < run[1]]
        whole = len(runs) == 1 and runs[0][:2] == (start, end)
        if piece.fixed and piece.text and not whole:
            raise ValueError(
                f"{piece.text.strip()!r} stands for\n{piece.source.strip()}\nEdit that in the page's source"
            )
        if not piece.text:
            found.append(piece.source)
        for low, high, there in runs:
            found.append(text[done:there])
            found.append(piece.source if whole else made[low:high])
            done = there + high - low
        start = end
    return "".join([*found, text[done:]])


def equal(old: str, new: str) -> Iterator[tuple[int, int, int]]:
    """Runs of characters that two texts share: where in each, and how many. Lines are compared first."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts, begins = [0], [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    for line in after:
        begins.append(begins[-1] + len(line))
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield starts[a], begins[c], starts[b] - starts[a]
        elif what == "replace":
            matcher = SequenceMatcher(None, old[starts[a] : starts[b]], new[begins[c] : begins[d]], autojunk=False)
            for block in matcher.get_matching_blocks():
                if block.size:
                    yield starts[a] + block.a, begins[c] + block.b, block.size


def earlier(name: str, folder: Path) -> str:
    """A state of the page that Git still knows.

    Raises
    ------
    ValueError
        If it knows none.
    """
    done = subprocess.run(["git", "cat-file", "blob", name], cwd=folder, capture_output=True, check=False)
    if done.returncode:
        raise ValueError("the page has changed since the notebook was made, and Git does not have its earlier state")
    return done.stdout.decode()


def together(now: str, before: str, new: str) -> str:
    """Two changes of one text as one.

    Raises
    ------
    ValueError
        If both change the same lines.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("page", "before", "notebook")]
        for file, text in zip(files, (now, before, new), strict=True):
            file.write_text(text, encoding="utf-8")
        command = ["git", "merge-file", "-p", *map(str, files)]
        done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise ValueError("the page has changed since the notebook was made, in the same places")
    return done.stdout.decode()
