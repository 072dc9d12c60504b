"""Feedback for students: their notebooks with the points, without hidden tests, with the grader's reasons."""

from __future__ import annotations

import re
import shutil
import warnings
from pathlib import Path

import nbformat
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades
from nbgrader.utils import is_grade, is_solution
from traitlets.config import Config

from explorables.classroom.exercises.notebook import FIGURES, own_figures
from explorables.classroom.grading.course import RECEIPT, Course
from explorables.classroom.grading.outputs import COLOURS, JUDGED, NO_SAY
from explorables.classroom.grading.pages import clean, note, page
from explorables.classroom.grading.stage import one_engine, quiet
from explorables.classroom.grading.standing import Standing, standings

TEMPLATES = Path(__file__).parent / "templates"
ARROW = re.compile(r"^-+> *(?:\d+ )?(.*)$", re.MULTILINE)
HIDDEN = "(hidden test)"
SHORTEST = 6  # characters of a hidden line that is worth hiding where a student printed it


def write_feedback(course: Course) -> list[Path]:
    """Write a page for each notebook of each submission into feedback/, where `nbgrader release_feedback` finds it.

    Returns
    -------
    paths : list of Path
    """
    with one_engine():
        return _write(course)


def _write(course: Course) -> list[Path]:
    paths: list[Path] = []
    tests = {name: Tests(course, name) for name in course.notebooks}
    for person in standings(course):
        if person.status == "missing":
            continue
        folder = course.folder("feedback", person.student)
        for name in course.notebooks:
            (folder / f"{name}.html").unlink(missing_ok=True)
        if course.folder("autograded", person.student).is_dir() and person.score is not None:
            convert(course, person, tests)
        folder.mkdir(parents=True, exist_ok=True)
        receipt(course, person.student, folder)
        for name in course.notebooks:
            path = folder / f"{name}.html"
            body = path.read_text(encoding="utf-8") if path.is_file() else f"<h1>{name}</h1>"
            path.write_text(page(f"{name}: feedback", note(reasons(person)) + body), encoding="utf-8")
            paths.append(path)
    return paths


class Compiled(BytecodeCache):
    """Templates that were compiled for one student, for the next."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is known."""
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.known[bucket.key] = bucket.bytecode_to_string()


compiled = Compiled()


class Exporter(HTMLExporter):
    """nbconvert's pages. It would compile its templates anew for each student, a third of the time that a page takes."""

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.bytecode_cache = compiled
        return environment


def convert(course: Course, person: Standing, tests: dict[str, Tests]) -> None:
    """Let nbgrader write its pages of a student, by our template."""

    def prepare(notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Take hidden tests and others' figures out, and say which points are yet to come."""
        name = resources["nbgrader"]["notebook"]
        tests[name].hide(notebook)
        for cell in notebook.cells:
            if about := cell.metadata.get("nbgrader"):
                if about["grade_id"] == FIGURES:
                    cell.source = own_figures(cell.source, person.student)
                about["waiting"] = person.cells.get(f"{name}/{about['grade_id']}", 0.0) is None
        return notebook, resources

    config = Config(course.config)
    config.GenerateFeedback.exporter_class = Exporter
    config.CourseDirectory.student_id = person.student
    config.CourseDirectory.assignment_id = course.assignment
    config.HTMLExporter.update(
        sanitize_html=True,
        template_name="feedback",
        extra_template_basedirs=[str(TEMPLATES)],
        filters={"clean_html": clean},
    )
    converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config, log=quiet(), force=True)
    converter.preprocessors = [GetGrades, prepare]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        converter.start()


def receipt(course: Course, student: str, folder: Path) -> None:
    """Put beside the pages what `nbgrader release_feedback` goes by, also where nothing could be graded: it would stop
    at the first student without, and return nothing to those who follow."""
    for name in RECEIPT:
        path = course.folder("submitted", student) / name
        if path.is_file() and not path.is_symlink():
            shutil.copyfile(path, folder / name)


class Tests:
    """The tests of a notebook: what students were shown of them, and what not."""

    def __init__(self, course: Course, name: str) -> None:
        released = nbformat.read(course.folder("release") / f"{name}.ipynb", as_version=4)
        self.shown = {
            cell.metadata.nbgrader.grade_id: cell.source
            for cell in released.cells
            if is_grade(cell) and not is_solution(cell)
        }
        with course.gradebook() as gradebook:
            full = {cell.name: cell.source for cell in gradebook.find_notebook(name, course.assignment).source_cells}
        visible = {line.strip() for cell in released.cells for line in cell.source.splitlines()}
        self.hidden = {line.strip() for name in self.shown for line in full.get(name, "").splitlines()} - visible
        self.hidden = {line for line in self.hidden if len(line) >= SHORTEST}

    def hide(self, notebook: NotebookNode) -> None:
        """Take the hidden tests out of a notebook, and out of what its cells printed."""
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in self.shown:
                cell.source = self.shown[name]
            for output in cell.outputs:
                if output.output_type == "error":
                    self.hide_error(output, self.shown.get(name))
                elif output.output_type == "stream":
                    output.text = self.without(output.text)
                else:
                    output.data = {
                        kind: self.without(value) if isinstance(value, str) else value
                        for kind, value in output.data.items()
                        if kind.startswith(("text/", "image/"))
                    }

    def hide_error(self, output: NotebookNode, shown: str | None) -> None:
        """Show an error by its line and its text when the line was shown to students."""
        trace = COLOURS.sub("", "\n".join(output.traceback))
        if shown is None or output.ename in NO_SAY or output.ename in JUDGED:
            output.traceback = [self.without(trace)]
            output.evalue = self.without(output.evalue)
            return
        at = ARROW.search(trace)
        line = at[1].strip() if at else ""
        if line and line in {known.strip() for known in shown.splitlines()}:
            text = f"{line}\n{output.ename}: {self.without(COLOURS.sub('', output.evalue))}"
        elif output.ename in {"CellTimeoutError", "KeyboardInterrupt"}:
            text = "This took too long."
        else:
            text = f"A hidden test failed ({output.ename})."
        output.traceback = [text]
        output.evalue = text

    def without(self, text: str) -> str:
        """A text without lines of hidden tests."""
        for line in self.hidden:
            text = text.replace(line, HIDDEN)
        return text


def reasons(person: Standing) -> list[str]:
    """What the student should know about the grading."""
    more = [*([f"Points after what is taken off for being late: {person.score:g}."] if person.penalty else [])]
    if person.lateness:
        more.insert(0, f"{person.lateness[0].upper()}{person.lateness[1:]}.")
    more += [f"Your request on {one.cell}: {one.answer or 'not answered yet'}." for one in person.requests]
    more += person.notes
    if person.status == "failed":
        return [f"This work could not be graded to its end. {person.reason}.", *more]
    if person.status == "not graded":
        return [f"What you handed in last is not graded yet ({person.reason}).", *more]
    if person.status == "needs manual grade":
        return [f"The score is not final: a grader has yet to look at {person.reason}.", *more]
    return more
