"""Time the grading of a class with a notebook of the book: this project's grader, plain nbgrader, a Dask cluster here.

Each grader gets a copy of the same course, in which every student has figures of their own. Every grade is compared with
what its answers are worth; a lost or wrong one stops the benchmark. Plain nbgrader runs the same notebooks outside of any
jail and has no keys, so its grades are not looked at. Figures go to _build/bench-grading.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from explorables.build.environment import ROOT, fail, say

sys.path.insert(0, str(ROOT / "tests"))
import nbformat
from classroom import explorables, nbgrader

NOTEBOOK = "capital"
PLAIN = "c = get_config()\nc.CourseDirectory.course_id = 'plain'\nc.Execute.timeout = 60\n"


def make_course(root: Path, size: int) -> Path:
    """A course for `size` students with figures of their own."""
    roster = root.with_name("roster.csv")
    lines = [f"student{number:04d},,,\n" for number in range(size)]
    roster.write_text("id,first_name,last_name,email\n" + "".join(lines))
    run("course", root, "--notebooks", NOTEBOOK, "--seed", "7", "--roster", roster)
    nbgrader(root, "db", "student", "import", "roster.csv")
    nbgrader(root, "generate_assignment", NOTEBOOK)
    return root


def run(*arguments: str | Path) -> None:
    """Run this project's command, or stop."""
    done = explorables(*arguments)
    if done.returncode:
        fail(done.stdout + done.stderr)


def hand_in(course: Path, size: int) -> dict[str, float]:
    """Hand in for `size` students who get different parts right; return the points that machines must give them."""
    from explorables.classroom.exercises import keys

    known = keys.read(course / "keys", NOTEBOOK)
    released = nbformat.read(course / "release" / NOTEBOOK / f"{NOTEBOOK}.ipynb", as_version=4)
    expected: dict[str, float] = {}
    for number in range(size):
        student = f"student{number:04d}"
        work, points = nbformat.from_dict(released), 0.0
        for cell in work.cells:
            if "student" in cell.metadata.get("tags", []):
                cell.source = f"student = {student!r}"
        for bit, (test, key) in enumerate(known.items()):
            right = key.own[student].answer if key.own else key.answer
            wrong = next((one for one in key.choices if one != right), None) if key.choices else 1.7 * right
            good = not number >> bit & 1
            points += key.points if good else 0
            name = test.replace("-test", "-answer")
            cell = next(one for one in work.cells if one.metadata.get("nbgrader", {}).get("grade_id") == name)
            cell.source = f"answer = {(right if good else wrong)!r}"
        expected[student] = points
        folder = course / "submitted" / student / NOTEBOOK
        folder.mkdir(parents=True)
        nbformat.write(work, folder / f"{NOTEBOOK}.ipynb")
    return expected


def points(course: Path) -> dict[str, float]:
    """Automatic points of every student who has handed in."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "hardware-phase") as book:
        return {
            entry.student.id: sum(grade.auto_score or 0 for notebook in entry.notebooks for grade in notebook.grades)
            for entry in book.assignment_submissions(NOTEBOOK)
        }


class Memory:
    """The most memory that this process and all below it held at a time, with the jails."""

    def __enter__(self) -> Self:
        self.peak_mb = 0.0
        self.ended = threading.Event()
        self.looks = threading.Thread(target=self.look, daemon=True)
        self.looks.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.looks.join()

    def look(self) -> None:
        """Add up once a second."""
        from explorables.classroom.grading.jail import family, resident_bytes

        while not self.ended.wait(1):
            self.peak_mb = max(self.peak_mb, sum(map(resident_bytes, family(os.getpid()))) / 1e6)


def timed(empty: Path, size: int, work: Callable[[Path], object], graded: bool = True) -> dict[str, float]:
    """Wall time and peak memory of grading a class of `size` in a fresh copy of the course `empty`, and time of its feedback."""
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
        course = Path(shutil.copytree(empty, Path(folder) / "course"))
        expected = hand_in(course, size)
        start = time.monotonic()
        with Memory() as memory:
            work(course)
        seconds = time.monotonic() - start
        found = {
            "submissions": size,
            "seconds": round(seconds, 1),
            "seconds_each": round(seconds / size, 2),
            "peak_memory_mb": round(memory.peak_mb),
        }
        if graded:
            if points(course) != expected:
                fail("grades were lost or wrong")
            start = time.monotonic()
            run("feedback", course, "--assignment", NOTEBOOK)
            found["feedback_seconds_each"] = round((time.monotonic() - start) / size, 3)
    return found | {"load_after": round(os.getloadavg()[0], 1)}


def plainly(course: Path) -> None:
    """Grade with nbgrader as it comes."""
    (course / "nbgrader_config.py").write_text(PLAIN)
    nbgrader(course, "autograde", NOTEBOOK)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--size", type=int, default=200, help="submissions for this project's grader (default: %(default)s)"
    )
    parser.add_argument("--plain", type=int, default=40, help="submissions for plain nbgrader (default: %(default)s)")
    parser.add_argument("--cluster", type=int, default=2000, help="submissions for the cluster (default: %(default)s)")
    args = parser.parse_args()
    cores = os.cpu_count() or 1
    figures: dict[str, object] = {"notebook": NOTEBOOK, "cores": cores, "load_before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
        empty = make_course(Path(folder) / "course", max(args.size, args.plain, args.cluster))

        def measure(name: str, what: str, size: int, work: Callable[[Path], object], graded: bool = True) -> None:
            if size:
                say(f"{what}: {size} submissions")
                figures[name] = timed(empty, size, work, graded)
                say(f"... {figures[name]}")

        def ours(*options: str) -> Callable[[Path], None]:
            return lambda course: run("grade", course, "--assignment", NOTEBOOK, *options)

        measure("ours", f"explorables grade on {cores} cores", args.size, ours())
        measure("plain", "plain nbgrader, one after another and outside of any jail", args.plain, plainly, graded=False)
        if args.size and args.plain:
            figures["times_as_fast"] = round(figures["plain"]["seconds_each"] / figures["ours"]["seconds_each"], 1)
            say(f"... {figures['times_as_fast']} times as fast")
        if args.cluster:
            from distributed import LocalCluster

            with LocalCluster(
                n_workers=cores + 1, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1"
            ) as cluster:
                measure(
                    "cluster",
                    "the same on a local Dask cluster",
                    args.cluster,
                    ours("--scheduler", cluster.scheduler_address),
                )
    target = ROOT / "_build/bench-grading.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(figures, indent=1) + "\n")
    say(f"figures are in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
