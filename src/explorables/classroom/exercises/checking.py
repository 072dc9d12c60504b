"""Say whether an answer is right without knowing it: compare hashes of rounded numbers."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from explorables.classroom.exercises import shipped
from explorables.explore.slips import NEAR, nearly, slips

PARTS = 8  # quanta in one tolerance: an answer counts as right up to between 7/8 and 9/8 of the tolerance


@dataclass(frozen=True)
class Verdict:
    """What `check` says: true when the answer is right.

    Attributes
    ----------
    grade : {"right", "close", "wrong", "open"}
        Close means that a slip of unit, sign or rounding lies between the answer and the number asked for. Open means
        that the answer has the form that is asked for, and that what is right is not known here.
    message : str
        One or two sentences for the student.
    """

    grade: str
    message: str

    def __bool__(self) -> bool:
        return self.grade == "right"

    def __repr__(self) -> str:
        return f"{self.grade.capitalize()}. {self.message}".strip()


def check(exercise: str, answer: float | str, **given: Any) -> Verdict:
    """Say whether the answer to an exercise is right.

    Parameters
    ----------
    exercise : str
        Id of the exercise, as its text names it: ``"efficiency.1"``.
    answer : float or str
        One number in the unit that the exercise asks for, or one of its choices.
    **given
        The values that the exercise gives, if it comes in variants. Without them, the book's own.

    Returns
    -------
    Verdict
        Right (within the exercise's tolerance), close, or wrong with a hint; open for figures that only a course gives.

    Raises
    ------
    KeyError
        If there is no such exercise.
    TypeError
        If the answer is not one number, or not a text where a choice is asked for.
    ValueError
        If the answer is not finite or not among the choices, or the given values are neither a variant of the exercise
        nor within the ranges of its figures.

    Notes
    -----
    The package knows the answer as hashes only. That keeps it out of sight, not out of reach: whoever calls `check`
    often enough finds it. A course grades by :func:`judge`, whose key never leaves the instructor's machine.
    """
    known = shipped.find(exercise)
    number = _variant(exercise, known, given)
    form(exercise, answer, known)
    if number is None:
        practice = ", ".join(f"{name}={value!r}" for name, value in known["given"][0].items())
        return Verdict(
            "open", f"These figures are yours alone, and compared when you hand in. To practise, take {practice}."
        )
    if not known["hashes"]:
        return Verdict("open", "What is right is not known here.")
    hashes = set(known["hashes"][number])

    def hit(tokens: Iterable[str]) -> bool:
        return any(digest(exercise, number, token) in hashes for token in tokens)

    return _verdict(exercise, answer, known, hit)


def judge(exercise: str, answer: Any, key: float | str, spec: Mapping[str, Any]) -> Verdict:
    """Compare an answer with its key, by the rule that :func:`check` goes by.

    Parameters
    ----------
    exercise : str
        Its id.
    answer : float or str
        What the student's notebook reports.
    key : float or str
        What is right.
    spec : mapping
        The exercise's ``unit``, ``choices``, ``tolerance`` and ``hint``.

    Raises
    ------
    TypeError, ValueError
        As :func:`check` does, for an answer that has not the form that is asked for.
    """
    right = set(equal(key, spec["tolerance"]))
    return _verdict(exercise, answer, spec, lambda tokens: not right.isdisjoint(tokens))


def form(exercise: str, answer: Any, spec: Mapping[str, Any]) -> float | str:
    """The answer as a number, or as one of the choices; an error where it is neither."""
    if spec["choices"]:
        return choice(exercise, answer, spec["choices"])
    return one_number(exercise, answer, spec["unit"])


def _verdict(exercise: str, answer: Any, spec: Mapping[str, Any], hit: Callable[[Iterable[str]], bool]) -> Verdict:
    """What an answer is worth, if `hit` knows which rounded answers count as right."""
    value = form(exercise, answer, spec)
    if isinstance(value, str):
        return Verdict("right", "") if hit([value]) else Verdict("wrong", spec["hint"])
    tolerance = spec["tolerance"]
    if hit([token(value, tolerance)]):
        return Verdict("right", "")
    for slip in slips(spec["unit"]) if value else ():
        if hit([token(slip.meant(value), tolerance)]):
            return Verdict("close", f"{slip.says} The exercise asks for {spec['unit']}.")
    if hit(around(value, tolerance, NEAR * PARTS)):
        return Verdict("close", nearly(tolerance))
    return Verdict("wrong", spec["hint"])


def _variant(exercise: str, known: dict[str, Any], given: dict[str, Any]) -> int | None:
    """Number of the variant that has these given values; None for figures that only a course gives."""
    variants, ranges = known["given"], known["ranges"]
    if unknown := set(given) - set(variants[0]):
        wants = f"gives {', '.join(variants[0])}" if variants[0] else "has no variants"
        raise ValueError(f"{exercise} {wants}; it knows nothing of {', '.join(sorted(unknown))}")
    wanted = variants[0] | given
    if wanted in variants:
        return variants.index(wanted)
    if ranges and all(value in ranges.get(name, [variants[0][name]]) for name, value in wanted.items()):
        return None
    options = "; ".join(", ".join(f"{name}={value!r}" for name, value in values.items()) for values in variants)
    raise ValueError(f"{exercise} has no variant with {wanted}; it has {options}")


def one_number(exercise: str, answer: Any, unit: str) -> float:
    """The answer as a float, or an error that says what is wrong with it."""
    wants = f"the answer to {exercise} must be one number (unit: {unit})"
    if answer is None or answer is ...:
        raise TypeError(f"{wants}; it is still empty")
    if isinstance(answer, str):
        raise TypeError(f"{wants}, not the text {answer!r}")
    if not isinstance(answer, numbers.Real) or isinstance(answer, bool):
        if getattr(answer, "shape", None) == () and hasattr(answer, "item"):
            return one_number(exercise, answer.item(), unit)
        shape = f" of shape {answer.shape}" if isinstance(getattr(answer, "shape", None), tuple) else ""
        raise TypeError(f"{wants}, not a {type(answer).__name__}{shape}")
    try:
        value = float(answer)
    except OverflowError:
        raise ValueError(f"{wants}; it is larger than any number of this kind") from None
    if not math.isfinite(value):
        raise ValueError(f"{wants}; it is {value}")
    return value


def choice(exercise: str, answer: Any, choices: list[str]) -> str:
    """The answer as one of the choices, or an error that lists them."""
    options = ", ".join(map(repr, choices))
    if not isinstance(answer, str):
        raise TypeError(f"the answer to {exercise} must be one of {options}, not a {type(answer).__name__}")
    plain = answer.strip().casefold()
    if plain not in (one.casefold() for one in choices):
        raise ValueError(f"the answer to {exercise} must be one of {options}, not {answer!r}")
    return plain


def _quantum(value: float, tolerance: float) -> int:
    """Number of the step of a geometric ladder, of `PARTS` steps in a tolerance, nearest to a positive number."""
    return round(math.log(value) / math.log1p(tolerance) * PARTS)


def token(value: float, tolerance: float) -> str:
    """The rounded number that is hashed."""
    return next(around(value, tolerance, 0))


def around(value: float, tolerance: float, steps: int) -> Iterator[str]:
    """The rounded number with as many neighbours on each side."""
    if value == 0:
        yield "0"
        return
    middle = _quantum(abs(value), tolerance)
    yield from (f"{'-' if value < 0 else '+'}{middle + step}" for step in range(-steps, steps + 1))


def digest(exercise: str, variant: int, token: str) -> str:
    """Hash of one rounded answer, salted with the exercise and the variant."""
    return blake2b(token.encode(), digest_size=6, person=b"exercise", salt=_salt(exercise, variant)).hexdigest()


def _salt(exercise: str, variant: int) -> bytes:
    return blake2b(f"{exercise}/{variant}".encode(), digest_size=blake2b.SALT_SIZE).digest()


def equal(answer: float | str, tolerance: float) -> list[str]:
    """An answer and all that counts as equal to it, rounded."""
    return [answer.casefold()] if isinstance(answer, str) else list(around(answer, tolerance, PARTS))


def hashes(exercise: str, variant: int, answer: float | str, tolerance: float) -> list[str]:
    """Hashes of an answer and of all that counts as equal to it, in an order that says nothing."""
    return sorted(digest(exercise, variant, token) for token in equal(answer, tolerance))
