"""Asks a person again: for tests that had no say, for texts that changed; and answers for those who wrote nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task

from explorables.classroom.grading.outputs import NO_SAY

TEXTS = ".texts"  # how the file of what was read ends, beside the journal's


def written(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """The text that a person grades, by cell: of a task, all that follows up to the next cell of the assignment."""
    name = ""
    lines: list[str] = []
    for cell in [*notebook.cells, None]:
        mark = cell.metadata.get("nbgrader") if cell else {}
        if mark is not None and name:
            yield name, "\n".join(lines).strip()
            name = ""
        if not cell:
            return
        if mark and is_task(cell):
            name, lines = mark["grade_id"], []
        elif mark and is_grade(cell) and is_solution(cell):
            yield mark["grade_id"], cell.source.strip()
        elif name:
            lines.append(cell.source.strip())


def empty(text: str, blank: str) -> bool:
    """Whether a text has nothing of the student's own: no line but those that stood there, of which some may be deleted."""
    return {line.strip() for line in text.splitlines()} - {""} <= {line.strip() for line in blank.splitlines()}


def waiting(notebook: NotebookNode) -> set[str]:
    """Tests that had no say."""
    return {
        cell.metadata.nbgrader.grade_id
        for cell in notebook.cells
        if cell.cell_type == "code" and is_grade(cell) and any(one.get("ename") in NO_SAY for one in cell.outputs)
    }


def mark(
    gradebook: Gradebook,
    root: Path,
    assignment: str,
    student: str,
    name: str,
    notebook: NotebookNode,
    blank: dict[str, str],
) -> None:
    """Say in the gradebook which cells of a notebook wait for a person.

    Parameters
    ----------
    gradebook : Gradebook
    root : Path
        Folder of the course.
    assignment, student, name : str
        Whose notebook it is.
    notebook : NotebookNode
        As it was executed and scored.
    blank : dict of str to str
        What stood in the place of each written answer when it was released.
    """
    path = root / "grading" / assignment / f"{student}{TEXTS}"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        known = {}
    silent, texts = waiting(notebook), dict(written(notebook))
    for entry in gradebook.find_submission_notebook(name, assignment, student).grades:
        place = f"{name}/{entry.name}"
        if entry.name in silent:
            entry.needs_manual_grade = True
        if entry.name not in texts:
            continue
        now = hashlib.sha256(texts[entry.name].encode(errors="replace")).hexdigest()
        if entry.manual_score is not None:
            if place in known and known[place] != now:
                entry.needs_manual_grade = True
        elif entry.name in blank and empty(texts[entry.name], blank[entry.name]):
            entry.auto_score, entry.needs_manual_grade = 0.0, False
        else:
            # Also where nothing was written the last time, and got nothing: nbgrader would leave that.
            entry.auto_score, entry.needs_manual_grade = None, True
        known[place] = now
    gradebook.db.commit()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known), encoding="utf-8")


class Ask(NbGraderPreprocessor):
    """For nbgrader: mark what waits for a person, once the scores are in the gradebook."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Mark the cells of a notebook."""
        about = resources["nbgrader"]
        directory = CourseDirectory(config=self.config)
        released = Path(directory.format_path(directory.release_directory, ".", about["assignment"]))
        path = released / f"{about['notebook']}.ipynb"
        blank = dict(written(nbformat.read(path, as_version=4))) if path.is_file() else {}
        with Gradebook(about["db_url"], directory.course_id) as gradebook:
            try:
                mark(
                    gradebook, Path(directory.root), about["assignment"], about["student"], about["notebook"], nb, blank
                )
            except MissingEntry:
                self.log.warning("there is no score yet of %s", about["student"])
        return nb, resources
