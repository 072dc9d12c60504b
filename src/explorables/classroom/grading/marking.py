"""Grading by hand: what waits for a person, task by task, with alike answers one after the other; and giving points.

Points and comments go into nbgrader's gradebook at once. Beside it, ``grading/marking/ASSIGNMENT.jsonl`` notes which
criteria were ticked and what was there before, so that each step can be taken back, also after a restart.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.utils import is_grade, is_solution, is_task

from explorables.classroom.exercises import keys
from explorables.classroom.exercises.build import KEYS
from explorables.classroom.grading.course import Course, printable
from explorables.classroom.grading.outputs import ANSWER, COLOURS

ALIKE = 0.6  # cosine of two texts above which they come one after the other
BESIDE = 0.25  # above which one is worth showing beside the other
MOST_BESIDE = 4
LONGEST = 20_000  # characters of a piece of an answer that the page shows
COMMENT = 5_000  # characters
PICTURES = ("image/png", "image/jpeg", "image/gif")
SCHEME = re.compile(
    r"<!-- BEGIN MARK SCHEME -->(.*?)<!-- END MARK SCHEME -->|### BEGIN MARK SCHEME(.*?)### END MARK SCHEME", re.DOTALL
)
WORTH = re.compile(r"\s*\((\d+(?:\.\d+)?) points?\)\s*$")


@dataclass(frozen=True)
class Criterion:
    """A line of a rubric, and what it is worth."""

    text: str
    points: float


@dataclass(frozen=True)
class Task:
    """Something that a person grades.

    Attributes
    ----------
    id : str
        ``notebook/cell``, as `grades.csv` names it.
    title, question : str
    criteria : tuple of Criterion
    points : float
    """

    id: str
    title: str
    question: str
    criteria: tuple[Criterion, ...]
    points: float


@dataclass
class Answer:
    """One student's answer to a task.

    Attributes
    ----------
    student, name : str
    parts : list of (kind, text)
        Text, code, what it printed, and pictures as ``data:`` addresses.
    result : dict of str to str
        The student's own figures, number and what was said of it, where the task explains an exercise.
    points : float or None
        None where nobody has given any.
    waiting : bool
    ticked : dict of int to float
        Share of each criterion that was found.
    comment : str
    alike : list of (str, float)
        Students with like answers, and how like they are, from 0 to 1.
    """

    student: str
    name: str
    parts: list[tuple[str, str]]
    result: dict[str, str]
    points: float | None
    waiting: bool
    ticked: dict[int, float] = field(default_factory=dict)
    comment: str = ""
    alike: list[tuple[str, float]] = field(default_factory=list)


class Marking:
    """The written answers of an assignment, and their points.

    Parameters
    ----------
    course : Course
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.keys = keys.read(course.root / KEYS, course.assignment)
        self.journal = course.root / "grading" / "marking" / f"{course.assignment}.jsonl"
        self.sources = {
            name: nbformat.read(course.folder("source") / f"{name}.ipynb", as_version=4) for name in course.notebooks
        }

    def tasks(self) -> list[Task]:
        """What a person grades, in the order of the notebooks; also tests that had no say with some student."""
        with self.course.gradebook() as gradebook:
            waiting = {
                f"{notebook.name}/{grade.name}"
                for entry in gradebook.assignment_submissions(self.course.assignment)
                for notebook in entry.notebooks
                for grade in notebook.grades
                if grade.needs_manual_grade
            }
        found = []
        for name, notebook in self.sources.items():
            for cell in notebook.cells:
                mark = cell.metadata.get("nbgrader") or {}
                id = f"{name}/{mark.get('grade_id')}"
                if is_task(cell) or (is_grade(cell) and is_solution(cell)) or (is_grade(cell) and id in waiting):
                    found.append(read_task(id, cell, float(mark["points"])))
        return found

    def answers(self, task: Task) -> tuple[list[Answer], int]:
        """The answers to a task, alike ones one after the other; and how many wrote nothing, and got nothing by themselves."""
        notebook, cell = task.id.split("/")
        done = self._done()
        found, untouched = [], 0
        with self.course.gradebook() as gradebook:
            for entry in gradebook.assignment_submissions(self.course.assignment):
                student = entry.student
                try:
                    grade = gradebook.find_grade(cell, notebook, self.course.assignment, student.id)
                except MissingEntry:
                    continue
                if grade.manual_score is None and not grade.needs_manual_grade:
                    untouched += 1
                    continue
                work = self._work(student.id, notebook)
                state = done.get((student.id, task.id), {})
                found.append(
                    Answer(
                        student.id,
                        printable(f"{student.first_name or ''} {student.last_name or ''}".strip()),
                        list(parts(work, cell)) if work else [("text", "(there is no graded notebook)")],
                        self._result(work, cell, student.id) if work else {},
                        None if grade.score is None else float(grade.score),
                        bool(grade.needs_manual_grade),
                        {int(number): share for number, share in state.get("ticked", {}).items()},
                        self._comment(gradebook, task.id, student.id) or "",
                    )
                )
        return ordered(found), untouched

    def give(
        self,
        task: Task,
        student: str,
        *,
        points: float | None,
        ticked: Mapping[int, float] | None = None,
        comment: str = "",
    ) -> None:
        """Give an answer its points and a comment; without points it goes on waiting.

        Raises
        ------
        ValueError
            If there is no such answer, or the points are not from 0 to all that there are.
        """
        number = isinstance(points, int | float) and not isinstance(points, bool)
        if points is not None and not (number and 0 <= points <= task.points):
            raise ValueError(f"{task.id} gives 0 to {task.points:g} points, not {points!r}")
        if not isinstance(comment, str) or len(comment) > COMMENT:
            raise ValueError(f"a comment is a text of at most {COMMENT} characters")
        shares = {number: float(share) for number, share in (ticked or {}).items()}
        if any(not 0 <= number < len(task.criteria) or share not in (0.5, 1.0) for number, share in shares.items()):
            raise ValueError(f"{task.id} has {len(task.criteria)} criteria, each found in whole or in half")
        given = None if points is None else float(points)
        before = self._set(
            task.id, student, {"points": given, "waiting": given is None, "ticked": shares, "comment": comment}
        )
        # A comment is saved as it is typed, and taken back in one go.
        typed = before["points"] == given and {int(n): share for n, share in before["ticked"].items()} == shares
        self._note({"task": task.id, "student": student, "before": before, "ticked": shares, "typed": typed})

    def undo(self) -> tuple[str, str] | None:
        """Take back the last step that was not taken back; its task and student, or None where there is none."""
        steps: list[dict[str, Any]] = []
        for step in self._steps():
            if count := step.get("undo"):
                del steps[-count:]
            else:
                steps.append(step)
        if not steps:
            return None
        last, count = steps[-1], 1
        place = last["task"], last["student"]
        for step in reversed(steps[:-1]):
            if not (last["typed"] and step["typed"] and (step["task"], step["student"]) == place):
                break
            last, count = step, count + 1
        self._set(*place, last["before"])
        self._note({"undo": count, "task": place[0], "student": place[1], "ticked": last["before"]["ticked"]})
        return place

    def _set(self, id: str, student: str, state: Mapping[str, Any]) -> dict[str, Any]:
        """Write a state into the gradebook; return what was there."""
        notebook, cell = id.split("/")
        ticked = self._done().get((student, id), {}).get("ticked", {})
        with self.course.gradebook() as gradebook:
            try:
                grade: Grade = gradebook.find_grade(cell, notebook, self.course.assignment, student)
            except MissingEntry:
                raise ValueError(f"{student!r} has no graded work for {id}") from None
            comment = self._comment(gradebook, id, student)
            before = {
                "points": grade.manual_score,
                "waiting": bool(grade.needs_manual_grade),
                "comment": comment or "",
                "ticked": ticked,
            }
            grade.manual_score, grade.needs_manual_grade = state["points"], state["waiting"]
            if comment is not None:
                entry = gradebook.find_comment(cell, notebook, self.course.assignment, student)
                entry.manual_comment = state["comment"] or None
            gradebook.db.commit()
        return before

    def _comment(self, gradebook: Gradebook, id: str, student: str) -> str | None:
        """What was said of an answer; None where nbgrader keeps no comment of such a cell."""
        notebook, cell = id.split("/")
        try:
            return gradebook.find_comment(cell, notebook, self.course.assignment, student).manual_comment or ""
        except MissingEntry:
            return None

    def _work(self, student: str, notebook: str) -> NotebookNode | None:
        path = self.course.folder("autograded", student) / f"{notebook}.ipynb"
        return nbformat.read(path, as_version=4) if path.is_file() else None

    def _result(self, work: NotebookNode, cell: str, student: str) -> dict[str, str]:
        """The figures, the number and its verdict of the exercise that a task explains."""
        test = f"{cell.rpartition('-')[0]}-test"
        key = self.keys.get(test)
        place = next((one for one in work.cells if one.metadata.get("nbgrader", {}).get("grade_id") == test), None)
        if key is None or place is None:
            return {}
        own = key.own.get(student)
        right = own.answer if own else key.answer
        found = {name: str(value) for name, value in (own.given if own else {}).items()}
        found["answer"] = place.metadata.get(ANSWER) or "none"
        found["right"] = f"{right:g} {key.unit}".strip() if isinstance(right, float) else str(right)
        try:
            verdict = key.judge(student, float(found["answer"]) if not key.choices else found["answer"])
            found["verdict"] = repr(verdict)
        except (TypeError, ValueError, KeyError):
            pass
        return found

    def _steps(self) -> Iterator[dict[str, Any]]:
        """The journal; a line that a kill cut short is passed over."""
        if self.journal.is_file():
            for line in self.journal.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    continue

    def _done(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The last step of each answer."""
        return {(step["student"], step["task"]): step for step in self._steps()}

    def _note(self, step: dict[str, Any]) -> None:
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self.journal.is_file()
        with open(os.open(self.journal, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+") as file:
            cut = False
            if not fresh and file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                cut = file.read(1) != b"\n"
            file.write(b"\n" * cut + json.dumps(step, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_task(id: str, cell: NotebookNode, points: float) -> Task:
    """A task out of the instructor's notebook: its text without the rubric, and the rubric's lines."""
    scheme = SCHEME.search(cell.source)
    lines = (scheme[1] or scheme[2] or "").splitlines() if scheme else []
    texts = [line[2:].strip() for line in lines if line.startswith("- ")]
    own = [float(found[1]) if (found := WORTH.search(text)) else None for text in texts]
    left = max(points - sum(worth or 0.0 for worth in own), 0.0)
    share = left / own.count(None) if None in own else 0.0
    criteria = tuple(
        Criterion(WORTH.sub("", text), share if worth is None else worth)
        for text, worth in zip(texts, own, strict=True)
    )
    question = SCHEME.sub("", cell.source).strip()
    title, _, rest = question.partition("\n")
    return Task(
        id, title.lstrip("# ").strip() or id, rest.strip() if title.startswith("#") else question, criteria, points
    )


def parts(notebook: NotebookNode, name: str) -> Iterator[tuple[str, str]]:
    """What a student wrote for a cell that a person grades, in pieces that need no HTML."""
    cells: list[NotebookNode] = []
    inside = False
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader")
        if mark and mark.get("grade_id") == name:
            if is_task(cell):
                cells, inside = [], True
                continue
            # A test stands after what it tests.
            cells = [cell] if is_solution(cell) else [*cells, cell]
            break
        if mark and inside:
            break
        if mark and is_grade(cell):
            cells = []
        elif inside or not mark or is_solution(cell):
            cells.append(cell)
    for cell in cells:
        if cell.source.strip():
            yield ("code" if cell.cell_type == "code" else "text"), printable_lines(cell.source)
        for output in cell.get("outputs", []):
            yield from shown(output)


def shown(output: NotebookNode) -> Iterator[tuple[str, str]]:
    """An output as text or as a picture."""
    if output.output_type == "stream":
        yield "printed", printable_lines(output.text)
    elif output.output_type == "error":
        yield "printed", printable_lines(COLOURS.sub("", "\n".join(output.traceback)))
    else:
        kind = next((kind for kind in PICTURES if kind in output.data), None)
        if kind:
            yield "picture", f"data:{kind};base64,{''.join(str(output.data[kind]).split())}"
        elif "text/plain" in output.data:
            yield "printed", printable_lines(str(output.data["text/plain"]))


def printable_lines(text: str) -> str:
    """A text whose lines stay, without what reorders letters, cut where it has no end."""
    lines = "\n".join(printable(line.replace("\t", "    ")) for line in text.splitlines())
    return lines if len(lines) <= LONGEST else f"{lines[:LONGEST]}\n(and {len(lines) - LONGEST} characters more)"


def likeness(texts: Sequence[str]) -> np.ndarray:
    """How alike texts are, each with each, from 0 to 1: the cosine of their words, rare ones counting more.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    ndarray, shape (n, n)
    """
    words = [Counter(re.findall(r"\w+", text.casefold())) for text in texts]
    spread = Counter(word for found in words for word in found)
    place = {word: number for number, word in enumerate(spread)}
    table = np.zeros((len(texts), len(place)), dtype=np.float32)
    for row, found in enumerate(words):
        for word, count in found.items():
            table[row, place[word]] = (1 + np.log(count)) * np.log(1 + len(texts) / spread[word])
    length = np.linalg.norm(table, axis=1, keepdims=True)
    table /= np.where(length == 0, 1, length)
    return np.clip(table @ table.T, 0, 1)


def ordered(answers: list[Answer]) -> list[Answer]:
    """Answers with alike ones one after the other, and for each the few that are most like it."""
    table = likeness(["\n".join(text for kind, text in one.parts if kind != "picture") for one in answers])
    left = list(range(len(answers)))
    order: list[int] = []
    while left:
        # The one that has most like it leads; the next group begins with what is nearest to this one.
        crowd = (table[np.ix_(left, left)] >= ALIKE).sum(axis=1)
        near = table[order[-1]][left] if order else np.zeros(len(left))
        lead = left[int(np.lexsort((np.arange(len(left)), -near, -crowd))[0])]
        group = sorted((n for n in left if n == lead or table[lead, n] >= ALIKE), key=lambda n: (-table[lead, n], n))
        order += group
        left = [n for n in left if n not in group]
    for number, one in enumerate(answers):
        others = sorted((n for n in range(len(answers)) if n != number), key=lambda n: -table[number, n])
        one.alike = [
            (answers[n].student, round(float(table[number, n]), 2))
            for n in others[:MOST_BESIDE]
            if table[number, n] >= BESIDE
        ]
    return [answers[n] for n in order]
