"""A class hands in good, bad and hostile work; every submission costs only its own points, and no grade is lost."""

from __future__ import annotations

import csv
import fcntl
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
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from classroom import (
    AGREEABLE,
    ASSIGNMENT,
    ENVIRONMENT,
    LINGER,
    MANUAL,
    NOTEBOOK,
    SECRET,
    SPY,
    STRIP,
    Work,
    before,
    dear,
    edit,
    explorables,
    generated_class,
    hand_in,
    make_course,
    nbgrader,
    no_marks,
    source_notebook,
    twice,
    without,
)
from conftest import served
from distributed import LocalCluster
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook
from packaging.requirements import Requirement
from playwright.sync_api import Browser
from test_access import AXE, RUN

from explorables.classroom.grading import Course, workers
from explorables.classroom.grading.canary import canary, names_imported, verdict
from explorables.classroom.grading.execute import Job, run_job
from explorables.classroom.grading.jail import Limits
from explorables.classroom.grading.standing import STATUSES, standings
from explorables.cli import main

FULL = 6.0  # what the tests give; the written answer waits for a grader
LIMITS = ("--timeout", "8", "--time", "60", "--memory", "900")
LINGERING = "61803"
RECEIPT = {"timestamp.txt": "2027-02-01 12:00:00 UTC", "submission_secret.txt": "1f"}  # what nbgrader's exchange adds


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


def totals(course: Path) -> dict[str, float]:
    """Automatic points of everybody in the gradebook."""
    with gradebook(course) as book:
        return {
            entry.student.id: sum(
                filter(None, (grade.auto_score for notebook in entry.notebooks for grade in notebook.grades))
            )
            for entry in book.assignment_submissions(ASSIGNMENT)
        }


def gradebook(course: Path) -> Gradebook:
    """nbgrader's gradebook of a course."""
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "hardware")


def grade(course: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Grade the class."""
    return explorables("grade", course, "--assignment", ASSIGNMENT, *options)


@pytest.fixture(scope="module")
def empty_course(jail: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
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
        "swallows-interrupt": before(
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", "average"
        ),
        "memory-hog": before("hog = bytearray(10**11)"),
        "memory-hogs": before(
            "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        hog = bytearray(b'1') * 200_000_000\n"
            "        time.sleep(60)\ntime.sleep(20)",
            "energy",
        ),
        "fork-bomb": before("import os\nwhile True: os.fork()", "energy"),
        "edited-test": lambda work: (edit("test_power", "assert True")(work), edit("power", "power_mw = None")(work)),
        "missing-tests": without("setup", "test_power", "test_energy"),
        "copied-test": twice("test_energy"),
        "stripped-marks": no_marks,
        "dear-test": dear,
        "no-assert": before(STRIP, "test_power"),
        "agreeable": before(AGREEABLE, "test_power"),
        "own-checker": before(
            "np.isclose = lambda *a, **k: True\nnp.testing.assert_allclose = lambda *a, **k: None\n"
            "energy_gwh = lambda *a: 0\naverage = lambda *a: 0",
            "test_energy",
        ),
        "exits": before("import os; os._exit(0)", "energy"),
        "deletes": before("import os, shutil\nfor name in os.listdir('.'): os.remove(name)"),
        "fills-disk": before("big = open('big', 'wb')\nwhile True: big.write(bytes(10**6))"),
        "spy": before(spy),
        "prints": before("while True: print('x' * 1000)", "energy"),
        "lingers": before(LINGER.format(seconds=LINGERING)),
    }.items():
        hand_in(course, student, change=change)
    hand_in(
        course,
        "wrong",
        {
            "power": "def power_mw(a, b): return 1",
            "energy": "def energy_gwh(a, b): return 1",
            "average": "def average(a): return 1",
        },
    )
    hand_in(course, "wrong-too", {"power": "def power_mw(a, b):\n  # a guess\n  return 1"})
    hand_in(course, "partial", {"power": "def power_mw(chips, tdp_w): return 0.7"})
    folder = hand_in(course, "corrupt")
    (folder / f"{NOTEBOOK}.ipynb").write_text('{"cells": [')
    for name, text in RECEIPT.items():
        (folder / name).write_text(text)
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


@pytest.mark.parametrize(
    "student, reason, kept",
    [
        ("swallows-interrupt", "went on after it was interrupted", 5),
        ("memory-hogs", "more than 900 MB of memory", 2),
        ("fork-bomb", "processes and threads|MB of memory", 2),
        ("exits", "ended its own kernel", 2),
        ("prints", "printed more than 2 MB", 2),
    ],
)
def test_a_notebook_that_must_be_stopped_keeps_the_points_it_had(
    class_: Graded, student: str, reason: str, kept: float
) -> None:
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


@pytest.mark.parametrize(
    "student, reason, kept",
    [
        ("no-assert", "checks were switched off", 0),
        ("agreeable", "it equals everything", 4),
        ("own-checker", "np.isclose was redefined", 2),
    ],
)
def test_tests_that_were_fooled_give_no_points(class_: Graded, student: str, reason: str, kept: float) -> None:
    assert reason in class_.failed(student)
    assert class_.total(student) == kept


def test_a_disk_is_not_filled(class_: Graded) -> None:
    executed = (class_.course / "autograded/fills-disk" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text()
    assert re.search("No space left on device|File too large", executed)
    assert class_.total("fills-disk") == FULL


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


def test_a_worker_keeps_nothing_of_the_notebooks_that_it_ran(jail: None) -> None:
    """Else a class of thousands makes each worker slower and slower, until it may open no more files."""
    notebook = new_notebook(cells=[new_code_cell("x = 1")], metadata=source_notebook().metadata)
    job = Job("anna", {NOTEBOOK: nbformat.writes(notebook)}, {}, {NOTEBOOK: set()}, {NOTEBOOK: set()}, Limits())

    def held() -> tuple[int, int]:
        assert run_job(job).failed == []
        return len(list(Path("/proc/self/task").iterdir())), len(list(Path("/proc/self/fd").iterdir()))

    first = held()
    assert held() == held() == first


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
    newer = {one.student: one for one in standings(Course(course, ASSIGNMENT))}
    assert (newer["anna"].status, newer["anna"].final_score, newer["anna"].score) == ("not graded", None, FULL + 3.5)
    assert "handed in again" in newer["anna"].reason and newer["bob"].status == "graded"
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


@pytest.mark.nightly
def test_two_hundred_submissions_killed_half_way_lose_nobody_and_get_what_plain_nbgrader_gives(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = Path(shutil.copytree(course, tmp_path / "plain"))
    expected, sample = generated_class(course, 200), generated_class(plain, 16)
    command = [sys.executable, "-m", "explorables.cli", "grade", str(course), "--assignment", ASSIGNMENT]
    journal = course / "grading" / ASSIGNMENT
    start = time.monotonic()
    first = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    while len(list(journal.glob("*.json"))) < 100:
        assert first.poll() is None
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    ours = time.monotonic() - start
    finished = {path.name: path.stat().st_mtime_ns for path in journal.glob("*.json")}
    assert 100 <= len(finished) < 200
    # In between, so that both see the same machine.
    start = time.monotonic()
    nbgrader(plain, "autograde", ASSIGNMENT)
    theirs = (time.monotonic() - start) / len(sample)
    start = time.monotonic()
    second = grade(course)
    ours = (ours + time.monotonic() - start) / len(expected)
    with capsys.disabled():
        print(
            f"\n{ours:.2f} s a submission, killed and resumed; plain nbgrader {theirs:.2f} s: {theirs / ours:.1f} times as fast"
        )
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"{200 - len(finished)} graded now (0 not to the end), {len(finished)} unchanged" in second.stderr
    assert {name: (journal / name).stat().st_mtime_ns for name in finished} == finished
    assert totals(course) == expected
    assert totals(plain) == sample == {student: expected[student] for student in sample}
    assert not [folder for folder in Path("/tmp").glob(f"xp-{first.pid}-*") if folder.is_dir()]


def test_two_gradings_of_a_course_do_not_run_at_once(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "grading").mkdir()
    with open(course / "grading/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["grade", str(course), "--assignment", ASSIGNMENT]) == 2
    assert "another grading" in capsys.readouterr().err


def test_without_bubblewrap_nothing_is_graded(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(course, "anna")
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["grade", str(course), "--assignment", ASSIGNMENT]) == 2
    assert "bubblewrap is missing" in capsys.readouterr().err
    assert not (course / "autograded").exists()
    assert list(course.glob("grading/*/*.json")) == []


def test_a_wrong_name_is_answered_with_the_right_ones(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(course), "--assignment", "controls"]) == 2
    assert "no assignment 'controls' (it has: efficiency)" in capsys.readouterr().err
    assert main(["grade", str(course / "source"), "--assignment", ASSIGNMENT]) == 2
    assert "has no gradebook.db" in capsys.readouterr().err
    for command in ("grade", "feedback", "export"):
        assert main([command, str(course / "elsewhere"), "--assignment", ASSIGNMENT]) == 2
        assert f"there is no folder {course / 'elsewhere'}" in capsys.readouterr().err


def test_an_assignment_that_nobody_has_handed_in_is_no_error(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(course), "--assignment", ASSIGNMENT]) == 0
    assert f"a submission lies in {course / 'submitted/STUDENT' / ASSIGNMENT}" in capsys.readouterr().err
    assert main(["feedback", str(course), "--assignment", ASSIGNMENT]) == 0
    assert "nobody has handed in" in capsys.readouterr().err
    assert main(["export", str(course), "--assignment", ASSIGNMENT]) == 0
    assert "No score is final yet." in (course / "exports" / ASSIGNMENT / "report.html").read_text()


def test_after_grading_an_instructor_is_told_whom_to_look_at_and_who_is_new(course: Path) -> None:
    with gradebook(course) as book:
        book.add_student("anna")
    hand_in(course, "anna")
    hand_in(course, "ana")
    done = grade(course)
    assert "2 to be looked at by you" in done.stdout
    assert "new in the gradebook: ana. " in done.stderr
    assert done.stderr.count("2 of 2 submissions") == 1


@pytest.mark.skipif(not shutil.which("unshare"), reason="util-linux is missing")
def test_an_ordinary_user_can_grade_too(course: Path) -> None:
    hand_in(course, "right")
    hand_in(course, "fork-bomb", change=before("import os\nwhile True: os.fork()", "energy"))
    # A user namespace in which the test's user has no rights beyond its own.
    done = subprocess.run(
        [
            "unshare",
            "--user",
            "--map-user=1000",
            "--map-group=1000",
            sys.executable,
            "-m",
            "explorables.cli",
            "grade",
            str(course),
            "--assignment",
            ASSIGNMENT,
            *LIMITS,
        ],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    graded = Graded(course, done.stdout)
    assert done.returncode == 1, done.stderr
    assert graded.total("right") == FULL
    assert graded.total("fork-bomb") == 2
    assert "stopped because" in graded.failed("fork-bomb")


def test_a_dask_cluster_gives_the_same_grades(course: Path) -> None:
    expected = generated_class(course, 4)
    hand_in(course, "exits", change=before("import os; os._exit(0)", "energy"))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as cluster:
        done = grade(course, "--scheduler", cluster.scheduler_address)
    assert "5 of 5 submissions" in done.stderr, done.stderr
    graded = Graded(course, done.stdout)
    assert {student: graded.total(student) for student in expected} == expected
    assert graded.total("exits") == 2
    assert "ended its own kernel" in graded.failed("exits")


def test_a_scheduler_that_does_not_answer_is_named_and_nothing_is_graded(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(course, "anna")
    monkeypatch.setattr(workers, "PATIENCE_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent, served(course) as pages:
        addresses = {
            f"tcp://127.0.0.1:{silent.getsockname()[1]}": "it keeps silent",
            "tcp://127.0.0.1:1": "Timed out",
            f"tcp://{pages.split('/')[2]}": "",
            "nonsense": "missing port number",
        }
        for address, why in addresses.items():
            assert main(["grade", str(course), "--assignment", ASSIGNMENT, "--scheduler", address]) == 2
            assert f"nothing was graded: no Dask scheduler answers at {address} ({why}" in capsys.readouterr().err
    assert list(course.glob("grading/*/*.json")) == []


def only_dask(folder: Path) -> Path:
    """A folder of packages that holds Dask and what it needs, and neither this package nor nbgrader."""
    waiting, seen = ["distributed"], set()
    while waiting:
        package = metadata.distribution(waiting.pop())
        seen.add(package.name)
        for top in {file.parts[0] for file in package.files or () if file.parts[0] != ".."}:
            if not (folder / top).exists():
                (folder / top).symlink_to(package.locate_file(top))
        needed = [Requirement(one) for one in package.requires or ()]
        waiting += [
            one.name
            for one in needed
            if one.name not in seen and (not one.marker or one.marker.evaluate({"extra": ""}))
        ]
    return folder


def test_a_worker_that_cannot_grade_is_named_and_nothing_is_graded(
    course: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hand_in(course, "anna")
    here = {"threads_per_worker": 1, "dashboard_address": ":0", "host": "127.0.0.1"}
    with LocalCluster(n_workers=0, **here) as cluster:
        assert "has no worker" in grade(course, "--scheduler", cluster.scheduler_address).stderr
        command = [
            sys.executable,
            "-S",
            "-m",
            "distributed.cli.dask_worker",
            cluster.scheduler_address,
            "--no-nanny",
            "--no-dashboard",
        ]
        packages = only_dask(tmp_path_factory.mktemp("packages"))
        worker = subprocess.Popen(
            command,
            env=ENVIRONMENT | {"PYTHONPATH": str(packages)},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            done = grade(course, "--scheduler", cluster.scheduler_address)
        finally:
            worker.terminate()
            worker.wait(timeout=60)
    assert done.returncode == 2 and re.search(
        r"the worker at tcp://127\.0\.0\.1:\d+ lacks explorables\. Install", done.stderr
    ), done.stderr
    with LocalCluster(n_workers=1, env={"PATH": "/nowhere"}, **here) as cluster:
        done = grade(course, "--scheduler", cluster.scheduler_address)
    assert done.returncode == 2 and "bubblewrap is missing" in done.stderr
    assert list(course.glob("grading/*/*.json")) == []


@pytest.mark.nightly
def test_a_dask_cluster_that_goes_away_costs_nobody_a_grade(course: Path) -> None:
    expected = generated_class(course, 8)
    journal = course / "grading" / ASSIGNMENT
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as cluster:
        command = [
            sys.executable,
            "-m",
            "explorables.cli",
            "grade",
            str(course),
            "--assignment",
            ASSIGNMENT,
            "--scheduler",
            cluster.scheduler_address,
        ]
        first = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        while len(list(journal.glob("*.json"))) < 2:
            assert first.poll() is None
            time.sleep(0.05)
    _, said = first.communicate(timeout=300)
    assert first.returncode == 2
    assert "the Dask cluster went away" in said and "Run the command again" in said
    finished = len(list(journal.glob("*.json")))
    assert 2 <= finished < 8
    second = grade(course)
    assert f"{8 - finished} graded now (0 not to the end), {finished} unchanged" in second.stderr
    assert totals(course) == expected


@pytest.fixture(scope="module")
def exported(class_: Graded) -> Graded:
    """The class after a grader has given points to one student's written answer; one student handed in nothing."""
    with gradebook(class_.course) as book:
        book.update_or_create_student("absent", first_name="Ada", last_name="Absent", email="ada@example.org")
        for student, points in (("right", 4), ("wrong", 0)):
            entry = book.find_grade(MANUAL, NOTEBOOK, ASSIGNMENT, student)
            entry.manual_score, entry.needs_manual_grade = points, False
        book.db.commit()
    for command in ("export", "feedback"):
        assert main([command, str(class_.course), "--assignment", ASSIGNMENT]) == 0
    return class_


def table(graded: Graded, name: str) -> list[list[str]]:
    """Rows of an exported table."""
    with open(graded.course / "exports" / ASSIGNMENT / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_every_export_tells_a_real_zero_from_a_grade_that_is_not_there(exported: Graded) -> None:
    head, *rows = table(exported, "grades")
    grades = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert (grades["right"]["status"], grades["right"]["score"]) == ("graded", "10")
    assert (grades["wrong"]["status"], grades["wrong"]["score"]) == ("graded", "0")
    assert (grades["partial"]["status"], grades["partial"]["reason"]) == ("needs manual grade", MANUAL)
    assert (grades["partial"]["score"], grades["partial"][f"{NOTEBOOK}/{MANUAL}"]) == ("4", "")
    assert (grades["corrupt"]["status"], grades["corrupt"]["score"]) == ("failed", "")
    assert "not valid JSON" in grades["corrupt"]["reason"]
    assert (grades["exits"]["status"], grades["exits"]["score"]) == ("failed", "2")
    assert (grades["absent"]["status"], grades["absent"]["score"]) == ("missing", "")
    canvas = {row[3]: row for row in table(exported, "canvas")}
    assert canvas["SIS Login ID"][5] == ASSIGNMENT
    assert canvas[""][5] == "10"
    assert canvas["absent"][0] == "Absent, Ada"
    moodle = {row[0]: row for row in table(exported, "moodle")}
    for student, score, status in (
        ("right", "10", "graded"),
        ("wrong", "0", "graded"),
        ("absent", "", "missing"),
        ("partial", "", "needs manual grade"),
        ("corrupt", "", "failed"),
        ("exits", "", "failed"),
    ):
        for row in (canvas[student], moodle[student]):
            assert row[-2] == score
            assert row[-1].split(":")[0] == status
    # What plain nbgrader exports for the same gradebook.
    nbgrader(exported.course, "export", "--to", "plain.csv")
    with open(exported.course / "plain.csv", newline="") as file:
        plain = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    assert plain["absent"] == plain["wrong"] == "0.0"


def test_nbgraders_own_export_writes_the_same_tables(exported: Graded, tmp_path: Path) -> None:
    plugin = "--exporter=explorables.classroom.grading.plugins"
    table = exported.course / "exports" / ASSIGNMENT / "canvas.csv"
    before = table.read_text(encoding="utf-8")
    table.unlink()
    nbgrader(exported.course, "export", f"{plugin}.Canvas")
    assert table.read_text(encoding="utf-8") == before
    one = tmp_path / "one.csv"
    nbgrader(exported.course, "export", f"{plugin}.Moodle", "--to", str(one), "--student", "['right']")
    moodle = (exported.course / "exports" / ASSIGNMENT / "moodle.csv").read_text(encoding="utf-8").splitlines()
    assert one.read_text(encoding="utf-8").splitlines() == [
        moodle[0],
        *(row for row in moodle if row.startswith("right,")),
    ]
    done = nbgrader(exported.course, "export", f"{plugin}.Canvas", "--assignment", "['nothing']", check=False)
    assert done.returncode and "has no assignment nothing" in done.stderr


def test_a_grader_who_looks_at_a_failed_submission_makes_its_grade_final(exported: Graded) -> None:
    course = Course(exported.course, ASSIGNMENT)
    with gradebook(exported.course) as book:
        grades = book.find_submission_notebook(NOTEBOOK, ASSIGNMENT, "prints").grades
        assert {grade.name for grade in grades if grade.needs_manual_grade} == {"test_energy", "test_average", MANUAL}
        for grade in grades:
            grade.manual_score = 1
            grade.needs_manual_grade = False
        book.db.commit()
    standing = {one.student: one for one in standings(course)}["prints"]
    assert (standing.status, standing.final_score) == ("graded", 4)


def test_the_report_shows_the_exercises_and_the_common_wrong_answers(exported: Graded) -> None:
    report = (exported.course / "exports" / ASSIGNMENT / "report.html").read_text()
    assert "<svg" in report
    assert '<td class="n">2</td><td><pre tabindex="0">def power_mw(a, b):\n    return 1</pre>' in report
    for text in (f"{NOTEBOOK}/test_energy", "needs manual grade", "the checks were switched off"):
        assert text in report
    assert not re.search(r"""(?:src|href)=["']?https?:|<script""", report)


def test_feedback_gives_reasons_and_no_hidden_tests(exported: Graded) -> None:
    page = {path.parent.parent.name: path.read_text() for path in (exported.course / "feedback").glob("*/*/*.html")}
    assert "absent" not in page
    for text in (SECRET, "power_mw(200_000", "large cluster"):
        assert [student for student, html in page.items() if text in re.sub(r"<[^>]*>", "", html)] == []
    assert "A hidden test failed" in page["partial"]
    assert "assert power_mw(1000, 700) == 0.7" in re.sub(r"<[^>]*>", "", page["wrong"])
    for student, reason in (
        ("corrupt", "not valid JSON"),
        ("exits", "ended its own kernel"),
        ("agreeable", "equals everything"),
        ("edited-test", "restored as released"),
        ("partial", MANUAL),
    ):
        assert reason in page[student]
    # `nbgrader release_feedback` stops at a student without these.
    for name, text in RECEIPT.items():
        assert (exported.course / "feedback/corrupt" / ASSIGNMENT / name).read_text() == text


def test_feedback_and_report_open_without_a_network(exported: Graded, browser: Browser) -> None:
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)

    def fits_everybody() -> None:
        """The page is as wide as a phone, and axe-core finds nothing in light and dark."""
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(RUN, [None, False]) == []

    for student in ("wrong", "spy", "corrupt"):
        page.goto((exported.course / "feedback" / student / ASSIGNMENT / f"{NOTEBOOK}.html").as_uri())
        assert page.get_by_text(re.compile("points|graded")).count()
        fits_everybody()
    page.goto((exported.course / "exports" / ASSIGNMENT / "report.html").as_uri())
    assert page.get_by_role("img", name="with all points").bounding_box()["height"] > 80
    fits_everybody()
    assert page.get_by_text("Common wrong answers").count()
    assert [url for url in asked if not url.startswith("file:")] == complaints == []
    context.close()


def test_feedback_shows_tables_and_points_and_nothing_that_runs(course: Path) -> None:
    def change(work: Work) -> None:
        work.insert("import pandas as pd\npd.DataFrame({'watts': [700]}, index=['H100'])")
        work.insert(
            "from IPython.display import HTML\nHTML('<script>alert(1)</script><b onclick=\"alert(2)\">bold</b>')"
        )

    hand_in(course, "anna", {"energy": "def energy_gwh(mw, hours):\n    return mw * hours"}, change)
    assert grade(course).returncode == 0
    assert main(["feedback", str(course), "--assignment", ASSIGNMENT]) == 0
    page = (course / "feedback/anna" / ASSIGNMENT / f"{NOTEBOOK}.html").read_text()
    for part in (
        "<th>watts</th>",
        "<th>H100</th>",
        "<td>700</td>",
        "<b>bold</b>",
        "2 of 2 points",
        "0 of 3 points",
        "waits for a grader (4 points)",
    ):
        assert part in page, part
    assert "<summary>Given code <code>import numpy as np</code></summary>" in page
    assert not re.search(r"<script|<b onclick|\.dataframe tbody", page)


def test_students_who_print_what_they_see_do_not_find_hidden_tests_in_their_feedback(course: Path) -> None:
    hand_in(course, "printer", change=lambda work: work.insert("print(In[-2])\nraise ValueError(In[-2])"))
    assert grade(course).returncode == 0
    assert SECRET not in (course / "submitted/printer" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text()
    assert main(["feedback", str(course), "--assignment", ASSIGNMENT]) == 0
    page = (course / "feedback/printer" / ASSIGNMENT / f"{NOTEBOOK}.html").read_text()
    assert "np.testing.assert_allclose" in re.sub(r"<[^>]*>", "", page)
    assert SECRET not in page


@pytest.mark.parametrize(
    "test, answer, caught",
    [
        ("assert f(2) == 4", "def f(x): return x * x", ""),
        (
            "assert f(2) == 4",
            "class Yes:\n    def __eq__(self, other): return True\ndef f(x): return Yes()",
            "it equals everything",
        ),
        (
            "assert isclose(f(2), 4)",
            "isclose = lambda *a: True\ndef f(x): return 0",
            "isclose was redefined, isclose accepts everything",
        ),
        ("assert abs(f(2) - 4) < 1e-9", "abs = lambda x: 0\ndef f(x): return 0", "abs was redefined"),
        ("assert sum(f(2)) == 4", "def f(x): return [x, x]", ""),
        (
            "assert_close(f(2), 4)",
            "assert_close = lambda *a: None\ndef f(x): return 0",
            "assert_close accepts everything",
        ),
        (
            "import math\nassert all(math.isclose(a, b) for a, b in zip(f(2), [2, 4]))",
            "def f(x): return [x, x * x]",
            "",
        ),
        ("for x in (1, 2):\n    assert f(x) == x ** 2", "import numpy as np\ndef f(x): return np.array([x ** 2])", ""),
        (
            "import numpy as np\nassert np.any(f(2) > 1) and bool(f(1)) == True and callable(f)",
            "def f(x): return x",
            "",
        ),
        ("assert abs(sum(f(2)) - 6) < 1e-9", "from numpy import *\ndef f(x): return array([x, x * x])", ""),
        ("import pandas as pd\nassert pd.notna(f(2))\nassert pd.Series([f(2)]).eq(2).all()", "def f(x): return x", ""),
        (
            "from math import isclose\nassert isclose(len(f(2)), 2)",
            "len = lambda x: 2\ndef f(x): return x",
            "len was redefined",
        ),
        ("assert 'H100' in f()", "def f(): return {'H100': 700}", ""),
    ],
)
def test_a_canary_fails_as_it_must_after_honest_answers_only(test: str, answer: str, caught: str) -> None:
    cells = ["from math import isclose\ndef assert_close(a, b): assert abs(a - b) < 1", answer, test]
    namespace = {"__name__": "__main__"}
    for cell in cells:
        exec(cell, namespace)  # noqa: S102 - as a kernel does
    source, asked = canary(test, names_imported(cells[:1]), "token", 1.5e9, 3.5e9)
    with pytest.raises(AssertionError, match="token") as failure:
        exec(source, namespace)  # noqa: S102
    outputs = [{"output_type": "error", "ename": "AssertionError", "evalue": str(failure.value)}]
    assert verdict(outputs, "token", asked) == (f"a check that must fail passed ({caught})" if caught else None)
    assert verdict(outputs, "token", asked + 1) == "lines were taken out of its checks"


def test_limits_that_make_no_sense_are_named(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(course), "--assignment", ASSIGNMENT, "--memory", "0"]) == 2
    assert "memory_mb must be above zero" in capsys.readouterr().err
    assert main(["grade", str(course), "--assignment", ASSIGNMENT, "--workers", "0"]) == 2
    assert "workers must be at least 1" in capsys.readouterr().err


def test_a_course_may_say_how_long_a_cell_may_take(course: Path) -> None:
    assert Course(course, ASSIGNMENT).cell_s == 30
    with open(course / "nbgrader_config.py", "a") as config:
        config.write("c.Execute.timeout = 77\n")
    assert Course(course, ASSIGNMENT).cell_s == 77


def test_the_instructors_guide_names_what_there_is(exported: Graded, capsys: pytest.CaptureFixture[str]) -> None:
    guide = (Path(__file__).parent.parent / "book/instructors.md").read_text()
    section = guide.split("## Grade a class", 1)[1].split("\n## ", 1)[0]
    written = {path.name for path in (exported.course / "exports" / ASSIGNMENT).iterdir()}
    assert set(re.findall(r"^\| `(\w+\.\w+)` \|", section, re.MULTILINE)) == written
    with pytest.raises(SystemExit):
        main(["grade", "--help"])
    described = capsys.readouterr().out
    options = re.findall(r"`(--\w+)", section)
    assert len(options) > 5
    for option in options:
        assert option in described
    rows = [row.split(" | ")[0].strip("| ") for row in section.splitlines() if row.startswith("| ")]
    assert rows[-len(STATUSES) :] == list(STATUSES)
