"""Who takes up a technology and which maker's: diffusion after Bass, choice after the logit, and shares known in classes.

Shares are fractions between 0 and 1, time is in years. Every function takes floats or arrays and broadcasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hardware_phase.models.times import DAYS_PER_YEAR

# ---------------------------------------------------------------------------------------------------------------------
# Diffusion


def bass_share(years: Any, p: Any, q: Any, ceiling: Any = 1.0) -> Any:
    """Share of people who have adopted, `years` after the start.

    Parameters
    ----------
    years : float or array
        Years since the start; before it the share is zero.
    p, q : float or array
        Innovation and imitation, per year.
    ceiling : float or array, default 1
        Share that is reached in the end.

    Returns
    -------
    float or array
        Fraction of people.

    References
    ----------
    Bass (1969), as in shu_bass_notes.
    """
    decay = np.exp(-(p + q) * np.maximum(years, 0.0))
    return ceiling * (1 - decay) / (1 + q / p * decay)


def bass_peak_years(p: Any, q: Any) -> Any:
    """Years until most people adopt at once: ``ln(q/p)/(p+q)``, or zero if imitation is the weaker of the two."""
    return np.maximum(np.log(q / p), 0.0) / (p + q)


def bass_years_to(share: Any, p: Any, q: Any, ceiling: Any = 1.0) -> Any:
    """Years until a share is reached; the inverse of `bass_share`. `share` must lie below the ceiling."""
    part = share / ceiling
    return np.log((1 + q / p * part) / (1 - part)) / (p + q)


def fit_bass(years: Any, shares: Any, ceiling: float, p: Any, q: Any) -> dict[str, float]:
    """Innovation and imitation that fit observed shares best for a given ceiling, from a grid.

    Parameters
    ----------
    years, shares : array of shape (n,)
        Years since the start and observed shares.
    ceiling : float
        As in `bass_share`.
    p, q : array of shape (m,) and (k,)
        Values to try, all pairs.

    Returns
    -------
    dict
        The best ``p`` and ``q`` and their root mean square ``error``.
    """
    grid_p, grid_q = (grid.ravel() for grid in np.meshgrid(p, q))
    curves = bass_share(np.asarray(years)[:, None], grid_p, grid_q, ceiling)
    errors = np.sqrt(np.mean((curves - np.asarray(shares)[:, None]) ** 2, axis=0))
    best = int(np.argmin(errors))
    return {"p": float(grid_p[best]), "q": float(grid_q[best]), "error": float(errors[best])}


def diffusion(
    *, place: Mapping[str, Any], p: Any, q: Any, ceiling: Any, chinese_share: Any, day: Any
) -> dict[str, Any]:
    """Use of AI in a place over time, with the part that goes to Chinese models.

    Parameters
    ----------
    place : mapping
        ``start`` (the year and its fraction when use began) and the observed shares ``h1``, ``h2`` and ``q1`` at the
        times ``t1``, ``t2`` and ``t3``.
    p, q, ceiling : float or array
        As in `bass_share`.
    chinese_share : float or array
        Share of the users who use a Chinese model.
    day : float or array
        Time to look at, in days since 1970-01-01.

    Returns
    -------
    dict
        ``share`` and ``chinese`` (of people) at that time, ``error`` (root mean square, as a share), ``peak_day`` and
        ``half_day`` (when half of the ceiling is reached; days since 1970-01-01), ``spread`` (root mean square of the
        observed shares about their mean), and ``fits``: ``"near"`` where the curve lies nearer to them than that mean.
    """
    at = bass_share(1970 + day / DAYS_PER_YEAR - place["start"], p, q, ceiling)
    observed = ((place["t1"], place["h1"]), (place["t2"], place["h2"]), (place["t3"], place["q1"]))
    errors = [(bass_share(t - place["start"], p, q, ceiling) - share) ** 2 for t, share in observed]
    error = np.sqrt(sum(errors) / len(errors))
    mean = sum(share for _, share in observed) / len(observed)
    spread = np.sqrt(sum((share - mean) ** 2 for _, share in observed) / len(observed))
    return {
        "share": at,
        "chinese": at * chinese_share,
        "error": error,
        "spread": spread + 0 * error,
        "peak_day": (place["start"] + bass_peak_years(p, q) - 1970) * DAYS_PER_YEAR,
        "half_day": (place["start"] + bass_years_to(0.5 * ceiling, p, q, ceiling) - 1970) * DAYS_PER_YEAR,
        "fits": np.where(error < spread, "near", "off"),
    }


# ---------------------------------------------------------------------------------------------------------------------
# Choice


def logistic(x: Any) -> Any:
    """Share that belongs to log-odds."""
    return 1 / (1 + np.exp(-x))


def log_odds(share: Any) -> Any:
    """Log-odds that belong to a share between 0 and 1, both excluded."""
    return np.log(share / (1 - share))


def choice_shares(utilities: Sequence[Any]) -> Any:
    """Shares of several options under the multinomial logit.

    Parameters
    ----------
    utilities : sequence of float or array
        Utility of each option.

    Returns
    -------
    array
        First axis over the options; they add up to one.
    """
    weights = np.exp(np.stack(utilities) - np.max(np.stack(utilities), axis=0))
    return weights / np.sum(weights, axis=0)


def equal_terms_share(share: Any, price_ratio: Any, price_elasticity: Any, paying: Any) -> Any:
    """Share that one model would have at equal prices, from the share that it has at a known ratio of prices.

    The inverse of `chinese_share` where nobody is barred and both are liked equally: what is observed already has the
    price in it, and must not get it a second time.

    Parameters
    ----------
    share : float or array
        Observed share of use, above 0 and below 1.
    price_ratio, price_elasticity, paying : float or array
        As in `chinese_share`, when the share was observed.

    Returns
    -------
    float or array
        The ``pull`` of `chinese_share` with which it gives `share`: the positive root of a quadratic in the odds.
    """
    effect = price_ratio**price_elasticity  # what the price does to the odds of those who pay
    linear = paying * effect + 1 - paying - share * (1 + effect)
    leading = effect * (1 - share)
    odds = (np.sqrt(linear**2 + 4 * leading * share) - linear) / (2 * leading)
    return odds / (1 + odds)


def chinese_share(
    *,
    price_ratio: Any,
    price_elasticity: Any,
    paying: Any,
    preferred: Any,
    local_use: Any,
    preferred_local: Any,
    blocked_us: Any,
    blocked_china: Any,
    pull: Any,
    elasticities: Mapping[str, float],
) -> dict[str, Any]:
    """Share of AI use that goes to Chinese models, when people choose between a Chinese and an American model.

    Everything that moves a choice enters as log-odds, so that each lever can be read by itself.

    Parameters
    ----------
    price_ratio : float or array
        Price of the American model over that of the Chinese one, for those who pay.
    price_elasticity : float or array
        Log-odds for each log of the price ratio. Near a small share it is the own-price elasticity, as a positive number.
    paying : float or array
        Share of use that pays by the token or month. The rest is free on both sides, so price does not move it.
    preferred, preferred_local : float or array
        Share of blind comparisons that the Chinese model wins, in English and in the local language.
    local_use : float or array
        Share of use in the local language.
    blocked_us, blocked_china : float or array
        Share of people who cannot reach American services, and Chinese ones. If both are barred to more people than
        there are, the American bar counts first.
    pull : float or array
        Share that a Chinese model would have with equal price, equal quality and no bars: habit, what is installed,
        and trust. One half means that there is none.
    elasticities : mapping
        ``low`` and ``high``: the range of the published price elasticities, as positive numbers.

    Returns
    -------
    dict
        ``share`` of use; ``open_share`` (among those who can reach both); shares with one more lever at a time, in
        this order: ``with_pull``, ``with_price``, ``with_quality``, ``with_access`` (equal to ``share``); ``range``
        says whether sources cover the elasticity.
    """
    only_chinese = blocked_us
    only_american = np.minimum(blocked_china, 1 - blocked_us)
    free = 1 - only_chinese - only_american
    price = price_elasticity * np.log(price_ratio)
    base = log_odds(pull)

    def mixed(price: Any, english: Any, local: Any) -> Any:
        """Mean over those who pay and do not, in English and in the local language."""
        return sum(
            part * weight * logistic(base + effect + quality)
            for part, effect in ((paying, price), (1 - paying, 0.0))
            for weight, quality in ((1 - local_use, english), (local_use, local))
        )

    english, local = log_odds(preferred), log_odds(preferred_local)
    open_share = mixed(price, english, local)
    share = only_chinese + free * open_share
    return {
        "share": share,
        "open_share": open_share,
        "with_pull": logistic(base),
        "with_price": mixed(price, 0.0, 0.0),
        "with_quality": open_share,
        "with_access": share,
        "range": np.where(
            (price_elasticity >= elasticities["low"]) & (price_elasticity <= elasticities["high"]),
            "within",
            "outside",
        ),
    }


def barred_from_share(share: Any, open_share: Any) -> Any:
    """Share of people who would have to be unable to reach American models to explain an observed share.

    Parameters
    ----------
    share : float or array
        Observed share of use of Chinese models.
    open_share : float or array
        Share that they have among those who can reach both.
    """
    return np.maximum((share - open_share) / (1 - open_share), 0.0)


# ---------------------------------------------------------------------------------------------------------------------
# Shares that are known in classes


def class_log_likelihood(coefficients: Any, scale: Any, x: Any, low: Any, high: Any, weights: Any) -> Any:
    """Log-likelihood of shares that are known to lie between two bounds.

    The log-odds of a share are `x` times `coefficients` plus a logistic error with the given scale. The probability of
    a class is the error's distribution between its bounds, so no number inside the class is invented.

    Parameters
    ----------
    coefficients : array of shape (k,)
        Coefficients.
    scale : float
        Scale of the error, in log-odds.
    x : array of shape (n, k)
        Explanatory values, with a column of ones.
    low, high : array of shape (n,)
        Bounds of each share. Zero and one stand for no bound.
    weights : array of shape (n,)
        Weight of each observation: less than one for members of a pool that share one value of what is explained.
    """
    mean = np.asarray(x) @ np.asarray(coefficients)
    with np.errstate(divide="ignore"):
        upper, lower = (log_odds(np.asarray(bound)) for bound in (high, low))
    with np.errstate(over="ignore"):
        probability = logistic((upper - mean) / scale) - logistic((lower - mean) / scale)
    return np.sum(weights * np.log(np.maximum(probability, 1e-300)))


def fit_classes(x: Any, low: Any, high: Any, weights: Any, steps: int = 60) -> dict[str, Any]:
    """Coefficients and scale of highest likelihood for shares in classes, by Newton's method.

    Parameters
    ----------
    x, low, high, weights
        As in `class_log_likelihood`.
    steps : int, default 60
        Most steps to take.

    Returns
    -------
    dict
        ``coefficients`` and their standard errors ``errors``, both of shape (k,), ``scale`` and ``log_likelihood``.

    Raises
    ------
    ValueError
        If a lower bound is not below its upper bound.
    """
    if np.any(np.asarray(low) >= np.asarray(high)):
        raise ValueError("low must be below high: give a share that is known exactly a narrow class")
    size = np.asarray(x).shape[1]

    def value(theta: Any) -> float:
        return float(class_log_likelihood(theta[:size], np.exp(theta[size]), x, low, high, weights))

    theta = np.zeros(size + 1)
    theta[0] = -2.0  # a share of about a tenth
    for _ in range(steps):
        gradient, hessian = _derivatives(value, theta)
        push = np.linalg.solve(hessian - 1e-6 * np.eye(size + 1), gradient)
        step = -push if push @ gradient < 0 else gradient / np.linalg.norm(gradient)  # uphill, also far from the top
        length = 1.0
        while value(theta + length * step) < value(theta) and length > 1e-8:
            length /= 2
        theta = theta + length * step
        if np.max(np.abs(length * step)) < 1e-7:
            break
    _, hessian = _derivatives(value, theta)
    errors = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    return {
        "coefficients": theta[:size],
        "errors": errors[:size],
        "scale": float(np.exp(theta[size])),
        "log_likelihood": value(theta),
    }


def _derivatives(value: Any, at: Any, width: float = 1e-4) -> tuple[Any, Any]:
    """Gradient and Hessian by central differences."""
    steps = width * np.eye(len(at))
    gradient = np.array([(value(at + s) - value(at - s)) / (2 * width) for s in steps])
    hessian = np.array(
        [
            [
                (value(at + a + b) - value(at + a - b) - value(at - a + b) + value(at - a - b)) / (4 * width**2)
                for b in steps
            ]
            for a in steps
        ]
    )
    return gradient, hessian


# ---------------------------------------------------------------------------------------------------------------------
# Regions


def region_shares(
    *, regions: Mapping[str, Mapping[str, Sequence[float]]], by_people: Any, inside: Any, threshold: Any
) -> dict[str, Any]:
    """Mean share and number of economies above a threshold, region by region.

    Parameters
    ----------
    regions : mapping
        Region to ``low`` and ``high`` (bounds of the share of each economy), ``people`` and ``weight`` of each economy.
    by_people : bool or array
        Weigh economies by people; otherwise by `weight`.
    inside : float or array
        Where in its class a share lies: 0 at the lower bound, 1 at the upper.
    threshold : float or array
        Share that counts as dominating.

    Returns
    -------
    dict
        Arrays over the regions: ``mean`` with ``mean_low`` and ``mean_high`` (all economies at their bounds), ``above``
        (economies above the threshold), ``economies``. Over all regions: ``regions_above`` (regions whose mean is
        above the threshold), ``economies_above``, ``people_above`` (share of people who live in economies above it),
        ``largest`` (the highest mean) and ``verdict``.
    """
    means, lows, highs, above, people = [], [], [], [], []
    for region in regions.values():
        low, high = np.asarray(region["low"]), np.asarray(region["high"])
        head, equal = np.asarray(region["people"]) / np.sum(region["people"]), np.asarray(region["weight"])
        equal = equal / np.sum(equal)

        def mean(values: Any, head: Any = head, equal: Any = equal) -> Any:
            return np.where(by_people, np.sum(values * head), np.sum(values * equal))

        shares = low + inside * (high - low)
        over = np.where(shares > threshold, 1.0, 0.0)
        means.append(mean(shares))
        lows.append(mean(low))
        highs.append(mean(high))
        above.append(np.sum(over))
        people.append(np.sum(over * np.asarray(region["people"])))
    everybody = sum(sum(region["people"]) for region in regions.values())
    means = np.stack(means)
    regions_above = np.sum(np.where(means > threshold, 1.0, 0.0))
    economies = np.array([float(len(region["low"])) for region in regions.values()])
    return {
        "mean": means,
        "mean_low": np.stack(lows),
        "mean_high": np.stack(highs),
        "above": np.stack(above),
        "economies": economies,
        "regions_above": regions_above,
        "economies_above": np.sum(np.stack(above)),
        "people_above": sum(people) / everybody,
        "largest": np.max(means),
        "verdict": np.where(
            regions_above == len(regions),
            "every",
            np.where(regions_above == 0, "none", "some"),
        ),
    }
