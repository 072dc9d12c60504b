"""Compares what a student's kernel reported with the keys, in a process that no student's code ever ran in."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode

from explorables.classroom.exercises.keys import Key, Keys
from explorables.classroom.exercises.report import heard
from explorables.classroom.exercises.student import TYPED
from explorables.classroom.grading.course import printable
from explorables.classroom.grading.outputs import ANSWER, NO_SAY, error

Reported = Mapping[str, Any]  # what a kernel said of its answers, by the test's name


def judge(notebook: NotebookNode, keys: Keys, reported: Reported, student: str) -> list[str]:
    """Write what each answer is worth into the outputs of its test, where nbgrader reads it.

    Parameters
    ----------
    notebook : NotebookNode
        As it was executed; changed in place.
    keys : dict
        What is right.
    reported : mapping
        What the kernel said; a test that is missing here had no say.
    student : str
        The id that counts.

    Returns
    -------
    notes : list of str
        What a grader and the student should know.
    """
    typed = notebook.metadata.pop(TYPED, None)
    other = typed if typed and typed != student else None
    notes = []
    for cell in notebook.cells:
        cell.metadata.pop(ANSWER, None)
        key = keys.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if not key or cell.cell_type != "code":
            continue
        if any(output.get("ename") in NO_SAY for output in cell.outputs):
            continue  # the notebook was stopped before: its grader's own words stand there already
        said = reported.get(cell.metadata.nbgrader.grade_id)
        cell.outputs = [verdict(key, said, student, other)]
        with contextlib.suppress(TypeError):
            if (answer := heard(said)) is not None:
                cell.metadata[ANSWER] = printable(f"{answer:g}" if isinstance(answer, float) else answer)
    own = any(key.own for key in keys.values())
    if own and other:
        notes.append(
            f"the id typed into the notebook is {other!a}, and it was handed in by {student}, whose figures count"
        )
    elif own and typed == "":
        notes.append(f"no id was typed into the notebook; the figures of {student}, who handed it in, count")
    return notes


def verdict(key: Key, said: Any, student: str, other: str | None) -> NotebookNode:
    """The output of a test that gives nbgrader the points of an answer."""
    if not key.knows(student):
        return error("NoFigures", "This course has no figures for whoever handed this in, so a grader decides.")
    try:
        answer = heard(said)
        found = key.judge(student, answer)
    except (TypeError, ValueError) as problem:
        return error("NoAnswer", str(problem))
    if not found and other and other in key.own and key.judge(other, answer):
        return error("OtherFigures", "Right for the figures of the id that was typed, so a grader decides.")
    points = key.worth(found)
    text = f"{found!r}\n"
    if points == key.points:
        return nbformat.v4.new_output("stream", name="stdout", text=text)
    if points > 0:
        return nbformat.v4.new_output("execute_result", data={"text/plain": f"{points:g}"}, execution_count=None)
    return error(found.grade.capitalize(), found.message)
