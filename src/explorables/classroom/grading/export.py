"""Tables of grades for Canvas, Moodle and anything else, in which a real zero differs from a grade that is not there."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from explorables.classroom.grading.course import Course, plain
from explorables.classroom.grading.report import report
from explorables.classroom.grading.standing import Standing, standings


def export(course: Course, folder: Path | None = None) -> list[Path]:
    """Write grades.csv, canvas.csv, moodle.csv and report.html.

    Parameters
    ----------
    course : Course
    folder : Path, optional
        Where to; by default exports/ASSIGNMENT in the course.

    Returns
    -------
    paths : list of Path
    """
    folder = folder or course.root / "exports" / course.assignment
    folder.mkdir(parents=True, exist_ok=True)
    people = standings(course)
    tables = {"grades": generic(course, people), "canvas": canvas(course, people), "moodle": moodle(course, people)}
    paths = []
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        write(path, rows)
        paths.append(path)
    path = folder / "report.html"
    path.write_text(report(course, people), encoding="utf-8")
    return [*paths, path]


def write(path: Path, rows: Iterable[list]) -> None:
    """Write a table whose cells no spreadsheet takes for formulas."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[plain(value) for value in row] for row in rows])


def generic(course: Course, people: list[Standing]) -> Iterable[list]:
    """All that is known, with the points of each cell; the score of a submission that waits is the score so far."""
    cells = sorted({cell for person in people for cell in person.cells})
    yield [
        "student",
        "last_name",
        "first_name",
        "email",
        "assignment",
        "status",
        "reason",
        "score",
        "max_score",
        "late_penalty",
        "submitted_at",
        "due",
        "late_hours",
        "lateness",
        "regrade_requests",
        "notes",
        *cells,
    ]
    for person in people:
        yield [
            person.student,
            person.last_name,
            person.first_name,
            person.email,
            course.assignment,
            person.status,
            person.reason,
            number(person.score),
            number(person.max_score),
            number(person.penalty),
            person.submitted_at.isoformat(timespec="seconds") if person.submitted_at else "",
            person.due.isoformat(timespec="minutes") if person.due else "",
            number(person.late / timedelta(hours=1)) if person.late else "",
            person.lateness,
            "; ".join(map(str, person.requests)),
            "; ".join(person.notes),
            *(number(person.cells.get(cell)) for cell in cells),
        ]


def canvas(course: Course, people: list[Standing]) -> Iterable[list]:
    """What Canvas reads: final scores only. Its importer would make an assignment of a column of any other name,
    but passes over those with "Final Grade" in it (``NON_ASSIGNMENT_COLUMN_HEADERS`` in its gradebook_importer.rb).
    """
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", course.assignment, "Final Grade Status"]
    yield ["    Points Possible", "", "", "", "", number(people[0].max_score if people else 0), ""]
    for person in people:
        name = f"{person.last_name}, {person.first_name}" if person.last_name else person.student
        yield [name, "", "", person.student, "", number(person.final_score), status(person)]


def moodle(course: Course, people: list[Standing]) -> Iterable[list]:
    """What Moodle reads: final scores only, the status as feedback (Moodle wants both together)."""
    yield ["Username", "First name", "Last name", "Email address", course.assignment, f"{course.assignment} (feedback)"]
    for person in people:
        yield [
            person.student,
            person.first_name,
            person.last_name,
            person.email,
            number(person.final_score),
            status(person),
        ]


def status(person: Standing) -> str:
    """Status and reason in one cell."""
    said = f"{person.status}: {person.reason}" if person.reason else person.status
    return "; ".join([said, *filter(None, [person.lateness])])


def number(value: float | None) -> str:
    """A number without a tail of zeros; nothing for None."""
    return "" if value is None else f"{round(value, 4):g}"
