"""Whether settings lie inside what sources report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

INSIDE = "inside"


def coverage(settings: Mapping[str, tuple[Any, float, float]]) -> Any:
    """Which setting, if any, lies outside what sources report.

    Parameters
    ----------
    settings : mapping
        By the name of a setting: its value, and the lowest and the highest value that a source reports.

    Returns
    -------
    str or array of str
        A code: ``"yield_above"`` or ``"yield_below"`` for the first setting that lies outside, or `INSIDE`.
    """
    tests, codes = [], []
    for name, (value, low, high) in settings.items():
        # The handle of a slider at the very value that a source reports may miss it by a rounding.
        tests += [value < low * (1 - 1e-9), value > high * (1 + 1e-9)]
        codes += [f"{name}_below", f"{name}_above"]
    return np.select(tests, codes, INSIDE)


def covered(
    model: Callable[..., Mapping[str, Any]], reported: Mapping[str, tuple[float, float]]
) -> Callable[..., dict[str, Any]]:
    """A model that also says whether sources cover its settings.

    Parameters
    ----------
    model : callable
        Settings in by name, a mapping of results out.
    reported : mapping
        By setting: the lowest and the highest value that a source reports.

    Returns
    -------
    callable
        The model, with ``covered`` among its results: see `coverage`.
    """

    def watched(**settings: Any) -> dict[str, Any]:
        found = {name: (settings[name], *ends) for name, ends in reported.items()}
        return {**model(**settings), "covered": coverage(found)}

    return watched
