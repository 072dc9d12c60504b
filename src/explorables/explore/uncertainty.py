"""From published intervals to distributions, and from distributions to draws that fill a space evenly.

Every function takes floats or arrays and broadcasts. Probabilities are fractions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

SCALES = ("linear", "log", "logit")
MOST_SKEW = 1.66711  # of |a3| over a2 in `metalog`, beyond which its density would be negative (Keelin 2016)


def metalog(u: Any, low: Any, base: Any, high: Any, tail: Any = 0.05) -> Any:
    """Value below which a share `u` of a distribution lies that has three given quantiles.

    Parameters
    ----------
    u : float or array
        Probability, above 0 and below 1.
    low, base, high : float or array
        Quantiles at `tail`, one half and ``1 - tail``.
    tail : float or array
        Probability below `low` and above `high`.

    Returns
    -------
    float or array
        Quantile, in the unit of `base`. With `base` in the middle this is a logistic distribution.

    References
    ----------
    keelin_2016_metalog, the metalog of three terms with a symmetric percentile triplet.
    """
    spread, skew = _terms(low, base, high, tail)
    odds = np.log(u / (1 - u))
    return base + (spread + skew * (u - 0.5)) * odds


def _terms(low: Any, base: Any, high: Any, tail: Any) -> tuple[Any, Any]:
    odds = np.log((1 - tail) / tail)
    return (high - low) / (2 * odds), (high + low - 2 * base) / ((1 - 2 * tail) * odds)


def distribution(*, low: float, base: float, high: float, coverage: float, scale: str) -> dict[str, float | str]:
    """A published interval as a distribution, checked.

    Parameters
    ----------
    low, base, high : float
        Ends and central value. Without a central value (NaN) all values between the ends are equally likely on the
        scale.
    coverage : float
        Probability between the ends; 1 where there is no central value.
    scale : {"linear", "log", "logit"}
        Where errors are of one size: amounts, ratios (values above zero), or odds (values between 0 and 1).

    Returns
    -------
    dict
        What `quantile` takes.

    Raises
    ------
    ValueError
        If the ends are not in order or off the scale, or if no distribution of this family has these quantiles.
    """
    given = f"low={low:g}, base={base:g}, high={high:g}"
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, not {scale!r}")
    if not low < high or not (np.isnan(base) or low < base < high):
        raise ValueError(f"{given}: the ends and the central value must be in order")
    if (scale != "linear" and low <= 0) or (scale == "logit" and high >= 1):
        raise ValueError(f"{given}: outside what a {scale} scale holds")
    if np.isnan(base) != (coverage == 1):
        raise ValueError(f"{given}: coverage is 1 without a central value and below 1 with one, not {coverage:g}")
    low, base, high = (float(_to(value, scale)) for value in (low, base, high))
    tail = (1 - coverage) / 2
    if not np.isnan(base):
        spread, skew = _terms(low, base, high, tail)
        if abs(skew) >= MOST_SKEW * spread:
            raise ValueError(f"{given}: too lopsided for a metalog on a {scale} scale")
    return {"low": low, "base": base, "high": high, "tail": tail, "scale": scale}


def quantile(given: Mapping[str, Any], u: Any) -> Any:
    """Value below which a share `u` of a `distribution` lies."""
    if np.isnan(given["base"]):
        value = given["low"] + (given["high"] - given["low"]) * u
    else:
        value = metalog(u, given["low"], given["base"], given["high"], given["tail"])
    return _from(value, given["scale"])


def _to(value: Any, scale: str) -> Any:
    return np.log(value) if scale == "log" else np.log(value / (1 - value)) if scale == "logit" else value


def _from(value: Any, scale: str) -> Any:
    return np.exp(value) if scale == "log" else 1 / (1 + np.exp(-value)) if scale == "logit" else value


@functools.cache
def generating_vector(dimensions: int, points: int) -> tuple[int, ...]:
    """Generating vector of a rank-1 lattice rule, built component by component.

    Each component is the odd number that makes the worst-case error over periodic functions of two coordinates
    smallest, given those before it (weights of order two): what matters is that every pair is spread evenly.

    Parameters
    ----------
    dimensions : int
        Length of the vector.
    points : int
        Points of the rule, a power of two.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        If `points` is not a power of two.

    References
    ----------
    kuo_lattice_rules, which lists the papers on construction component by component.
    """
    if points < 4 or points & (points - 1):
        raise ValueError(f"points must be a power of two from 4 on, not {points}")
    candidates = np.arange(1, points // 2, 2)  # by symmetry the other half does the same
    x = np.arange(points) / points
    kernel = 2 * np.pi**2 * (x * (x - 1) + 1 / 6)  # the Bernoulli polynomial of the Korobov space with alpha 2
    along = kernel[np.outer(candidates, np.arange(points)) % points]
    before, vector = np.zeros(points), []
    for _ in range(dimensions):
        best = int(np.argmin(along @ before))
        vector.append(int(candidates[best]))
        before = before + along[best]
    return tuple(vector)


def lattice(row: Any, points: int, dimensions: int) -> list[Any]:
    """Coordinates of a point of a rank-1 lattice: fixed draws that fill the unit cube more evenly than random ones.

    Over all points every coordinate takes each of the values ``(k + 1/2) / points`` once.

    Parameters
    ----------
    row : int or array
        Number of the point, from 0.
    points, dimensions : int
        See `generating_vector`.

    Returns
    -------
    list of float or array
        One value a dimension, above 0 and below 1.
    """
    return [(np.fmod(row * z, points) + 0.5) / points for z in generating_vector(dimensions, points)]


def total_effects(
    output: Callable[[Mapping[str, Any]], Any], names: Sequence[str], points: int = 1024
) -> dict[str, float]:
    """Total-effect Sobol indices: the part of an output's variance that is left when all but one input are known.

    Unlike a bar of a tornado chart, which moves one input from a middle path, an index counts what an input does
    together with the others.

    Parameters
    ----------
    output : callable
        From the probabilities of the inputs (name to an array of shape (n,)) to an array of shape (n,).
    names : sequence of str
        The inputs.
    points : int
        Points of each of the two samples, a power of two.

    Returns
    -------
    dict
        Name to index, the largest first. They add to more than one where inputs act together.

    References
    ----------
    jansen_1999_variance: half the mean squared change of the output when one input is drawn anew.
    """
    twice = lattice(np.arange(points), points, 2 * len(names))
    first, second = twice[: len(names)], twice[len(names) :]
    base = output(dict(zip(names, first, strict=True)))
    variance = np.var(base)
    found = {}
    for place, name in enumerate(names):
        drawn = dict(zip(names, first, strict=True)) | {name: second[place]}
        found[name] = float(np.mean((output(drawn) - base) ** 2) / 2 / variance)
    return dict(sorted(found.items(), key=lambda item: -item[1]))
