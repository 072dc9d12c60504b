"""Everybody's code for a search of similar work: a zip for Dolos, which JPlag takes once it is unpacked."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import nbformat

from explorables.classroom.grading.course import Course, plain
from explorables.classroom.grading.late import handed_in
from explorables.classroom.grading.restore import Unreadable, read_notebook

HEAD = ("filename", "label", "created_at", "full_name", "id")  # Dolos reads these columns of info.csv


def write(course: Course, path: Path, *, names: bool = False) -> tuple[Path, list[str]]:
    """Write a zip with a file of code and one of text for each student, and the code that was given.

    Parameters
    ----------
    course : Course
    path : Path
        The zip.
    names : bool
        Put students' names into the table; else only their ids.

    Returns
    -------
    path : Path
    left_out : list of str
        Whose work could not be read, with the reason.

    Raises
    ------
    ValueError
        If nobody has handed in anything that can be read.
    """
    released = {
        name: nbformat.read(course.folder("release") / f"{name}.ipynb", as_version=4) for name in course.notebooks
    }
    given = {cell.source.strip() for notebook in released.values() for cell in notebook.cells}
    with course.gradebook() as gradebook:
        people = {one.id: f"{one.first_name or ''} {one.last_name or ''}".strip() for one in gradebook.students}
    times = handed_in(course.root, course.assignment)
    rows, files, left_out = [], {}, []
    for student in course.submitted():
        try:
            submission = course.read(student)
            works = [
                read_notebook(submission.files[f"{name}.ipynb"])
                for name in course.notebooks
                if f"{name}.ipynb" in submission.files
            ]
        except (Unreadable, ValueError) as problem:
            left_out.append(f"{student}: {problem}")
            continue
        own = [
            cell for work in works for cell in work.cells if cell.source.strip() and (cell.source.strip() not in given)
        ]
        code = "\n\n".join(cell.source for cell in own if cell.cell_type == "code")
        text = "\n\n".join(cell.source for cell in own if cell.cell_type != "code")
        if not code and not text:
            left_out.append(f"{student}: nothing of their own")
            continue
        files[f"{student}/{course.assignment}.py"] = code
        files[f"{student}/{course.assignment}.txt"] = text
        at = times.get(student, {}).get("at") or ""
        rows.append(
            [f"{student}/{course.assignment}.py", student, at, people.get(student, "") if names else "", student]
        )
    if not rows:
        raise ValueError(f"nobody has handed in work of their own for {course.assignment}")
    base = "\n\n".join(
        cell.source
        for notebook in released.values()
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip()
    )
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerows([HEAD, *([plain(cell) for cell in row] for row in rows)])
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"info.csv": table.getvalue(), "given/given.py": base, **files}.items():
            archive.writestr(zipfile.ZipInfo(name), content.encode(errors="replace"), zipfile.ZIP_DEFLATED)
    return path, left_out
