"""What is right in an assignment: a file of the instructor's, which no student's code and no notebook ever sees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from explorables.classroom.exercises.checking import Verdict, judge
from explorables.classroom.files import rewrite


@dataclass(frozen=True)
class Own:
    """A student's figures, and what is right with them."""

    given: dict[str, Any]
    answer: float | str


@dataclass(frozen=True)
class Key:
    """What is right in one test.

    Attributes
    ----------
    exercise : str
        Id of the exercise.
    unit, hint : str
    choices : list of str
        Empty where a number is asked for.
    tolerance : float
        As a share of the answer.
    points : float
    close : float
        Share of the points for an answer that is close.
    answer : float or str
        With the book's figures.
    own : mapping
        By student's id, where everybody has figures of their own; empty otherwise.
    """

    exercise: str
    unit: str
    hint: str
    choices: list[str]
    tolerance: float
    points: float
    close: float
    answer: float | str
    own: Mapping[str, Own] = field(default_factory=dict)

    def knows(self, student: str) -> bool:
        """Whether there is something to compare this student's answer with."""
        return not self.own or student in self.own

    def judge(self, student: str, answer: Any) -> Verdict:
        """What a student's answer is worth.

        Raises
        ------
        TypeError, ValueError
            If it is not what the exercise asks for.
        KeyError
            If the student has no figures here.
        """
        right = self.own[student].answer if self.own else self.answer
        return judge(self.exercise, answer, right, {**asdict(self), "hint": self.hint})

    def worth(self, verdict: Verdict) -> float:
        """Points of a verdict."""
        return {"right": self.points, "close": self.close * self.points}.get(verdict.grade, 0.0)


Keys = dict[str, Key]  # by the test's name in the notebook


def write(folder: Path, assignment: str, keys: Keys) -> Path:
    """Write the keys of an assignment where only the instructor can read them."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{assignment}.json"
    text = json.dumps({name: asdict(key) for name, key in keys.items()}, indent=1, ensure_ascii=False)
    rewrite(path, f"{text}\n", 0o600)
    return path


def read(folder: Path, assignment: str) -> Keys:
    """The keys of an assignment; none where a course has no such file.

    Raises
    ------
    ValueError
        If the file is not what :func:`write` wrote.
    """
    path = folder / f"{assignment}.json"
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: Key(**{**key, "own": {student: Own(**own) for student, own in key["own"].items()}})
            for name, key in found.items()
        }
    except (json.JSONDecodeError, TypeError, KeyError, AttributeError) as problem:
        raise ValueError(f"{path} is not a file of keys ({problem}): make the course again with --force") from None
