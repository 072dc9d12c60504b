"""A small nbgrader course and a class that hands in all sorts of work; for the tests and the benchmark of grading."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ASSIGNMENT = "efficiency"
NOTEBOOK = "power"
MANUAL = "explain"
POINTS = {"test_power": 2.0, "test_energy": 3.0, "test_average": 1.0, MANUAL: 4.0}
SECRET = "31.536"  # stands only in a hidden test

RIGHT = {
    "power": "def power_mw(chips, tdp_w):\n    return chips * tdp_w / 1e6",
    "energy": "def energy_gwh(mw, hours):\n    return mw * hours / 1e3",
    "average": "def average(values):\n    return np.mean(values)",
    MANUAL: "Because the chips are not all busy at the same time.",
}


def mark(
    name: str, *, grade: bool = False, solution: bool = False, locked: bool = False, kind: str = "code"
) -> dict[str, Any]:
    """nbgrader's metadata of a cell."""
    about = {
        "grade_id": name,
        "grade": grade,
        "solution": solution,
        "locked": locked or (grade and not solution),
        "task": False,
        "schema_version": 3,
        "cell_type": kind,
    }
    return {"nbgrader": about | ({"points": POINTS[name]} if grade else {})}


def answer(name: str) -> nbformat.NotebookNode:
    """A cell in which students write code."""
    head, body = RIGHT[name].split("\n", 1)
    source = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
    return new_code_cell(source, metadata=mark(name, solution=True))


def test_of(name: str, visible: str, hidden: str = "") -> nbformat.NotebookNode:
    """A cell with tests."""
    hidden = f"\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS" if hidden else ""
    return new_code_cell(visible + hidden, metadata=mark(f"test_{name}", grade=True))


def source_notebook() -> nbformat.NotebookNode:
    """The instructor's notebook."""
    written = new_markdown_cell("Because.", metadata=mark(MANUAL, grade=True, solution=True, kind="markdown"))
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            new_markdown_cell("# Power of a cluster"),
            new_code_cell("import numpy as np", metadata=mark("setup", locked=True)),
            answer("power"),
            test_of(
                "power", "assert power_mw(1000, 700) == 0.7", "assert power_mw(200_000, 400) == 80.0, 'large cluster'"
            ),
            answer("energy"),
            test_of(
                "energy",
                "assert np.isclose(energy_gwh(1, 8760), 8.76)",
                f"assert np.isclose(energy_gwh(3.6, 8760), {SECRET})",
            ),
            answer("average"),
            test_of("average", "np.testing.assert_allclose(average([1, 2, 6]), 3)"),
            written,
        ],
    )


def make_course(root: Path) -> Path:
    """Write a course and let nbgrader generate its assignment."""
    source = root / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    nbformat.write(source_notebook(), source / f"{NOTEBOOK}.ipynb")
    (source / "chips.csv").write_text("chip,tdp_w\nH100,700\n")
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'hardware'\n")
    nbgrader(root, "generate_assignment", ASSIGNMENT)
    return root


# nbgrader calls programs that are installed beside Python.
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def nbgrader(root: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run nbgrader in a course."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0 or not check, done.stderr[-3000:]
    return done


def explorables(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run this project's command line."""
    return subprocess.run(
        [sys.executable, "-m", "explorables.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        env=ENVIRONMENT,
    )


class Work:
    """What a student hands in: the released notebook, filled in."""

    def __init__(self, released: nbformat.NotebookNode, answers: dict[str, str]) -> None:
        self.notebook = copy.deepcopy(released)
        self.files: dict[str, str] = {"chips.csv": "edited"}
        for name, text in answers.items():
            self.cell(name).source = text

    def cell(self, name: str) -> nbformat.NotebookNode:
        """The cell that nbgrader knows by a name."""
        return next(cell for cell in self.notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)

    def insert(self, source: str, before: str | None = None) -> None:
        """Put a cell of the student's own before another, or at the end."""
        index = self.notebook.cells.index(self.cell(before)) if before else len(self.notebook.cells)
        self.notebook.cells.insert(index, new_code_cell(source))

    def write(self, folder: Path) -> None:
        """Write the submission."""
        folder.mkdir(parents=True)
        for name, text in self.files.items():
            (folder / name).write_text(text)
        nbformat.write(self.notebook, folder / f"{NOTEBOOK}.ipynb")


def hand_in(
    course: Path, student: str, answers: dict[str, str] | None = None, change: Callable[[Work], None] | None = None
) -> Path:
    """Write a submission with these answers (all right by default) and further changes; return its folder."""
    released = nbformat.read(course / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb", as_version=4)
    work = Work(released, RIGHT | (answers or {}))
    if change:
        change(work)
    folder = course / "submitted" / student / ASSIGNMENT
    work.write(folder)
    return folder


def before(source: str, name: str = "power") -> Callable[[Work], None]:
    """A change that puts a cell before another."""
    return lambda work: work.insert(source, name)


def edit(name: str, source: str) -> Callable[[Work], None]:
    """A change of a cell's text."""

    def change(work: Work) -> None:
        work.cell(name).source = source

    return change


def without(*names: str) -> Callable[[Work], None]:
    """A change that deletes cells."""

    def change(work: Work) -> None:
        for name in names:
            work.notebook.cells.remove(work.cell(name))

    return change


def twice(name: str) -> Callable[[Work], None]:
    """A change that copies a cell, as an editor's copy and paste does."""

    def change(work: Work) -> None:
        again = copy.deepcopy(work.cell(name))
        again.id = new_code_cell().id
        work.notebook.cells.append(again)

    return change


def no_marks(work: Work) -> None:
    """A change that strips nbgrader's metadata, as some editors do."""
    for cell in work.notebook.cells:
        cell.metadata.pop("nbgrader", None)


def dear(work: Work) -> None:
    """A change that makes a test worth more, and has it skipped."""
    work.cell("test_power").metadata.nbgrader.points = 1000
    work.cell("test_power").metadata.tags = ["skip-execution"]
    work.cell("power").source = "def power_mw(chips, tdp_w): return 0"


STRIP = """
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Strip())
power_mw = energy_gwh = lambda *a: 0
"""
AGREEABLE = """
class Yes:
    def __eq__(self, other):
        return True
    def __float__(self):
        return 0.7
power_mw = lambda *a: Yes()
"""
SPY = """
import glob, os, sqlite3
found = []
for pattern in ({root!r} + '/source/**', {root!r} + '/submitted/**', {root!r} + '/**/*.db', '/proc/*/root' + {root!r}):
    found += [p for p in glob.glob(pattern, recursive=True) if os.path.exists(p)]
print('FOUND', found)
for path in ({root!r} + '/gradebook.db', {root!r} + '/stolen', os.path.expanduser('/root/stolen'), '/usr/stolen'):
    try:
        open(path, 'a').write('x')
        print('WROTE', path)
    except OSError:
        pass
import socket
try:
    socket.create_connection(('127.0.0.1', {port}), timeout=2)
    print('REACHED')
except OSError:
    pass
"""
LINGER = """
import os, subprocess
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        os.execvp('sleep', ['sleep', '{seconds}'])
"""


def generated_class(course: Path, size: int) -> dict[str, float]:
    """Hand in for `size` students who get different parts right; return the points that tests must give them."""
    wrong = {
        "power": "def power_mw(chips, tdp_w):\n    return chips * tdp_w / 1e3",
        "energy": "def energy_gwh(mw, hours):\n    return mw * hours",
        "average": "def average(values):\n    return sum(values)",
    }
    expected: dict[str, float] = {}
    for number in range(size):
        missed = [name for bit, name in enumerate(wrong) if number >> bit & 1]
        student = f"student{number:04d}"
        hand_in(course, student, {name: wrong[name] for name in missed})
        expected[student] = sum(POINTS[f"test_{name}"] for name in wrong if name not in missed)
    return expected
