"""Turn the exercises of chosen notebooks into a course that nbgrader releases, collects and grades."""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from explorables.classroom.exercises import answers, checking, keys, papers, shipped, slice, source
from explorables.classroom.exercises.figures import veiled
from explorables.classroom.exercises.notebook import notebook, test_of
from explorables.classroom.exercises.plan import ROSTER, Assignment, more_time
from explorables.classroom.exercises.ranges import draw
from explorables.classroom.files import rewrite, table

# Files of a course that the grader goes by; `explorables.classroom.grading.late` reads them.
SETTINGS, EXTENSIONS = "course.toml", "extensions.csv"
COLUMNS = ("student", "assignment", "extra_days", "due", "reason")
REDRAWN = 4  # times at most
KEYS = "keys"  # folder of the course with what is right


@dataclass(frozen=True)
class Made:
    """An assignment before it is written."""

    one: Assignment
    notebook: NotebookNode
    keys: keys.Keys

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its answer key, a row for each answer; a student's own figures come after the book's."""
        return [
            {
                "exercise": key.exercise,
                "student": student,
                "given": json.dumps(given, ensure_ascii=False),
                "answer": answer,
                "unit": key.unit,
                "tolerance": "" if key.choices else key.tolerance,
            }
            for key in self.keys.values()
            for student, given, answer in [
                ("", {}, key.answer),
                *((student, own.given, own.answer) for student, own in key.own.items()),
            ]
        ]


def build(
    folder: Path,
    plan: list[Assignment],
    *,
    seed: int | None = None,
    roster: list[dict[str, str]] | None = None,
    close: float = 0.0,
    force: bool = False,
) -> dict[str, int]:
    """Write an nbgrader course.

    Parameters
    ----------
    folder : Path
        Where to. Made if it is not there.
    plan : list of Assignment
        What is handed out when; see :func:`plan.schedule`.
    seed : int, optional
        Draws figures for each student of the roster, by :func:`ranges.draw`. Without it, everybody gets the book's own.
    roster : list of dict, optional
        The students; see :func:`plan.read_roster`.
    close : float
        Share of the points for an answer that is close.
    force : bool
        Write into a folder that holds a course. Replaces what this function writes and nothing else: not the gradebook,
        and nothing that students handed in.

    Returns
    -------
    dict
        Points of each assignment.

    Raises
    ------
    FileExistsError
        If the folder is not empty, unless `force` says otherwise.
    ValueError
        If there is a seed and no roster, the package does not know the exercises as they are, or the notebook made for
        an assignment does not give the answers that the page gives.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file: choose a folder for the course")
    if folder.exists() and any(folder.iterdir()) and not force:
        raise FileExistsError(
            f"{folder} is not empty: choose another folder, or --force to write the course anew "
            "(the gradebook and what students handed in stay)"
        )
    if seed is not None and roster is None:
        raise ValueError("figures are drawn for the students of a class: with --seed give its --roster too")
    if not 0 <= close < 1:
        raise ValueError(f"an answer that is close is worth a share of the points below 1, not {close}")
    students = [row["id"] for row in roster or []] if seed is not None else []
    made = [make(one, students, seed or 0, close) for one in plan]  # all that can fail, then the first file
    folder.mkdir(parents=True, exist_ok=True)
    for work in made:
        place = folder / "source" / work.one.name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        nbformat.write(work.notebook, place / f"{work.one.name}.ipynb")
        keys.write(folder / KEYS, work.one.name, work.keys)
    extensions = more_time(roster or [], [one.name for one in plan], plan[0].due.tzinfo) if plan else []
    same = [exercise.id for one in plan for exercise in varied(one) if not exercise.ranges] if seed is not None else []
    (folder / "nbgrader_config.py").write_text(papers.config(), encoding="utf-8")
    (folder / "syllabus.md").write_text(papers.syllabus(plan), encoding="utf-8")
    (folder / "checklist.md").write_text(papers.checklist(plan, roster is not None, seed, same), encoding="utf-8")
    rows = [row for work in made for row in work.rows]
    _csv(folder / "answer_key.csv", rows)
    late = {}
    with contextlib.suppress(OSError, ValueError):  # a rule of the instructor's stays
        late = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8")).get("late", {})
    (folder / SETTINGS).write_text(papers.deadlines(plan, late), encoding="utf-8")
    if roster is not None:
        _csv(folder / "roster.csv", [{name: row[name] for name in ROSTER} for row in roster])
    _csv(folder / EXTENSIONS, kept_extensions(folder / EXTENSIONS, extensions), list(COLUMNS))
    if seed is not None:
        own = [{name: row[name] for name in ("student", "exercise", "given")} for row in rows if row["student"]]
        _csv(folder / "figures.csv", own)
    return {one.name: one.points for one in plan}


def make(one: Assignment, students: list[str], seed: int, close: float) -> Made:
    """An assignment with its keys; with students, each gets figures of their own."""
    blocks = slice.needed(one.page)
    exercises = [block for block in blocks if isinstance(block, source.Exercise) and block.spec]
    figures, solved = figured(one, blocks, [e for e in exercises if e.ranges and students], students, seed)
    found: keys.Keys = {}
    for exercise in exercises:
        _prove(exercise, solved[exercise.id])
        own = figures.get(exercise.id, {})
        about = {name: exercise.spec[name] for name in ("unit", "hint", "choices", "tolerance", "points")}
        found[test_of(exercise)] = keys.Key(
            exercise=exercise.id, close=close, answer=solved[exercise.id][0], own=own, **about
        )
    everybody = {
        veiled(student): {
            exercise.id: {name: figures[exercise.id][student].given[name] for name in exercise.ranges}
            for exercise in exercises
            if exercise.id in figures
        }
        for student in students
        if figures
    }
    site, address = published(one.page)
    return Made(one, notebook(one, blocks, site=site, address=address, everybody=everybody), found)


def figured(
    one: Assignment,
    blocks: list[source.Cell | source.Exercise],
    exercises: list[source.Exercise],
    students: list[str],
    seed: int,
) -> tuple[dict[str, dict[str, keys.Own]], dict[str, list[float | str]]]:
    """Figures of the students' own and what is right with them, by exercise; and the answers of the page's variants.

    Figures with which an answer that the book prints would be right are drawn again, a few times.
    """
    own: dict[str, dict[str, keys.Own]] = {exercise.id: {} for exercise in exercises}
    for again in range(REDRAWN + 1):
        given = {
            exercise.id: {
                student: exercise.variants[0] | draw(exercise.id, exercise.ranges, student, seed, again)
                for student in students
                if student not in own[exercise.id]
            }
            for exercise in exercises
        }
        solved = answers.solve(blocks, one.page.name, {id: list(values.values()) for id, values in given.items()})
        for exercise in exercises:
            count = len(exercise.variants)
            printed = solved[exercise.id][:count]
            for (student, values), answer in zip(given[exercise.id].items(), solved[exercise.id][count:], strict=True):
                if again == REDRAWN or not any(
                    checking.judge(exercise.id, one, answer, exercise.spec) for one in printed
                ):
                    own[exercise.id][student] = keys.Own(values, answer)
            solved[exercise.id] = printed
        if all(len(found) == len(students) for found in own.values()):
            break
    # In the order of the roster, however often somebody's were drawn.
    return {id: {student: found[student] for student in students} for id, found in own.items()}, solved


def preview(folder: Path, assignment: str, student: str) -> list[tuple[str, Mapping[str, Any], float | str, str]]:
    """What a student is given in an assignment: exercise, figures, what is right, and its unit.

    Raises
    ------
    ValueError
        If the course has no such assignment, or gives this student no figures of their own.
    """
    found = keys.read(folder / KEYS, assignment)
    if not found:
        raise ValueError(f"{folder} has no assignment {assignment!r} with keys: make the course first")
    everybody = {name for key in found.values() for name in key.own}
    if everybody and student not in everybody:
        raise ValueError(f"{student!r} is not in the roster that the course was made with")
    return [
        (key.exercise, key.own[student].given, key.own[student].answer, key.unit)
        if key.own
        else (key.exercise, {}, key.answer, key.unit)
        for key in found.values()
    ]


def varied(one: Assignment) -> list[source.Exercise]:
    """Exercises of an assignment that come in variants."""
    return [exercise for exercise in source.exercises(one.page) if exercise.spec and len(exercise.variants) > 1]


def published(page: Path) -> tuple[str, str]:
    """Address of the published book, and of one of its pages."""
    folder = source.book()
    site = yaml.safe_load((folder.parent / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"].rstrip("/")
    return site, f"{site}/{page.relative_to(folder).with_suffix('.html').as_posix()}"


def _prove(exercise: source.Exercise, found: list[float | str]) -> None:
    """Hold the answers that an assignment gives against what the package knows of the page's."""
    known = shipped.exercises().get(exercise.id, {"given": []})
    if exercise.variants != known["given"] or not all(
        checking.check(exercise.id, answer, **given) for given, answer in zip(exercise.variants, found, strict=True)
    ):
        raise ValueError(
            f"{exercise.id} is not in the package as it is in the course. Run `make answers`; if that does not "
            "help, a cell of the page changes a value that an exercise uses"
        )


def kept_extensions(file: Path, fresh: list[dict[str, str]]) -> list[dict[str, str]]:
    """The lines of a roster, after those that the instructor has written."""
    if not file.is_file():
        return fresh
    with file.open(newline="", encoding="utf-8-sig") as lines:
        own = [{name: row.get(name) or "" for name in COLUMNS} for row in csv.DictReader(lines)]
    return [row for row in own if row["reason"] != "roster"] + fresh


def _csv(file: Path, rows: list[dict[str, Any]], columns: list[str] | None = None) -> None:
    rewrite(file, table(columns or list(rows[0] if rows else ("student", "exercise", "given")), rows))
