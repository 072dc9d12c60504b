"""The place where nbgrader reads and scores a submission, and what it complains of."""

from __future__ import annotations

import contextlib
import functools
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import nbgrader.api
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files
from traitlets.config import Config

from explorables.classroom.grading import ask
from explorables.classroom.grading.course import Course
from explorables.classroom.grading.execute import Run

# A course's settings name the steps by classes or by where they stand; these are done here in another way.
REPLAYED = {"Execute", "JailedExecute"}
DONE_HERE = {"Sanitize", "Ask"}


class Stage:
    """A private copy of the submissions in hand, laid out as nbgrader wants them.

    nbgrader follows links when it copies a submission, so it never sees the students' own folder.
    """

    def __init__(self, course: Course, folder: Path) -> None:
        self.course = course
        self.folder = folder
        config = Config(course.config)
        config.CourseDirectory.submitted_directory = str(folder)
        config.CourseDirectory.assignment_id = course.assignment
        config.OverwriteCells.add_missing_cells = True
        self.config = config

    def converter(self, student: str) -> Autograde:
        """nbgrader's autograder for one student."""
        config = Config(self.config)
        config.CourseDirectory.student_id = student
        return Autograde(coursedir=CourseDirectory(config=config), config=config, log=quiet(), force=True)

    def place(self, student: str) -> Path:
        """Folder of a student's copy."""
        return Path(CourseDirectory(config=self.config).format_path(str(self.folder), student, self.course.assignment))

    def put(self, student: str, files: dict[str, bytes]) -> None:
        """Copy a submission here."""
        for name, content in files.items():
            path = self.place(student) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def remove(self, student: str) -> None:
        """Remove a student's copy."""
        shutil.rmtree(self.place(student), ignore_errors=True)

    def sanitized(self, student: str) -> dict[str, str]:
        """The notebooks as nbgrader runs them: with the hidden tests put back."""
        converter = self.converter(student)
        converter.init_notebooks()
        converter.exporter = NotebookExporter(config=converter.config)
        converter._init_preprocessors()
        found: dict[str, str] = {}
        for path in converter.assignments[str(self.place(student))]:
            name = Path(path).stem
            if name in self.course.notebooks:
                found[name], _ = converter.exporter.from_filename(
                    path, resources=converter.init_single_notebook_resources(path)
                )
        return found

    def files(self, student: str, submitted: dict[str, bytes]) -> dict[str, bytes]:
        """What lies beside the notebooks when they run: the student's files under the instructor's."""
        source = self.course.folder("source")
        converter = self.converter(student)
        kept = set(converter.exclude_overwriting.get(self.course.assignment, []))
        files = {name: content for name, content in submitted.items() if not name.endswith(".ipynb")}
        for path in find_all_files(str(source), self.course.directory.ignore + ["*.ipynb"]):
            name = str(Path(path).relative_to(source))
            if name not in kept or name not in files:
                # A folder where the instructor has a file, or a file where there is a folder, gives way.
                files = {
                    other: content
                    for other, content in files.items()
                    if not other.startswith(f"{name}/") and not name.startswith(f"{other}/")
                }
                files[name] = Path(path).read_bytes()
        return files

    def autograde(self, run: Run, blank: dict[str, dict[str, str]]) -> None:
        """Let nbgrader score the executed notebooks and write them and the gradebook; then say what waits for a person.

        Raises
        ------
        NbGraderException
            When it does not.
        """

        def replay(notebook: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
            """Stand in for the execution, which took place in the jail."""
            return nbformat.reads(run.notebooks[resources["nbgrader"]["notebook"]], as_version=4), resources

        converter = self.converter(run.student)
        steps = [
            (step, (step if isinstance(step, str) else step.__name__).rpartition(".")[2])
            for step in converter.autograde_preprocessors
        ]
        converter.autograde_preprocessors = [
            replay if name in REPLAYED else step for step, name in steps if name not in DONE_HERE
        ]
        converter.start()
        with self.course.gradebook() as gradebook:
            for notebook in gradebook.find_submission(self.course.assignment, run.student).notebooks:
                if notebook.name in run.notebooks:
                    work = nbformat.reads(run.notebooks[notebook.name], as_version=4)
                    place = self.course.root, self.course.assignment, run.student, notebook.name
                    ask.mark(gradebook, *place, work, blank[notebook.name])
                else:
                    for entry in notebook.grades:
                        entry.needs_manual_grade = True
            gradebook.db.commit()


class Complaints(logging.Handler):
    """Keeps what nbgrader complains of, to tell a fault of the machine from one of the submission."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())

    @property
    def last(self) -> str:
        """The error that a traceback ended in."""
        traces = [line for line in self.lines if "Traceback" in line]
        return traces[-1].strip().splitlines()[-1] if traces else ""


complaints = Complaints()
# How errors begin that say something of this machine, whoever handed in.
MACHINES = re.compile(
    r"database is locked|unable to open database|disk I/O|readonly database|No space left|Disk quota|Cannot allocate memory|"
    r"Too many open files|Read-only file system|MemoryError|PermissionError|BlockingIOError"
)


def quiet() -> logging.Logger:
    """A logger for nbgrader, whose complaints reach the user through the journal."""
    log = logging.getLogger("explorables.classroom.grading.nbgrader")
    log.propagate = False
    if complaints not in log.handlers:
        log.addHandler(complaints)
    return log


@contextlib.contextmanager
def one_engine() -> Iterator[None]:
    """Let nbgrader compile its SQL once: it makes a new engine each time that it opens the gradebook, a dozen times for
    a submission, which takes nearly half of the time in which it scores one."""
    anew = nbgrader.api.create_engine
    nbgrader.api.create_engine = functools.cache(anew)
    try:
        yield
    finally:
        nbgrader.api.create_engine = anew
