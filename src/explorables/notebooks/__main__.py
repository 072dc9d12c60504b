"""Make the notebooks beside their pages, open them, and take what was edited back: ``python -m explorables.notebooks``."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode

from explorables.book import current
from explorables.notebooks.back import taken_back
from explorables.notebooks.convert import OWN, Place, converted, source_hash, text_hash
from explorables.notebooks.pages import NOTEBOOK, Page


def place_of(root: Path) -> Place:
    """Where the book of a checkout is published, and where its sources are.

    Raises
    ------
    FileNotFoundError
        If the folder is no checkout of a book.
    """
    config = root / "_config.yml"
    if not config.is_file():
        raise FileNotFoundError(f"{root} has no _config.yml: run this in the folder of the book")
    return Place(yaml.safe_load(config.read_text(encoding="utf-8"))["html"]["baseurl"], root / "book")


def make(root: Path) -> int:
    """Write the notebook of every page with code beside it, unless it is there and up to date; how many were not.

    A notebook that somebody has edited is left alone, and so is one that is up to date, which keeps its results.
    """
    place = place_of(root)
    texts = {file: file.read_text(encoding="utf-8") for file in sorted(place.folder.rglob("*.md"))}
    pages = [file for file, text in texts.items() if NOTEBOOK.match(text)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = list(pool.map(partial(_make, place=place, computed_by=_computed_by()), pages))
    for line in filter(None, said):
        print(f"[explorables] {line}")
    written = sum(file.with_suffix(".ipynb").is_file() for file in pages)
    print(f"[explorables] {written} notebooks stand beside their pages in {place.folder}")
    return 0


def _computed_by() -> str:
    """Hash of the code and the tables that notebooks and the numbers in their text come from."""
    book = current()
    folders = [
        Path(__file__).parents[1],
        *([book.folder] if book.package else []),
        *([book.tables.folder] if book.tables else []),
    ]
    total = hashlib.sha256()
    for folder in folders:
        for file in sorted(
            path for path in folder.rglob("*") if path.suffix in {".py", ".toml", ".csv", ".json", ".bib"}
        ):
            if not {"node_modules", "__pycache__"} & set(file.parts):
                total.update(f"\0{file.relative_to(folder)}\0".encode() + file.read_bytes())
    return total.hexdigest()[:16]


def _make(file: Path, place: Place, computed_by: str) -> str:
    """Write a page's notebook; what there is to say of it."""
    target, page = file.with_suffix(".ipynb"), Page.read(file, place.folder)
    if target.is_file():
        there = nbformat.read(target, as_version=4)
        own = there.metadata.get(OWN, {})
        if own.get("made") != text_hash(there):
            return f"{target.name} is kept as you edited it; `explorables back {target}` takes it to the page"
        if (own.get("source"), own.get("computed_by")) == (source_hash(page.text), computed_by):
            return ""
    notebook = converted(page, place)
    notebook.metadata[OWN]["computed_by"] = computed_by
    nbformat.write(notebook, target)
    return ""


def back(file: Path, root: Path) -> str:
    """Take an edited notebook back to its page's source; what became of it.

    Raises
    ------
    ValueError
        As of `taken_back`.
    """
    place, notebook = place_of(root), nbformat.read(file, as_version=4)
    own = notebook.metadata.get(OWN, {})
    source = place.folder / f"{own.get('page', '')}.md"
    if not source.is_file():
        raise ValueError(f"{file} is of no page in {place.folder}")
    text = source.read_text(encoding="utf-8")
    new = taken_back(notebook, place, text)
    if new == text:
        return f"{source} has all that is in {file.name}"
    source.write_text(new, encoding="utf-8")
    nbformat.write(renewed(notebook, Page(own["page"], new), place), file)
    return f"{source} has what you edited in {file.name}"


def renewed(notebook: NotebookNode, page: Page, place: Place) -> NotebookNode:
    """The notebook of a page that has changed, with the results of the cells that stayed."""
    new = converted(page, place, said=notebook.metadata[OWN]["said"])
    left = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in (cell for cell in new.cells if cell.cell_type == "code"):
        same = next((one for one in left if one.source == cell.source), None)
        if same is not None:
            left.remove(same)
            cell.outputs, cell.execution_count = same.outputs, same.execution_count
    return new


def lab(root: Path, more: Sequence[str]) -> int:
    """Open the notebooks in JupyterLab."""
    make(root)
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={root / 'book'}", *more]
    return subprocess.run(command, check=False).returncode


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line names; the number is the exit code."""
    parser = argparse.ArgumentParser(prog="python -m explorables.notebooks", description=__doc__)
    parser.add_argument("action", choices=["make", "back", "lab"])
    args, more = parser.parse_known_args(argv)
    root = Path.cwd()
    try:
        if args.action == "back":
            print(*(back(Path(name), root) for name in more), sep="\n")
            return 0
        return make(root) if args.action == "make" else lab(root, more)
    except (OSError, ValueError) as problem:
        print(f"[explorables] {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
