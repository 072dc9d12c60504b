"""Grades an assignment: jails run the notebooks side by side, and one writer hands them to nbgrader for scoring."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import ctypes
import functools
import logging
import math
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
import nbgrader.api
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files, is_solution, parse_utc
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from explorables.book import current
from explorables.classroom.exercises import keys
from explorables.classroom.exercises.build import KEYS
from explorables.classroom.grading import ask, cgroup, judging
from explorables.classroom.grading.canary import names_imported
from explorables.classroom.grading.course import LONGEST_NAME, RECEIPT, SHOWN, Course, Result, printable
from explorables.classroom.grading.execute import Job, Run, run_job
from explorables.classroom.grading.jail import IsolationMissing, Limits, check_isolation, visible
from explorables.classroom.grading.restore import Unreadable, read_notebook, restore
from explorables.classroom.grading.sanitize import sanitize

PR_SET_PDEATHSIG = 1
CLOCKS = timedelta(days=1)  # by which a machine's clock or zone may be wrong
PAUSES_S = (1, 5)  # before what the machine prevented is tried again
PATIENCE_S = 10  # with a scheduler that does not answer, and with one that has no worker
# A course's settings name the steps by classes or by where they stand; these are done here in another way.
REPLAYED = {"Execute", "JailedExecute"}
DONE_HERE = {"Sanitize", "Ask"}


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


@contextlib.contextmanager
def pool(workers: int, scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    """Processes on this machine, or those of a Dask cluster behind the same interface; and how many there are."""
    if scheduler:
        with cluster(scheduler) as client, client.get_executor(pure=False) as executor:
            yield executor, sum(client.nthreads().values())
        return
    # Forked, so that they need not load nbgrader again; no thread runs yet.
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(
        workers, mp_context=context, initializer=die_with, initargs=(os.getpid(),)
    ) as executor:
        yield executor, workers


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Any]:
    """A client of a Dask cluster that can grade.

    Raises
    ------
    RuntimeError
        When its scheduler does not answer, or it has no worker, or a worker lacks a package.
    IsolationMissing
        When a worker cannot build a jail.
    """
    try:
        from distributed import Client
        from distributed.comm import connect
    except ModuleNotFoundError:
        raise RuntimeError('a cluster needs Dask: pip install "explorables[cluster]"') from None

    async def knock() -> None:
        """Greet the scheduler: a client would wait for ever for a server that is none."""
        connection = await asyncio.wait_for(connect(address, timeout=PATIENCE_S), PATIENCE_S + 1)
        await connection.close()

    try:
        with concurrent.futures.ThreadPoolExecutor(1) as thread:  # a notebook has a loop running in its own
            thread.submit(asyncio.run, knock()).result()
    except Exception as error:  # noqa: BLE001 - whatever speaks there may answer anything
        why = (
            str(error) or "it keeps silent"
            if isinstance(error, OSError | ValueError)
            else "what speaks there is something else"
        )
        raise RuntimeError(
            f"nothing was graded: no Dask scheduler answers at {address} ({why}). Give the address that "
            "`dask scheduler` prints, or leave --scheduler out to grade on this machine"
        ) from None
    with Client(address, timeout=PATIENCE_S) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError:
            raise RuntimeError(
                f"nothing was graded: the Dask scheduler at {address} has no worker. Start one on each machine: "
                f"`dask worker {address}`"
            ) from None
        check_workers(client)
        yield client


def check_workers(client: Any) -> None:
    """Make sure that all workers have the packages and can build a jail. A task that a worker cannot even read would end it."""
    for package in filter(None, ("explorables", current().distribution, "nbgrader")):
        here = metadata.version(package)
        # What is asked comes with Python, so that any worker can answer.
        for worker, found in client.run(metadata.version, package, on_error="return").items():
            if found != here:
                has = f"has {package} {found}, and here is {here}" if isinstance(found, str) else f"lacks {package}"
                raise RuntimeError(
                    f"nothing was graded: the worker at {worker} {has}. Install the same there, for example "
                    f'`pip install "explorables[cluster,course]=={metadata.version("explorables")}"`'
                )
    for worker, error in client.run(check_isolation, on_error="return").items():
        if error is not None:
            raise IsolationMissing(f"the worker at {worker}: {error}")


def die_with(parent: int) -> None:
    """End this worker, and with it the jail that it runs, as soon as the grader ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def sweep() -> None:
    """Remove what is left of jails whose grader was ended."""
    cgroup.sweep()
    for folder in Path("/tmp").glob("xp-*-*"):
        owner = folder.name.split("-")[1]
        if folder.is_dir() and not folder.is_symlink() and owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
