"""Words that several exhibits have for what their models give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hardware_phase.models.coverage import INSIDE


def in_words(number: Any, unit: str, *, step: int, last: int, below: str, above: str) -> Any:
    """A number rounded to a step with its unit, for outputs that are a number at some settings and "never" at others.

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


def coverage_words(names: Mapping[str, str]) -> dict[str, str]:
    """Words for the codes of `hardware_phase.models.coverage`.

    Parameters
    ----------
    names : mapping
        What a reader knows each setting as.
    """
    return {
        INSIDE: "Every setting inside what sources report",
        **{f"{name}_below": f"{said} below what sources report" for name, said in names.items()},
        **{f"{name}_above": f"{said} above what sources report" for name, said in names.items()},
    }
