"""The figures of a class, as a released notebook carries them: by a hash of each student's id."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any


def veiled(student: str) -> str:
    """What stands for a student's id where others can read it."""
    return blake2b(student.strip().encode(), digest_size=5, person=b"student").hexdigest()


class Figures(dict[str, dict[str, Any]]):
    """A student's figures, by exercise.

    Parameters
    ----------
    student : str
        The student's id, as the course's roster has it.
    everybody : mapping
        Figures of all students, by :func:`veiled` id.

    Raises
    ------
    ValueError
        If the id is empty, no text, or nobody's in this course.
    """

    def __init__(self, student: str, everybody: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
        if not isinstance(student, str) or not student.strip():
            raise ValueError("write your id in this course between the quotes of the cell above, as in student = 'ada'")
        if veiled(student) not in everybody:
            raise ValueError(
                f"nobody in this course has the id {student!r}: type it as your instructor has it, capital letters included"
            )
        super().__init__(everybody[veiled(student)])
