"""Canvas by its API: work, deadlines and more time come from there, final grades and comments go there.

``canvas.toml`` in the course's folder says where; the token stands in the environment or in a file that only you can
read. Without `send`, :func:`push` sends nothing, and :func:`pull` never does.
"""

from __future__ import annotations

import csv
import json
import os
import re
import tempfile
import time
import tomllib
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from explorables.classroom.exercises.build import COLUMNS, EXTENSIONS, SETTINGS
from explorables.classroom.files import rewrite, table
from explorables.classroom.grading import collect
from explorables.classroom.grading.course import CONTROL, LARGEST_BYTES, Course, plain, printable
from explorables.classroom.grading.late import Deadlines
from explorables.classroom.grading.standing import Standing, standings

FILE = "canvas.toml"
TOKEN = "CANVAS_TOKEN"
REASON = "Canvas"  # in the lines of extensions.csv that come from there
PAUSES_S = (1, 5, 20)  # before what was refused for coming too often is asked again
PATIENCE_S = 60
HERE = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Settings:
    """Where a course is in Canvas.

    Attributes
    ----------
    address : str
    course : int
    assignments : dict of str to int
        Canvas's number by assignment, for those whose name there is another.
    token : str
        Never shown.
    """

    address: str
    course: int
    assignments: dict[str, int] = field(default_factory=dict)
    token: str = field(default="", repr=False)

    @classmethod
    def read(cls, root: Path) -> Settings:
        """Read a course's settings, and the token.

        Raises
        ------
        ValueError
            If something is missing or not safe; the message says what to write.
        """
        path = root / FILE
        example = 'address = "https://canvas.example.edu"\ncourse = 101  # the number in the address of your course'
        if not path.is_file():
            raise ValueError(f"{path} is missing. Write into it:\n{example}")
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
            address, course = str(found["address"]).rstrip("/"), int(found["course"])
            assignments = {name: int(number) for name, number in found.get("assignments", {}).items()}
        except (
            tomllib.TOMLDecodeError,
            UnicodeDecodeError,
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
        ) as problem:
            raise ValueError(f"{path} cannot be used ({problem}). It should be like:\n{example}") from None
        if "token" in found:
            raise ValueError(
                f"{path} holds a token, and others may see it: take it out, make a new one, for the variable {TOKEN}"
            )
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in HERE):
            raise ValueError(f"{path}: the address begins with https://, else the token could be read on its way")
        return cls(address, course, assignments, read_token(path, found.get("token_file")))


def read_token(settings: Path, file: Any) -> str:
    """The token: of the environment, or else of the file that the settings name.

    Raises
    ------
    ValueError
        If there is none, or others can read it.
    """
    if token := os.environ.get(TOKEN, "").strip():
        return token
    if not file:
        raise ValueError(
            f"there is no token: in Canvas choose Account, Settings, New access token, and put it into the variable {TOKEN}, "
            f"or into a file that {settings.name} names: token_file = '~/.canvas-token'"
        )
    path = Path(str(file)).expanduser()
    try:
        mode, token = path.stat().st_mode, path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ValueError(f"the file with the token, {path}, cannot be read ({type(problem).__name__})") from None
    if os.name == "posix" and mode & 0o077:
        raise ValueError(f"others can read the token in {path}: chmod 600 {path}")
    if not token:
        raise ValueError(f"the file with the token, {path}, is empty: write the token into it")
    return token


@dataclass
class Line:
    """What became, or would become, of one student; a line of the report.

    Attributes
    ----------
    student : str
    says : str
    failed : bool
    """

    student: str
    says: str
    failed: bool = False

    def __str__(self) -> str:
        return f"{self.student}: {self.says}"


class Canvas:
    """An assignment in Canvas.

    Parameters
    ----------
    course : Course

    Raises
    ------
    ValueError
        If the settings cannot be used.
    RuntimeError
        If Canvas does not let us in, or has no such course or assignment.
    """

    def __init__(self, course: Course) -> None:
        try:
            import canvasapi
        except ModuleNotFoundError:
            raise RuntimeError('Canvas by its API needs canvasapi: pip install "explorables[canvas]"') from None
        self.local = course
        self.settings = Settings.read(course.root)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of http, which is allowed on this machine alone
            self.client = canvasapi.Canvas(self.settings.address, self.settings.token)
        with self.words(f"the course {self.settings.course}"):
            there = self.client.get_course(self.settings.course)
        number = self.settings.assignments.get(course.assignment)
        with self.words(f"the assignment {number or course.assignment}"):
            if number:
                self.assignment = there.get_assignment(number)
            else:
                named = [
                    one
                    for one in there.get_assignments()
                    if one.name.strip().casefold() == course.assignment.casefold()
                ]
                if len(named) != 1:
                    many = f"{len(named)} assignments are" if named else "no assignment is"
                    raise RuntimeError(
                        f"in Canvas {many} called {course.assignment!r}: write its number, which ends its address there, into "
                        f"{FILE}:\n[assignments]\n{course.assignment} = 2001"
                    )
                (self.assignment,) = named
        with self.words("the course's people"):
            self.users = {
                user.id: user for user in there.get_users(enrollment_type=["student"], include=["email", "enrollments"])
            }
        self.ids = self._match()

    def _match(self) -> dict[int, str]:
        """Student's id by Canvas's number: by the gradebook's ``lms_user_id``, the login, the school's number, the email."""
        with self.local.gradebook() as gradebook:
            people = [collect.about(student) for student in gradebook.students]
        found = {}
        for number, user in self.users.items():
            names = {
                str(getattr(user, name, None) or "").casefold() for name in ("login_id", "sis_user_id", "email")
            } - {""}
            ways = (
                [one["id"] for one in people if one["lms"] == str(number)],
                [one["id"] for one in people if one["id"].casefold() in names],
                [one["id"] for one in people if one["email"].casefold() in names - {""}],
            )
            way = next(filter(None, ways), [])
            if len(way) == 1:
                found[number] = way[0]
        return found

    def of_section(self, section: int | None) -> list[int]:
        """Canvas's numbers of the students in a section."""
        return [
            number
            for number, user in self.users.items()
            if any(one.get("course_section_id") == section for one in getattr(user, "enrollments", None) or [])
        ]

    def name(self, number: int) -> str:
        """What to call somebody in the report."""
        return self.ids.get(number) or printable(getattr(self.users.get(number), "name", "") or f"user {number}")

    @contextmanager
    def words(self, what: str) -> Iterator[None]:
        """Say in words what Canvas refuses; the token is in none of them."""
        import requests
        from canvasapi import exceptions

        try:
            yield
        except exceptions.InvalidAccessToken:
            raise RuntimeError(
                f"Canvas does not know the token, or it has run out: make a new one, and set {TOKEN}"
            ) from None
        except exceptions.RateLimitExceeded:
            raise RuntimeError(
                f"Canvas was asked for {what} too often: run the command again in a few minutes"
            ) from None
        except (exceptions.Unauthorized, exceptions.Forbidden):
            raise RuntimeError(
                f"Canvas does not let this token at {what}: it needs the rights of a teacher there"
            ) from None
        except exceptions.ResourceDoesNotExist:
            raise RuntimeError(f"Canvas at {self.settings.address} does not have {what}: look at {FILE}") from None
        except exceptions.CanvasException as problem:
            raise RuntimeError(f"Canvas did not take {what}: {self.said(problem)}") from None
        except requests.RequestException as problem:
            raise RuntimeError(
                f"Canvas does not answer at {self.settings.address} ({type(problem).__name__}); what was done before stays done"
            ) from None
        except (KeyError, AttributeError, TypeError) as problem:
            raise RuntimeError(
                f"what answers at {self.settings.address} is not Canvas ({type(problem).__name__})"
            ) from None

    def said(self, problem: Exception) -> str:
        """An error's own words, short, and without the token."""
        return printable(str(problem).replace(self.settings.token, "(the token)"))[:200]

    def patiently(self, act: Callable[[], Any]) -> Any:
        """Do something again that was refused for coming too often."""
        from canvasapi.exceptions import RateLimitExceeded

        for pause_s in PAUSES_S:
            try:
                return act()
            except RateLimitExceeded:
                time.sleep(pause_s)
        return act()

    def submissions(self) -> list[Any]:
        """What there is of each student, with comments and files."""
        with self.words("the submissions"):
            return list(self.assignment.get_submissions(include=["submission_comments"]))

    def download(self, url: str) -> bytes:
        """A file; the token goes to Canvas itself only.

        Raises
        ------
        ValueError
            If it is larger than a submission may be.
        """
        import requests

        own = urlsplit(url)[:2] == urlsplit(self.settings.address)[:2]
        headers = {"Authorization": f"Bearer {self.settings.token}"} if own else {}
        with self.words("a file"), requests.get(url, headers=headers, stream=True, timeout=PATIENCE_S) as reply:
            reply.raise_for_status()
            content = b""
            for part in reply.iter_content(1 << 16):
                content += part
                if len(content) > LARGEST_BYTES:
                    raise ValueError(f"a file is larger than {LARGEST_BYTES / 1e6:g} MB")
        return content


def pull(course: Course, *, write: bool = True) -> list[Line]:
    """Take work, the deadline and students' own deadlines from Canvas.

    Parameters
    ----------
    course : Course
    write : bool
        False says only what would be taken.

    Returns
    -------
    list of Line
    """
    canvas = Canvas(course)
    zone = Deadlines.read(course.root).zone
    due = moment(canvas.assignment, "due_at")
    lines = [] if due is None else [Line(course.assignment, f"due {due.astimezone(zone):%Y-%m-%d %H:%M}")]
    own, said = own_deadlines(canvas, due, zone)
    lines += said
    handed = []
    for one in canvas.submissions():
        files = [file for file in getattr(one, "attachments", None) or [] if getattr(file, "url", None)]
        if not files:
            continue
        handed.append((one, files))
        if one.user_id not in canvas.ids:
            lines.append(Line(canvas.name(one.user_id), "the roster has nobody like this; left out", True))
        elif not write:
            lines.append(
                Line(canvas.name(one.user_id), f"{len(files)} files, handed in {getattr(one, 'submitted_at', '')}")
            )
    if not write:
        return lines
    if due is not None:
        set_due(course, due.astimezone(zone))
    set_extensions(course, own)
    return lines + take(canvas, [(one, files) for one, files in handed if one.user_id in canvas.ids])


def own_deadlines(canvas: Canvas, due: datetime | None, zone: ZoneInfo) -> tuple[list[dict[str, str]], list[Line]]:
    """Rows of ``extensions.csv`` for those with a deadline of their own or of their section's, and what to say of each.

    As in Canvas, a student's own goes before that of a section, and of several of one kind the latest counts
    (``lib/effective_due_dates.rb`` of canvas-lms).
    """
    with canvas.words("the deadlines of the assignment"):
        overrides = list(canvas.assignment.get_overrides())
    lines: list[Line] = []
    chosen: dict[str, tuple[bool, datetime, str]] = {}
    for one in overrides:
        until = moment(one, "due_at")
        title = printable(str(getattr(one, "title", "") or "a section or group"))
        if until is None:
            if hasattr(one, "due_at"):  # else only the days on which it can be seen are other ones
                lines.append(Line(title, f"has no deadline; not taken: write a late one into {EXTENSIONS}", True))
            continue
        text = f"due {until.astimezone(zone):%Y-%m-%d %H:%M}"
        section, named = getattr(one, "course_section_id", None), getattr(one, "student_ids", None)
        if section is None and not named:
            lines.append(Line(title, f"{text}; a group's deadline is not taken: write it into {EXTENSIONS}", True))
            continue
        if due is not None and until < due:
            lines.append(
                Line(title, f"{text}, before everybody else's; not taken, since {EXTENSIONS} gives more time", True)
            )
        for number in named or canvas.of_section(section):
            if student := canvas.ids.get(number):
                this = (bool(named), until, title)
                chosen[student] = max(this, chosen.get(student, this))
    rows = []
    for student, (_own, until, title) in chosen.items():
        if due is not None and until < due:
            continue
        text = f"{until.astimezone(zone):%Y-%m-%d %H:%M}"
        rows.append(dict(zip(COLUMNS, (student, canvas.local.assignment, "", text, REASON), strict=True)))
        lines.append(Line(student, f"has until {text} ({title})"))
    return rows, lines


def take(canvas: Canvas, handed: list[tuple[Any, list[Any]]]) -> list[Line]:
    """Put files to ``submitted/`` by way of a zip such as Canvas's own, so that all of `collect` holds for them too."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="explorables-") as folder:
        path, times = Path(folder, "submissions.zip"), Path(folder, "times.csv")
        matches: dict[str, str] = {}
        rows = []
        with zipfile.ZipFile(path, "w") as archive:
            for one, files in handed:
                student, label = canvas.ids[one.user_id], f"user {one.user_id}"
                try:
                    for file in files:
                        name = CONTROL.sub("_", str(file.filename).replace("/", "_").replace("\\", "_")).strip(". ")
                        name = f"{name[:80]}{PurePosixPath(name).suffix[:20]}" if len(name) > 100 else name or "file"
                        late = "LATE_" if getattr(one, "late", False) else ""
                        entry = f"{label}_{late}{one.user_id}_{file.id}_{name}"
                        archive.writestr(zipfile.ZipInfo(entry), canvas.download(file.url))
                except (ValueError, RuntimeError) as problem:
                    lines.append(Line(student, f"not taken: {problem}", True))
                    continue
                matches[label] = student
                if at := getattr(one, "submitted_at", None):
                    rows.append([student, at])
        with times.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([["student", "submitted_at"], *rows])
        if matches:
            found = collect.collect(canvas.local, path, matches=matches, times=times if rows else None)
            lines += [
                Line(one.student or one.label, "; ".join([one.status, *one.notes]), one.status == "refused")
                for one in found
            ]
    return lines


def push(course: Course, *, send: bool = False) -> list[Line]:
    """Send final scores with comments; what stands there already is not sent again.

    Parameters
    ----------
    course : Course
    send : bool
        Without it, nothing is sent, and the lines say what would be.

    Returns
    -------
    list of Line

    Raises
    ------
    ValueError
        If the points of the assignment are other than in Canvas.
    """
    canvas = Canvas(course)
    people = {one.student: one for one in standings(course)}
    most = next(iter(people.values())).max_score if people else 0.0
    there = getattr(canvas.assignment, "points_possible", None)
    if people and (there is None or abs(float(there) - most) > 1e-6):
        raise ValueError(
            f"in Canvas the assignment has {there or 'no'} points, here {most:g}: set {most:g} there first"
        )
    known = {canvas.ids[one.user_id]: one for one in canvas.submissions() if one.user_id in canvas.ids}
    lines = []
    for student, person in people.items():
        if person.final_score is None:
            lines.append(Line(student, f"not sent: {person.status}"))
            continue
        if student not in known:
            lines.append(Line(student, "not sent: Canvas has nobody like this in the course", True))
            continue
        entry, score, text = known[student], round(person.final_score, 4), comment(person)
        said = {str(one.get("comment", "")).strip() for one in getattr(entry, "submission_comments", None) or []}
        before = getattr(entry, "score", None)
        change: dict[str, Any] = {}
        if before is None or abs(float(before) - score) > 1e-6:
            change["submission"] = {"posted_grade": f"{score:g}"}
        if text not in said:
            change["comment"] = {"text_comment": text}
        if not change:
            lines.append(Line(student, f"{score:g} points stand there already"))
            continue
        was = "" if before is None or "submission" not in change else f" (there are {float(before):g})"
        what = " and ".join(
            [
                *([f"{score:g} points{was}"] if "submission" in change else []),
                *(["a comment"] if "comment" in change else []),
            ]
        )
        if not send:
            lines.append(Line(student, f"would get {what}"))
            continue
        try:
            with canvas.words(f"the grade of {student}"):
                canvas.patiently(partial(entry.edit, **change))
        except RuntimeError as problem:
            lines.append(Line(student, f"not sent: {problem}", True))
            continue
        lines.append(Line(student, f"got {what}"))
    return lines


def comment(person: Standing) -> str:
    """What a student reads beside the score."""
    cells = [
        f"{name.split('/')[-1]}: {points:g}" for name, points in sorted(person.cells.items()) if points is not None
    ]
    requests = [f"Your request on {one.cell}: {one.answer}" for one in person.requests if not one.open]
    return "\n".join(
        [
            f"{person.final_score:g} of {person.max_score:g} points. {'; '.join(cells)}.",
            *filter(None, [person.lateness]),
            *requests,
        ]
    )


def moment(thing: Any, name: str) -> datetime | None:
    """A time that Canvas says; None where it says none."""
    text = getattr(thing, name, None)
    return datetime.fromisoformat(str(text)) if text else None


def set_due(course: Course, due: datetime) -> None:
    """Write a deadline into the course's settings, whose other lines stay.

    Raises
    ------
    ValueError
        If the file has no place for it.
    """
    path = course.root / SETTINGS
    text = path.read_text(encoding="utf-8") if path.is_file() else f'zone = "{due.tzinfo}"\n\n[due]\n'
    bare = re.fullmatch(r"[\w-]+", course.assignment, re.ASCII)
    key = course.assignment if bare else json.dumps(course.assignment, ensure_ascii=False)
    line = f"{key} = {due:%Y-%m-%dT%H:%M:%S}"
    part = re.search(r"(?m)^[ \t]*\[due\][^\n]*\n?", text)
    if not part:
        raise ValueError(f"{path} has no part [due]: add it, with the line {line}")
    after = re.compile(r"(?m)^[ \t]*\[").search(text, part.end())
    end = after.start() if after else len(text)
    mine = re.compile(rf"(?m)^[ \t]*[\"']?{re.escape(course.assignment)}[\"']?[ \t]*=[^#\n]*?(?=[ \t]*(?:#|$))")
    if found := mine.search(text, part.end(), end):  # a comment behind it stays
        text = f"{text[: found.start()]}{line}{text[found.end() :]}"
    else:
        text = f"{text[: part.end()].rstrip(chr(10))}\n{line}\n{text[part.end() :]}"
    rewrite(path, text)


def set_extensions(course: Course, own: list[dict[str, str]]) -> None:
    """Put Canvas's lines for this assignment into the list of those with more time; all others stay."""
    path = course.root / EXTENSIONS
    rows: list[dict[str, str]] = []
    if path.is_file():
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = [{name: row.get(name) or "" for name in COLUMNS} for row in csv.DictReader(lines)]
    kept = [row for row in rows if (row["assignment"], row["reason"]) != (course.assignment, REASON)]
    if kept + own == rows:
        return
    rewrite(path, table(COLUMNS, [{name: plain(value) for name, value in row.items()} for row in kept + own]))
