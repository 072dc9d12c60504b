"""The tables of grades as plugins of nbgrader: ``nbgrader export --exporter=explorables.classroom.grading.plugins.Canvas``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin

from explorables.classroom.grading import export
from explorables.classroom.grading.course import Course
from explorables.classroom.grading.standing import Standing, standings


class Table(ExportPlugin):
    """Grades, everything that is known of them."""

    name = "grades"
    table: staticmethod[[Course, list[Standing]], Iterable[list]] = staticmethod(export.generic)

    def export(self, gradebook: Gradebook) -> None:
        """Write a table for each assignment: to ``--to`` where there is one, else into exports/ASSIGNMENT.

        Raises
        ------
        ValueError
            If ``--to`` would have to hold several.
        """
        root = Path(self.parent.coursedir.root)
        known = [one.name for one in gradebook.assignments]
        names = [name for name in known if not self.assignment or name in map(str, self.assignment)]
        if missing := {*map(str, self.assignment)} - set(known):
            raise ValueError(f"the gradebook has no assignment {', '.join(sorted(missing))}")
        if self.to and len(names) != 1:
            raise ValueError("a file takes one assignment: name it with --assignment, or leave --to out")
        for name in names:
            course = Course(root, name)
            people = [one for one in standings(course) if not self.student or one.student in map(str, self.student)]
            path = Path(self.to) if self.to else root / "exports" / name / f"{self.name}.csv"
            write: Callable[[Course, list[Standing]], Iterable[list]] = self.table
            export.write(path, write(course, people))
            self.log.info("Wrote %s", path)


class Canvas(Table):
    """Grades for Canvas: final scores only."""

    name = "canvas"
    table = staticmethod(export.canvas)


class Moodle(Table):
    """Grades for Moodle: final scores only, with the status as feedback."""

    name = "moodle"
    table = staticmethod(export.moodle)
