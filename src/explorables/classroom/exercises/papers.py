"""The files around an assignment, each from a template: settings, syllabus, checklist, and texts of the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from explorables.book import current
from explorables.classroom.exercises import source
from explorables.classroom.exercises.plan import Assignment
from explorables.classroom.exercises.prose import plain


def day(due: datetime) -> str:
    """A deadline as a reader wants it."""
    return f"{due:%d %B %Y, %H:%M} ({zone_name(due)})".removeprefix("0").replace("(UTC)", "UTC")


def zone_name(due: datetime) -> str:
    """Name of a deadline's time zone."""
    return getattr(due.tzinfo, "key", None) or "UTC"


def hours(minutes: int) -> str:
    """A time as people say it: in quarters of an hour from an hour on."""
    if minutes < 60:
        return f"{minutes} minutes"
    whole, quarters = divmod(round(minutes / 15), 4)
    return f"{whole}{('', ' ¼', ' ½', ' ¾')[quarters]} hour{'s' if (whole, quarters) != (1, 0) else ''}"


def deadlines(plan: list[Assignment], late: Mapping[str, Any]) -> str:
    """The file with the deadlines, and with the rule for late work where there is one."""
    return render("course.toml", plan=plan, zone=zone_name(plan[0].due), late=late)


@cache
def _templates() -> Environment:
    """The templates; none of them makes HTML."""
    found = Environment(
        loader=PackageLoader("explorables.classroom.exercises"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    found.filters["day"] = day
    found.filters["hours"] = hours
    found.filters["plain"] = plain
    return found


def render(name: str, **values: Any) -> str:
    """A file from its template."""
    return _templates().get_template(f"{name}.j2").render(values)


def config() -> str:
    """nbgrader's settings of the course."""
    return render("nbgrader_config.py", course_id=current().distribution or "course")


def syllabus(plan: list[Assignment]) -> str:
    """The argument, what students will be able to answer, and what they do each week and how long that takes."""
    return render(
        "syllabus.md",
        title=current().title,
        plan=plan,
        points=sum(one.points for one in plan),
        minutes=sum(one.reading + one.minutes for one in plan),
        argument=list(dict.fromkeys(one.argument for one in plan if one.argument)),
        goals=[one.goals[0] for one in plan if one.goals],
        weeks=[(week, [one for one in plan if one.week == week]) for week in dict.fromkeys(one.week for one in plan)],
    )


def checklist(plan: list[Assignment], roster: bool, seed: int | None, same: list[str]) -> str:
    """What an instructor does, in order, with the commands.

    Parameters
    ----------
    plan : list of Assignment
    roster : bool
        Whether the course has one.
    seed : int or None
    same : list of str
        Exercises with variants in which everybody gets the book's own figures, although there is a seed.
    """
    return render("checklist.md", plan=plan, first=plan[0].name, roster=roster, seed=seed, same=same)


def opening(one: Assignment, address: str, own: bool) -> str:
    """The first text of an assignment."""
    return render(
        "opening.md", title=one.title, address=address, book=current().title, points=one.points, due=one.due, own=own
    ).rstrip()


def task(question: str, exercise: source.Exercise, points: int) -> str:
    """A question that a person grades, with the rubric that only graders see until the work is returned."""
    texts = [plain(cell.source, exercise.page) for cell in exercise.solution if cell.kind == "text"]
    criteria = [line for text in texts for line in text.splitlines() if line.strip()]
    code = [cell.source for cell in exercise.solution if cell.kind == "code"] if not exercise.spec else []
    return render(
        "task.md",
        question=question,
        points=points,
        criteria=criteria or ["The number is put into words, with its unit and what it depends on."],
        code="\n".join(code),
    ).rstrip()
