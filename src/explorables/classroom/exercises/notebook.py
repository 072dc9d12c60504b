"""The instructor's version of an assignment: nbgrader's source notebook, with solutions and rubrics, and without keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from explorables.classroom.exercises import papers, source
from explorables.classroom.exercises.figures import veiled
from explorables.classroom.exercises.plan import Assignment
from explorables.classroom.exercises.prose import plain
from explorables.wheels import install_cell

Everybody = Mapping[str, Mapping[str, dict[str, Any]]]  # figures by veiled id and exercise


def notebook(
    one: Assignment,
    blocks: Sequence[source.Cell | source.Exercise],
    *,
    site: str,
    address: str,
    everybody: Everybody | None = None,
) -> NotebookNode:
    """Make an assignment's notebook.

    Parameters
    ----------
    one : Assignment
        The assignment.
    blocks : sequence of Cell and Exercise
        What the notebook holds; see :func:`slice.needed`.
    site, address : str
        Where the book is published, and its page.
    everybody : mapping, optional
        Figures of the students' own; without them, everybody gets the page's.

    Returns
    -------
    nbformat.NotebookNode
        nbgrader's source notebook. It needs no file besides: tables come with the package.
    """
    exercises = [block for block in blocks if isinstance(block, source.Exercise)]
    own = {id for figures in (everybody or {}).values() for id in figures}
    cells = [_text(papers.opening(one, address, bool(own))), _code(install_cell(site), nbgrader=_meta("install"))]
    if own:
        cells += [
            _code('student = ""  # your id in this course, between the quotes', tags=["student"]),
            _folded(_locked(FIGURES, _figures(everybody or {}))),
        ]
    for n, block in enumerate(blocks, 1):
        if isinstance(block, source.Cell):
            cells.append(_locked(f"setup-{n}", block.source))
        else:
            cells += _exercise(exercises.index(block) + 1, block, block.id in own)
    made = new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    for n, cell in enumerate(made.cells):
        cell["id"] = f"cell-{n}"  # drawn at random otherwise, and the same course should give the same files
    nbformat.validate(made)
    return made


def name_of(exercise: source.Exercise) -> str:
    """What the cells of an exercise begin with in nbgrader."""
    return exercise.id.replace(".", "-")


def test_of(exercise: source.Exercise) -> str:
    """Name of the cell that an exercise's answer is graded by."""
    return f"{name_of(exercise)}-test"


FIGURES = "figures"  # name of the cell that holds everybody's
_ENTRY = re.compile(r"    '(\w+)': \{.*\},")


def own_figures(code: str, student: str) -> str:
    """The cell with everybody's figures for who reads one student's work: the lines of the others are left out."""
    lines = code.splitlines()
    return "\n".join(line for line in lines if not (one := _ENTRY.fullmatch(line)) or one[1] == veiled(student))


def _figures(everybody: Everybody) -> str:
    lines = [f"    {veiled!r}: {figures!r}," for veiled, figures in everybody.items()]
    return "\n".join(
        [
            "from explorables.classroom.exercises import Figures",
            "",
            "figures = Figures(student, {",
            *lines,
            "})",
            "dict(figures)",
        ]
    )


def _exercise(number: int, exercise: source.Exercise, own: bool) -> list[NotebookNode]:
    """Cells of one exercise."""
    name, spec = name_of(exercise), exercise.spec
    about = source.in_words(exercise.about)
    heading = "\n\n".join(filter(None, (f"## {number}. {exercise.title} ({exercise.points} points)", about)))
    if not spec:
        texts = [plain(cell.source, exercise.page) for cell in exercise.body if cell.kind == "text"]
        question = "\n\n".join([heading, *texts, "Write into the cells below; add as many as you need."])
        return [_task(f"{name}-open", question, exercise, exercise.points), _text("*Your answer.*"), _code("")]
    cells, given = [_text(heading)], []
    for n, cell in enumerate(exercise.body, 1):
        if cell.kind == "text":
            cells.append(_text(plain(cell.source, exercise.page)))
        else:
            code = cell.source
            if "variants" in cell.metadata:
                given = list(exercise.variants[0])
                code = _drawn(exercise, code) if own else code
            cells.append(_locked(f"{name}-given-{n}", code))
    cells.append(_code(_solution(exercise), nbgrader=_meta(f"{name}-answer", solution=True)))
    cells.append(_code(_test(exercise, given), nbgrader=_meta(test_of(exercise), points=spec["points"])))
    if spec["explain"]:
        question = f"### {number}., explained\n\nSay in a few sentences what your answer to {number}. shows, and why. Write into the cell below."
        cells += [_task(f"{name}-explain", question, exercise, spec["explain"]), _text("*Your explanation.*")]
    return cells


def _drawn(exercise: source.Exercise, code: str) -> str:
    """Code that gives a student's own figures, after the page's."""
    drawn = [f"{name} = figures[{exercise.id!r}][{name!r}]" for name in exercise.ranges]
    return "\n".join([code, "# Figures of your own:", *drawn, ", ".join(exercise.ranges)])


def _solution(exercise: source.Exercise) -> str:
    code = "\n\n".join(cell.source for cell in exercise.solution if cell.kind == "code")
    spec = exercise.spec or source.DEFAULTS
    wants = (
        f"one of {', '.join(map(repr, spec['choices']))}" if spec["choices"] else f"one number (unit: {spec['unit']})"
    )
    return f"# {exercise.id}: {wants}\n### BEGIN SOLUTION\n{code}\n### END SOLUTION"


def _test(exercise: source.Exercise, given: list[str]) -> str:
    """What the student sees of the test; what is right stands in the instructor's keys."""
    values = "".join(f", {name}={name}" for name in given)
    return f"from explorables.classroom.exercises import check\n\nprint(check({exercise.id!r}, answer{values}))"


def _task(id: str, question: str, exercise: source.Exercise, points: int) -> NotebookNode:
    return _text(papers.task(question, exercise, points), nbgrader=_meta(id, points=points, task=True))


def _meta(id: str, *, points: int | None = None, solution: bool = False, task: bool = False) -> dict[str, Any]:
    """nbgrader's metadata of a cell."""
    graded = points is not None
    meta = {
        "grade": graded and not task,
        "grade_id": id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": task,
    }
    return meta | ({"points": points} if graded else {})


def _text(text: str, **metadata: Any) -> NotebookNode:
    return new_markdown_cell(text, metadata=metadata)


def _code(code: str, **metadata: Any) -> NotebookNode:
    return new_code_cell(code, metadata=metadata)


def _folded(cell: NotebookNode) -> NotebookNode:
    """A cell of which JupyterLab shows the output: its code has a line for everybody in the course."""
    cell.metadata["jupyter"] = {"source_hidden": True}
    return cell


def _locked(id: str, code: str) -> NotebookNode:
    return _code(code, nbgrader=_meta(id))
