"""A course in nbgrader's folders, and beside them a journal of what became of each submission."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from explorables.classroom.files import rewrite

LARGEST_BYTES = 200_000_000
MOST_FILES = 5000
RECEIPT = ("timestamp.txt", "submission_secret.txt")  # what nbgrader's exchange adds to a submission
# Files of a student's that formgrader may show: it serves them from JupyterLab's own origin, where a page could run scripts.
SHOWN = {"", ".csv", ".tsv", ".txt", ".json", ".md", ".py", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf"}
SHOWN |= {".xlsx", ".ods", ".parquet", ".npy", ".npz", ".zip", ".geojson", ".toml", ".yaml", ".yml"}
DEEPEST = 20  # folders within folders
LONGEST_NAME = 200  # bytes of a student's folder; the journal adds an ending
NAME = re.compile(r"[\w@](?:[\w.@+' -]*[\w@+])?")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

UNSEEN = re.compile(r"^[\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


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
            raise ValueError(f"{assignment!r} cannot be the name of an assignment: leave out / * ? and [")
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
        return [name for name in self._folders() if usable(name)]

    def unusable(self) -> list[str]:
        """Names of folders with a submission that cannot be a student's, fit to be printed."""
        return [ascii(name) for name in self._folders() if not usable(name)]

    def _folders(self) -> list[str]:
        above, pattern = str(self.folder("submitted", "\0")).split("\0", 1)
        folder = Path(above)
        names = sorted(os.listdir(folder)) if folder.is_dir() else []
        return [name for name in names if not name.startswith(".") and os.path.isdir(f"{above}{name}{pattern}")]

    def read(self, student: str) -> Submission:
        """A student's submission.

        Raises
        ------
        ValueError
            When it is too large, or a link to another place.
        """
        folder = self.folder("submitted", student)
        top = self.folder("submitted", "\0").parts.index("\0")
        if any(Path(*folder.parts[: end + 1]).is_symlink() for end in range(top, len(folder.parts))):
            raise ValueError("the folder is a link to another place: put the files themselves there")
        return read_submission(folder)

    def results(self) -> dict[str, Result]:
        """The journal, by student."""
        if not self.journal.is_dir():
            return {}
        entries = [json.loads(path.read_text()) for path in sorted(self.journal.glob("*.json"))]
        return {entry["student"]: Result(**entry) for entry in entries}

    def record(self, result: Result) -> None:
        """Enter a result into the journal, in one move."""
        self.journal.mkdir(parents=True, exist_ok=True)
        rewrite(self.journal / f"{result.student}.json", json.dumps(asdict(result), indent=1))

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
                raise RuntimeError(f"another grading of {self.root} is running: wait until it ends") from None
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
    size = seen = 0
    waiting = [""]
    while waiting:
        below = waiting.pop()
        if below.count("/") > DEEPEST:
            notes.append(f"{below[:40]}...: folders deeper than {DEEPEST}; left out")
            continue
        try:
            names = sorted(os.listdir(folder / below))
        except OSError:
            notes.append(f"{below}: cannot be read; left out")
            continue
        for name in names:
            relative, file = f"{below}{name}", folder / below / name
            about = file.lstat()
            seen += 1
            if stat.S_ISDIR(about.st_mode):
                if name not in {".ipynb_checkpoints", "__pycache__"}:
                    waiting.append(f"{relative}/")
            elif not stat.S_ISREG(about.st_mode):
                notes.append(f"{relative}: not an ordinary file; left out")
            else:
                size += about.st_size
            if size > LARGEST_BYTES or seen > MOST_FILES:
                raise ValueError(
                    f"the submission is larger than {LARGEST_BYTES / 1e6:g} MB or has more than {MOST_FILES} files"
                )
            if not stat.S_ISREG(about.st_mode):
                continue
            try:
                relative.encode()
                descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            except (UnicodeEncodeError, OSError):
                notes.append(f"{relative}: cannot be read; left out")
                continue
            with open(descriptor, "rb") as opened:
                files[relative] = opened.read(LARGEST_BYTES)
    return Submission(dict(sorted(files.items())), notes)


def sift(folder: Path, submitted: Path, source: Path) -> None:
    """Take out of nbgrader's copy of a submission what it found behind links, and pages that formgrader would serve.

    Parameters
    ----------
    folder : Path
        The copy, below ``autograded/``.
    submitted, source : Path
        Where its files came from. What the instructor has given stays.
    """
    for path in [path for path in folder.rglob("*") if not path.is_dir()]:
        name = path.relative_to(folder)
        places = [submitted / name, *(submitted / above for above in name.parents)]
        if (source / name).is_file() or name.suffix == ".ipynb":
            continue
        if any(place.is_symlink() for place in places) or name.suffix.lower() not in SHOWN:
            path.unlink()


def usable(name: str) -> bool:
    """Whether a folder's name can be a student's id: in nbgrader's database and patterns, in names of files, in tables."""
    return bool(NAME.fullmatch(name)) and len(name.encode(errors="replace")) <= LONGEST_NAME


def printable(text: str) -> str:
    """A text without what commands a terminal, reorders letters or cannot be written."""
    return CONTROL.sub(lambda sign: ascii(sign[0])[1:-1], text)


def plain(value: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    # Some take the signs of full width, too, and a mark that nobody sees does not keep them from it.
    return f"'{value}" if unicodedata.normalize("NFKC", UNSEEN.sub("", value))[:1] in {*"=+-@"} else value


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
