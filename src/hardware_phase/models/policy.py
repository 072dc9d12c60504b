"""Two suppliers of AI chips that learn by doing, and what demand rules, subsidies and imports do to the younger one.

Performance is total processing performance (TPP), quantities are H100 equivalents by TPP, prices dollars a point of TPP.
Years are the entries of `YEARS`; the first is given by data, the rest is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

YEARS = tuple(range(2025, 2041))
HORIZON = 2030  # the sums run to here: what lies beyond rests on assumptions alone
NEVER = "never"  # for what does not come in `YEARS`
H100_TPP = 15_832.0  # one H100 equivalent


# ---------------------------------------------------------------------------------------------------------------------
# Learning by doing


def wright_exponent(learning_rate: Any) -> Any:
    """Exponent b of Wright's law from the fall of cost with each doubling of cumulative output: ``-log2(1 - rate)``."""
    return -np.log2(1 - learning_rate)


def learning_rate(exponent: Any) -> Any:
    """Fall of cost with each doubling; the inverse of `wright_exponent`."""
    return 1 - 2.0**-exponent


def wright_cost(cost: Any, cumulative: Any, learning_rate: Any) -> Any:
    """Cost after cumulative output has grown.

    Parameters
    ----------
    cost : float or array
        Cost today.
    cumulative : float or array
        Cumulative output over today's, above zero.
    learning_rate : float or array
        Fall of cost with each doubling, a fraction below one.

    Returns
    -------
    float or array
        ``cost * cumulative**-b``, in the unit of `cost`.

    References
    ----------
    Wright 1936, as in reflex_2021_experience; irwin_klenow_1994 for memory chips.
    """
    return cost * cumulative ** -wright_exponent(learning_rate)


def fitted_rate(cumulative: Sequence[float], cost: Sequence[float]) -> float:
    """Learning rate of a series of costs, from the least-squares line through their logarithms.

    Parameters
    ----------
    cumulative, cost : sequence of float
        Cumulative output and cost, of equal length, at least two, all above zero.

    Returns
    -------
    float
        Fall of cost with each doubling; negative if it rises.

    Raises
    ------
    ValueError
        If there are fewer than two points.
    """
    if len(cumulative) < 2:
        raise ValueError("cumulative must have at least two points")
    slope = np.polyfit(np.log(np.asarray(cumulative, dtype=float)), np.log(np.asarray(cost, dtype=float)), 1)[0]
    return float(learning_rate(-slope))


# ---------------------------------------------------------------------------------------------------------------------
# The choice between two suppliers


def import_share(price_ratio: Any, performance_ratio: Any, premium: Any, elasticity: Any, speed_worth: Any) -> Any:
    """Share of free buyers who take the imported chip.

    Parameters
    ----------
    price_ratio : float or array
        Domestic over imported price a point of TPP, as the buyer pays it.
    performance_ratio : float or array
        TPP of an imported chip over that of a domestic one.
    premium : float or array
        How many times more a point of imported TPP is worth for its software and memory.
    elasticity : float or array
        How sharply buyers choose: the odds grow with this power of the advantage.
    speed_worth : float or array
        Power of the performance ratio in the advantage: zero if only the price of a point counts.

    Returns
    -------
    float or array
        A fraction.
    """
    advantage = premium * price_ratio * performance_ratio**speed_worth
    return 1 / (1 + advantage**-elasticity)


def older_chip_price(frontier_price: Any, frontier_tpp: Any, tpp: Any, markup: Any) -> Any:
    """Price a point of TPP of a chip below the frontier.

    A chip's price falls less than its TPP, so that a point costs more on an older chip: the price grows with the power
    `markup` of the frontier's TPP over the chip's. Zero makes points equally dear; one makes chips equally dear.
    """
    return frontier_price * (frontier_tpp / tpp) ** markup


def fitted_markup(price: Sequence[float], tpp: Sequence[float], frontier_price: float, frontier_tpp: float) -> float:
    """The markup of `older_chip_price` that fits prices of chips on sale best: least squares of the logarithms."""
    behind = np.log(frontier_tpp / np.asarray(tpp, dtype=float))
    dearer = np.log(np.asarray(price, dtype=float) / frontier_price)
    return float(behind @ dearer / (behind @ behind))


def premium_from_share(share: Any, price_ratio: Any, performance_ratio: Any, elasticity: Any, speed_worth: Any) -> Any:
    """The premium that explains an observed share of imports; the inverse of `import_share`."""
    odds = share / (1 - share)
    return odds ** (1 / elasticity) / (price_ratio * performance_ratio**speed_worth)


# ---------------------------------------------------------------------------------------------------------------------
# Years


@dataclass(frozen=True)
class Terms:
    """On what terms two suppliers share a market; each a float or an array.

    Attributes
    ----------
    directed
        Fraction of demand that must buy domestic chips whatever they cost.
    subsidy
        Fraction of the price of a domestic chip that the state pays.
    cap_tpp
        Highest TPP of a chip that may be imported.
    domestic_rate, foreign_rate
        Fall of the price a point of TPP with each doubling of cumulative output.
    domestic_gain, foreign_gain
        Rise of the TPP of a chip with each doubling.
    demand, demand_growth
        Demand of the first year, H100 equivalents, and its factor a year.
    capacity_growth
        Factor a year by which domestic lines grow while they are full. More TPP a chip adds to it.
    elasticity, premium, speed_worth
        See `import_share`.
    spillover
        Worth of a chip made abroad for domestic learning, over one made at home.
    markup
        See `older_chip_price`.
    world_growth
        Factor a year of output abroad, which the sales to China are too small to change.
    """

    directed: Any
    subsidy: Any
    cap_tpp: Any
    domestic_rate: Any
    foreign_rate: Any
    domestic_gain: Any
    foreign_gain: Any
    demand: Any
    demand_growth: Any
    capacity_growth: Any
    elasticity: Any
    premium: Any
    speed_worth: Any
    spillover: Any
    markup: Any
    world_growth: Any


def _years(terms: Terms, let_in: Sequence[Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """The two suppliers year by year, with the imports that are let in given for each year."""
    own = start["domestic_cumulative"] + terms.spillover * start["foreign_cumulative"]
    first_own, cumulative, world = own, start["foreign_cumulative"], start["foreign_output"]
    lines, wanted_a_year = start["domestic_output"] / start["domestic_tpp"], terms.demand
    track: dict[str, list[Any]] = {}
    for year, allowed in zip(YEARS, let_in, strict=True):
        learnt, learnt_abroad = own / first_own, cumulative / start["foreign_cumulative"]
        price = wright_cost(start["domestic_price"], learnt, terms.domestic_rate)
        foreign_price = wright_cost(start["foreign_price"], learnt_abroad, terms.foreign_rate)
        tpp = start["domestic_tpp"] * learnt ** np.log2(1 + terms.domestic_gain)
        frontier = start["foreign_tpp"] * learnt_abroad ** np.log2(1 + terms.foreign_gain)
        imported_tpp = np.minimum(terms.cap_tpp, frontier)
        import_price = older_chip_price(foreign_price, frontier, imported_tpp, terms.markup)
        capacity = lines * tpp
        eligible = wanted_a_year * (1 - terms.directed) * allowed
        taste = import_share(
            price * (1 - terms.subsidy) / import_price,
            imported_tpp / tpp,
            terms.premium,
            terms.elasticity,
            terms.speed_worth,
        )
        # Who cannot get a domestic chip takes an imported one, where that is allowed.
        imports = np.minimum(eligible, np.maximum(eligible * taste, wanted_a_year - capacity))
        domestic = np.minimum(wanted_a_year - imports, capacity)
        row = {
            "price": price,
            "foreign_price": foreign_price,
            "import_price": import_price,
            "tpp": tpp,
            "frontier_tpp": frontier,
            "imported_tpp": imported_tpp,
            "domestic": domestic,
            "imports": imports,
            "unmet": np.maximum(wanted_a_year - imports - domestic, 0),
            "capacity": capacity,
            "share": domestic / np.maximum(wanted_a_year, 1e-9),
            "subsidy_usd": terms.subsidy * price * domestic * H100_TPP,
        }
        for name, value in row.items():
            track.setdefault(name, []).append(value)
        own = own + domestic + terms.spillover * world
        cumulative, world = cumulative + world, world * terms.world_growth
        # Lines are added only as far as those there are have work.
        lines = lines * (1 + (terms.capacity_growth - 1) * domestic / np.maximum(capacity, 1e-9))
        wanted_a_year = wanted_a_year * terms.demand_growth
    return track


def first_year(reached: Sequence[Any]) -> Any:
    """The first of `YEARS` for which a condition holds, as a code; `NEVER` if it holds for none."""
    return np.select(list(reached), [str(year) for year in YEARS], default=NEVER)


def _waiting(reached: Sequence[Any]) -> Any:
    """Years until a condition first holds; the length of `YEARS` if it never does."""
    return np.select(list(reached), [float(i) for i in range(len(YEARS))], default=float(len(YEARS)))


def _delay(with_imports: Any, without: Any) -> Any:
    """How many years later, as a code: ``"1"`` and so on, ``"none"``, ``"beyond"`` all years, or ``"neither"`` comes."""
    never = float(len(YEARS))
    later = with_imports - without
    return np.select(
        [without >= never, with_imports >= never, later <= 0, *[later == n for n in range(1, len(YEARS))]],
        ["neither", "beyond", "none", *[str(n) for n in range(1, len(YEARS))]],
        default="none",
    )


def two_suppliers(
    *,
    imports_allowed: Any,
    imports_from: Any,
    start: Mapping[str, Any],
    published: Mapping[str, float],
    **settings: Any,
) -> dict[str, Any]:
    """China's chips and their rivals over `YEARS`, and the same years with no imports.

    Parameters
    ----------
    imports_allowed : float or array
        Fraction of the free demand that licences on one side and customs on the other let buy abroad.
    imports_from : float or array
        First year in which imports are let in. A year before the first of `YEARS` counts as that.
    start : mapping
        State of the first year: ``domestic_cumulative``, ``foreign_cumulative``, ``domestic_output``,
        ``foreign_output`` (H100 equivalents), ``domestic_price``, ``foreign_price`` (dollars a point of TPP),
        ``domestic_tpp``, ``foreign_tpp``.
    published : mapping
        ``rate_low``, ``rate_high`` and ``growth``: the learning rates and the largest growth of demand that sources
        report.
    **settings
        The fields of `Terms`.

    Returns
    -------
    dict
        Arrays over `YEARS`: ``price``, ``foreign_price`` and ``import_price``, ``tpp``, ``frontier_tpp`` and ``imported_tpp``,
        ``domestic``, ``imports``, ``unmet`` and ``capacity`` (H100 equivalents a year), ``share`` (domestic part of
        demand), ``subsidy_usd``, and ``price_closed``, ``tpp_closed``, ``share_closed``, ``domestic_closed``,
        the same without imports. Codes: ``import_parity`` and ``cost_parity``, the first year in which a domestic point
        of TPP is no dearer than on the best chip that may be imported and on the frontier's chip;
        ``performance_parity``, the first year in which a domestic chip has the frontier's TPP; ``delay``, what letting
        imports in does to ``import_parity``: the years that it comes later, ``"none"``, ``"beyond"`` the last year, or
        ``"neither"`` if it does not come without them; ``covered``, ``"inside"`` if sources cover the settings, else
        ``"no_demand"``, ``"early"`` (imports), ``"learning"`` or ``"demand_growth"``. Numbers, up to and with
        the year `HORIZON`: ``share_at_horizon`` (of that year), ``compute_gain`` (compute bought over that without
        imports, less one), ``output_lost`` (fraction of domestic output that imports displace) and ``subsidy_total``.
    """
    terms = Terms(**settings)
    policy = _years(terms, [np.where(imports_from <= year, imports_allowed, 0.0) for year in YEARS], start)
    closed = _years(terms, [0.0] * len(YEARS), start)
    last = YEARS.index(HORIZON) + 1

    def bought(track: Mapping[str, list[Any]], *names: str) -> Any:
        return sum(value for name in names for value in track[name][:last])

    def no_dearer(track: Mapping[str, list[Any]], than: str) -> list[Any]:
        return [a <= b for a, b in zip(track["price"], track[than], strict=True)]

    compute, without = bought(policy, "domestic", "imports"), bought(closed, "domestic")
    some = np.maximum(without, 1e-9)
    return {
        **{name: np.stack(values) for name, values in policy.items()},
        **{f"{name}_closed": np.stack(closed[name]) for name in ("price", "tpp", "share", "domestic")},
        "import_parity": first_year(no_dearer(policy, "import_price")),
        "cost_parity": first_year(no_dearer(policy, "foreign_price")),
        "performance_parity": first_year([a >= b for a, b in zip(policy["tpp"], policy["frontier_tpp"], strict=True)]),
        "delay": _delay(_waiting(no_dearer(policy, "import_price")), _waiting(no_dearer(closed, "import_price"))),
        "share_at_horizon": policy["share"][last - 1],
        "compute_gain": np.rint(1e6 * np.where(without > 0, compute / some - 1, 0.0)) / 1e6,
        "output_lost": np.rint(1e6 * np.where(without > 0, 1 - bought(policy, "domestic") / some, 0.0)) / 1e6,
        "subsidy_total": bought(policy, "subsidy_usd"),
        "covered": np.select(
            [
                terms.demand <= 0,
                imports_from < YEARS[0],
                (terms.domestic_rate < published["rate_low"]) | (terms.domestic_rate > published["rate_high"]),
                terms.demand_growth > published["growth"],
            ],
            ["no_demand", "early", "learning", "demand_growth"],
            default="inside",
        ),
    }


def start_from(
    *,
    domestic_output: float,
    domestic_cumulative: float,
    domestic_price: float,
    domestic_tpp: float,
    foreign_output: float,
    foreign_cumulative: float,
    foreign_price: float,
    foreign_tpp: float,
) -> dict[str, float]:
    """The state of the first year as `two_suppliers` takes it, checked.

    Raises
    ------
    ValueError
        If a figure is not above zero; the message names it.
    """
    start = dict(locals())
    for name, value in start.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0, not {value}")
    return start


REPRODUCES: dict[str, Callable[[Mapping[str, float]], float]] = {
    "wright_exponent_of_20_percent": lambda i: wright_exponent(i["learning_rate"]),
}
