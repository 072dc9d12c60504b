"""Time the grading of a generated class: plain nbgrader, this project's grader, and a Dask cluster on this machine.

Each grader gets a copy of the same course. Every grade is compared with the one that the class was generated for; a lost
or wrong one stops the benchmark. Figures go to _build/bench-grading.json.
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

from environment import ROOT, fail, say

sys.path.insert(0, str(ROOT / "tests"))
from classroom import ASSIGNMENT, MANUAL, explorables, generated_class, make_course, nbgrader


def points(course: Path) -> dict[str, float]:
    """Automatic points of every student."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "hardware") as book:
        return {
            entry.student.id: sum(
                grade.auto_score or 0
                for notebook in entry.notebooks
                for grade in notebook.grades
                if grade.name != MANUAL
            )
            for entry in book.assignment_submissions(ASSIGNMENT)
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


def timed(empty: Path, size: int, run: Callable[[Path], object]) -> dict[str, float]:
    """Wall time and peak memory of grading a class of `size` in a fresh copy of the course `empty`."""
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
        course = Path(shutil.copytree(empty, Path(folder) / "course"))
        expected = generated_class(course, size)
        start = time.monotonic()
        with Memory() as memory:
            run(course)
        seconds = time.monotonic() - start
        if points(course) != expected:
            fail("grades were lost or wrong")
    return {
        "submissions": size,
        "seconds": round(seconds, 1),
        "submissions_per_s": round(size / seconds, 2),
        "peak_memory_mb": round(memory.peak_mb),
        "load_after": round(os.getloadavg()[0], 1),
    }


def ours(*options: str) -> Callable[[Path], None]:
    """Grade with this project's command."""

    def run(course: Path) -> None:
        done = explorables("grade", course, "--assignment", ASSIGNMENT, *options)
        if done.returncode:
            fail(done.stdout + done.stderr)

    return run


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--size", type=int, default=200, help="submissions for this project's grader (default: %(default)s)"
    )
    parser.add_argument("--plain", type=int, default=200, help="submissions for plain nbgrader (default: %(default)s)")
    parser.add_argument("--cluster", type=int, default=2000, help="submissions for the cluster (default: %(default)s)")
    args = parser.parse_args()
    cores = os.cpu_count() or 1
    figures: dict[str, object] = {"cores": cores, "load_before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
        empty = make_course(Path(folder) / "course")

        def measure(name: str, what: str, size: int, run: Callable[[Path], object]) -> None:
            if size:
                say(f"{what}: {size} submissions")
                figures[name] = timed(empty, size, run)
                say(f"... {figures[name]}")

        measure("ours", f"explorables grade on {cores} cores", args.size, ours())
        measure(
            "plain",
            "plain nbgrader, one after another",
            args.plain,
            lambda course: nbgrader(course, "autograde", ASSIGNMENT),
        )
        if args.size and args.plain:
            figures["times_as_fast"] = round(
                figures["ours"]["submissions_per_s"] / figures["plain"]["submissions_per_s"], 1
            )
            say(f"... {figures['times_as_fast']} times as fast")
        if args.cluster:
            from distributed import LocalCluster

            with LocalCluster(
                n_workers=cores + 1, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1"
            ) as cluster:
                measure(
                    "cluster",
                    "explorables grade --scheduler, on a local Dask cluster",
                    args.cluster,
                    ours("--scheduler", cluster.scheduler_address),
                )
    target = ROOT / "_build/bench-grading.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(figures, indent=1) + "\n")
    say(f"figures are in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
