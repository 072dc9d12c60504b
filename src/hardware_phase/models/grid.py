"""Electricity supply of a country against the demand of its data centres: growth, fits, and the year when power binds.

Energies are in Wh a year, powers in W. `fit_growth` and `power_balance` take numbers and give a value for each year;
the other functions take floats or arrays and broadcast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hardware_phase.models import energy
from hardware_phase.models.times import HOURS_PER_YEAR

YEARS = np.arange(2024, 2036)  # years of `power_balance`; the first is the last one with published demand
FIT_YEARS = np.arange(2000, 2036)  # years of `fit_growth`, the last ten of them extrapolated
FORECASTS = ("iea", "national", "goldman")


def change(first: Any, last: Any) -> Any:
    """Last value over the first, less one."""
    return last / first - 1


def compound_growth(first: Any, last: Any, years: Any) -> Any:
    """Growth a year that leads from one value to another.

    Parameters
    ----------
    first, last : float or array
        Values, above zero.
    years : float or array
        Years between them.

    Returns
    -------
    float or array
        Fraction a year.
    """
    return (last / first) ** (1 / years) - 1


def growth_range(values: Sequence[float], span: int) -> tuple[float, float]:
    """Slowest and fastest compound growth over any stretch of `span` years of a yearly series.

    Parameters
    ----------
    values : sequence of float
        One value a year, without gaps.
    span : int
        Years of a stretch, fewer than the values.

    Returns
    -------
    tuple of float
        Fractions a year.

    Raises
    ------
    ValueError
        If the series is too short.
    """
    if len(values) <= span:
        raise ValueError(f"span: {span} years need more than {len(values)} values")
    series = np.asarray(values, dtype=float)
    rates = compound_growth(series[:-span], series[span:], span)
    return float(rates.min()), float(rates.max())


def full_load_hours(generation_wh: Any, start_w: Any, end_w: Any) -> Any:
    """Hours at full load that a year's generation amounts to, over the mean of the capacity at both ends of the year."""
    return generation_wh / ((start_w + end_w) / 2)


def fit_growth(*, series: Mapping[str, Any], country: Any, first_year: Any, last_year: Any) -> dict[str, Any]:
    """Fit a straight line and an exponential to the years of a window, by least squares.

    Both are fitted to the values and judged by the share of the variance of the values that they explain, so that the
    two shares compare. Fitted and judged in logarithms the exponential has the better of it, since it is a line there:
    ``r2_exponential_logs`` and ``r2_line_logs`` say by how much.

    Parameters
    ----------
    series : dict
        Name of a country to its generation (Wh) in each year from 2000; the same number of years for each.
    country : str
        One of the names.
    first_year, last_year : float
        Window, with at least three years in it.

    Returns
    -------
    dict
        ``line_wh`` and ``exponential_wh`` in each of `FIT_YEARS`, ``r2_line`` and ``r2_exponential`` (0 where a fit is
        worse than the mean), ``wh_a_year``, ``growth_a_year``, both fits in the last year, their ratio there and a
        verdict: which explains clearly more, the ``"line"`` or the ``"exponential"``, or ``"even"``, or ``"neither"``
        of them much.
    """
    values = np.select([country == name for name in series], list(series.values()))
    count = len(next(iter(series.values())))
    years = FIT_YEARS[:count] - FIT_YEARS[0]
    inside = np.where((FIT_YEARS[:count] >= first_year) & (FIT_YEARS[:count] <= last_year), 1.0, 0.0)
    start, slope = _least_squares(years, values, inside)
    log_start, log_slope = _least_squares(years, np.log(values), inside)
    scale, rate = _exponential(years, values, inside, np.exp(log_start), log_slope)
    span = FIT_YEARS - FIT_YEARS[0]
    # Carried back far before a late window, a steep line would leave the range of what a country can generate.
    line, exponential = np.maximum(start + slope * span, 0.0), scale * np.exp(rate * span)
    fitted = start + slope * years
    r2_line = _explained(values, fitted, inside)
    r2_exponential = _explained(values, scale * np.exp(rate * years), inside)
    lowest = 1e-3 * np.sum(inside * values) / np.sum(inside)  # a line below zero has no logarithm
    return {
        "line_wh": line,
        "exponential_wh": exponential,
        "r2_line": r2_line,
        "r2_exponential": r2_exponential,
        "wh_a_year": slope,
        "r2_line_logs": _explained(np.log(values), np.log(np.maximum(fitted, lowest)), inside),
        "r2_exponential_logs": _explained(np.log(values), log_start + log_slope * years, inside),
        "growth_a_year": np.expm1(rate),
        "line_last_wh": line[-1],
        "exponential_last_wh": exponential[-1],
        "ratio_last": exponential[-1] / line[-1],
        "verdict": np.select(
            [
                np.maximum(r2_line, r2_exponential) < 0.8,
                r2_exponential > r2_line + 0.005,
                r2_line > r2_exponential + 0.005,
            ],
            ["neither", "exponential", "line"],
            "even",
        ),
    }


def _least_squares(x: Any, y: Any, weight: Any) -> tuple[Any, Any]:
    """Intercept and slope of the weighted least-squares line."""
    total = np.sum(weight)
    mean_x, mean_y = np.sum(weight * x) / total, np.sum(weight * y) / total
    slope = np.sum(weight * (x - mean_x) * (y - mean_y)) / np.sum(weight * (x - mean_x) ** 2)
    return mean_y - slope * mean_x, slope


def _exponential(x: Any, y: Any, weight: Any, scale: Any, rate: Any, steps: int = 8) -> tuple[Any, Any]:
    """Scale and rate of the weighted least-squares exponential, by Gauss and Newton from a first guess."""
    for _ in range(steps):
        shape = np.exp(rate * x)
        off, by_rate = y - scale * shape, scale * x * shape
        a, b, c = np.sum(weight * shape**2), np.sum(weight * shape * by_rate), np.sum(weight * by_rate**2)
        d, e = np.sum(weight * shape * off), np.sum(weight * by_rate * off)
        determinant = a * c - b**2
        scale, rate = scale + (c * d - b * e) / determinant, rate + (a * e - b * d) / determinant
    return scale, rate


def _explained(y: Any, fitted: Any, weight: Any) -> Any:
    mean = np.sum(weight * y) / np.sum(weight)
    return np.maximum(1 - np.sum(weight * (y - fitted) ** 2) / np.sum(weight * (y - mean) ** 2), 0.0)


def fleet_power(start_w: Any, added_w: Sequence[Any], retired_a_year: Any) -> Any:
    """Power of a fleet at the end of each year.

    Parameters
    ----------
    start_w : float or array
        Power of the fleet at the start, W.
    added_w : sequence of float or array
        Power of what is added in each year, W.
    retired_a_year : float or array
        Fraction of the fleet that leaves in a year.

    Returns
    -------
    array
        One more than the years: the first is the start.
    """
    levels = [start_w]
    for added in added_w:
        levels.append(levels[-1] * (1 - retired_a_year) + added)
    return np.stack(levels)


def power_balance(
    *,
    region: Mapping[str, Any],
    chips_factor: Any,
    shipment_growth: Any,
    supply_growth: Any,
    share_left: Any,
    connection_factor: Any,
    load: Any,
    retired_a_year: Any,
    conventional_growth: Any,
    ai_share: Any,
) -> dict[str, Any]:
    """Data centres' demand, built from chips shipped, against the energy and the connections left for them.

    Parameters
    ----------
    region : dict
        Facts about a country: ``supply_wh`` and ``datacentres_wh`` of 2024, ``chips`` shipped to it in 2025, ``chip_w``
        (power of a chip with its share of the system), ``pue``, ``connection_w`` (power that can be connected in a
        year), ``growth_low`` and ``growth_high`` (of supply, seen before), and for each of `FORECASTS` its ``_low`` and
        ``_high`` in Wh a year.
    chips_factor : float
        Chips times watts in 2025, over those in `region`.
    shipment_growth, supply_growth, conventional_growth : float
        Growth a year of chips shipped, of electricity supply and of data centres without AI, fractions.
    share_left : float
        Fraction of the supply's growth that is left for data centres.
    connection_factor : float
        Power that can be connected in a year, over that in `region`.
    load : float
        Mean power over full power, 0 to 1.
    retired_a_year : float
        Fraction of the chips in use that retire in a year.
    ai_share : float
        Fraction of the data centres' electricity in 2024 that AI used.

    Returns
    -------
    dict
        For each of `YEARS`: ``datacentres_wh``, ``ceiling_wh``, ``extra_w`` and ``connected_w`` (both since 2024).
        The years in which energy and connections bind, figures for 2030 and notes on what the sources cover, as text.
    """
    since = YEARS - YEARS[0]
    start_wh = region["datacentres_wh"]
    hours = HOURS_PER_YEAR * load
    shipped_w = region["chips"] * region["chip_w"] * region["pue"] * chips_factor
    added = [shipped_w * (1 + shipment_growth) ** n for n in range(len(YEARS) - 1)]
    ai_w = fleet_power(start_wh * ai_share / hours, added, retired_a_year)
    # Chips arrive over the year, so its energy is that of the mean of both ends.
    ai_wh = np.concatenate([np.stack([start_wh * ai_share]), (ai_w[:-1] + ai_w[1:]) / 2 * hours])
    conventional_wh = start_wh * (1 - ai_share) * (1 + conventional_growth) ** since
    datacentres = ai_wh + conventional_wh
    supply = region["supply_wh"] * (1 + supply_growth) ** since
    ceiling = start_wh + share_left * (supply - region["supply_wh"])
    power = ai_w + conventional_wh / hours
    extra, connected = np.maximum(power - power[0], 0.0), region["connection_w"] * connection_factor * since
    energy_year, connection_year = _first_year(datacentres > ceiling), _first_year(extra > connected)
    at = int(np.flatnonzero(YEARS == 2030)[0])
    return {
        "datacentres_wh": datacentres,
        "ceiling_wh": ceiling,
        "extra_w": extra,
        "connected_w": connected,
        "energy_binds": _code(energy_year),
        "connections_bind": _code(connection_year),
        "verdict": np.select(
            [
                np.minimum(energy_year, connection_year) > YEARS[-1],
                energy_year < connection_year,
                connection_year < energy_year,
            ],
            ["neither", "energy", "connections"],
            "both",
        ),
        "datacentres_2030_wh": datacentres[at],
        "share_2030": energy.share_of_supply(datacentres[at], supply[at]),
        "chips_2030": region["chips"] * chips_factor * (1 + shipment_growth) ** (2030 - 2025),
        "demand_note": _place(
            datacentres[at],
            region["iea_low"],
            np.maximum(region["national_high"], region["goldman_high"]),
        ),
        "supply_note": _place(
            supply_growth,
            region["growth_low"],
            region["growth_high"],
        ),
    }


def _first_year(crossed: Any) -> Any:
    """First of `YEARS` after the start in which a condition holds; the year after the last if none."""
    return np.select([crossed[i] for i in range(1, len(YEARS))], YEARS[1:].tolist(), int(YEARS[-1]) + 1)


def _code(year: Any) -> Any:
    """A year after the first of `YEARS` as a code; ``"never"`` for one after the last."""
    return np.select([year == y for y in YEARS[1:].tolist()], [str(y) for y in YEARS[1:].tolist()], "never")


def _place(value: Any, low: Any, high: Any) -> Any:
    return np.select([value < low, value > high], ["below", "above"], "within")


def _percent(compute: Callable) -> Callable:
    return lambda i: 100 * compute(i)


# Cases of energy_checks.csv that this module reproduces: name of the case -> function of the row's inputs, in its unit.
REPRODUCES = {
    "colossus1_grid_supply_phase2": lambda i: sum(i.values()),
    "iea_world_growth": _percent(lambda i: compound_growth(i["twh_2024"], i["twh_2030"], i["years"])),
    "iea_china_growth": _percent(lambda i: change(i["twh_2024"], i["twh_2030"])),
    "china_2025_additions_sum": lambda i: sum(i.values()),
    "china_2024_renewable_capacity_sum": lambda i: sum(i.values()),
    "china_2024_renewable_additions_sum": lambda i: sum(i.values()),
    "china_capacity_2025_growth": _percent(lambda i: change(i["gw_2024"], i["gw_2025"])),
    "china_solar_2025_from_additions": lambda i: i["gw_2024"] + i["added"],
    "china_wind_2025_from_additions": lambda i: i["gw_2024"] + i["added"],
    "china_utilisation_hours_2025": lambda i: full_load_hours(
        i["generation_twh"] * 1e12, i["gw_2024"] * 1e9, i["gw_2025"] * 1e9
    ),
    "china_wind_solar_2024": lambda i: sum(i.values()),
    "us_generation_change_2007_2021": _percent(lambda i: change(i["twh_2007"], i["twh_2021"])),
    "china_2024_additions_vs_us": lambda i: 1 + change(i["usa_gw"], i["chn_gw"]),
    "cec_2026_nonfossil_share": _percent(lambda i: energy.share_of_supply(i["nonfossil_gw"], i["total_gw"])),
    "ember_h1_2025_china_solar": lambda i: i["world_solar_growth_twh"] * i["china_share"],
}
