"""Regrade requests: a line in ``regrades.csv`` that a student's wish makes and the instructor answers."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import MissingEntry

from explorables.classroom.files import rewrite, table
from explorables.classroom.grading.course import Course, plain, printable

FILE = "regrades.csv"
LONGEST = 1000  # characters of a request


@dataclass(frozen=True)
class Request:
    """A regrade request.

    Attributes
    ----------
    student, assignment : str
    cell : str
        The graded cell, as `grades.csv` names it: ``notebook/cell``.
    request : str
        What the student says.
    asked : str
        Day, in UTC.
    answer : str
        What the instructor says; empty while it is open.
    before, after : str
        Points of the cell before and after the answer; empty while it is open.
    answered : str
        Day, in UTC.
    """

    student: str
    assignment: str
    cell: str
    request: str
    asked: str = ""
    answer: str = ""
    before: str = ""
    after: str = ""
    answered: str = ""

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return not self.answered

    def __str__(self) -> str:
        return f"{self.cell}: {self.request} -> {self.answer or 'open'}"


COLUMNS = [one.name for one in fields(Request)]


def _read(path: Path) -> list[Request]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    for number, row in enumerate(rows, 2):
        if not row.get("student") or not row.get("cell"):
            raise ValueError(
                f"{path}, line {number}: a request needs a student and a cell; the columns are {', '.join(COLUMNS)}"
            )
    return [Request(**{name: row.get(name) or "" for name in COLUMNS}) for row in rows]


def _write(path: Path, all_: list[Request]) -> None:
    rewrite(path, table(COLUMNS, map(asdict, all_)))


def requests(course: Course) -> list[Request]:
    """The requests of an assignment, oldest first.

    Raises
    ------
    ValueError
        If a line of the file is not as it should be.
    """
    return [one for one in _read(course.root / FILE) if one.assignment == course.assignment]


def ask(course: Course, student: str, cell: str, request: str) -> Request:
    """Note a request.

    Raises
    ------
    ValueError
        If there is no such student or cell, or a request on it is open.
    """
    with course.only_writer():
        name, _ = _grade(course, student, cell)
        every = _read(course.root / FILE)
        if any(
            (one.student, one.assignment, one.cell, one.open) == (student, course.assignment, name, True)
            for one in every
        ):
            raise ValueError(f"{student} has an open request on {name}: answer that first")
        made = Request(student, course.assignment, name, plain(printable(request))[:LONGEST], asked=_today())
        _write(course.root / FILE, [*every, made])
    return made


def answer(course: Course, student: str, cell: str, says: str, points: float | None) -> Request:
    """Answer a request, and give other points where they are named; the points before stay in the file.

    Raises
    ------
    ValueError
        If there is no open request, or the points are more than there are.
    """
    with course.only_writer():
        name, (score, most) = _grade(course, student, cell)
        every = _read(course.root / FILE)
        at = next(
            (
                n
                for n, one in enumerate(every)
                if (one.student, one.assignment, one.cell, one.open) == (student, course.assignment, name, True)
            ),
            None,
        )
        if at is None:
            raise ValueError(f"{student} has no open request on {name}: note it first with --says")
        if points is not None and not 0 <= points <= most:
            raise ValueError(f"{name} gives 0 to {most:g} points, not {points:g}")
        after = score if points is None else points
        every[at] = replace(every[at], before=_number(score))
        _write(course.root / FILE, every)  # what was there is on the disk before the gradebook changes
        if points is not None:
            notebook, grade = name.split("/")
            with course.gradebook() as gradebook:
                entry = gradebook.find_grade(grade, notebook, course.assignment, student)
                entry.manual_score, entry.needs_manual_grade = points, False
                gradebook.db.commit()
        every[at] = replace(every[at], answer=says, after=_number(after), answered=_today())
        _write(course.root / FILE, every)
    return every[at]


def _grade(course: Course, student: str, cell: str) -> tuple[str, tuple[float | None, float]]:
    """Full name of a cell, and its points and how many there are."""
    notebook, _, name = cell.rpartition("/")
    with course.gradebook() as gradebook:
        try:
            entry = gradebook.find_submission(course.assignment, student)
        except MissingEntry:
            raise ValueError(f"{student!r} has no graded work in {course.assignment}") from None
        found = {
            f"{one.name}/{grade.name}": (None if grade.score is None else float(grade.score), float(grade.max_score))
            for one in entry.notebooks
            for grade in one.grades
        }
    names = [full for full in found if full == cell or (not notebook and full.split("/")[1] == name)]
    if len(names) != 1:
        raise ValueError(f"there is no graded cell {cell!r}; there are {', '.join(sorted(found))}")
    return names[0], found[names[0]]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
