"""A vendor's rise in a market: S-curves fitted with intervals, where the share was won, and what an analogy implies.

Shares are fractions between 0 and 1, times are years with their fraction.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Number = float | np.ndarray
SHAPES = ("logistic", "Bass")
Z_95 = 1.6449  # normal quantile: an interval of 90 % leaves 5 % on each side


def s_curve(times: Number, ceiling: Number, growth: Number, midpoint: Number, start: Number = -np.inf) -> Number:
    """Share on a logistic curve, or on a Bass curve if it has a start.

    With ``growth = p + q`` and ``midpoint = start + ln(q / p) / (p + q)`` Bass' cumulative curve is the logistic curve
    times ``1 - exp(-growth * (t - start))``: the logistic has no beginning, Bass begins at `start`.

    Parameters
    ----------
    times : float or array
        Years.
    ceiling : float or array
        Share that is approached.
    growth : float or array
        Growth of the odds of having been reached, per year.
    midpoint : float or array
        Year of the inflection.
    start : float or array
        Year in which a Bass curve begins; without it the curve is logistic.

    Returns
    -------
    float or array
        Shares (Verhulst 1838; Bass 1969, as in shu_bass_notes).
    """
    since = np.maximum(times - start, 0.0)
    return ceiling * (1 - np.exp(-growth * since)) / (1 + np.exp(-growth * (times - midpoint)))


def bass_parameters(growth: Number, midpoint: Number, start: Number) -> dict[str, Number]:
    """Bass' coefficients of an `s_curve`.

    Parameters
    ----------
    growth, midpoint, start : float or array
        As in `s_curve`.

    Returns
    -------
    dict
        ``p`` (innovation) and ``q`` (imitation), per year.
    """
    p = growth / (1 + np.exp(growth * (midpoint - start)))
    return {"p": p, "q": growth - p}


def fit(
    times: np.ndarray,
    shares: np.ndarray,
    *,
    growths: np.ndarray,
    midpoints: np.ndarray,
    start: float = -np.inf,
    highest: float = 1.0,
) -> dict[str, Any]:
    """Least-squares fit of an `s_curve` on a grid, with the region of settings that fit nearly as well.

    For a growth and a midpoint the best ceiling has a closed form, so that two of three parameters are searched. The
    region holds every setting whose sum of squares is at most ``1 + t**2 / (n - 3)`` times the least, where t is
    Student's quantile for 90 % and n - 3 degrees of freedom. Its ends are the 90 % profile interval of each parameter,
    if errors are independent and of one size; shares from several analysts are neither.

    Parameters
    ----------
    times, shares : array of shape (n,)
        Observations, n > 3.
    growths, midpoints : array of shape (m,) and (k,)
        Values to try, all pairs.
    start : float
        As in `s_curve`.
    highest : float
        Ceilings above it are not considered.

    Returns
    -------
    dict
        ``ceiling``, ``growth``, ``midpoint`` (best), ``squares`` (least sum of squares), ``limit`` (largest in the
        region), ``error`` (root mean square), and ``region``: a dict of the three parameters as arrays, the
        lowest and the highest ceiling inside the region for each pair of the others.

    Raises
    ------
    ValueError
        If there are not more observations than parameters.
    """
    times, shares = np.asarray(times, float), np.asarray(shares, float)
    freedom = len(times) - 3
    if freedom < 1:
        raise ValueError(f"times: {len(times)} observations for three parameters")
    growth, midpoint = (grid.ravel() for grid in np.meshgrid(growths, midpoints))
    unit = s_curve(times[:, None], 1.0, growth, midpoint, start)
    size = np.maximum((unit**2).sum(axis=0), 1e-300)
    ceiling = np.clip(shares @ unit / size, 0.0, highest)
    squares = ((shares[:, None] - ceiling * unit) ** 2).sum(axis=0)
    best = int(np.argmin(squares))
    limit = squares[best] * (1 + student_quantile(freedom) ** 2 / freedom)
    inside = squares <= limit
    reach = np.sqrt((limit - squares[inside]) / size[inside])  # the ceiling, too, may leave its best value
    ends = np.clip(np.concatenate([ceiling[inside] - reach, ceiling[inside] + reach]), 0.0, highest)
    return {
        "ceiling": float(ceiling[best]),
        "growth": float(growth[best]),
        "midpoint": float(midpoint[best]),
        "squares": float(squares[best]),
        "limit": float(limit),
        "error": float(np.sqrt(squares[best] / len(times))),
        "region": {"ceiling": ends, "growth": np.tile(growth[inside], 2), "midpoint": np.tile(midpoint[inside], 2)},
    }


def interval(fitted: Mapping, name: str) -> tuple[float, float]:
    """Lowest and highest value of a parameter in the region of a `fit`."""
    values = fitted["region"][name]
    return float(values.min()), float(values.max())


def band(fitted: Mapping, times: np.ndarray, start: float = -np.inf) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest share at each time on any curve in the region of a `fit`.

    Parameters
    ----------
    fitted : dict
        Result of `fit`.
    times : array of shape (n,)
        Years.
    start : float
        As in `s_curve`.

    Returns
    -------
    tuple of two arrays of shape (n,)
        Shares.
    """
    region = fitted["region"]
    curves = s_curve(np.asarray(times)[:, None], region["ceiling"], region["growth"], region["midpoint"], start)
    return curves.min(axis=1), curves.max(axis=1)


def student_quantile(freedom: Number) -> Number:
    """Student's t at 95 % for some degrees of freedom, by the expansion 26.7.5 of Abramowitz and Stegun.

    Parameters
    ----------
    freedom : float or array
        Degrees of freedom; the expansion is within 2 % from 3 on.

    Returns
    -------
    float or array
        Quantile.
    """
    z = Z_95
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def log_odds_growth(earlier: Number, later: Number, years: Number) -> Number:
    """Growth of the odds of a share, per year: the slope of a logistic curve without a ceiling below 1.

    Parameters
    ----------
    earlier, later : float or array
        Shares on one basis, between 0 and 1, both excluded.
    years : float or array
        Time between them.

    Returns
    -------
    float or array
        Per year; negative for a fall.
    """
    return (np.log(later / (1 - later)) - np.log(earlier / (1 - earlier))) / years


def home_weight(world: Number, home: Number, abroad: Number) -> Number:
    """Weight of the home market that makes shares at home and abroad average to the share in the world.

    Parameters
    ----------
    world, home, abroad : float or array
        Shares of one vendor in one segment and year.

    Returns
    -------
    float or array
        Home market over world market.
    """
    return (world - abroad) / (home - abroad)


def shift_share(before: Mapping, after: Mapping) -> dict[str, Number]:
    """Change of a share in the world, split into home, abroad and the size of the home market.

    Parameters
    ----------
    before, after : dict
        ``world``, ``home`` and ``abroad``, see `home_weight`.

    Returns
    -------
    dict
        ``home`` and ``abroad`` (change of the share there, at mean weights) and ``size`` (change of the weight, at the
        mean distance of the two shares). They add up to the change in the world.
    """
    weights = [home_weight(**shares) for shares in (before, after)]
    weight = (weights[0] + weights[1]) / 2
    distance = (before["home"] - before["abroad"] + after["home"] - after["abroad"]) / 2
    return {
        "home": weight * (after["home"] - before["home"]),
        "abroad": (1 - weight) * (after["abroad"] - before["abroad"]),
        "size": (weights[1] - weights[0]) * distance,
    }


def judge(
    *,
    series: str,
    shape: str,
    ceiling: Number,
    growth: Number,
    years_to_midpoint: Number,
    table: Mapping[str, Mapping],
    start: float,
) -> dict[str, Number]:
    """How well a reader's curve fits a series, against the best fit.

    Parameters
    ----------
    series : str
        Name of a series in `table`.
    shape : {"logistic", "Bass"}
        Kind of curve.
    ceiling, growth : float or array
        As in `s_curve`.
    years_to_midpoint : float or array
        Years from 2000 to the inflection.
    table : dict
        For each series ``times``, ``shares`` and, for each shape, a result of `fit`.
    start : float
        Year in which a Bass curve begins.

    Returns
    -------
    dict
        ``error`` and ``best_error`` (root mean square, shares), ``in_2030`` (share), ``spread`` (years from 10 to 90 %
        of the ceiling on the logistic curve) and a ``verdict``, ``"inside"`` or ``"outside"`` the region of the fit.
    """
    names = list(table)
    midpoint = 2000.0 + years_to_midpoint

    def of_series(values: Sequence[Any]) -> Any:
        return np.select([series == name for name in names], values, values[-1])

    def of_fit(key: str) -> Any:
        bass = of_series([table[name]["Bass"][key] for name in names])
        return np.where(shape == "Bass", bass, of_series([table[name]["logistic"][key] for name in names]))

    def at(year: Any) -> Any:
        bass = s_curve(year, ceiling, growth, midpoint, start)
        return np.where(shape == "Bass", bass, s_curve(year, ceiling, growth, midpoint))

    sums = [
        sum((at(t) - share) ** 2 for t, share in zip(table[name]["times"], table[name]["shares"], strict=True))
        for name in names
    ]
    squares = of_series(sums)
    count = of_series([float(len(table[name]["times"])) for name in names])
    return {
        "in_2030": at(2030.0),
        "error": np.sqrt(squares / count),
        "best_error": of_fit("error"),
        "spread": np.log(81.0) / growth,
        "verdict": np.where(
            squares <= of_fit("limit"),
            "inside",
            "outside",
        ),
    }


def follow(
    *,
    series: Mapping,
    growth: Number,
    growth_low: float,
    growth_high: float,
    ceiling: Number,
    closed: Number,
    years: Number,
    published: Mapping,
) -> dict[str, Number]:
    """A share that goes on as the precedent did: logistic from where it stands.

    Parameters
    ----------
    series : dict
        ``share``, the last value of the series.
    growth : float or array
        As in `s_curve`.
    growth_low, growth_high : float
        Ends of the precedent's interval.
    ceiling : float or array
        Share that is approached where the market is open.
    closed : float or array
        Part of the market that shuts the vendor out.
    years : float or array
        Years from the last value on.
    published : dict
        ``growth_low``, ``growth_high``, ``ceiling_low`` and ``ceiling_high``: intervals of the precedent's fits.

    Returns
    -------
    dict
        ``now``, ``share`` after these years, ``slow`` and ``fast`` (the lower and the higher share at the ends of the interval), ``reachable`` (the ceiling less
        what is closed) and a ``verdict``: the share would have to ``"fall"``, the ``"growth"`` or the ``"ceiling"`` leaves
        the precedent, or all is ``"inside"``.
    """
    reachable = ceiling * (1 - closed)
    odds = reachable / series["share"] - 1

    def after(rate: Number) -> Number:
        return reachable / (1 + odds * np.exp(-rate * years))

    slow, fast = after(growth_low), after(growth_high)
    return {
        "now": series["share"],
        "share": after(growth),
        "slow": np.minimum(slow, fast),
        "fast": np.maximum(slow, fast),
        "reachable": reachable,
        "verdict": np.select(
            [
                series["share"] > reachable,
                (growth < published["growth_low"]) | (growth > published["growth_high"]),
                (ceiling < published["ceiling_low"]) | (ceiling > published["ceiling_high"]),
            ],
            ["fall", "growth", "ceiling"],
            "inside",
        ),
    }
