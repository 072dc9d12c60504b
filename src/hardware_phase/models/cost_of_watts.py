"""What a useful FLOP costs in chips, site and electricity, and the price of power at which the less efficient chip wins.

Money is in US dollars, powers in W, energies in Wh. Every function takes floats or arrays and broadcasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hardware_phase.models import energy
from hardware_phase.models.times import HOURS_PER_YEAR, SECONDS_PER_HOUR

UNIT_FLOP = 1e21  # costs are per zettaFLOP, so that they are amounts a person can picture
PARTS = ("chips", "site", "electricity")


def annuity(rate: Any, years: Any) -> Any:
    """Part of a price that falls to each year of its life, with interest on what is not yet paid back.

    Parameters
    ----------
    rate : float or array
        Interest a year, above 0.
    years : float or array
        Years of use, above 0.

    Returns
    -------
    float or array
        Fraction of the price a year: ``rate / (1 - (1 + rate) ** -years)``, the capital recovery factor.
    """
    return rate / -np.expm1(-years * np.log1p(rate))


def useful_flop(flop_per_s: Any, mfu: Any, busy: Any) -> Any:
    """Useful FLOP of a chip in a year.

    Parameters
    ----------
    flop_per_s : float or array
        Dense peak, FLOP/s.
    mfu : float or array
        Share of the peak that the software reaches while it runs.
    busy : float or array
        Share of the year in which it runs.

    Returns
    -------
    float or array
        FLOP a year.
    """
    return flop_per_s * mfu * busy * HOURS_PER_YEAR * SECONDS_PER_HOUR


def capital_per_watt(usd: Any, units: Any, watts_per_unit: Any) -> Any:
    """Price of a plant or a site over its power, $ per W."""
    return usd / (units * watts_per_unit)


def units_for(budget_usd: Any, usd_per_unit: Any) -> Any:
    """How many units a budget buys; fractions are kept."""
    return budget_usd / usd_per_unit


def cost_of_compute(
    *,
    flop_per_s: Any,
    usd_per_chip: Any,
    system_w: Any,
    mfu: Any,
    busy: Any,
    pue: Any,
    usd_per_kwh: Any,
    site_usd_per_w: Any,
    chip_years: Any,
    site_years: Any,
    rate: Any,
) -> dict[str, Any]:
    """Cost of a zettaFLOP of useful work, by part.

    Parameters
    ----------
    flop_per_s, mfu, busy : float or array
        As in `useful_flop`.
    usd_per_chip, system_w : float or array
        Price and power of a system over its chips.
    pue : float or array
        Power at the meter over that of the computers.
    usd_per_kwh : float or array
        Price of electricity after any subsidy.
    site_usd_per_w : float or array
        Price of land, building and electrical plant per W at the meter.
    chip_years, site_years, rate : float or array
        Lives, and interest a year; see `annuity`.

    Returns
    -------
    dict
        ``chips``, ``site`` and ``electricity``, $ per zettaFLOP, their sum ``total``, and ``kwh`` per zettaFLOP. A
        chip that does not run draws nothing here.
    """
    work = useful_flop(flop_per_s, mfu, busy) / UNIT_FLOP
    meter_w = energy.facility_power(system_w, pue)
    used_wh = energy.energy(meter_w, load=busy)
    chips = usd_per_chip * annuity(rate, chip_years) / work
    site = meter_w * site_usd_per_w * annuity(rate, site_years) / work
    electricity = energy.electricity_cost(used_wh, usd_per_kwh) / work
    return {
        "chips": chips,
        "site": site,
        "electricity": electricity,
        "total": chips + site + electricity,
        "kwh": used_wh / 1e3 / work,
    }


def crossing_price(weaker: Mapping[str, Any], frontier: Mapping[str, Any]) -> Any:
    """Price of electricity at which both cost the same, if both pay it.

    Parameters
    ----------
    weaker, frontier : dict
        Results of `cost_of_compute`.

    Returns
    -------
    float or array
        $ per kWh: ``(capital of frontier - capital of weaker) / (kWh of weaker - kWh of frontier)``. A chip that needs
        more kWh wins below it. Negative if that chip also needs more capital: then it wins at no price.
    """
    capital = [machine["chips"] + machine["site"] for machine in (weaker, frontier)]
    return (capital[1] - capital[0]) / (weaker["kwh"] - frontier["kwh"])


def compare_costs(
    *,
    weaker: Mapping[str, Any],
    frontier: Mapping[str, Any],
    price_factor: Any,
    weaker_usd_per_kwh: Any,
    subsidy: Any,
    frontier_usd_per_kwh: Any,
    chip_years: Any,
    weaker_mfu: Any,
    frontier_mfu: Any,
    busy: Any,
    weaker_pue: Any,
    frontier_pue: Any,
    site_usd_per_w: Any,
    site_years: Any,
    rate: Any,
    published_usd_per_kwh: Sequence[float],
) -> dict[str, Any]:
    """Cost of a zettaFLOP on two machines, and what would make them equal.

    Parameters
    ----------
    weaker, frontier : dict
        ``flop_per_s``, ``usd_per_chip`` and ``system_w`` of a machine, each over its chips.
    price_factor : float or array
        Price of the weaker machine over that in its record.
    weaker_usd_per_kwh, frontier_usd_per_kwh : float or array
        Price of electricity at each site, before any subsidy.
    subsidy : float or array
        Fraction of the weaker side's electricity bill that somebody else pays, below 1.
    chip_years, site_years, rate, site_usd_per_w, busy : float or array
        As in `cost_of_compute`, the same for both.
    weaker_mfu, frontier_mfu, weaker_pue, frontier_pue : float or array
        As in `cost_of_compute`, for each.
    published_usd_per_kwh : pair of float
        Lowest and highest price that the sources have.

    Returns
    -------
    dict
        ``weaker_usd`` and ``frontier_usd`` per zettaFLOP and their `PARTS` (``weaker_chips`` and so on), ``cost_ratio``, ``energy_ratio``, ``electricity_share`` of the weaker side's cost, what the weaker side
        may pay for a kWh (``equal_usd_per_kwh``, after subsidy; below 0 if not even free power is enough) and for a chip
        ($, 0 if it would have to be more than free), a verdict (the weaker chip is ``"cheaper"``, lower prices of
        ``"power"`` could make it so, or ``"neither"``) and a ``price_note`` (its price is ``"below"``, ``"above"`` or
        ``"within"`` the published ones).
    """
    shared = {
        "busy": busy,
        "site_usd_per_w": site_usd_per_w,
        "chip_years": chip_years,
        "site_years": site_years,
        "rate": rate,
    }
    paid = weaker_usd_per_kwh * (1 - subsidy)
    ours = cost_of_compute(
        flop_per_s=weaker["flop_per_s"],
        usd_per_chip=weaker["usd_per_chip"] * price_factor,
        system_w=weaker["system_w"],
        mfu=weaker_mfu,
        pue=weaker_pue,
        usd_per_kwh=paid,
        **shared,
    )
    theirs = cost_of_compute(**frontier, mfu=frontier_mfu, pue=frontier_pue, usd_per_kwh=frontier_usd_per_kwh, **shared)
    left_for_power = theirs["total"] - ours["chips"] - ours["site"]
    left_for_chips = np.maximum(theirs["total"] - ours["site"] - ours["electricity"], 0.0)
    low, high = published_usd_per_kwh
    return {
        "weaker_usd": ours["total"],
        "frontier_usd": theirs["total"],
        "cost_ratio": ours["total"] / theirs["total"],
        "energy_ratio": ours["kwh"] / theirs["kwh"],
        "electricity_share": ours["electricity"] / ours["total"],
        **{f"weaker_{part}": ours[part] for part in PARTS},
        **{f"frontier_{part}": theirs[part] for part in PARTS},
        "equal_usd_per_kwh": left_for_power / ours["kwh"],
        "chip_for_equal_cost": weaker["usd_per_chip"] * price_factor * left_for_chips / ours["chips"],
        "verdict": np.select(
            [ours["total"] <= theirs["total"], left_for_power > 0],
            ["cheaper", "power"],
            "neither",
        ),
        "price_note": np.select(
            [paid < low, paid > high],
            ["below", "above"],
            "within",
        ),
    }


def break_even_subsidy(extra: Any) -> Any:
    """Part of the bill that has to be paid for a chip that needs more electricity, so that its user pays no more.

    Parameters
    ----------
    extra : float or array
        Electricity for the same work over that of the other chip, less one.

    Returns
    -------
    float or array
        Fraction of the bill: ``1 - 1 / (1 + extra)``.
    """
    return 1 - 1 / (1 + extra)


def subsidy_case(
    *,
    extra: Any,
    subsidy: Any,
    usd_per_kwh: Any,
    cards: Any,
    card_w: Any,
    pue: Any,
    load: Any,
    reported_extra: Sequence[float],
    reported_subsidy: float,
) -> dict[str, Any]:
    """Who gains from a subsidy on the electricity of less efficient chips, and what it costs.

    Parameters
    ----------
    extra : float or array
        As in `break_even_subsidy`.
    subsidy : float or array
        Fraction of the bill that the subsidy pays.
    usd_per_kwh : float or array
        Price before the subsidy.
    cards, card_w, pue, load : float or array
        Fleet that gets it: number, W of a card with its share of the system, PUE, and mean load.
    reported_extra : pair of float
        Range of `extra` that the source reports.
    reported_subsidy : float
        Highest subsidy that the source reports.

    Returns
    -------
    dict
        ``break_even``, ``granted`` (the subsidy), ``bill_ratio`` (bill for the same work, over that of the other chip
        without subsidy), ``effective_usd_per_kwh`` (for the work that one kWh does on the other chip), ``usd_a_year``,
        ``usd_per_card`` a year, a verdict (the user ``"gains"`` or ``"pays"``) and a ``note``: the settings are
        ``"inside"`` or ``"outside"`` what the source reports.
    """
    used = energy.energy(energy.facility_power(cards * card_w, pue), load=load)
    cost = energy.electricity_cost(used, usd_per_kwh) * subsidy
    ratio = (1 + extra) * (1 - subsidy)
    known = (extra >= reported_extra[0]) & (extra <= reported_extra[1]) & (subsidy <= reported_subsidy)
    return {
        "break_even": break_even_subsidy(extra),
        "granted": subsidy,
        "bill_ratio": ratio,
        "effective_usd_per_kwh": usd_per_kwh * ratio,
        "usd_a_year": cost,
        "usd_per_card": cost / cards,
        "verdict": np.where(ratio <= 1, "gains", "pays"),
        "note": np.where(known, "inside", "outside"),
    }


# Cases of energy_checks.csv that this module reproduces: name of the case -> function of the row's inputs, in its unit.
REPRODUCES = {
    "bernstein_racks_per_gw": lambda i: units_for(i["usd_per_gw"], i["usd_per_rack"]),
    "bernstein_rack_cost": lambda i: sum(i.values()),
    "nvidia_usd_per_gw": lambda i: sum(i.values()),
    "vogtle_usd_per_watt": lambda i: capital_per_watt(i["usd"], i["units"], i["mw"] * 1e6),
    "zhangzhou_usd_per_kw": lambda i: 1e3 * capital_per_watt(i["usd"], i["units"], i["mw"] * 1e6),
}
