"""What the package ships of each exercise: everything that a student may see, and the answer as salted hashes."""

from __future__ import annotations

import difflib
import json
from functools import cache
from pathlib import Path
from typing import Any

from explorables.book import current


def file() -> Path:
    """File with what the book ships of its exercises.

    Raises
    ------
    LookupError
        If the book has none.
    """
    found = current().answers
    if found is None:
        raise LookupError(
            f"the book {current().title!r} names no file with answers: give its explorables.book.Book `answers=`"
        )
    return found


@cache
def exercises() -> dict[str, dict[str, Any]]:
    """Every exercise that a machine can check, by its id.

    Returns
    -------
    dict
        Id to ``unit``, ``tolerance``, ``hint``, ``choices`` (empty for a number), ``given`` (one dictionary of given
        values for each variant; the first is the book's own), ``ranges`` (name to what a course draws from) and
        ``hashes`` (one list for each variant; none in the copy that the grader's jail shows).
    """
    return json.loads(file().read_text(encoding="utf-8"))


def find(exercise: str) -> dict[str, Any]:
    """One exercise of :func:`exercises`.

    Raises
    ------
    TypeError
        If the id is not a string.
    KeyError
        If no exercise has this id; the message suggests the nearest ones.
    """
    if not isinstance(exercise, str):
        raise TypeError(
            f"the first argument of an exercise's functions is its id, such as 'efficiency.1', not {exercise!r}"
        )
    if exercise not in exercises():
        near = difflib.get_close_matches(exercise, exercises(), n=3, cutoff=0.5)
        hint = f": did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise KeyError(f"no exercise {exercise!r} that can be checked{hint}")
    return exercises()[exercise]
