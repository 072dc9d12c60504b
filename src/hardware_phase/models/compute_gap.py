"""How much AI compute China has installed, from imports, smuggling and its own chips, against the United States.

Compute is counted in H100 equivalents: a chip's dense 16-bit rate over that of an H100. Flows are one value a year of
`YEARS`, stocks are those at the end of the year. Every function takes floats or arrays and broadcasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hardware_phase.models.times import DAYS_PER_YEAR

YEARS = np.arange(2022, 2031)
LAST = 2025  # the last year that the sources cover
_PAST = [year for year in YEARS.tolist() if year <= LAST]
_LATER = [year for year in YEARS.tolist() if year > LAST]
SOURCES = ("legal", "smuggled", "ascend", "other", "abroad")


@dataclass(frozen=True)
class Known:
    """What the sources say, in H100 equivalents where nothing else is said.

    Attributes
    ----------
    a800_h800, h20 : sequence of float
        Sold in each year of `YEARS`; the A100 of 2022 with the first.
    h20_per_day : float
        Sold on a day of 2024.
    rule_day, h20_first_day, h20_last_day : float
        Days since 1970-01-01 on which the sales of the first ended, and those of the H20 began and ended.
    h800_rate, h200_rate, die_rate : float
        Of an H800, of an H200, and of an Ascend die.
    cap_share : float
        Share of the American volume that the rule of January 2026 lets out.
    smuggled, smuggled_2024 : float
        Through 2025, and in 2024.
    ascend : mapping of int to float
        Packaged, by year.
    ascend_plan : float
        Dies planned for 2026.
    stacks_left, stacks_a_year, stacks_per_die : float
        Stacks of memory in China at the start of 2026, new ones a year, and those that a die needs.
    other_cards : mapping of int to float
        Cards of the other Chinese vendors by year, in cards.
    other_rate : float
        Of one such card.
    abroad_rate : float
        Of a chip that Chinese firms rent abroad.
    us : sequence of float
        Owned by named US companies at the end of each year to 2025.
    low, high : mapping of str to float
        Factors by which each of `SOURCES`, and ``us``, may be off.
    """

    a800_h800: Sequence[float]
    h20: Sequence[float]
    h20_per_day: float
    rule_day: float
    h20_first_day: float
    h20_last_day: float
    h800_rate: float
    h200_rate: float
    cap_share: float
    die_rate: float
    smuggled: float
    smuggled_2024: float
    ascend: Mapping[int, float]
    ascend_plan: float
    stacks_left: float
    stacks_a_year: float
    stacks_per_die: float
    other_cards: Mapping[int, float]
    other_rate: float
    abroad_rate: float
    us: Sequence[float]
    low: Mapping[str, float]
    high: Mapping[str, float]


def h100_equivalents(chips: Any, flop_per_s: Any, h100_flop_per_s: Any) -> Any:
    """Chips counted by their rate over that of an H100."""
    return chips * flop_per_s / h100_flop_per_s


def faster_chips(chips: Any, equivalents: Any, slow: Any, fast: Any) -> Any:
    """How many of `chips` are of the faster of two kinds, if together they make `equivalents`.

    Parameters
    ----------
    chips, equivalents : float or array
        Number of chips and the H100 equivalents that they make.
    slow, fast : float or array
        H100 equivalents of one chip of each kind.
    """
    return (equivalents - chips * slow) / (fast - slow)


def smuggled_growth(total: Any, middle: Any) -> Any:
    """Factor a year by which smuggling grew, if three years make `total` and the middle one `middle`.

    From ``1/g + 1 + g = total/middle``, the larger solution. `total` must be at least three times `middle`.
    """
    half = (total / middle - 1) / 2
    return half + np.sqrt(np.maximum(half**2 - 1, 0.0))  # rounding may take the root of a negative number at one


def smuggled_flows(total: Any, middle: Any) -> Any:
    """Smuggled compute of 2023, 2024 and 2025 from the total and the middle year.

    Returns
    -------
    array of shape (3,) or (3, ...)
        The units of `total`.
    """
    growth = smuggled_growth(total, middle)
    return np.stack([middle / growth, middle, middle * growth])


def days_in_year(start: Any, end: Any, year: int) -> Any:
    """Days of a year between two days, both counted from 1970-01-01; zero if the end comes first."""
    first, after = _first_day(year), _first_day(year + 1)
    return np.maximum(np.minimum(end, after) - np.maximum(start, first), 0.0)


def _first_day(year: int) -> float:
    return float((np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype(int))


def sold_between(
    published: Sequence[float], per_day: float, start: Any, end: Any, actual_start: float, actual_end: float
) -> list[Any]:
    """Sales of a kind of chip if it had been sold between other dates than it was.

    Parameters
    ----------
    published : sequence of float
        Sales in each year of `YEARS`, as they were.
    per_day : float
        Sales on a day on which it was not sold and now is.
    start, end : float or array
        First and last day of sale to ask about, counted from 1970-01-01.
    actual_start, actual_end : float
        First and last day of sale as it was.

    Returns
    -------
    list
        Sales in each year. With the actual days these are the published ones. Days that are taken away count at the
        mean of their year, days that are added at `per_day`.
    """
    flows = []
    for year, sales in zip(YEARS.tolist(), published, strict=True):
        actual = days_in_year(actual_start, actual_end, year)
        kept = days_in_year(np.maximum(start, actual_start), np.minimum(end, actual_end), year)
        share = kept / actual if actual > 0 else 0.0
        flows.append(sales * share + per_day * (days_in_year(start, end, year) - kept))
    return flows


def capped(orders: Any, us_units: Any, share: Any, in_force: Any) -> Any:
    """Chips that may be shipped if the volume is capped at a share of what goes to customers in the United States.

    The rule of January 2026 counts aggregate processing performance of one product, so the cap is one on chips.
    """
    return np.where(in_force, np.minimum(orders, share * us_units), orders)


def dies_with_memory(planned: Sequence[Any], stacks_left: Any, stacks: Sequence[Any], stacks_per_die: Any) -> list[Any]:
    """Dies that can be packaged in each year, if each needs stacks of memory from a stock and from new output.

    Parameters
    ----------
    planned : sequence of float or array
        Dies that are to be packaged in each year.
    stacks_left : float or array
        Stacks in stock at the start.
    stacks : sequence of float or array
        New stacks in each year.
    stacks_per_die : float
        Stacks that a die needs.
    """
    packaged, stock = [], stacks_left
    for dies, new in zip(planned, stacks, strict=True):
        stock = stock + new
        packaged.append(np.minimum(dies, stock / stacks_per_die))
        stock = stock - packaged[-1] * stacks_per_die
    return packaged


def stock(flows: Sequence[Any], retired_a_year: Any) -> Any:
    """Stock at the end of each year from the flows into it, of which a share retires each year.

    Returns
    -------
    array
        First axis as `flows`. Without retirement it is the cumulative sum.
    """
    level, levels = 0.0, []
    for flow in flows:
        level = level * (1 - retired_a_year) + flow
        levels.append(level)
    return np.stack(levels)


def deviation(levels: Sequence[Any], factors: Sequence[float]) -> Any:
    """How far the sum of independent estimates may lie off, from the factor by which each may be off.

    The deviations are added in quadrature. If they all erred to one side, the sum would lie further off.
    """
    return np.sqrt(sum((level * (factor - 1)) ** 2 for level, factor in zip(levels, factors, strict=True)))


def legal_flows(known: Known, rule_day: Any, h20_last_day: Any, h200_a_year: Any, h800_a_year: Any) -> list[Any]:
    """Legal imports of each year of `YEARS` with other dates of the rules, and H200-class chips from 2026 on.

    Parameters
    ----------
    known : Known
        What the sources say.
    rule_day, h20_last_day : float or array
        As in `compute_gap`.
    h200_a_year : float or array
        H100 equivalents of the H200-class chips that come in each year.
    h800_a_year : float or array
        H100 equivalents of the H800 that would be sold in a year without the rule of 2023.
    """
    begin = _first_day(int(YEARS[0]))
    first = sold_between(known.a800_h800, h800_a_year / DAYS_PER_YEAR, begin, rule_day, begin, known.rule_day)
    second = sold_between(
        known.h20,
        known.h20_per_day,
        np.maximum(rule_day, known.h20_first_day),
        h20_last_day,
        known.h20_first_day,
        known.h20_last_day,
    )
    return [a + b + (h200_a_year if year > LAST else 0.0) for a, b, year in zip(first, second, YEARS, strict=True)]


def flows_of_smugglers(known: Known, stopped: Any, stopped_from: Any) -> list[Any]:
    """Smuggled compute of each year of `YEARS`: the split of the estimates, carried on, less what is stopped."""
    found = dict(zip((2023, 2024, 2025), smuggled_flows(known.smuggled, known.smuggled_2024), strict=True))
    return [
        found.get(year, found[LAST] if year > LAST else 0.0) * (1 - np.where(year >= stopped_from, stopped, 0.0))
        for year in YEARS.tolist()
    ]


def _carried_on(past: list[Any], growth: Any) -> list[Any]:
    """Flows of the years to `LAST`, and after it that of `LAST` times a factor a year."""
    return past + [past[-1] * growth ** (year - LAST) for year in _LATER]


def compute_gap(
    *,
    known: Known,
    rule_day: Any,
    h800_a_year: Any,
    h20_last_day: Any,
    h200_a_year: Any,
    capped_by_us: Any,
    us_h200_a_year: Any,
    stopped: Any,
    stopped_from: Any,
    ascend_dies: Any,
    ascend_growth: Any,
    stacks_left: Any,
    stacks_a_year: Any,
    other_rate: Any,
    other_growth: Any,
    us_growth: Any,
    abroad_2026: Any,
    retired_a_year: Any,
) -> dict[str, Any]:
    """Installed compute of China and of named US companies, 2022 to 2030.

    Parameters
    ----------
    known : Known
        What the sources say: `hardware_phase.sources.flows.known`.
    rule_day, h20_last_day : float or array
        Day from which A800 and H800 needed a licence, and the last day on which the H20 did not, since 1970-01-01.
    h800_a_year : float or array
        H800 that China would buy in a year on days on which the rule, moved back, does not bar them. How many that were is
        not known: in the year after the rule it bought almost five times as many chips as in the year of the rule.
    h200_a_year : float or array
        H200-class chips that China orders and lets in each year from 2026.
    capped_by_us, us_h200_a_year : bool and float or array
        Whether the cap of half of the US volume binds, and that volume in chips a year.
    stopped, stopped_from : float or array
        Share of smuggling that enforcement stops, and from which year on.
    ascend_dies, ascend_growth : float or array
        Ascend dies planned for 2026, and the factor a year after that.
    stacks_left, stacks_a_year : float or array
        Stacks of memory in China at the start of 2026 and new ones each year.
    other_rate, other_growth : float or array
        H100 equivalents of a card of the other Chinese vendors, and the growth a year of their cards after 2025.
    us_growth : float or array
        Factor a year by which the compute that US companies add changes after 2025.
    abroad_2026 : float or array
        Chips of the newest kind that Chinese firms rent abroad from 2026 on.
    retired_a_year : float or array
        Share of the stock that is switched off each year, on both sides.

    Returns
    -------
    dict
        Arrays over `YEARS`: ``legal``, ``smuggled``, ``ascend``, ``other``, ``abroad``, ``china`` with ``china_low`` and
        ``china_high``, ``us`` with ``us_low`` and ``us_high``, ``ratio`` (US over China). For the end of 2025:
        ``china_2025``, ``low_2025``, ``high_2025``, ``smuggled_share`` and ``ratio_2025``. For 2030: ``china_2030`` and
        ``ratio_2030``. ``limit`` names what holds Ascend back in 2030 and ``range`` says what the sources cover.
    """
    settings = (
        rule_day,
        h800_a_year,
        h20_last_day,
        h200_a_year,
        us_h200_a_year,
        stopped,
        stopped_from,
        ascend_dies,
        ascend_growth,
        stacks_left,
        stacks_a_year,
        other_rate,
        other_growth,
        us_growth,
        abroad_2026,
        retired_a_year,
    )
    zero = 0.0 * sum(settings)  # has the common shape of the settings

    h200 = capped(h200_a_year, us_h200_a_year, known.cap_share, capped_by_us) * known.h200_rate
    planned = [ascend_dies * ascend_growth ** (year - LAST - 1) for year in _LATER]
    packaged = dies_with_memory(planned, stacks_left, [stacks_a_year] * len(planned), known.stacks_per_die)
    cards = _carried_on([known.other_cards.get(year, 0.0) for year in _PAST], other_growth)
    flows = (
        legal_flows(known, rule_day, h20_last_day, h200, h800_a_year * known.h800_rate),
        flows_of_smugglers(known, stopped, stopped_from),
        [known.ascend.get(year, 0.0) for year in _PAST] + [dies * known.die_rate for dies in packaged],
        [count * other_rate for count in cards],
        [abroad_2026 * known.abroad_rate if year == LAST + 1 else 0.0 for year in YEARS.tolist()],
    )
    added = _carried_on(list(np.diff(known.us, prepend=0.0)), us_growth)

    parts = {
        name: stock([flow + zero for flow in of_source], retired_a_year)
        for name, of_source in zip(SOURCES, flows, strict=True)
    }
    us = stock([flow + zero for flow in added], retired_a_year)
    china = sum(parts.values())
    low = china - deviation(list(parts.values()), [known.low[name] for name in SOURCES])
    high = china + deviation(list(parts.values()), [known.high[name] for name in SOURCES])
    at, end = int(np.flatnonzero(YEARS == LAST)[0]), len(YEARS) - 1
    history = (
        (rule_day == known.rule_day) & (h20_last_day == known.h20_last_day) & ((stopped == 0.0) | (stopped_from > LAST))
    )
    plan = ascend_dies <= known.ascend_plan
    return {
        **parts,
        "china": china,
        "china_low": low,
        "china_high": high,
        "us": us,
        "us_low": us * known.low["us"],
        "us_high": us * known.high["us"],
        "ratio": us / china,
        "china_2025": china[at],
        "low_2025": low[at],
        "high_2025": high[at],
        "smuggled_share": parts["smuggled"][at] / china[at],
        "ratio_2025": us[at] / china[at],
        "china_2030": china[end],
        "ratio_2030": us[end] / china[end],
        "limit": np.where(packaged[-1] < planned[-1], "memory", "dies"),
        "range": np.where(
            history,
            np.where(plan, "published", "above_plans"),
            "another_past",
        ),
    }
