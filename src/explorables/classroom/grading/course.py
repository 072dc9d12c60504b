"""A course in nbgrader's folders, and beside them a journal of what became of each submission."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets.config import Config

LARGEST_BYTES = 200_000_000
MOST_FILES = 5000


@dataclass
class Result:
    """What became of one submission; an entry of the journal.

    Attributes
    ----------
    student : str
    fingerprint : str
        Of what was graded: the submitted files and the tests.
    failed : list of str
        Why it could not be graded to its end; empty when it was.
    notes : list of str
        What was put right, or is worth a look.
    seconds : float
        Time in the jail.
    scored : bool
        Whether it has a score in the gradebook.
    """

    student: str
    fingerprint: str
    failed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    scored: bool = False

    @property
    def status(self) -> str:
        """`graded` or `failed`."""
        return "failed" if self.failed else "graded"


class Course:
    """An assignment of a course.

    Parameters
    ----------
    root : Path
        The folder with source/, release/, submitted/ and gradebook.db.
    assignment : str

    Raises
    ------
    ValueError
        When the course or the assignment is not there.
    """

    def __init__(self, root: Path, assignment: str) -> None:
        self.root = Path(root).resolve()
        self.assignment = assignment
        if (
            not assignment
            or assignment in {".", ".."}
            or "/" in assignment
            or any(sign in assignment for sign in "*?[")
        ):
            raise ValueError(f"{assignment!r} cannot be the name of an assignment")
        if not self.root.is_dir():
            raise ValueError(f"there is no folder {self.root}")
        self.config = read_config(self.root)
        self.directory = CourseDirectory(config=self.config)
        self.journal = self.root / "grading" / assignment
        database = self.directory.db_url
        if database.startswith("sqlite:///") and not Path(database.removeprefix("sqlite:///").split("?")[0]).is_file():
            raise ValueError(
                f"{self.root} has no gradebook.db: is it the folder of an nbgrader course, and did you run "
                f"`nbgrader generate_assignment {assignment}` there?"
            )
        with self.gradebook() as gradebook:
            try:
                notebooks = gradebook.find_assignment(assignment).notebooks
            except MissingEntry:
                known = ", ".join(sorted(one.name for one in gradebook.assignments)) or "none"
                raise ValueError(f"the gradebook has no assignment {assignment!r} (it has: {known})") from None
            self.notebooks = sorted(notebook.name for notebook in notebooks)
            cells = [
                (notebook.name, cell.name, cell.source, cell.checksum)
                for notebook in notebooks
                for cell in notebook.source_cells
            ]
            points = [
                (notebook.name, grade.name, grade.max_score) for notebook in notebooks for grade in notebook.grade_cells
            ]
        self.tests = hashlib.sha256(
            json.dumps([sorted(map(repr, cells)), sorted(map(repr, points))]).encode()
        ).hexdigest()

    @property
    def cell_s(self) -> float:
        """Seconds that the course's nbgrader_config.py gives a cell, or else nbgrader's default."""
        return float(self.config.Execute.get("timeout", Execute.timeout.default_value))

    def gradebook(self) -> Gradebook:
        """nbgrader's gradebook; use it in a `with`."""
        return Gradebook(self.directory.db_url, self.directory.course_id)

    def folder(self, step: str, student: str = ".") -> Path:
        """Folder of one of nbgrader's steps (`submitted`, `release`...) for a student."""
        return Path(self.directory.format_path(getattr(self.directory, f"{step}_directory"), student, self.assignment))

    def submitted(self) -> list[str]:
        """Students with a submission."""
        above, pattern = str(self.folder("submitted", "\0")).split("\0", 1)
        folder = Path(above)
        names = sorted(os.listdir(folder)) if folder.is_dir() else []
        return [name for name in names if not name.startswith(".") and Path(f"{above}{name}{pattern}").is_dir()]

    def results(self) -> dict[str, Result]:
        """The journal, by student."""
        if not self.journal.is_dir():
            return {}
        entries = [json.loads(path.read_text()) for path in sorted(self.journal.glob("*.json"))]
        return {entry["student"]: Result(**entry) for entry in entries}

    def record(self, result: Result) -> None:
        """Enter a result into the journal, in one move."""
        self.journal.mkdir(parents=True, exist_ok=True)
        path = self.journal / f"{result.student}.json"
        fresh = path.with_suffix(".new")
        with open(fresh, "w") as file:
            json.dump(asdict(result), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    @contextlib.contextmanager
    def only_writer(self) -> Iterator[None]:
        """Keep a second grading of this course out.

        Raises
        ------
        RuntimeError
            When there is one.
        """
        (self.root / "grading").mkdir(exist_ok=True)
        with open(self.root / "grading" / "lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RuntimeError(f"another grading of {self.root} is running") from None
            yield


@dataclass
class Submission:
    """The files of a submission, as they were when it was read.

    Attributes
    ----------
    files : dict of str to bytes
        By their path in the submission's folder.
    notes : list of str
        What was left out.
    """

    files: dict[str, bytes]
    notes: list[str]

    def fingerprint(self, tests: str) -> str:
        """Hash of the files and of the tests that they meet."""
        digest = hashlib.sha256(tests.encode())
        for name, content in sorted(self.files.items()):
            digest.update(json.dumps([name, len(content)]).encode() + content)
        return digest.hexdigest()


def read_submission(folder: Path) -> Submission:
    """Read a folder that anybody may have made: links and devices are left out.

    Raises
    ------
    ValueError
        When it is too large.
    """
    files: dict[str, bytes] = {}
    notes: list[str] = []
    size = 0
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in {".ipynb_checkpoints", "__pycache__"})
        for name in sorted([*names, *(name for name in folders if os.path.islink(os.path.join(path, name)))]):
            file = Path(path, name)
            relative = str(file.relative_to(folder))
            if not stat.S_ISREG(file.lstat().st_mode):
                notes.append(f"{relative}: not an ordinary file; left out")
                continue
            size += file.lstat().st_size
            if size > LARGEST_BYTES or len(files) >= MOST_FILES:
                raise ValueError(
                    f"the submission is larger than {LARGEST_BYTES / 1e6:g} MB or has more than {MOST_FILES} files"
                )
            try:
                relative.encode()
                descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
            except (UnicodeEncodeError, OSError):
                notes.append(f"{relative!a}: cannot be read; left out")
                continue
            with open(descriptor, "rb") as opened:
                files[relative] = opened.read()
    return Submission(files, notes)


def read_config(root: Path) -> Config:
    """nbgrader's settings for a course: the machine's, the user's, and those of its nbgrader_config.py."""
    here = os.getcwd()
    try:
        os.chdir(root)
        app = NbGrader()
        app.log_level = logging.ERROR
        app.load_config_file()
    finally:
        os.chdir(here)
    config = Config(app.config)
    config.CourseDirectory.root = str(root)
    # A formgrader that is writing holds the database for a moment: wait for it rather than fail.
    database = config.CourseDirectory.get("db_url") or f"sqlite:///{root / 'gradebook.db'}"
    if database.startswith("sqlite:///") and "?" not in str(database):
        config.CourseDirectory.db_url = f"{database}?timeout=60"
    return config
