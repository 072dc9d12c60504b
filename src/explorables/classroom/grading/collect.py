"""Takes what a learning platform gives, a zip of everybody's work, into the folders that nbgrader grades.

Canvas and Moodle each have a way to name files. Nothing in a zip is trusted (`unzip`), and work that was there before is kept.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from dateutil import parser as dates
from nbgrader.api import Student

from explorables.classroom.files import rewrite
from explorables.classroom.grading.course import (
    MOST_FILES,
    RECEIPT,
    Course,
    printable,
    read_submission,
    usable,
)
from explorables.classroom.grading.late import Deadlines, record_of
from explorables.classroom.grading.unzip import beside, listed, opened, read, tidy, unsafe

CANVAS = re.compile(r"(?P<name>[^_/]+)_(?:(?P<late>LATE)_)?(?P<user>\d+)_(?P<number>\d+)_(?P<file>[^/]+)")
MOODLE = re.compile(
    r"(?P<name>[^/]+)_(?P<number>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<flat>[^/]*))?(?:/(?P<file>.+))?"
)
AGAIN = re.compile(
    r"(?:[-_ ]\d{1,3}| ?\(\d{1,3}\)| - copy)$", re.IGNORECASE
)  # what platforms and browsers add to a name
WHO = (
    "student",
    "id",
    "username",
    "user name",
    "email address",
    "email",
    "full name",
    "student's full name",
    "identifier",
    "sis login id",
    "id number",
)
WHEN = ("submitted_at", "submitted", "time", "last modified (submission)", "submission time", "submitted at")


@dataclass
class Handed:
    """What one student handed in, as a zip has it.

    Attributes
    ----------
    label : str
        The name that the platform gave.
    user : str
        The platform's number of the user, where it says one.
    late : bool
    number : int
        Grows with each time of handing in, where the platform says one.
    files : dict of str to (int, ZipInfo)
        By their path in the submission, with the number of each.
    """

    label: str
    user: str = ""
    late: bool = False
    number: int = 0
    files: dict[str, tuple[int, zipfile.ZipInfo]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """What an instructor may call whoever it is; the last tells people of one name apart."""
        return (self.label, f"{self.label}_{self.user}") if self.user else (self.label,)


@dataclass
class Collected:
    """What became of one student's work; a line of the report.

    Attributes
    ----------
    student : str
        Their id; empty when nobody in the roster fits.
    label : str
    status : str
        ``new``, ``changed``, ``unchanged``, ``older`` or ``refused``.
    notes : list of str
    """

    student: str
    label: str
    status: str
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        who = self.student or f"{self.label} (nobody's)"
        return f"{who}: {'; '.join([self.status, *self.notes])}"


def collect(
    course: Course, path: Path, *, matches: Mapping[str, str] | None = None, times: Path | None = None
) -> list[Collected]:
    """Put the work in a zip of Canvas or Moodle, or of folders named by students' ids, into ``submitted/``.

    Parameters
    ----------
    course : Course
    path : Path
        The zip.
    matches : mapping, optional
        Names as the zip has them to students' ids, for those whom the roster's names do not tell.
    times : Path, optional
        A CSV that says when each handed in, such as Moodle's grading worksheet.

    Returns
    -------
    list of Collected
        A line for everybody in the zip.

    Raises
    ------
    ValueError
        If the file is no zip, or of no form that is known; nothing has been written then.
    """
    matches = dict(matches or {})
    with course.gradebook() as gradebook:
        people = [about(student) for student in gradebook.students]
    if unknown := set(matches.values()) - {one["id"] for one in people}:
        raise ValueError(f"nobody in the gradebook has the id {', '.join(sorted(unknown))}: import the roster first")
    said = read_times(times, course, people) if times else {}
    with course.only_writer(), opened(path) as archive:
        platform, handed, refused = sort(archive, people)
        if unused := set(matches) - {name for one in handed for name in one.names}:
            raise ValueError(f"the zip has nobody called {', '.join(sorted(unused))}")
        record = record_of(course.root, course.assignment)
        known: dict[str, Any] = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
        report = [Collected("", name, "refused", [why]) for name, why in refused]
        for one, student, why in apart([(one, *who(one, people, matches)) for one in handed], people, matches):
            if not student:
                report.append(Collected("", one.label, "refused", [why]))
                continue
            line = Collected(student, one.label, "unchanged")
            report.append(line)
            try:
                place(course, archive, one, line, known.get(student, {}))
            except ValueError as problem:
                line.status = "refused"
                line.notes.append(printable(str(problem)))
                continue
            if line.status == "older":
                continue
            at = said.get(student)
            before = known.get(student, {})
            known[student] = {
                "source": platform,
                "number": one.number,
                "late": one.late,
                "at": at.isoformat(timespec="seconds")
                if at
                else (before.get("at") if line.status == "unchanged" else None),
            }
            if one.late:
                line.notes.append(f"{platform} calls it late")
            record.parent.mkdir(parents=True, exist_ok=True)
            rewrite(record, json.dumps(known, indent=1))
    for line in report:
        line.label = printable(line.label)
    return sorted(report, key=lambda line: (not line.student, line.student, line.label))


def about(student: Student) -> dict[str, str]:
    """A student of the gradebook, in words."""
    return {
        "id": student.id,
        "first": student.first_name or "",
        "last": student.last_name or "",
        "email": student.email or "",
        "lms": student.lms_user_id or "",
    }


def sort(archive: zipfile.ZipFile, people: list[dict[str, str]]) -> tuple[str, list[Handed], list[tuple[str, str]]]:
    """Which platform made a zip, what each student handed in, and what was refused with the reason.

    Raises
    ------
    ValueError
        If it has no form that is known.
    """
    handed: dict[tuple[str, str], Handed] = {}
    refused: list[tuple[str, str]] = []
    platforms: list[str] = []
    ids = {one["id"] for one in people}
    for entry in archive.infolist():
        if beside(entry):
            continue
        if why := unsafe(entry):
            refused.append((entry.filename[:200], why))
            continue
        path = tidy(entry)
        if found := MOODLE.fullmatch(path):
            name = found["file"] or found["flat"]
            if found["kind"] == "onlinetext" or not name:
                continue
            platforms.append("Moodle")
            key, number, late, user = (found["name"], found["number"]), 0, False, ""
        elif found := CANVAS.fullmatch(path):
            platforms.append("Canvas")
            name = found["file"]
            key, number, late, user = (
                (found["name"], found["user"]),
                int(found["number"]),
                bool(found["late"]),
                found["user"],
            )
        elif (top := path.split("/", 1)) and len(top) == 2 and top[0] in ids:
            platforms.append("folders")
            name, key, number, late, user = top[1], (top[0], ""), 0, False, ""
        else:
            refused.append((entry.filename[:200], "its name is not one that Canvas or Moodle gives"))
            continue
        one = handed.setdefault(key, Handed(key[0], user))
        one.late |= late
        one.number = max(one.number, number)
        if name not in one.files or one.files[name][0] < number:
            one.files[name] = number, entry
    if not handed and not any("safe" in why for _, why in refused):
        raise ValueError(
            "the zip holds no submission by the names that Canvas and Moodle give, nor a folder named by a student's id"
        )
    platform = max(sorted(set(platforms)), key=platforms.count) if platforms else ""
    return platform, list(handed.values()), refused


def letters(text: str) -> str:
    """A name without what platforms leave out of it."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", text)).casefold()


def who(one: Handed, people: list[dict[str, str]], matches: Mapping[str, str]) -> tuple[str, str]:
    """Id of the student, or else why there is none."""
    if given := next((matches[name] for name in one.names if name in matches), ""):
        return given, ""
    # Whoever the platform knows by another number has chosen that name.
    others = [person for person in people if not (one.user and person["lms"] not in ("", one.user))]
    ways = [
        [person["id"] for person in people if one.user and person["lms"] == one.user],
        [person["id"] for person in others if person["id"] == one.label],
        [
            person["id"]
            for person in others
            if letters(one.label)
            in {letters(person["last"] + person["first"]), letters(person["first"] + person["last"])} - {""}
        ],
    ]
    found = next((way for way in ways if way), [])
    name = printable(one.label)
    if len(found) == 1:
        return found[0], ""
    if found:
        return "", f"the roster has {' and '.join(sorted(found))} of this name: say which with --match '{name}=ID'"
    return "", f"the roster has nobody of this name: say who it is with --match '{name}=ID'"


def apart(
    found: list[tuple[Handed, str, str]], people: list[dict[str, str]], matches: Mapping[str, str]
) -> Iterator[tuple[Handed, str, str]]:
    """Where several are taken for one student, only the one of whom that is sure stays: names on a platform can be chosen."""
    numbers = {person["id"]: person["lms"] for person in people}
    for one, student, why in found:
        rivals = [other for other, whose, _ in found if student and whose == student]
        sure = [
            other
            for other in rivals
            if {*other.names} & {*matches} or (other.user and other.user == numbers.get(student))
        ]
        if len(rivals) > 1 and not (len(sure) == 1 and sure[0] is one):
            names = " and ".join(printable(other.names[-1]) for other in rivals)
            yield (
                one,
                "",
                f"{names} are both taken for {student}: say who is who with --match '{printable(one.names[-1])}=ID'",
            )
        else:
            yield one, student, why


def place(course: Course, archive: zipfile.ZipFile, one: Handed, line: Collected, before: Mapping[str, Any]) -> None:
    """Write a student's files, and keep what was there.

    Raises
    ------
    ValueError
        If they are too large.
    """
    if not usable(line.student):
        raise ValueError(f"{line.student!a} cannot be the name of a folder: change the id in the roster")
    folder = course.folder("submitted", line.student)
    if one.number and one.number < before.get("number", 0):
        line.status = "older"
        line.notes.append("what was collected before is newer, and stays")
        return
    files = unpack(archive, one, line)
    files = named(files, course.notebooks, {name: number for name, (number, _) in one.files.items()}, line)
    there = read_submission(folder).files if folder.is_dir() and not folder.is_symlink() else {}
    if there == files:
        return
    line.status = "changed" if there else "new"
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, content in files.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if os.path.lexists(folder):
        digest = hashlib.sha256(repr(sorted(there.items())).encode()).hexdigest()[:8]
        kept = course.root / "grading" / "earlier" / course.assignment / line.student / digest
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(kept, ignore_errors=True)
        folder.rename(kept)
        line.notes.append(f"what was there is in {kept.relative_to(course.root)}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(folder)


def unpack(archive: zipfile.ZipFile, one: Handed, line: Collected) -> dict[str, bytes]:
    """A student's files, read with a limit whatever the zip says of their size; a lone zip in place of a notebook is opened."""
    files = dict(read(archive, ((name, entry) for name, (_, entry) in one.files.items())))
    inner = [name for name in files if name.lower().endswith(".zip")]
    if len(inner) == 1 and not any(map(is_notebook, files)):
        content = files.pop(inner[0])
        try:
            second = listed(io.BytesIO(content), MOST_FILES)
        except ValueError as problem:
            raise ValueError(f"{printable(inner[0])} {problem}, and there is no notebook beside it") from None
        with second:
            good = []
            for entry in second.infolist():
                if beside(entry):
                    continue
                if why := unsafe(entry):
                    line.notes.append(f"{printable(entry.filename[:80])} in {printable(inner[0])}: {why}; left out")
                else:
                    good.append((tidy(entry), entry))
            outer = {name.split("/")[0] for name, _ in good}
            if len(outer) == 1 and all("/" in name for name, _ in good):
                good = [(name.split("/", 1)[1], entry) for name, entry in good]
            files |= dict(read(second, iter(good)))
    for name in RECEIPT:
        if files.pop(name, None) is not None:
            line.notes.append(f"{name} is for nbgrader to write; left out")
    return files


def is_notebook(name: str) -> bool:
    """Whether a file's name is a notebook's, however its ending is written."""
    return name.lower().endswith(".ipynb")


def named(
    files: dict[str, bytes], notebooks: list[str], numbers: Mapping[str, int], line: Collected
) -> dict[str, bytes]:
    """The files with the assignment's names for its notebooks, whatever platform, browser or student made of them.

    Of several versions of one notebook the one with the highest number counts; the others keep their names.
    """
    found = dict(files)
    targets = [f"{wanted}.ipynb" for wanted in notebooks]
    for wanted, target in zip(notebooks, targets, strict=True):
        others = [name for name in found if is_notebook(name) and PurePosixPath(name).name not in targets]
        alike = [name for name in others if AGAIN.sub("", PurePosixPath(name).stem).casefold() == wanted.casefold()]
        if target in found:
            alike = [name for name in alike if numbers.get(name, 0) > numbers.get(target, 0)]
        inside = [name for name in found if PurePosixPath(name).name == target]
        choice = sorted(alike, key=lambda name: (numbers.get(name, 0), len(name))) or inside
        if not choice and len(notebooks) == len(others) == 1:
            choice = others
        if not choice:
            line.notes.append(f"no {target} among {', '.join(map(printable, sorted(found))) or 'no files'}")
        elif choice[-1] != target:
            if target in found:
                found[f"earlier-{target}.txt"] = found[target]
            found[target] = found.pop(choice[-1])
            line.notes.append(f"{printable(choice[-1])} is taken for {target}")
    blocked = [name for name in found if any(name.startswith(f"{other}/") for other in found)]
    for name in blocked:
        del found[name]
    return found


def read_times(path: Path, course: Course, people: list[dict[str, str]]) -> dict[str, datetime]:
    """When each handed in, in UTC and without a zone, from a CSV such as Moodle's grading worksheet.

    Raises
    ------
    ValueError
        If there are no columns for whom and when, or a time cannot be read.
    """
    zone = Deadlines.read(course.root).zone
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    heads = {(head or "").strip().casefold(): head for head in (rows[0] if rows else {})}
    when = next((heads[name] for name in WHEN if name in heads), None)
    whose = [heads[name] for name in WHO if name in heads]
    if when is None or not whose:
        raise ValueError(
            f"{path} needs a column for the student ({', '.join(WHO[:5])}) and one for the time ({', '.join(WHEN[:4])})"
        )
    names = {person["id"]: person["id"] for person in people}
    for person in people:
        for name in (person["email"], f"{person['first']} {person['last']}", f"{person['last']}, {person['first']}"):
            if name.strip(" ,"):
                names.setdefault(name.casefold(), person["id"])
    found = {}
    for number, row in enumerate(rows, 2):
        student = next(
            (
                names[key]
                for head in whose
                for key in ((row[head] or "").strip(), (row[head] or "").strip().casefold())
                if key in names
            ),
            None,
        )
        text = (row[when] or "").strip()
        if student is None or text in ("", "-"):
            continue
        try:
            at = dates.parse(text)
        except (ValueError, OverflowError):
            raise ValueError(f"{path}, line {number}: {text!r} is no time") from None
        at = at.replace(tzinfo=zone) if at.tzinfo is None else at
        found[student] = at.astimezone(UTC).replace(tzinfo=None)
    return found
