"""Numbers as text, for outputs that are a number at some settings and "not published" or "never" at others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def coverage(settings: Mapping[str, tuple[Any, float, float]]) -> Any:
    """Which setting, if any, lies outside what sources report.

    Parameters
    ----------
    settings : mapping
        By the words that name a setting: its value, and the lowest and the highest value that a source reports.

    Returns
    -------
    str or array of str
        ``"Yield above what sources report"`` for the first setting that lies outside.
    """
    tests, texts = [], []
    for name, (value, low, high) in settings.items():
        # The handle of a slider at the very value that a source reports may miss it by a rounding.
        tests += [value < low * (1 - 1e-9), value > high * (1 + 1e-9)]
        texts += [f"{name} below what sources report", f"{name} above what sources report"]
    return np.select(tests, texts, "Every setting inside what sources report")


def covered(
    model: Callable[..., Mapping[str, Any]], reported: Mapping[str, tuple[str, float, float]]
) -> Callable[..., dict[str, Any]]:
    """A model that also says whether sources cover its settings.

    Parameters
    ----------
    model : callable
        Settings in by name, a mapping of results out.
    reported : mapping
        By setting: the words that name it, and the lowest and the highest value that a source reports.

    Returns
    -------
    callable
        The model, with ``covered`` among its results: see `coverage`.
    """

    def watched(**settings: Any) -> dict[str, Any]:
        found = {words: (settings[name], low, high) for name, (words, low, high) in reported.items()}
        return {**model(**settings), "covered": coverage(found)}

    return watched
