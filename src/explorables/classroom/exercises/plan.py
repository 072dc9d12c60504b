"""What a class does when: notebooks spread over weeks, and who takes part."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from explorables.classroom.exercises import source
from explorables.classroom.exercises.prose import plain

MORE_TIME = ("extra_days", "extension")  # of a roster: for everything, and as capital=2027-02-14 for single assignments
ROSTER = ("id", "first_name", "last_name", "email")  # nbgrader's own columns


@dataclass(frozen=True)
class Assignment:
    """What a class does with one notebook.

    Attributes
    ----------
    page : Path
        The notebook in the book. Its name is the assignment's name.
    week : int
        The week of the course in which it is handed out, from 1.
    due : datetime
        When it has to be handed in, in the course's time zone.
    """

    page: Path
    week: int
    due: datetime

    @property
    def name(self) -> str:
        """Name of the assignment."""
        return self.page.stem

    @property
    def due_utc(self) -> datetime:
        """The deadline in UTC, which is what nbgrader keeps."""
        return self.due.astimezone(UTC)

    @property
    def title(self) -> str:
        """The page's heading."""
        return plain(source.read(self.page).title, self.page)

    @property
    def goals(self) -> list[str]:
        """Questions that the page says its reader will be able to answer."""
        return [plain(goal, self.page) for goal in source.read(self.page).goals]

    @property
    def exercises(self) -> list[source.Exercise]:
        """What it asks."""
        return source.read(self.page).exercises

    @property
    def points(self) -> int:
        """Points of all its exercises."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def reading(self) -> int:
        """Minutes that its text takes to read."""
        return source.read(self.page).minutes

    @property
    def minutes(self) -> int:
        """What all its exercises take."""
        return sum(exercise.minutes for exercise in self.exercises)

    @property
    def argument(self) -> tuple[str, str] | None:
        """Title of the chapter that it belongs to, and the paragraph with which that begins."""
        chapter = self.page.with_name("index.md")
        if not chapter.is_file():
            return None
        title, first, *_ = re.split(r"\n{2,}", chapter.read_text(encoding="utf-8").strip())
        return plain(title.removeprefix("# "), chapter), " ".join(plain(first, chapter).split())


def choose(folder: Path, chapters: Iterable[str] = (), notebooks: Iterable[str] = ()) -> list[Path]:
    """Notebooks with exercises, in the book's order, chapters first: those of the chapters and those named; all if nothing is named.

    Raises
    ------
    ValueError
        If there is no such chapter or notebook; the message suggests the nearest.
    """
    # What stands in no chapter, such as an introduction to the tool, comes after the argument.
    every = sorted(source.pages(folder), key=lambda page: page.parent == folder)
    chapters, notebooks = set(chapters), set(notebooks)
    _known("chapter", chapters, {page.parent.name for page in every})
    _known("notebook", notebooks, {page.stem for page in every})
    if not chapters and not notebooks:
        return every
    return [page for page in every if page.parent.name in chapters or page.stem in notebooks]


def _known(what: str, named: set[str], there: set[str]) -> None:
    for name in sorted(named - there):
        near = difflib.get_close_matches(name, there, n=1)
        raise ValueError(
            f"no {what} {name!r}"
            + (f": did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(there))}")
        )


def schedule(
    pages: list[Path],
    start: date,
    weeks: int | None = None,
    due: Mapping[str, date] | None = None,
    zone: ZoneInfo = ZoneInfo("UTC"),  # noqa: B008 - never changed
) -> list[Assignment]:
    """Spread notebooks evenly over weeks; each is due on the last day of its week unless `due` names a day.

    Raises
    ------
    ValueError
        If there are no notebooks or no weeks, `due` names a notebook that is not among them or a day before the start.
    """
    weeks = len(pages) if weeks is None else weeks
    if not pages or weeks < 1:
        raise ValueError("a course needs at least one notebook and one week")
    due = dict(due or {})
    _known("notebook", set(due), {page.stem for page in pages})
    plan = []
    for n, page in enumerate(pages):
        week = n * weeks // len(pages)
        day = due.get(page.stem, start + timedelta(days=7 * week + 6))
        if day < start:
            raise ValueError(f"{page.stem} is due on {day}, before the course begins on {start}: move one of them")
        plan.append(Assignment(page, week + 1, datetime.combine(day, time(23, 59), tzinfo=zone)))
    return plan


def read_roster(file: Path) -> list[dict[str, str]]:
    """Students of a class, from a CSV file with the columns that ``nbgrader db student import`` takes.

    Raises
    ------
    ValueError
        If the column ``id`` is missing, an id is empty, has a character that cannot be in a folder's name, or comes twice.
    """
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = [
            {name.strip(): (value or "").strip() for name, value in row.items() if name}
            for row in csv.DictReader(lines)
        ]
    if not rows or "id" not in rows[0]:
        raise ValueError(f"{file}: a roster is a CSV file with a header, a column 'id' and a row for each student")
    ids = [row["id"] for row in rows]
    for number, one in enumerate(ids, 2):
        if not re.fullmatch(r"[\w.@-]+", one):
            raise ValueError(
                f"{file}, line {number}: {one!r} cannot be a student's id: letters, digits and . @ _ - can"
            )
        if ids.index(one) < number - 2:
            raise ValueError(f"{file}, line {number}: the id {one!r} comes twice")
    return [{name: row.get(name, "") for name in (*ROSTER, *MORE_TIME)} for row in rows]


def more_time(
    roster: Iterable[Mapping[str, str]], assignments: Iterable[str], zone: tzinfo | None
) -> list[dict[str, str]]:
    """Rows of ``extensions.csv`` for those of a roster who have more time.

    Raises
    ------
    ValueError
        If an entry is not as it should be.
    """
    known, rows = set(assignments), []
    for row in roster:
        empty = {"student": row["id"], "assignment": "", "extra_days": "", "due": "", "reason": "roster"}
        if extra := row.get("extra_days", ""):
            try:
                good = 0 <= float(extra) < 1000
            except ValueError:
                good = False
            if not good:
                raise ValueError(
                    f"the roster gives {row['id']} {extra!r} as extra_days: write a number of days, as 1.5"
                )
            rows.append(empty | {"extra_days": extra})
        for one in filter(None, (part.strip() for part in row.get("extension", "").split(";"))):
            name, sign, when = one.partition("=")
            if not sign:
                raise ValueError(f"the roster gives {row['id']} the extension {one!r}: write it as NAME=2027-02-14")
            _known("notebook", {name.strip()}, known)
            try:
                at = datetime.fromisoformat(when.strip())
            except ValueError:
                raise ValueError(f"the roster gives {row['id']} {when!r} for a day: write it as 2027-02-14") from None
            if len(when.strip()) <= 10:
                at = datetime.combine(at.date(), time(23, 59))
            at = at.replace(tzinfo=zone) if at.tzinfo is None else at
            rows.append(empty | {"assignment": name.strip(), "due": f"{at.astimezone(zone):%Y-%m-%d %H:%M}"})
    return rows
