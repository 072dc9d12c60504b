"""A class hands in good, bad and hostile work; every submission costs only its own points, and no grade is lost."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from classroom import (
    AGREEABLE,
    ASSIGNMENT,
    ENVIRONMENT,
    LINGER,
    MANUAL,
    NOTEBOOK,
    SPY,
    STRIP,
    before,
    dear,
    edit,
    generated_class,
    hand_in,
    hardware_phase,
    make_course,
    nbgrader,
    no_marks,
    twice,
    without,
)
from nbgrader.api import Gradebook

FULL = 6.0  # what the tests give; the written answer waits for a grader
LIMITS = ("--timeout", "8", "--time", "60", "--memory", "900")
LINGERING = "61803"


@dataclass
class Graded:
    """A graded class."""

    course: Path
    output: str

    def result(self, student: str) -> dict:
        """A student's entry in the journal."""
        return json.loads((self.course / "grading" / ASSIGNMENT / f"{student}.json").read_text())

    def failed(self, student: str) -> str:
        """Why a submission could not be graded to its end."""
        return "; ".join(self.result(student)["failed"])

    def notes(self, student: str) -> str:
        """What was put right."""
        return "; ".join(self.result(student)["notes"])

    def points(self, student: str) -> dict[str, float | None]:
        """nbgrader's automatic points by cell."""
        with gradebook(self.course) as book:
            grades = book.find_submission_notebook(NOTEBOOK, ASSIGNMENT, student).grades
            return {grade.name: grade.auto_score for grade in grades}

    def total(self, student: str) -> float:
        """nbgrader's automatic points."""
        return sum(filter(None, self.points(student).values()))


def gradebook(course: Path) -> Gradebook:
    """nbgrader's gradebook of a course."""
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "hardware")


def grade(course: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Grade the class."""
    return hardware_phase("grade", course, "--assignment", ASSIGNMENT, *options)


@pytest.fixture(scope="module")
def empty_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which nobody has handed in anything."""
    return make_course(tmp_path_factory.mktemp("course") / "course")


@pytest.fixture
def course(empty_course: Path, tmp_path: Path) -> Path:
    """A course of the test's own."""
    return Path(shutil.copytree(empty_course, tmp_path / "course"))


@pytest.fixture(scope="module")
def class_(empty_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graded]:
    """The class with one student of every kind, graded in one go."""
    course = Path(shutil.copytree(empty_course, tmp_path_factory.mktemp("class") / "course"))
    server = socket.create_server(("127.0.0.1", 0))
    spy = SPY.format(root=str(course), port=server.getsockname()[1])
    for student, change in {
        "right": None,
        "endless-loop": before("while True: pass", "average"),
        "swallows-interrupt": before("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", "average"),
        "memory-hog": before("hog = bytearray(10**11)"),
        "memory-hogs": before("import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        hog = bytearray(b'1') * 200_000_000\n"
                              "        time.sleep(60)\ntime.sleep(20)", "energy"),
        "fork-bomb": before("import os\nwhile True: os.fork()", "energy"),
        "edited-test": lambda work: (edit("test_power", "assert True")(work), edit("power", "power_mw = None")(work)),
        "missing-tests": without("test_power", "test_energy"),
        "copied-test": twice("test_energy"),
        "stripped-marks": no_marks,
        "dear-test": dear,
        "no-assert": before(STRIP, "test_power"),
        "agreeable": before(AGREEABLE, "test_power"),
        "own-checker": before("np.isclose = lambda *a, **k: True\nnp.testing.assert_allclose = lambda *a, **k: None\n"
                              "energy_gwh = lambda *a: 0\naverage = lambda *a: 0", "test_energy"),
        "exits": before("import os; os._exit(0)", "energy"),
        "deletes": before("import os, shutil\nfor name in os.listdir('.'): os.remove(name)"),
        "spy": before(spy),
        "prints": before("while True: print('x' * 1000)", "energy"),
        "lingers": before(LINGER.format(seconds=LINGERING)),
    }.items():
        hand_in(course, student, change=change)
    hand_in(course, "wrong", {"power": "def power_mw(a, b): return 1", "energy": "def energy_gwh(a, b): return 1",
                              "average": "def average(a): return 1"})
    hand_in(course, "partial", {"power": "def power_mw(chips, tdp_w): return 0.7"})
    (hand_in(course, "corrupt") / f"{NOTEBOOK}.ipynb").write_text('{"cells": [')
    folder = hand_in(course, "wrong-name")
    (folder / f"{NOTEBOOK}.ipynb").rename(folder / "homework.ipynb")
    folder = hand_in(course, "links")
    (folder / "book.db").symlink_to(course / "gradebook.db")
    (folder / "theirs").symlink_to(course / "source")
    before_grading = (course / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_bytes()
    done = grade(course, *LIMITS)
    assert done.returncode == 1, done.stderr
    assert (course / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_bytes() == before_grading
    yield Graded(course, done.stdout)
    server.close()


def test_right_and_wrong_answers_get_what_plain_nbgrader_gives_them(class_: Graded, course: Path) -> None:
    for student in ("right", "wrong", "partial"):
        shutil.copytree(class_.course / "submitted" / student, course / "submitted" / student)
    nbgrader(course, "autograde", ASSIGNMENT)
    plain = Graded(course, "")
    for student in ("right", "wrong", "partial"):
        assert class_.points(student) == plain.points(student)
        assert class_.failed(student) == class_.notes(student) == ""
    assert class_.total("right") == FULL
    assert class_.total("wrong") == 0
    assert class_.points("partial") == {"test_power": 0, "test_energy": 3, "test_average": 1, MANUAL: None}


def test_an_endless_loop_costs_its_cell_and_no_more(class_: Graded) -> None:
    assert class_.total("endless-loop") == FULL
    assert "ran longer than 8 s" in class_.notes("endless-loop")


@pytest.mark.parametrize("student, reason, kept", [
    ("swallows-interrupt", "went on after it was interrupted", 5),
    ("memory-hogs", "more than 900 MB of memory", 2),
    ("fork-bomb", "processes and threads|MB of memory", 2),
    ("exits", "ended its own kernel", 2),
    ("prints", "printed more than 2 MB", 2),
])
def test_a_notebook_that_must_be_stopped_keeps_the_points_it_had(class_: Graded, student: str, reason: str, kept: float) -> None:
    assert re.search(reason, class_.failed(student)), class_.failed(student)
    assert class_.total(student) == kept
    assert f"{student}: " in class_.output


def test_a_process_that_asks_for_too_much_memory_does_not_get_it(class_: Graded) -> None:
    assert class_.total("memory-hog") == FULL


def test_edited_tests_are_restored_before_grading(class_: Graded) -> None:
    assert class_.points("edited-test")["test_power"] == 0
    assert "test_power: edited; restored" in class_.notes("edited-test")
    assert class_.total("edited-test") == 4


@pytest.mark.parametrize("student", ["missing-tests", "copied-test", "stripped-marks"])
def test_missing_copied_or_unmarked_tests_cost_nothing_when_the_answers_are_right(class_: Graded, student: str) -> None:
    assert class_.total(student) == FULL
    assert class_.failed(student) == ""
    assert class_.notes(student)


def test_points_and_tags_in_a_submission_count_for_nothing(class_: Graded) -> None:
    assert class_.points("dear-test") == {"test_power": 0, "test_energy": 3, "test_average": 1, MANUAL: None}


@pytest.mark.parametrize("student, reason, kept", [
    ("no-assert", "checks were switched off", 0),
    ("agreeable", "it equals everything", 4),
    ("own-checker", "np.isclose", 2),
])
def test_tests_that_were_fooled_give_no_points(class_: Graded, student: str, reason: str, kept: float) -> None:
    assert reason in class_.failed(student)
    assert class_.total(student) == kept


def test_deleted_files_are_the_submissions_own(class_: Graded) -> None:
    assert class_.total("deletes") == FULL
    assert (class_.course / "submitted/deletes" / ASSIGNMENT / "chips.csv").read_text() == "edited"
    assert (class_.course / "autograded/deletes" / ASSIGNMENT / "chips.csv").read_text() == "chip,tdp_w\nH100,700\n"


def test_a_submission_sees_no_solutions_no_gradebook_no_network_and_writes_nowhere(class_: Graded) -> None:
    executed = (class_.course / "autograded/spy" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text()
    assert "FOUND []" in executed
    assert "WROTE /" not in executed
    assert '"REACHED' not in executed
    assert class_.total("spy") == FULL
    assert not (class_.course / "stolen").exists()


def test_no_process_outlives_its_grading(class_: Graded) -> None:
    assert class_.total("lingers") == FULL
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [command for command in commands if LINGERING.encode() in command]


def test_unreadable_submissions_fail_with_a_reason_and_without_a_zero(class_: Graded) -> None:
    assert "power.ipynb cannot be read: it is not valid JSON" in class_.failed("corrupt")
    assert "power.ipynb is missing (there is homework.ipynb)" in class_.failed("wrong-name")
    with gradebook(class_.course) as book:
        graded = {submission.student.id for submission in book.assignment_submissions(ASSIGNMENT)}
    assert "right" in graded
    assert not {"corrupt", "wrong-name"} & graded


def test_links_are_not_followed(class_: Graded) -> None:
    assert "book.db: not an ordinary file" in class_.notes("links")
    assert class_.total("links") == FULL
    assert not (class_.course / "autograded/links" / ASSIGNMENT / "book.db").exists()
    assert not (class_.course / "autograded/links" / ASSIGNMENT / "theirs").exists()


def test_a_second_run_grades_only_what_changed_and_keeps_manual_scores(course: Path) -> None:
    for student in ("anna", "bob"):
        hand_in(course, student)
    assert grade(course).returncode == 0
    with gradebook(course) as book:
        for student in ("anna", "bob"):
            entry = book.find_grade(MANUAL, NOTEBOOK, ASSIGNMENT, student)
            entry.manual_score = 3.5
            entry.needs_manual_grade = False
        book.db.commit()
    unchanged = (course / "autograded/bob" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").stat().st_mtime_ns
    shutil.rmtree(course / "submitted/anna")
    hand_in(course, "anna", {"power": "def power_mw(a, b): return 1"})
    again = grade(course)
    assert "1 graded now (0 not to the end), 1 unchanged" in again.stderr
    assert (course / "autograded/bob" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").stat().st_mtime_ns == unchanged
    with gradebook(course) as book:
        assert book.find_submission(ASSIGNMENT, "anna").score == 4 + 3.5
        assert book.find_submission(ASSIGNMENT, "bob").score == FULL + 3.5
    # A new version that cannot be read takes nothing away.
    (course / "submitted/anna" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").write_text("")
    assert "the file is empty" in grade(course).stdout
    with gradebook(course) as book:
        assert book.find_submission(ASSIGNMENT, "anna").score == 4 + 3.5


def test_a_grading_killed_half_way_goes_on_and_loses_nobody(course: Path) -> None:
    expected = generated_class(course, 24)
    command = [sys.executable, "-m", "hardware_phase.cli", "grade", str(course), "--assignment", ASSIGNMENT, "--workers", "2"]
    journal = course / "grading" / ASSIGNMENT
    first = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    deadline = time.monotonic() + 120
    while len(list(journal.glob("*.json"))) < 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    finished = len(list(journal.glob("*.json")))
    assert 8 <= finished < 24
    second = grade(course, "--workers", "2")
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"{24 - finished} graded now (0 not to the end), {finished} unchanged" in second.stderr
    graded = Graded(course, second.stdout)
    assert {student: graded.total(student) for student in expected} == expected
    assert not [folder for folder in Path("/tmp").glob(f"hp-{first.pid}-*") if folder.is_dir()]


def test_two_gradings_of_a_course_do_not_run_at_once(course: Path) -> None:
    import fcntl

    (course / "grading").mkdir()
    with open(course / "grading/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = grade(course)
    assert done.returncode == 2
    assert "another grading" in done.stderr


def test_without_bubblewrap_nothing_is_graded(course: Path) -> None:
    hand_in(course, "anna")
    done = subprocess.run([sys.executable, "-m", "hardware_phase.cli", "grade", str(course), "--assignment", ASSIGNMENT],
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={"PATH": "/nowhere"})
    assert done.returncode == 2
    assert "bubblewrap is missing" in done.stderr
    assert not (course / "autograded").exists()
    assert not list((course / "grading").glob("*/*.json")) if (course / "grading").exists() else True


def test_a_wrong_name_is_answered_with_the_right_ones(course: Path) -> None:
    done = hardware_phase("grade", course, "--assignment", "ps2")
    assert done.returncode == 2
    assert "no assignment 'ps2' (it has: ps1)" in done.stderr
    assert "gradebook.db" in hardware_phase("grade", course / "source", "--assignment", ASSIGNMENT).stderr
