"""Brings the graded cells of a submitted notebook back to what was released, and says what had changed."""

from __future__ import annotations

import copy

import nbformat
from nbformat import NotebookNode
from nbformat.validator import normalize
from nbgrader.utils import is_grade, is_solution, is_task


class Unreadable(ValueError):
    """A file that is no notebook."""


def read_notebook(content: bytes) -> NotebookNode:
    """Read a notebook that anybody may have written.

    Raises
    ------
    Unreadable
        With the reason in plain words.
    """
    try:
        notebook = nbformat.reads(content.decode(), as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
                cell.execution_count = None
        _, notebook = normalize(notebook)
        nbformat.validate(notebook, relax_add_props=True)
    except nbformat.ValidationError as error:
        raise Unreadable(f"it is not a valid notebook ({str(error).splitlines()[0]})") from None
    except nbformat.reader.NotJSONError:
        raise Unreadable("it is not valid JSON" if content.strip() else "the file is empty") from None
    except (UnicodeDecodeError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Unreadable(f"it is not a notebook ({type(error).__name__})") from None
    return notebook


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
        # A tag can make a cell be skipped, and a test that is skipped has no error.
        cell.metadata.pop("tags", None)
        if grade_id not in wanted:
            continue
        if grade_id in present:
            notes.append(f"{grade_id}: there more than once; the last one that was changed counts")
            if untouched(cell, wanted[grade_id]):
                continue
        present[grade_id] = cell
    free = [cell for cell in notebook.cells if not any(cell is used for used in present.values())]
    before: NotebookNode | None = None
    for grade_id, original in wanted.items():
        cell = present.get(grade_id)
        if cell is None:
            cell = next((cell for cell in free if cell.get("id") == original.get("id") and "id" in cell), None) \
                or next((cell for cell in free if cell.source == original.source), None)
            if cell is not None:
                free = [other for other in free if other is not cell]
                notes.append(f"{grade_id}: its mark was missing; put back")
        if cell is None:
            if not (is_grade(original) or is_task(original)):
                continue  # an answer without points: nothing to grade here
            cell = copy.deepcopy(original)
            places = [index for index, other in enumerate(notebook.cells) if other is before]
            notebook.cells.insert(places[0] + 1 if places else len(notebook.cells), cell)
            notes.append(f"{grade_id}: missing; put back as released")
        give(cell, original, notes)
        before = cell
    # What a copied cell brought along must not stand twice.
    _, fresh = normalize(notebook)
    notebook.update(fresh)
    return notes


def give(cell: NotebookNode, original: NotebookNode, notes: list[str]) -> None:
    """Mark `cell` as `original` is marked; a test also gets its text."""
    grade_id = original.metadata.nbgrader.grade_id
    if not is_solution(original) and cell.source != original.source and not is_task(original):
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
