"""The market for accelerators in China, and what the price of a chip maker assumes about its growth.

Cards are accelerator cards a year, shares are fractions, money is in one currency throughout. Every function takes
floats or arrays and broadcasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hardware_phase.models.coverage import coverage
from hardware_phase.models.fabrication import dies_per_wafer
from hardware_phase.models.times import MONTHS_PER_YEAR

FIRST = ("Domestic cards first", "Imported cards first", "In proportion to supply")


# ---------------------------------------------------------------------------------------------------------------------
# Shares and concentration


def concentration(shares: Any) -> Any:
    """Herfindahl index of a market: 10,000 times the sum of squared shares.

    Parameters
    ----------
    shares : array of shape (n, ...)
        Share of each vendor, a fraction; vendors along the first axis.

    Returns
    -------
    float or array
        10,000 for one vendor, 10,000 / n for n equal ones.
    """
    return 10_000 * np.sum(np.square(shares), axis=0)


def concentration_range(shares: Any, others: float) -> tuple[float, float]:
    """Bounds of `concentration` where a part of the market is known only as "others".

    Parameters
    ----------
    shares : array of shape (n,)
        Shares of the known vendors.
    others : float
        Share of all the rest.

    Returns
    -------
    tuple of float
        With the others as very many vendors, and as a single one.
    """
    known = concentration(np.asarray(shares))
    return known, known + concentration(np.array([others]))


def implied_price_ratio(units_a: Any, value_a: Any, units_b: Any, value_b: Any) -> Any:
    """Price of a card of vendor A over one of vendor B that a share in units and a share in value imply together.

    It means something only if both shares are of the same market.
    """
    return (value_a / units_a) / (value_b / units_b)


# ---------------------------------------------------------------------------------------------------------------------
# Supply and demand


def domestic_cards(wafers: Any, die_yield: Any, die_mm2: Any, bank_dies: Any, dies_per_card: Any) -> Any:
    """Cards that domestic wafers and stored dies make in a year.

    Parameters
    ----------
    wafers : float or array
        Wafers a month for dies of AI accelerators.
    die_yield : float or array
        Good dies over dies on the wafer.
    die_mm2 : float or array
        Area of a die.
    bank_dies : float or array
        Good dies a year from stock or from foreign plants.
    dies_per_card : float or array
        Dies that a card takes, on average.
    """
    return (wafers * MONTHS_PER_YEAR * dies_per_wafer(die_mm2) * die_yield + bank_dies) / dies_per_card


def wafers_for(cards: Any, die_yield: Any, die_mm2: Any, bank_dies: Any, dies_per_card: Any) -> Any:
    """Wafers a month that a number of cards a year takes; the inverse of `domestic_cards`."""
    dies = np.maximum(cards * dies_per_card - bank_dies, 0.0)
    return dies / (MONTHS_PER_YEAR * dies_per_wafer(die_mm2) * die_yield)


def market(
    *,
    demand: Any,
    imports: Any,
    wafers: Any,
    die_yield: Any,
    bank_dies: Any,
    dies_per_card: Any,
    first: Any,
    leader_share: Any,
    price_ratio: Any,
    die_mm2: Any,
    other_domestic: Sequence[float],
    importers: Sequence[float],
    covered: Mapping[str, tuple[float, float]],
) -> dict[str, Any]:
    """Who sells how many cards in a year.

    Parameters
    ----------
    demand : float or array
        Cards that buyers want in the year.
    imports : float or array
        Imported cards that may be sold.
    wafers, die_yield, bank_dies, dies_per_card, die_mm2
        See `domestic_cards`.
    first : str
        Whose cards buyers take first where supply is larger than demand; one of `FIRST`.
    leader_share : float or array
        Share of the largest domestic vendor in domestic sales.
    price_ratio : float or array
        Price of a domestic card over that of an imported one.
    other_domestic, importers : sequence of float
        How domestic vendors but the largest, and how importers, divide their sales. Each adds up to 1.
    covered : mapping
        Input to the lowest and highest value that sources give.

    Returns
    -------
    dict
        ``output`` (domestic cards made), ``domestic``, ``imported``, ``sold``, ``unmet`` and ``unsold`` (domestic cards
        without a buyer), in cards; ``share`` (of cards sold), ``value_share`` and ``self_sufficiency`` (output over
        demand), fractions, 0 without a market or below one card; ``sales`` (cards by vendor: the domestic leader, the other domestic
        vendors, the importers); ``hhi`` and ``equal_vendors`` (of all sales), 0 without a market; ``scope``,
        ``"no_market"`` if nothing is sold, else what `coverage` gives.
    """
    output = domestic_cards(wafers, die_yield, die_mm2, bank_dies, dies_per_card)
    supply = output + imports
    sold = np.minimum(demand, supply)
    part = output / np.where(supply > 0, supply, 1.0)
    domestic = np.select(
        [first == FIRST[0], first == FIRST[1]],
        [np.minimum(output, demand), np.minimum(output, np.maximum(demand - imports, 0.0))],
        sold * part,
    )
    imported = np.maximum(sold - domestic, 0.0)
    a_sale = np.where(sold > 0, sold, 1.0)
    followers = [domestic * (1 - leader_share) * share for share in other_domestic]
    sales = np.stack([domestic * leader_share, *followers, *(imported * share for share in importers)])
    hhi = concentration(sales / a_sale)
    worth = domestic * price_ratio + imported
    given = {"demand": demand, "imports": imports, "wafers": wafers, "die_yield": die_yield, "bank_dies": bank_dies}
    inside = coverage({name: (given[name], *ends) for name, ends in covered.items()})
    return {
        "output": output,
        "domestic": domestic,
        "imported": imported,
        "sold": sold,
        "unmet": demand - sold,
        "unsold": output - domestic,
        "share": domestic / a_sale,
        "value_share": domestic * price_ratio / np.where(worth > 0, worth, 1.0),
        "self_sufficiency": np.where(demand >= 1, output / np.maximum(demand, 1.0), 0.0),
        "sales": sales,
        "hhi": hhi,
        "equal_vendors": 10_000 / np.where(hhi > 0, hhi, 10_000.0) * np.where(sold > 0, 1.0, 0.0),
        "scope": np.where(sold <= 0, "no_market", inside),
    }


# ---------------------------------------------------------------------------------------------------------------------
# What a price assumes


def price_to_sales(value: Any, revenue: Any) -> Any:
    """Value of a company over its revenue of a year, in the same currency."""
    return value / revenue


def hurdle(discount_rate: Any, dilution: Any) -> Any:
    """Factor by which the value of the whole company must grow in a year for a shareholder to earn the return asked.

    Parameters
    ----------
    discount_rate : float or array
        Return a year that the shareholder asks, a fraction.
    dilution : float or array
        New shares a year over those there are, a fraction.
    """
    return (1 + discount_rate) * (1 + dilution)


def required_growth(multiple: Any, normal_multiple: Any, years: Any, discount_rate: Any, dilution: Any) -> Any:
    """Growth of revenue a year, a fraction, after which a price has paid off.

    With revenue S, price P = multiple x S, and a multiple that is normal after `years`, the growth g solves
    ``normal_multiple * S * (1 + g)**years = P * hurdle**years``.

    Parameters
    ----------
    multiple, normal_multiple : float or array
        Price over sales now, and at the end.
    years : float or array
        Years until the multiple is normal.
    discount_rate, dilution : float or array
        See `hurdle`.
    """
    return hurdle(discount_rate, dilution) * (multiple / normal_multiple) ** (1 / years) - 1


def years_to_normal(multiple: Any, normal_multiple: Any, growth: Any, discount_rate: Any, dilution: Any) -> Any:
    """Years until growth has brought the multiple down to normal while the price earns its return.

    Parameters
    ----------
    multiple, normal_multiple, discount_rate, dilution : float or array
        See `required_growth`.
    growth : float or array
        Growth of revenue a year, a fraction.

    Returns
    -------
    float or array
        0 if the multiple is normal already, infinite if the growth is not above the `hurdle`.
    """
    above = np.log(np.maximum(multiple / normal_multiple, 1.0))
    gain = np.log((1 + growth) / hurdle(discount_rate, dilution))
    never = np.where(above > 0, np.inf, 0.0)
    return np.where(gain > 1e-12, above / np.where(gain > 1e-12, gain, 1.0), never)


def assumed_growth(
    *,
    offer: Mapping[str, Any],
    normal_multiple: Any,
    years: Any,
    discount_rate: Any,
    dilution: Any,
    growth: Any,
    market: Any,
    achieved: Mapping[str, float],
    path: Sequence[float],
) -> dict[str, Any]:
    """What the price of a company assumes.

    Parameters
    ----------
    offer : mapping
        ``value`` and ``revenue`` of the company, in the same currency.
    normal_multiple, years, discount_rate, dilution
        See `required_growth`.
    growth : float or array
        Growth of revenue a year to try out, a fraction.
    market : float
        Revenue of a whole market to compare with, in the currency of `offer`.
    achieved : mapping
        Who has grown how fast, as fractions a year, from the slowest to the fastest.
    path : sequence of float
        Years of the trajectory.

    Returns
    -------
    dict
        ``multiple``, ``required`` (growth), ``required_revenue`` and its ``market_share`` after `years`;
        ``wait``, the years until the multiple is normal at `growth`, infinite if it never is; ``multiple_by_year`` along
        `path` at `growth`; ``verdict``, the first in `achieved` whose growth is at least that required, ``"none"`` if
        none is required and ``"more"`` if nobody has grown so fast; ``scope``, ``"above_market"`` if the revenue is more
        than `market`, ``"above_growth"`` if `growth` is more than anybody's in `achieved`, else ``"assumed"``.
    """
    multiple = price_to_sales(offer["value"], offer["revenue"])
    required = required_growth(multiple, normal_multiple, years, discount_rate, dilution)
    revenue = offer["revenue"] * (1 + required) ** years
    fastest = max(achieved.values())
    return {
        "multiple": multiple,
        "required": required,
        "required_revenue": revenue,
        "market_share": revenue / market,
        "wait": years_to_normal(multiple, normal_multiple, growth, discount_rate, dilution),
        "multiple_by_year": multiple * (hurdle(discount_rate, dilution) / (1 + growth)) ** np.asarray(path),
        "verdict": np.select(
            [required <= 0, *(required <= rate for rate in achieved.values())],
            ["none", *achieved],
            "more",
        ),
        "scope": np.select(
            [revenue > market, growth > fastest],
            ["above_market", "above_growth"],
            "assumed",
        ),
    }
