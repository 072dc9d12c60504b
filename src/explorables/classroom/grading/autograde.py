"""Grades an assignment: jails run the notebooks side by side, and one writer hands them to nbgrader for scoring."""

from __future__ import annotations

import concurrent.futures
import math
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import is_solution, parse_utc
from sqlalchemy.exc import SQLAlchemyError

from explorables.classroom.exercises import keys
from explorables.classroom.exercises.build import KEYS
from explorables.classroom.grading import ask, judging
from explorables.classroom.grading.canary import names_imported
from explorables.classroom.grading.course import LONGEST_NAME, RECEIPT, SHOWN, Course, Result, printable
from explorables.classroom.grading.execute import Job, Run, run_job
from explorables.classroom.grading.jail import IsolationMissing, Limits, check_isolation, visible
from explorables.classroom.grading.restore import Unreadable, read_notebook, restore
from explorables.classroom.grading.sanitize import sanitize
from explorables.classroom.grading.stage import MACHINES, Stage, complaints, one_engine
from explorables.classroom.grading.workers import pool, sweep

CLOCKS = timedelta(days=1)  # by which a machine's clock or zone may be wrong
PAUSES_S = (1, 5)  # before what the machine prevented is tried again


def grade_assignment(
    root: Path,
    assignment: str,
    *,
    limits: Limits | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    regrade: bool = False,
) -> list[Result]:
    """Grade what is new or changed among the submissions of an assignment.

    Parameters
    ----------
    root : Path
        Folder of an nbgrader course.
    assignment : str
    limits : Limits, optional
        What one submission may use.
    workers : int, optional
        Submissions at a time on this machine; by default three for two cores, since a kernel that starts waits a while.
    scheduler : str, optional
        Address of a Dask scheduler whose workers run the submissions instead.
    regrade : bool
        Grade also what has not changed. Manual scores stay in any case.

    Returns
    -------
    results : list of Result
        For every submission, also those graded before.

    Raises
    ------
    IsolationMissing
        When submissions cannot be kept in a jail; nothing is graded then.
    RuntimeError
        When the scheduler does not answer, or its workers cannot grade; nothing is graded then.
    ValueError
        When the course, the assignment or an argument is not right.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    course = Course(root, assignment)
    if not scheduler:
        check_isolation()
    for path in visible():
        if course.root.is_relative_to(path):
            raise ValueError(f"the course lies in {path}, which submissions can read: move it elsewhere")
    with course.only_writer(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's, about its own database, and about cells that are then restored
        sweep()
        with one_engine():
            Grading(course, limits or Limits(), regrade).run(
                workers or math.ceil(1.5 * (os.cpu_count() or 1)), scheduler
            )
        results = course.results()
    return [results[student] for student in course.submitted() if student in results]


class WorkerEnded(Exception):
    """A worker was ended from outside, for want of memory or by what it ran."""

    def __init__(self, in_hand: list[tuple[Job, Result]]) -> None:
        super().__init__()
        self.in_hand = in_hand


class Grading:
    """One run of the grader over an assignment."""

    def __init__(self, course: Course, limits: Limits, regrade: bool) -> None:
        self.course = course
        self.limits = limits
        self.regrade = regrade
        self.released = {name: self.read(course.folder("release"), name) for name in course.notebooks}
        self.imported = {
            name: names_imported(
                [
                    cell.source
                    for cell in self.read(course.folder("source"), name).cells
                    if cell.cell_type == "code" and not is_solution(cell)
                ]
            )
            for name in course.notebooks
        }
        self.keys = keys.read(course.root / KEYS, course.assignment)
        self.blank = {name: dict(ask.written(released)) for name, released in self.released.items()}
        self.graded: list[Result] = []
        self.said = ""
        self.start = time.monotonic()

    def read(self, folder: Path, name: str) -> NotebookNode:
        """Read one of the instructor's notebooks."""
        path = folder / f"{name}.ipynb"
        if not path.is_file():
            raise ValueError(f"{path} is missing: run `nbgrader generate_assignment {self.course.assignment}`")
        return nbformat.read(path, as_version=4)

    def run(self, workers: int, scheduler: str | None) -> None:
        """Grade all that is to be graded."""
        done = {} if self.regrade else self.course.results()
        students = self.course.submitted()
        if not students:
            print(
                f"nobody has handed in {self.course.assignment}: a submission lies in {self.course.folder('submitted', 'STUDENT')}",
                file=sys.stderr,
            )
            return
        with self.course.gradebook() as gradebook:
            new = sorted({*students} - {student.id for student in gradebook.students})
        with tempfile.TemporaryDirectory(prefix="explorables-") as stage:
            self.stage = Stage(self.course, Path(stage))
            self.total, self.skipped = len(students), 0
            jobs = self.jobs(students, done)
            while True:
                try:
                    with pool(workers, scheduler) as (executor, slots):
                        self.work(jobs, executor, 2 * slots)
                    break
                except WorkerEnded as ended:
                    for job, result in ended.in_hand:
                        self.alone(job, result)
        self.say(last=True)
        if odd := self.course.unusable():
            print(
                f"left out, because no student can have this id: {', '.join(odd)}. An id has letters, digits and . @ _ + ' -, "
                f"and at most {LONGEST_NAME} of them: rename the folder and grade again",
                file=sys.stderr,
            )
        if new:
            print(
                f"new in the gradebook: {', '.join(new)}. If that is a slip in the name of a folder, rename it and grade again",
                file=sys.stderr,
            )

    def jobs(self, students: list[str], done: dict[str, Result]) -> Iterator[tuple[Job, Result]]:
        """The submissions to run; those that cannot be run are entered as failed."""
        for student in students:
            try:
                submission = self.course.read(student)
            except ValueError as error:
                self.finish(Result(student, "", failed=[str(error)]))
                continue
            fingerprint = submission.fingerprint(self.course.tests)
            if student in done and done[student].fingerprint == fingerprint:
                self.skipped += 1
                continue
            result = Result(student, fingerprint, notes=submission.notes)
            try:
                job = self.prepare(student, submission.files, result)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a submission does stays with it
                what = f"{type(error).__name__}: {error}"
                if found := MACHINES.search(what):
                    result.fingerprint = ""
                    what = f"this machine could not prepare it ({found[0]}); the next run tries again"
                else:
                    what = f"nbgrader cannot read the submission ({type(error).__name__})"
                result.failed.append(what)
                job = None
            if job:
                yield job, result
            else:
                self.finish(result)

    def prepare(self, student: str, files: dict[str, bytes], result: Result) -> Job | None:
        """Restore the tests of a submission; None when it holds no notebook that can run."""
        ready: dict[str, bytes] = {name: content for name, content in files.items() if not name.endswith(".ipynb")}
        if (time_ := RECEIPT[0]) in ready and not is_time(ready[time_]):
            del ready[time_]
            result.notes.append(f"{time_}: says no time; left out")
        for name in self.course.notebooks:
            if f"{name}.ipynb" not in files:
                others = ", ".join(sorted(other for other in files if other.endswith(".ipynb"))) or "no notebook"
                result.failed.append(f"{name}.ipynb is missing (there is {others})")
                continue
            try:
                notebook = read_notebook(files[f"{name}.ipynb"])
            except Unreadable as error:
                result.failed.append(f"{name}.ipynb cannot be read: {error}")
                continue
            result.notes += [f"{name}, {note}" for note in restore(notebook, self.released[name])]
            ready[f"{name}.ipynb"] = nbformat.writes(notebook).encode()
        notebooks = [name for name in self.course.notebooks if f"{name}.ipynb" in ready]
        if not notebooks:
            return None
        beside = self.stage.files(student, ready)
        kept = {f"{name}.ipynb" for name in notebooks} | {name for name in beside if Path(name).suffix.lower() in SHOWN}
        self.stage.put(student, {name: content for name, content in ready.items() if name in kept})
        return Job(
            student,
            self.stage.sanitized(student),
            beside,
            {name: self.imported[name] for name in notebooks},
            {name: set(self.keys) for name in notebooks},
            self.limits,
        )

    def work(self, jobs: Iterator[tuple[Job, Result]], executor: Executor, ahead: int) -> None:
        """Keep the workers busy, a few jobs ahead, and score what comes back."""
        running: dict[Future[Run], tuple[Job, Result]] = {}
        while True:
            while len(running) < ahead and (entry := next(jobs, None)):
                running[executor.submit(run_job, entry[0])] = entry
            if not running:
                return
            for future in concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED).done:
                job, result = running.pop(future)
                try:
                    self.take(future, job, result)
                except BrokenProcessPool:
                    raise WorkerEnded([(job, result), *running.values()]) from None
                except CancelledError:
                    hands = ", ".join(sorted([job.student, *(other.student for other, _ in running.values())]))
                    raise RuntimeError(
                        f"the Dask cluster went away, with {hands} in hand. Run the command again: it goes on where it "
                        "stopped"
                    ) from None
            self.say()

    def take(self, future: Future[Run], job: Job, result: Result) -> None:
        """Score what a worker made of a job."""
        try:
            self.score(future.result(), result)
        except (IsolationMissing, BrokenProcessPool, CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever happens to one submission stays with it
            # That may be the machine's fault, so the next run tries it again.
            result.failed.append(f"it could not be run ({type(error).__name__}), and is tried again by the next run")
            result.fingerprint = ""
            self.finish(result)
        self.stage.remove(job.student)

    def alone(self, job: Job, result: Result) -> None:
        """Run a job that was in hand when a worker ended, by itself; one that ends a worker again is set aside."""
        try:
            with pool(1, None) as (executor, _):
                self.take(executor.submit(run_job, job), job, result)
        except BrokenProcessPool:
            result.failed.append(
                "a worker of the grader was ended twice while it ran, so it was set aside: look at it before you grade it "
                "again with --regrade"
            )
            self.finish(result)
            self.stage.remove(job.student)
        self.say()

    def score(self, run: Run, result: Result) -> None:
        """Let nbgrader score a run, and enter the result."""
        result.failed += run.failed
        result.notes += run.notes
        result.seconds = round(run.seconds, 2)
        for name, text in run.notebooks.items():
            notebook = nbformat.reads(text, as_version=4)
            said = run.reported.get(name, {})
            result.notes += [f"{name}: {note}" for note in judging.judge(notebook, self.keys, said, run.student)]
            sanitize(notebook)
            run.notebooks[name] = nbformat.writes(notebook)
        for pause_s in (*PAUSES_S, None):
            complaints.lines.clear()
            try:
                self.stage.autograde(run, self.blank)
                result.scored = True
            except (NbGraderException, SystemExit, OSError, SQLAlchemyError) as error:
                what = complaints.last or f"{type(error).__name__}: {error}"
                found = MACHINES.search(what)
                if found and pause_s is not None:
                    time.sleep(pause_s)
                    continue
                if found:
                    result.fingerprint = ""
                    result.failed.append(f"this machine could not score it ({found[0]}); the next run tries again")
                else:
                    result.failed.append(f"nbgrader did not accept it ({what.split(':')[0]})")
            break
        self.finish(result)

    def finish(self, result: Result) -> None:
        """Enter a result into the journal."""
        result.failed, result.notes = [*map(printable, result.failed)], [*map(printable, result.notes)]
        self.course.record(result)
        self.graded.append(result)

    def say(self, last: bool = False) -> None:
        """Show how far it is: on a terminal in one line that changes."""
        done = len(self.graded)
        failed = sum(result.status == "failed" for result in self.graded)
        news = (
            f"{done + self.skipped} of {self.total} submissions: {done} graded now ({failed} not to the end), "
            f"{self.skipped} unchanged"
        )
        line = f"{news}, {time.monotonic() - self.start:.0f} s"
        live = sys.stderr.isatty()
        if live or news != self.said:
            print(f"\r{line}" if live else line, end="\n" if last or not live else "", file=sys.stderr, flush=True)
        self.said = news


def is_time(content: bytes) -> bool:
    """Whether nbgrader can read a time of handing in, and it is none to come."""
    try:
        found = parse_utc(content.decode().strip())
        return found is not None and found < datetime.now(UTC).replace(tzinfo=None) + CLOCKS
    except Exception:  # noqa: BLE001 - the parser below nbgrader fails in many ways
        return False
