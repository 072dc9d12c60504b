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
import time
from collections.abc import Callable
from pathlib import Path

from environment import ROOT, fail, say

sys.path.insert(0, str(ROOT / "tests"))
from classroom import ASSIGNMENT, MANUAL, generated_class, hardware_phase, make_course, nbgrader


def points(course: Path) -> dict[str, float]:
    """Automatic points of every student."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "hardware") as book:
        return {entry.student.id: sum(grade.auto_score or 0 for notebook in entry.notebooks for grade in notebook.grades
                                      if grade.name != MANUAL)
                for entry in book.assignment_submissions(ASSIGNMENT)}


def timed(empty: Path, size: int, run: Callable[[Path], object]) -> dict[str, float]:
    """Wall time of grading a class of `size` in a fresh copy of the course `empty`."""
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
        course = Path(shutil.copytree(empty, Path(folder) / "course"))
        expected = generated_class(course, size)
        start = time.monotonic()
        run(course)
        seconds = time.monotonic() - start
        if points(course) != expected:
            fail("grades were lost or wrong")
    return {"submissions": size, "seconds": round(seconds, 1), "seconds_each": round(seconds / size, 2)}


def ours(*options: str) -> Callable[[Path], None]:
    """Grade with this project's command."""
    def run(course: Path) -> None:
        done = hardware_phase("grade", course, "--assignment", ASSIGNMENT, *options)
        if done.returncode:
            fail(done.stdout + done.stderr)
    return run


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200, help="submissions for this project's grader (default: %(default)s)")
    parser.add_argument("--plain", type=int, default=200, help="submissions for plain nbgrader (default: %(default)s)")
    parser.add_argument("--cluster", type=int, default=2000, help="submissions for the cluster (default: %(default)s)")
    args = parser.parse_args()
    workers = os.cpu_count() or 1
    figures: dict[str, object] = {"cores": workers, "load_before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
        empty = make_course(Path(folder) / "course")
        say(f"plain nbgrader: {args.plain} submissions, one after another")
        figures["plain"] = timed(empty, args.plain, lambda course: nbgrader(course, "autograde", ASSIGNMENT))
        say(f"... {figures['plain']}")
        say(f"hardware-phase grade: {args.size} submissions on {workers} cores")
        figures["ours"] = timed(empty, args.size, ours())
        say(f"... {figures['ours']}")
        if args.cluster:
            from distributed import LocalCluster

            say(f"hardware-phase grade --scheduler: {args.cluster} submissions on a local Dask cluster")
            with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as cluster:
                figures["cluster"] = timed(empty, args.cluster, ours("--scheduler", cluster.scheduler_address))
            say(f"... {figures['cluster']}")
    figures["load_after"] = round(os.getloadavg()[0], 1)
    target = ROOT / "_build/bench-grading.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(figures, indent=1) + "\n")
    say(f"figures are in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
