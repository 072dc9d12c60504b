"""Numbers as text, for outputs that are a number at some settings and "not published" or "never" at others."""

from __future__ import annotations

from typing import Any

import numpy as np


def in_words(number: Any, unit: str, *, step: int, last: int, below: str, above: str) -> Any:
    """A number rounded to a step, with its unit.

    Parameters
    ----------
    number : float or array
        What to say.
    unit : str
        Goes after the number, in the plural.
    step, last : int
        The text names multiples of `step` from 0 to `last`.
    below, above : str
        Text for numbers that round to less than 0, and to more than `last`.

    Returns
    -------
    str or array of str
        ``"about 36 months"``, `below` or `above`.
    """
    steps = range(0, last + step, step)
    return np.select(
        [number < -step / 2, *(number < value + step / 2 for value in steps)],
        [below, *(f"about {value} {unit.removesuffix('s') if value == 1 else unit}" for value in steps)],
        above,
    )
