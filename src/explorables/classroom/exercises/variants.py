"""Which of an exercise's variants a student gets: a function of the course's seed and the student's id, kept nowhere."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from explorables.classroom.exercises import shipped


def which(exercise: str, student: str, seed: int) -> int:
    """Number of the variant of an exercise that a student gets.

    Parameters
    ----------
    exercise : str
        Id of the exercise, such as ``"efficiency.1"``.
    student : str
        The student's id in the course's roster.
    seed : int
        The course's seed.

    Returns
    -------
    int
        From 0 (the book's own values) to the number of variants less one: a hash of the three arguments, modulo
        that number. The same on every machine.

    Raises
    ------
    KeyError
        If there is no such exercise.
    ValueError
        If the student's id is empty or not a string.
    """
    count = len(shipped.find(exercise)["given"])
    if not isinstance(student, str) or not student.strip():
        raise ValueError(f"the student's id must be a text that is not empty, such as 'ada', not {student!r}")
    digest = blake2b(f"{seed}/{exercise}/{student.strip()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % count


def variant(exercise: str, student: str, seed: int) -> dict[str, Any]:
    """Values that an exercise gives to a student, by name; see :func:`which`."""
    return dict(shipped.find(exercise)["given"][which(exercise, student, seed)])
