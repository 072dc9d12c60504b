"""Brings the graded cells of a submitted notebook back to what was released, and says what had changed."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.validator import normalize
from nbgrader.utils import is_grade, is_solution, is_task

LARGEST_BYTES = 50_000_000  # with outputs, which are not kept
# Of a cell, also in the format of 2013.
CELL = {"cell_type", "execution_count", "id", "metadata", "outputs", "source"}
CELL |= {"collapsed", "input", "language", "level", "prompt_number"}
MOST_CELLS, MOST_LETTERS = 2000, 5_000_000


class Unreadable(ValueError):
    """A file that is no notebook."""


def read_notebook(content: bytes) -> NotebookNode:
    """Read a notebook that anybody may have written.

    Raises
    ------
    Unreadable
        With the reason in plain words.
    """
    if len(content) > LARGEST_BYTES:
        raise Unreadable(f"it is larger than {LARGEST_BYTES / 1e6:g} MB")
    try:
        plain = nbformat.reader.parse_json(content.decode("utf-8-sig"))
        if isinstance(plain, dict):
            prune(plain)
        notebook = nbformat.reads(json.dumps(plain), as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
                cell.execution_count = None
        _, notebook = normalize(notebook)
        nbformat.validate(notebook, relax_add_props=True)
        if sum(len(cell.source) for cell in notebook.cells) > MOST_LETTERS:
            raise Unreadable(f"the text of its cells is larger than {MOST_LETTERS / 1e6:g} MB")
        nbformat.writes(notebook).encode()
    except Unreadable:
        raise
    except nbformat.ValidationError as error:
        raise Unreadable(f"it is not a valid notebook ({str(error).splitlines()[0][:200]})") from None
    except nbformat.reader.NotJSONError:
        raise Unreadable("it is not valid JSON" if content.strip() else "the file is empty") from None
    except (UnicodeDecodeError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Unreadable(f"it is not a notebook ({type(error).__name__})") from None
    return notebook


def prune(plain: dict[str, Any]) -> None:
    """Take out of a notebook's JSON, in place, what grading does not look at, before that could take time and memory.

    What has not the form of a notebook stays, for nbformat to complain of.

    Raises
    ------
    Unreadable
        If it has too many cells.
    """
    sheets = plain.get("worksheets")  # of the format of 2013
    holders = [plain, *(sheets if isinstance(sheets, list) else ())]
    cells = [
        cell
        for holder in holders
        if isinstance(holder, dict) and isinstance(holder.get("cells"), list)
        for cell in holder["cells"]
    ]
    if len(cells) > MOST_CELLS or len(holders) > MOST_CELLS:
        raise Unreadable(f"it has more than {MOST_CELLS} cells")
    keep(plain, {"cells", "metadata", "nbformat", "nbformat_minor", "orig_nbformat", "worksheets"})
    keep(plain.get("metadata"), {"kernelspec", "language_info", "name", "signature"})
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        keep(cell, CELL)
        if isinstance(cell.get("outputs"), list):
            cell["outputs"] = []
        if isinstance(source := cell.get("source"), list) and all(isinstance(line, str) for line in source):
            cell["source"] = "".join(source)
        about = cell.get("metadata")
        keep(about, {"nbgrader", "tags"})
        if isinstance(about, dict) and isinstance(about.get("tags"), list):
            about["tags"] = [tag for tag in ("student",) if tag in about["tags"]]
        if isinstance(about, dict) and isinstance(about.get("nbgrader"), dict):
            keep(about["nbgrader"], {"grade_id"})


def keep(some: Any, names: set[str]) -> None:
    """Take all but some entries out of a dictionary, if it is one."""
    for name in [name for name in some if name not in names] if isinstance(some, dict) else ():
        del some[name]


def restore(notebook: NotebookNode, released: NotebookNode) -> list[str]:
    """Give every graded cell of `notebook` the place, the mark and, for tests, the text that it was released with.

    The text of answers stays. nbgrader then puts the hidden tests back by the marks.

    Parameters
    ----------
    notebook : NotebookNode
        The submission; changed in place.
    released : NotebookNode
        What students were given.

    Returns
    -------
    notes : list of str
        What had been changed, for the grader and the student.
    """
    notes: list[str] = []
    wanted = {cell.metadata.nbgrader.grade_id: cell for cell in released.cells if marked(cell)}
    present: dict[str, NotebookNode] = {}
    for cell in notebook.cells:
        grade_id = mark_of(cell)
        cell.metadata.pop("nbgrader", None)
        # A test that is skipped has no error, which nbgrader takes for success.
        if "tags" in cell.metadata:
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag != "skip-execution"]
        if grade_id is None or grade_id not in wanted:
            continue
        if grade_id in present:
            notes.append(f"{grade_id}: there more than once; the last one that was changed counts")
            if untouched(cell, wanted[grade_id]):
                continue
        present[grade_id] = cell
    free = [cell for cell in notebook.cells if not any(cell is used for used in present.values())]
    for grade_id, original in wanted.items():
        if grade_id in present:
            continue
        found = next((cell for cell in free if "id" in cell and cell["id"] == original.get("id")), None) or next(
            (cell for cell in free if cell.source == original.source), None
        )
        if found is not None:
            free = [cell for cell in free if cell is not found]
            present[grade_id] = found
            notes.append(f"{grade_id}: its mark was missing; put back")
    place = 0
    for grade_id, original in wanted.items():
        if grade_id not in present:
            if is_solution(original) and not is_grade(original):
                continue  # an answer to a test: there is none, or it stands in a cell of the student's own
            present[grade_id] = copy.deepcopy(original)
            notebook.cells.insert(place or first(notebook, present), present[grade_id])
            notes.append(f"{grade_id}: missing; put back as released")
        give(present[grade_id], original, notes)
        place = position(notebook, present[grade_id]) + 1
    # What a copied cell brought along must not stand twice.
    _, fresh = normalize(notebook)
    notebook.update(fresh)
    return notes


def first(notebook: NotebookNode, present: dict[str, NotebookNode]) -> int:
    """Place of the first cell that is known; the end when none is."""
    places = [index for index, cell in enumerate(notebook.cells) if any(cell is known for known in present.values())]
    return min(places, default=len(notebook.cells))


def position(notebook: NotebookNode, cell: NotebookNode) -> int:
    """Place of a cell in its notebook."""
    return next(index for index, other in enumerate(notebook.cells) if other is cell)


def give(cell: NotebookNode, original: NotebookNode, notes: list[str]) -> None:
    """Mark `cell` as `original` is marked; a test also gets its text."""
    grade_id = original.metadata.nbgrader.grade_id
    if not is_solution(original) and not is_task(original) and cell.source != original.source:
        cell.source = original.source
        notes.append(f"{grade_id}: edited; restored as released")
    if cell.cell_type != original.cell_type:
        notes.append(f"{grade_id}: its type was changed; restored as released")
        source, unique = cell.source, cell.get("id")
        cell.clear()
        cell.update(copy.deepcopy(original))
        cell.source = source
        if unique:
            cell["id"] = unique
    cell.metadata = copy.deepcopy(original.metadata)
    if not is_solution(original):
        cell.pop("attachments", None)
        if "attachments" in original:
            cell.attachments = copy.deepcopy(original.attachments)


def marked(cell: NotebookNode) -> bool:
    """Say whether nbgrader knows the cell."""
    return mark_of(cell) is not None


def mark_of(cell: NotebookNode) -> str | None:
    """The name by which nbgrader knows a cell."""
    mark = cell.metadata.get("nbgrader")
    name = mark.get("grade_id") if isinstance(mark, dict) else None
    return name if isinstance(name, str) else None


def untouched(cell: NotebookNode, original: NotebookNode) -> bool:
    """Say whether a cell still reads as released."""
    return cell.source.strip() == original.source.strip()
