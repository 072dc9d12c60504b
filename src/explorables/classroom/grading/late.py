"""Deadlines of a course: in which time zone they stand, what being late costs, and who has more time.

``course.toml`` holds the deadlines and the rule, ``extensions.csv`` who has more time; both are the instructor's to change.
Points are taken off when grades are shown, so that what a grader gives later counts too, and a changed rule needs no
new grading.
"""

from __future__ import annotations

import csv
import json
import math
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from explorables.classroom.exercises.build import COLUMNS, EXTENSIONS, SETTINGS

HANDED_IN = "handed_in"


@dataclass(frozen=True)
class Rule:
    """What being late costs.

    Attributes
    ----------
    grace_minutes : float
        So much later is not late.
    per_day : float
        Share of the points earned that is taken off for each day begun.
    at_most : float
        Share that is never exceeded by it.
    nothing_after_days : float or None
        After so many days nothing counts.
    """

    grace_minutes: float = 0.0
    per_day: float = 0.0
    at_most: float = 1.0
    nothing_after_days: float | None = None

    def __post_init__(self) -> None:
        for name in ("per_day", "at_most"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share of the points from 0 to 1, not {getattr(self, name)}")
        for name in ("grace_minutes", "nothing_after_days"):
            if getattr(self, name) is not None and getattr(self, name) < 0:
                raise ValueError(f"{name} cannot be below 0, and it is {getattr(self, name)}")

    def share_off(self, late: timedelta) -> float:
        """Share of the points that work loses that is so late, from 0 to 1."""
        if late <= timedelta(minutes=self.grace_minutes):
            return 0.0
        days = late / timedelta(days=1)
        if self.nothing_after_days is not None and days > self.nothing_after_days:
            return 1.0
        return min(self.per_day * math.ceil(days), self.at_most)


@dataclass(frozen=True)
class Extension:
    """More time for a student: in one assignment, or (an accommodation) in all."""

    student: str
    assignment: str
    extra: timedelta
    due: datetime | None
    reason: str


@dataclass
class Deadlines:
    """Deadlines of a course.

    Attributes
    ----------
    zone : ZoneInfo
    due : dict of str to datetime
        By assignment, in the zone.
    rule : Rule or None
        None where the course has none: then nbgrader's own penalties count.
    extensions : list of Extension
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    due: dict[str, datetime] = field(default_factory=dict)
    rule: Rule | None = None
    extensions: list[Extension] = field(default_factory=list)

    @classmethod
    def read(cls, root: Path) -> Deadlines:
        """Read a course's deadlines; a course without these files has none.

        Raises
        ------
        ValueError
            When a file is not as it should be; the message names the file, the line or the name, and what to write.
        """
        path = root / SETTINGS
        found: dict[str, Any] = {}
        if path.is_file():
            try:
                found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
                raise ValueError(f"{path}: {problem}") from None
        if unknown := set(found) - {"zone", "due", "late"}:
            raise ValueError(f"{path} has {', '.join(sorted(unknown))}; it knows zone, [due] and [late]")
        zone = zone_of(found.get("zone", "UTC"), str(path))
        due = {name: moment(when, zone, f"{path}, {name}") for name, when in found.get("due", {}).items()}
        late = found.get("late", {})
        if unknown := set(late) - set(Rule.__dataclass_fields__):
            raise ValueError(
                f"{path}, [late] has {', '.join(sorted(unknown))}; it knows {', '.join(Rule.__dataclass_fields__)}"
            )
        try:
            rule = Rule(**late) if late else None
        except (TypeError, ValueError) as problem:
            raise ValueError(f"{path}, [late]: {problem}") from None
        return cls(zone, due, rule, read_extensions(root / EXTENSIONS, zone))

    def due_for(self, student: str, assignment: str, otherwise: datetime | None = None) -> datetime | None:
        """When a student has to hand in, in the course's zone.

        Parameters
        ----------
        student, assignment : str
        otherwise : datetime, optional
            The gradebook's, in UTC and without a zone; counts where the course's file says nothing.
        """
        due = self.due.get(assignment)
        if due is None and otherwise is not None:
            due = otherwise.replace(tzinfo=UTC).astimezone(self.zone)
        for one in self.extensions:
            if one.student != student or one.assignment not in ("", assignment):
                continue
            if one.due is not None and one.assignment:
                due = one.due if due is None else max(due, one.due)
        if due is not None:
            # By the clock on the wall: a day more ends at the same hour, also when clocks change.
            extra = sum(
                (one.extra for one in self.extensions if one.student == student and one.assignment in ("", assignment)),
                timedelta(),
            )
            due = due + extra
        return due

    def late_by(self, due: datetime | None, handed_in: datetime | None) -> timedelta:
        """How late work is that was handed in at a time in UTC; zero where it is not, or where nothing is known."""
        if due is None or handed_in is None:
            return timedelta()
        return max(handed_in.replace(tzinfo=UTC) - due.astimezone(UTC), timedelta())


def zone_of(name: Any, where: str = "") -> ZoneInfo:
    """A time zone by its name.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        before = f"{where}: " if where else ""
        raise ValueError(f"{before}there is no time zone {name!r}: write it as Europe/Berlin or UTC") from None


def moment(value: Any, zone: ZoneInfo, where: str) -> datetime:
    """A time out of a file, in a zone unless it says another.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f"{where}: {value!r} is no time: write it as 2027-02-07 23:59") from None
    return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)


def read_extensions(path: Path, zone: ZoneInfo) -> list[Extension]:
    """Who has more time; nobody where there is no such file.

    Raises
    ------
    ValueError
        When a line is not as it should be.
    """
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    found = []
    for number, row in enumerate(rows, 2):
        where = f"{path}, line {number}"
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if not cells["student"]:
            raise ValueError(f"{where}: no student; the columns are {', '.join(COLUMNS)}")
        if cells["due"] and not cells["assignment"]:
            raise ValueError(f"{where}: a day of its own needs an assignment; for all of them give extra_days")
        try:
            extra = timedelta(days=float(cells["extra_days"] or 0))
        except (ValueError, OverflowError):
            raise ValueError(f"{where}: extra_days is a number of days, not {cells['extra_days']!r}") from None
        if extra < timedelta():
            raise ValueError(f"{where}: extra_days cannot be below 0")
        due = moment(cells["due"], zone, where) if cells["due"] else None
        found.append(Extension(cells["student"], cells["assignment"], extra, due, cells["reason"]))
    return found


def record_of(root: Path, assignment: str) -> Path:
    """The file that says when the work of an assignment was handed in; `collect` writes it."""
    return root / "grading" / HANDED_IN / f"{assignment}.json"


def handed_in(root: Path, assignment: str) -> dict[str, dict[str, Any]]:
    """What `collect` noted, by student.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    path = record_of(root, assignment)
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as problem:
        raise ValueError(f"{path} cannot be read ({problem}): collect again, or remove it") from None


def duration(late: timedelta) -> str:
    """How late, in words."""
    minutes = round(late / timedelta(minutes=1))
    if minutes < 60:
        return f"{max(minutes, 1)} min"
    hours, days = late / timedelta(hours=1), late / timedelta(days=1)
    return f"{hours:.1f} h".replace(".0 ", " ") if hours < 48 else f"{days:.1f} days".replace(".0 ", " ")
