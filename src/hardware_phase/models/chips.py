"""How far a chip is behind: a log-linear frontier of record chips, lags against it, and roadmaps side by side.

Dates are decimal years (2025.5 is the middle of 2025). Values may be in any unit, as long as all are in the same one.
A value of 0 means that no figure is published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hardware_phase.models.times import MONTHS_PER_YEAR, SECONDS_PER_DAY, SECONDS_PER_YEAR

# ---------------------------------------------------------------------------------------------------------------------
# The frontier


def record_setters(years: np.ndarray, values: np.ndarray, margin: float = 0.05) -> np.ndarray:
    """Which chips set a record on the day of their launch.

    Parameters
    ----------
    years, values : array of shape (n,)
        Launch dates and a positive figure for each chip.
    margin : float, default 0.05
        By how much a chip must beat all earlier ones. It keeps variants of a record chip from counting again.

    Returns
    -------
    array of bool, shape (n,)
    """
    years, values = np.asarray(years, dtype=float), np.asarray(values, dtype=float)
    before = np.array([np.max(values[years < year], initial=0.0) for year in years])
    same_day = np.array([np.max(values[years == year]) for year in years])
    return (values > (1 + margin) * before) & (values == same_day)


def t_quantile(probability: float, freedom: int) -> float:
    """Quantile of Student's t distribution, from its integral after the substitution ``t = sqrt(freedom) tan(angle)``.

    Parameters
    ----------
    probability : float
        Between 0.5 and 1.
    freedom : int
        Degrees of freedom, at least 1.
    """
    angles = np.linspace(0, np.pi / 2, 20_001)
    density = np.cos(angles) ** (freedom - 1)
    mass = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return float(np.sqrt(freedom) * np.tan(np.interp(2 * probability - 1, mass / mass[-1], angles)))


def fit_frontier(years: np.ndarray, values: np.ndarray, confidence: float = 0.9) -> dict[str, float]:
    """A straight line through the logarithms of the records, by least squares.

    Parameters
    ----------
    years, values : array of shape (n,)
        Dates and values of the record chips, at least three.
    confidence : float, default 0.9
        Coverage of the intervals that are computed from the fit.

    Returns
    -------
    dict
        ``year0`` and ``log0`` (means of date and logarithm), ``slope`` (of the logarithm, a year), ``spread_year``
        (sum of squares of the dates), ``reach`` (t quantile times residual deviation), ``n``, and the ``first`` and
        ``last`` record.

    Raises
    ------
    ValueError
        If there are fewer than three records, or they scatter so much that a date cannot be read off the line.
    """
    years, logs = np.asarray(years, dtype=float), np.log(np.asarray(values, dtype=float))
    n = len(years)
    if n < 3:
        raise ValueError(f"values: a frontier needs at least three records, not {n}")
    away = years - years.mean()
    spread_year = np.sum(away**2)
    slope = np.sum(away * logs) / spread_year
    left_over = logs - logs.mean() - slope * away
    reach = t_quantile((1 + confidence) / 2, n - 2) * np.sqrt(np.sum(left_over**2) / (n - 2))
    if reach**2 >= slope**2 * spread_year:
        raise ValueError("values: no clear growth, so no date can be read off the line")
    return {
        "year0": years.mean(),
        "log0": logs.mean(),
        "slope": slope,
        "spread_year": spread_year,
        "reach": reach,
        "n": n,
        "first": np.exp(logs.min()),
        "last": np.exp(logs.max()),
    }


def growth_per_year(fit: Mapping[str, Any]) -> Any:
    """Growth of the frontier a year, a fraction: 0.5 is half as much again."""
    return np.exp(fit["slope"]) - 1


def doubling_years(fit: Mapping[str, Any]) -> Any:
    """Years in which the frontier doubles."""
    return np.log(2) / fit["slope"]


def frontier_at(year: Any, fit: Mapping[str, Any]) -> dict[str, Any]:
    """The frontier at a date, with the interval in which one record chip of that date would lie.

    Parameters
    ----------
    year : float or array
        Date.
    fit : mapping
        From `fit_frontier`.

    Returns
    -------
    dict
        ``value``, ``low`` and ``high``, in the unit of the values that were fitted.
    """
    away = year - fit["year0"]
    centre = fit["log0"] + fit["slope"] * away
    half = fit["reach"] * np.sqrt(1 + 1 / fit["n"] + away**2 / fit["spread_year"])
    return {"value": np.exp(centre), "low": np.exp(centre - half), "high": np.exp(centre + half)}


def frontier_year(value: Any, fit: Mapping[str, Any]) -> dict[str, Any]:
    """When the frontier reached a value, with the interval of the date.

    The interval holds every date at which a record chip of that value would lie inside the interval of `frontier_at`
    (inverse prediction, after Fieller).

    Parameters
    ----------
    value : float or array
        Positive, in the unit of the values that were fitted.
    fit : mapping
        From `fit_frontier`.

    Returns
    -------
    dict
        ``year``, ``low`` and ``high``.
    """
    above = np.log(value) - fit["log0"]
    steep = fit["slope"] ** 2 - fit["reach"] ** 2 / fit["spread_year"]
    root = fit["reach"] * np.sqrt(above**2 / fit["spread_year"] + (1 + 1 / fit["n"]) * steep)
    return {
        "year": fit["year0"] + above / fit["slope"],
        "low": fit["year0"] + (above * fit["slope"] - root) / steep,
        "high": fit["year0"] + (above * fit["slope"] + root) / steep,
    }


def lag(launch: Any, value: Any, fit: Mapping[str, Any]) -> dict[str, Any]:
    """Months from the frontier's reaching a value to the launch of a chip with that value.

    Parameters
    ----------
    launch : float or array
        Date of the chip's launch.
    value : float or array
        The chip's figure, positive.
    fit : mapping
        From `fit_frontier`.

    Returns
    -------
    dict
        ``months``, ``low`` and ``high``. Negative months mean a chip ahead of the line.
    """
    reached = frontier_year(value, fit)
    return {
        "months": MONTHS_PER_YEAR * (launch - reached["year"]),
        "low": MONTHS_PER_YEAR * (launch - reached["high"]),
        "high": MONTHS_PER_YEAR * (launch - reached["low"]),
    }


def decimal_year(days: Any) -> Any:
    """Decimal year of a date given as days since 1970-01-01, to within a day."""
    return 1970 + days * SECONDS_PER_DAY / SECONDS_PER_YEAR


def nanoseconds(months: Any) -> Any:
    """Months in nanoseconds."""
    return months / MONTHS_PER_YEAR * SECONDS_PER_YEAR * 1e9


# ---------------------------------------------------------------------------------------------------------------------
# The gap clock


def _of(choice: Any, options: Mapping[str, Any]) -> Any:
    """The option that a reader's choice names."""
    return np.select([choice == name for name in options], list(options.values()), np.nan)


def chosen_fit(metric: Any, leader: Any, fits: Mapping[tuple[str, str], Mapping[str, float]]) -> dict[str, Any]:
    """The fit for a metric and a leader, where both are a reader's choices.

    Parameters
    ----------
    metric, leader : str
        Parts of a key of `fits`.
    fits : mapping
        ``(metric, leader)`` to a fit.
    """
    tests = [(metric == m) & (leader == who) for m, who in fits]
    return {part: np.select(tests, [fit[part] for fit in fits.values()], np.nan) for part in next(iter(fits.values()))}


def gap_clock(
    *, chip: Mapping[str, Any], metric: Any, leader: Any, fits: Mapping[tuple[str, str], Mapping[str, float]]
) -> dict[str, Any]:
    """Where a chip stands against the frontier of its day.

    Parameters
    ----------
    chip : mapping
        ``launch`` (decimal year) and one figure for each metric, 0 where none is published.
    metric, leader : str
        What is compared, and whose records make the frontier.
    fits : mapping
        ``(metric, leader)`` to a fit of `fit_frontier`.

    Returns
    -------
    dict
        ``known``; ``value`` of the chip and ``frontier`` on its launch day; ``ratio`` of the two; ``months``, ``low`` and
        ``high`` of the lag. All numbers but ``frontier`` are 0 where the figure is not published. ``verdict`` is
        ``"unknown"``, or ``"behind"``, ``"ahead"`` or ``"level"`` where the interval of the lag holds 0; ``scope`` is
        ``"unknown"``, or where the figure lies: ``"below"`` the first record, ``"above"`` the last, or ``"between"``.
    """
    fit = chosen_fit(metric, leader, fits)
    value = _of(metric, {name: chip[name] for name in dict.fromkeys(m for m, _ in fits)})
    known = value > 0
    stand_in = np.where(known, value, 1.0)
    behind = {part: np.where(known, months, 0.0) for part, months in lag(chip["launch"], stand_in, fit).items()}
    frontier = frontier_at(chip["launch"], fit)["value"]
    ratio = np.where(known, frontier / stand_in, 0.0)
    verdict = np.select(
        [~known, behind["low"] > 0, behind["high"] < 0],
        ["unknown", "behind", "ahead"],
        "level",
    )
    scope = np.select(
        [~known, value < fit["first"], value > fit["last"]],
        ["unknown", "below", "above"],
        "between",
    )
    return {
        "known": known,
        "value": value,
        "frontier": frontier,
        "ratio": ratio,
        **behind,
        "verdict": verdict,
        "scope": scope,
    }


# ---------------------------------------------------------------------------------------------------------------------
# Roadmaps


def best_so_far(years: Any, launches: Sequence[Any], values: Sequence[Any]) -> Any:
    """The best value launched up to each date; 0 before the first.

    Parameters
    ----------
    years : float or array
        Dates to answer for.
    launches, values : sequence of float
        Launch date and value of each chip.
    """
    out_by_then = [np.where(launch <= years, value, 0.0) for launch, value in zip(launches, values, strict=True)]
    return np.max(np.stack(out_by_then), axis=0)


def roadmaps(
    *,
    year: Any,
    slip_months: Any,
    delivered: Any,
    leader_slip_months: Any,
    leader_growth: Any,
    counting: Any,
    follower: Mapping[str, Sequence[float]],
    leader: Mapping[str, Sequence[float]],
    fits: Mapping[str, Mapping[str, float]],
    years: Sequence[float],
) -> dict[str, Any]:
    """The best chip of two vendors by date, from what they have launched and what they have announced.

    Parameters
    ----------
    year : float
        Date to read off.
    slip_months, leader_slip_months : float
        Delay of announced chips against their announced dates.
    delivered : float
        Rate of the follower's announced chips as launched, over the rate announced.
    leader_growth : float
        Growth a year of the leader's best chip after its last announced one, a fraction.
    counting : str
        A key of `fits`: which number formats count.
    follower, leader : mapping
        Columns of a table of chips: ``launch``, ``announced`` (True for a plan), and one column of values for each key
        of `fits`, 0 where none is published.
    fits : mapping
        A fit of `fit_frontier` to the leader's launched records, for each way of counting.
    years : sequence of float
        Dates of the trajectories.

    Returns
    -------
    dict
        At `year`: ``follower``, ``leader``, ``ratio`` and ``months`` (since the leader's trend passed the follower's best
        chip). Over `years`: ``follower_by_year``, ``leader_by_year`` and ``ratio_by_year``. ``scope`` says
        what `year` lies past: ``"both"`` announced roadmaps, the ``"leader"``'s, or ``"neither"``. The dates must not
        precede the first chip of either.
    """

    def best(chips: Mapping[str, Sequence[float]], when: Any, slip: Any, share: Any) -> Any:
        late = slip / MONTHS_PER_YEAR
        launches = [
            at + np.where(plan, late, 0.0) for at, plan in zip(chips["launch"], chips["announced"], strict=True)
        ]
        values = [
            _of(counting, {name: chips[name][i] for name in fits}) * np.where(plan, share, 1.0)
            for i, plan in enumerate(chips["announced"])
        ]
        return best_so_far(when, launches, values)

    leader_end = np.max(np.asarray(leader["launch"])) + leader_slip_months / MONTHS_PER_YEAR

    def answer(when: Any) -> tuple[Any, Any]:
        beyond = np.maximum(when - leader_end, 0.0)
        ahead = best(leader, when, leader_slip_months, 1.0) * (1 + leader_growth) ** beyond
        return best(follower, when, slip_months, delivered), ahead

    behind, ahead = answer(year)
    behind_by_year, ahead_by_year = answer(np.asarray(years))
    fit = {part: _of(counting, {name: fits[name][part] for name in fits}) for part in next(iter(fits.values()))}
    follower_end = np.max(np.asarray(follower["launch"])) + slip_months / MONTHS_PER_YEAR
    return {
        "follower": behind,
        "leader": ahead,
        "ratio": ahead / behind,
        "months": lag(year, behind, fit)["months"],
        "follower_by_year": behind_by_year,
        "leader_by_year": ahead_by_year,
        "ratio_by_year": ahead_by_year / behind_by_year,
        "scope": np.select(
            [(year > leader_end) & (year > follower_end), year > leader_end],
            ["both", "leader"],
            "neither",
        ),
    }
