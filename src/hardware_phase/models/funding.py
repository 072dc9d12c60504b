"""What an amount of public money buys along the way to a chip: fabs, wafers, research, finished accelerators.

Amounts are dollars. Every function takes floats or arrays and broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hardware_phase.models.policy import H100_TPP
from hardware_phase.models.times import MONTHS_PER_YEAR


def in_dollars(cny: Any, cny_per_usd: Any) -> Any:
    """Dollars for an amount in yuan at a rate in yuan per dollar."""
    return cny / cny_per_usd


def leveraged(public: Any, public_share: Any) -> Any:
    """Investment of which public money is a stated fraction, above zero."""
    return public / public_share


def wafer_capacity(capital: Any, capital_per_wafer_year: Any) -> Any:
    """Wafer starts a month that capital builds.

    Parameters
    ----------
    capital : float or array
        Dollars for buildings and tools.
    capital_per_wafer_year : float or array
        Dollars for the capacity of one wafer a year.

    Returns
    -------
    float or array
        Wafer starts a month.
    """
    return capital / capital_per_wafer_year / MONTHS_PER_YEAR


def purchases(
    *,
    amount: Any,
    years: Any,
    public_share: Any,
    fab_share: Any,
    chip_share: Any,
    node: Mapping[str, Any],
    cost_factor: Any,
    laboratory: Mapping[str, Any],
    chip: Mapping[str, Any],
    baseline: Any,
    largest: Any,
) -> dict[str, Any]:
    """What an amount buys if it is split between fabs, chips and research.

    Parameters
    ----------
    amount : float or array
        Public money over the whole period, dollars.
    years : float or array
        Years over which it is paid, at least one.
    public_share : float or array
        Fraction of the cost of a fab that is public; the rest comes from the firm and its banks. Applies to fabs only.
    fab_share, chip_share : float or array
        Fractions for fabs and for finished chips. If they exceed one together both are cut in proportion; what is left
        goes to research.
    node : mapping
        ``capital_per_wafer_year`` and ``wafer_price`` of a process, dollars, and ``fab_wafers``, wafers a month of one fab.
    cost_factor : float or array
        Cost of fabs and wafers here over that in `node`.
    laboratory : mapping
        ``usd_per_year``, the research budget that serves as the yardstick.
    chip : mapping
        ``price_usd`` and ``tpp`` of a finished accelerator.
    baseline : float or array
        Another programme in dollars, for comparison.
    largest : float or array
        The largest programme that was decided, dollars.

    Returns
    -------
    dict
        ``fab_usd``, ``chip_usd`` and ``research_usd``; ``a_year`` (dollars); ``investment`` (fabs with the private
        part); ``wafers_per_month`` of capacity and ``fabs``; ``wafers`` (what the fab money would buy at the foundry's
        price instead, over the whole period); ``research_years``; ``chips`` and ``h100_equivalents``;
        ``over_baseline``; ``covered``, ``"inside"`` if sources cover the settings, else ``"no_money"``, ``"above"`` the
        largest programme, ``"cut"`` (parts above one) or ``"costs"`` other than the published ones.
    """
    both = fab_share + chip_share
    scale = 1 / np.maximum(both, 1.0)
    fab_usd, chip_usd = amount * fab_share * scale, amount * chip_share * scale
    research_usd = np.maximum(amount - fab_usd - chip_usd, 0.0)
    investment = leveraged(fab_usd, public_share)
    per_month = wafer_capacity(investment, node["capital_per_wafer_year"] * cost_factor)
    chips = chip_usd / chip["price_usd"]
    return {
        "fab_usd": fab_usd,
        "chip_usd": chip_usd,
        "research_usd": research_usd,
        "a_year": amount / years,
        "investment": investment,
        "wafers_per_month": per_month,
        "fabs": per_month / node["fab_wafers"],
        "wafers": fab_usd / (node["wafer_price"] * cost_factor),
        "research_years": research_usd / laboratory["usd_per_year"],
        "chips": chips,
        "h100_equivalents": chips * chip["tpp"] / H100_TPP,
        "over_baseline": amount / baseline,
        "covered": np.select(
            [amount <= 0, amount > largest, both > 1, cost_factor != 1],
            ["no_money", "above", "cut", "costs"],
            default="inside",
        ),
    }


# ---------------------------------------------------------------------------------------------------------------------
# Published numbers: cases of acceleration_checks.csv as functions of the row's inputs, in the row's unit


def _billions(i: Mapping[str, float]) -> float:
    return in_dollars(i["cny_bn"], i["cny_per_usd"])


REPRODUCES: dict[str, Callable[[Mapping[str, float]], float]] = {
    "chips_act_total": lambda i: i["manufacturing"] + i["research"] + i["international"],
    "package_high_in_dollars": _billions,
    "package_low_in_dollars": _billions,
    "big_fund_iii_in_dollars": _billions,
}
