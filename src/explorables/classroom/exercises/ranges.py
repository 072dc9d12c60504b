"""Figures of a student's own: drawn from what an exercise declares, on the instructor's machine alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

MOST = 100_000  # values that a range may have


@dataclass(frozen=True)
class Range:
    """Values that may be drawn for one name.

    Attributes
    ----------
    values : tuple
        All of them, in order; none of them is printed in the book.
    """

    values: tuple[Any, ...]

    @classmethod
    def read(cls, declared: Mapping[str, Any], printed: Sequence[Any]) -> Range:
        """Read ``{from: 1, to: 2, step: 0.1}`` or ``{drawn: [...]}``.

        Parameters
        ----------
        declared : mapping
            What stands in the metadata of the exercise's cell.
        printed : sequence
            Values that the book prints. They are left out.

        Raises
        ------
        ValueError
            If it is neither, or leaves fewer than two values.
        """
        if set(declared) == {"drawn"}:
            values = list(declared["drawn"])
        elif set(declared) == {"from", "to", "step"}:
            values = _steps(declared["from"], declared["to"], declared["step"])
        else:
            raise ValueError(
                f"figures are drawn by `from`, `to` and `step`, or out of `drawn`, not by {dict(declared)}"
            )
        left = tuple(value for value in values if value not in printed)
        if len(left) < 2:
            raise ValueError("beside what the book prints there are fewer than two figures to draw from")
        return cls(left)

    def pick(self, number: int) -> Any:
        """The value of a number drawn from 0 to 2 ** 64."""
        return self.values[number % len(self.values)]


def _steps(low: float, high: float, step: float) -> list[float]:
    if not (step > 0 and low < high and (high - low) / step <= MOST):
        raise ValueError(f"a range goes upwards in at most {MOST} steps, not from {low} to {high} by {step}")
    count = math.floor((high - low) / step + 1e-9) + 1
    if all(isinstance(value, int) for value in (low, high, step)):
        return [low + n * step for n in range(count)]
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(low + n * step, digits) for n in range(count)]


def draw(exercise: str, ranges: Mapping[str, Range], student: str, seed: int, again: int = 0) -> dict[str, Any]:
    """A student's figures for an exercise.

    Parameters
    ----------
    exercise : str
        Its id.
    ranges : mapping
        Name to what may be drawn.
    student : str
        The student's id in the roster.
    seed : int
        The course's seed.
    again : int
        How often figures were drawn before that would not do.

    Returns
    -------
    dict
        Name to value: a hash of the arguments, so that a course that is written anew keeps what students have.
    """

    def number(name: str) -> int:
        text = f"{seed}/{exercise}/{name}/{student}" + (f"/{again}" if again else "")
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")

    return {name: one.pick(number(name)) for name, one in ranges.items()}
