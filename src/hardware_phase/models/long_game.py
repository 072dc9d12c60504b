"""The parts of the book joined: computing, power and use of AI in China, the United States and elsewhere, to 2035.

`paths` is one future for known parameters. `long_game` takes the middle of every distribution. `draws` gives the fixed
draws behind the bands of a page. Computing is counted in H100 equivalents, power in W at the meter. All functions take
floats or arrays and broadcast, so that an array of draws gives an array of futures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorables.explore import uncertainty
from hardware_phase.models import adoption, compute_gap

YEARS = np.arange(2025, 2036)  # the first is the state that the sources describe
POINTS = 2048  # of the lattice behind the bands of a page
COUNTRIES = {"china": "China", "us": "United States"}


def growing(first: Any, growth: Any, kept: Any, years: int) -> list[Any]:
    """A yearly output whose growth weakens, the one form of growth of this model on both sides.

    Parameters
    ----------
    first : float or array
        Output of the first year.
    growth : float or array
        Fraction by which the second year's output is larger.
    kept : float or array
        Part of that growth that is left a year later.
    years : int
        How many years, the first included.

    Returns
    -------
    list
        One value a year.
    """
    outputs = [first]
    for _ in range(years - 1):
        outputs.append(outputs[-1] * (1 + growth))
        growth = growth * kept
    return outputs


def supply(
    *,
    p: Mapping[str, Any],
    world: Mapping[str, Any],
    h200_a_year: Any,
    stopped: Any,
    dies_times: Any,
    memory_times: Any,
) -> list[Any]:
    """Computing that China can buy in each year after the first.

    Parameters
    ----------
    p : mapping
        Uncertain parameters by name, see `paths`.
    world : mapping
        See `paths`.
    h200_a_year, stopped, dies_times, memory_times : float or array
        Levers, see `paths`.

    Returns
    -------
    list
        H100 equivalents. Imports and smuggled chips stay level; dies grow by a growth that weakens as that of American
        purchases does (`growing`), less where imports take their buyers, as far as wafers and packaging go
        (``dies_ceiling``) and as there is memory for them (`compute_gap.dies_with_memory`).
    """
    imported = h200_a_year * world["h200_rate"]
    smuggled = p["china_smuggled"] * world["smuggled_last"] * (1 - stopped)
    planned, growth = [p["dies_2026"]], dies_times * np.maximum(p["dies_growth"], 0.0)  # tools do not leave
    for _ in YEARS[2:]:
        domestic = planned[-1] * world["die_rate"]
        lost = p["displacement"] * imported / (imported + domestic)
        planned.append(planned[-1] * (1 + growth - lost * np.maximum(growth, 0.0)))
        growth = growth * p["growth_kept"]
    stacks = growing(
        p["stacks_2026"], memory_times * np.maximum(p["memory_growth"], 0.0), p["growth_kept"], len(planned)
    )
    packaged = compute_gap.dies_with_memory(
        [np.minimum(dies, p["dies_ceiling"]) for dies in planned],
        p["stacks_left"],
        [np.minimum(new, p["stacks_ceiling"]) for new in stacks],
        world["stacks_per_die"],
    )
    domestic = [
        dies * world["die_rate"] * (1 + p["die_gain"]) ** year * (1 + p["other_share"])
        for year, dies in enumerate(packaged)
    ]
    return [imported + smuggled + made for made in domestic]


def purchases(*, p: Mapping[str, Any], world: Mapping[str, Any]) -> list[Any]:
    """Computing that American companies want to add in each year after the first, in H100 equivalents.

    Their growth begins at ``purchases_growth``; each year a part ``growth_kept`` of it is left (`growing`).
    """
    return growing(p["us_stock"] * world["us_added"], p["purchases_growth"], p["growth_kept"], len(YEARS))[1:]


def powered(
    start: Any, wanted: Sequence[Any], *, w: Any, gain: Any, gain_kept: Any, connected_w: Any, retired: Any
) -> dict[str, list[Any]]:
    """A fleet that grows as fast as chips are there and power is.

    Parameters
    ----------
    start : float or array
        Computing at the start, H100 equivalents.
    wanted : sequence of float or array
        Computing that could be added in each year.
    w, gain : float or array
        Power of an equivalent in the first year, W, and the fraction by which the chips of the second do more with it.
    gain_kept : float or array
        Part of that gain that is left a year later.
    connected_w : float or array
        Power that can be connected for it in a year, W. Chips that retire free theirs.
    retired : float or array
        Fraction of the fleet that leaves in a year.

    Returns
    -------
    dict
        ``running`` (H100 equivalents) and ``power_w`` at the end of each year, and ``left_out``, the part of the chips
        of the year that found no power; one entry more than `wanted`, the first for the start.
    """
    track = {"running": [start], "power_w": [start * w], "left_out": [0.0 * start]}
    for chips in wanted:
        w, gain = w / (1 + gain), gain * gain_kept
        power = track["power_w"][-1]
        added = np.minimum(chips, (connected_w + retired * power) / w)
        track["running"].append(track["running"][-1] * (1 - retired) + added)
        track["power_w"].append(power * (1 - retired) + added * w)
        track["left_out"].append(1 - added / chips)
    return track


def paths(
    *,
    p: Mapping[str, Any],
    world: Mapping[str, Any],
    h200_a_year: Any,
    stopped: Any,
    dies_times: Any,
    memory_times: Any,
    months_behind: Any,
    us_power: Any,
    china_power: Any,
    price_ratio: Any,
    barred: Any,
) -> dict[str, Any]:
    """China, the United States and the rest of the world, year by year.

    Parameters
    ----------
    p : mapping
        The uncertain parameters: the rows of long_game.csv whose role is ``uncertain``, by name.
    world : mapping
        What is known: `hardware_phase.sources.futures.world`.
    h200_a_year : float or array
        Chips of the H200 class that reach China each year.
    stopped : float or array
        Fraction of smuggling that ends.
    dies_times, memory_times : float or array
        Growth of Ascend dies and of Chinese memory stacks, over what is drawn for it.
    months_behind : float or array
        Months by which China's methods are behind those of the United States; below zero they are ahead.
    us_power, china_power : float or array
        Power that can be connected for data centres in a year, over what is drawn for it (``us_power_w`` and
        ``china_power_w`` of `p`).
    price_ratio : float or array
        Price of American over Chinese models.
    barred : float or array
        Fraction of people elsewhere who cannot use Chinese models.

    Returns
    -------
    dict
        Arrays with `YEARS` as the first axis: ``china`` and ``us`` (computing that runs, H100 equivalents, at
        home and abroad), ``china_power_w`` and ``us_power_w`` (at home), ``china_left_out`` and ``us_left_out`` (part of
        the year's chips for the home country that found no power), ``ratio`` (useful computing, United States over China), ``users`` (share of the people
        elsewhere who use AI), ``share`` (of that use, Chinese models) and ``chinese_users`` (share of the people).
    """
    chips = {
        "china": supply(
            p=p,
            world=world,
            h200_a_year=h200_a_year,
            stopped=stopped,
            dies_times=dies_times,
            memory_times=memory_times,
        ),
        "us": purchases(p=p, world=world),
    }
    start = {"china": p["china_legal"] + p["china_smuggled"] + p["china_domestic"], "us": p["us_stock"]}
    w = {"china": p["china_w"], "us": p["us_w"]}
    gain = {"china": p["chip_efficiency"] * p["china_catch"], "us": p["chip_efficiency"]}
    # Companies of both sides use computing abroad, which takes no connection at home: Americans own a constant part of
    # theirs there, and Chinese ones rent a constant part of what Americans have.
    home = {"china": 1.0, "us": p["us_home"]}
    connected_w = {
        "china": china_power * p["china_power_w"] * p["ai_share"],
        "us": us_power * p["us_power_w"] * p["ai_share"],
    }
    fleet = {
        side: powered(
            home[side] * start[side],
            [home[side] * more for more in chips[side]],
            w=w[side],
            gain=gain[side],
            gain_kept=p["efficiency_kept"],
            connected_w=connected_w[side],
            retired=p["retired"],
        )
        for side in COUNTRIES
    }
    us = [running / p["us_home"] for running in fleet["us"]["running"]]
    rented = [0.0 * us[0], *(p["china_abroad"] * running for running in us[1:])]
    china = [at + there for at, there in zip(fleet["china"]["running"], rented, strict=True)]
    running = {"china": china, "us": us}
    # Methods that halve the computing needed every so many months are worth as much as more chips.
    useful = p["china_use"] * 2 ** (-months_behind / p["halving_months"])
    ratio = [us / (china * useful) for us, china in zip(running["us"], running["china"], strict=True)]
    even = ratio[0] * 2 ** (-months_behind / p["halving_months"])  # chips alone, when both are liked equally
    users, share = [], []
    # Both begin where they were observed: people who used AI, and the Chinese share at the prices of that year.
    adopting = adoption.bass_years_to(world["users_2025"], world["bass_p"], p["bass_q"], p["ceiling"])
    at_equal_price = adoption.log_odds(
        adoption.equal_terms_share(p["pull"], world["price_2025"], p["elasticity"], p["paying"])
    )
    for year, now in zip(YEARS.tolist(), ratio, strict=True):
        liked = adoption.logistic(-p["quality"] * np.log(now / even))
        pull = adoption.logistic(at_equal_price + p["pull_growth"] * (year - YEARS[0]))
        users.append(adoption.bass_share(adopting + year - YEARS[0], world["bass_p"], p["bass_q"], p["ceiling"]))
        share.append(
            adoption.chinese_share(
                price_ratio=price_ratio,
                price_elasticity=p["elasticity"],
                paying=p["paying"],
                preferred=liked,
                preferred_local=liked,
                local_use=0.0,
                blocked_us=0.0,
                blocked_china=barred,
                pull=pull,
                elasticities=world["elasticities"],
            )["share"]
        )
    out: dict[str, list[Any]] = {"ratio": ratio, "users": users, "share": share}
    out["chinese_users"] = [a * b for a, b in zip(users, share, strict=True)]
    for side in COUNTRIES:
        out |= {side: running[side], **{f"{side}_{k}": fleet[side][k] for k in ("power_w", "left_out")}}
    shape = np.broadcast_shapes(*(getattr(value, "shape", ()) for values in out.values() for value in values))
    return {name: np.stack([np.broadcast_to(value, shape) for value in values]) for name, values in out.items()}


def parameters(table: Mapping[str, Mapping[str, Any]], u: Mapping[str, Any] | float) -> dict[str, Any]:
    """Values of the uncertain parameters at given probabilities.

    Parameters
    ----------
    table : mapping
        Name to `uncertainty.distribution`.
    u : mapping or float
        Probability by name, or one for all; 0.5 gives the medians.

    Returns
    -------
    dict
        Name to value.
    """
    at = dict.fromkeys(table, u) if not isinstance(u, Mapping) else u
    return {name: uncertainty.quantile(given, at[name]) for name, given in table.items()}


def draws(names: Sequence[str], row: Any, points: int = POINTS) -> dict[str, Any]:
    """Probability of each parameter on the path `row` of a fixed set; see `uncertainty.lattice`."""
    return dict(zip(names, uncertainty.lattice(row, points, len(names)), strict=True))


def statements(path: Mapping[str, Any]) -> dict[str, Any]:
    """Truth values about the result of `paths`, by name: whether chips find no power, who leads, and what is elsewhere.

    ``us_short`` looks at 2030 and ``china_short`` at all years; the others at 2035.
    """
    at = int(np.flatnonzero(YEARS == 2030)[0])
    return {
        "us_short": path["us_left_out"][at] > 1e-9,
        "china_short": np.max(path["china_left_out"], axis=0) > 1e-9,
        "half": path["ratio"][-1] < 2,
        "ahead": path["ratio"][-1] < 1,
        "third": path["share"][-1] > 1 / 3,
        "most": path["share"][-1] > 0.5,
    }


def random_paths(
    u: Any, *, table: Mapping[str, Mapping[str, Any]], world: Mapping[str, Any], levers: Mapping[str, Any]
) -> dict[str, Any]:
    """All of `paths` and `statements` for random probabilities of shape (parameters, paths)."""
    result = paths(p=parameters(table, dict(zip(table, u, strict=True))), world=world, **levers)
    return result | statements(result)


def binds(left_out: Any) -> Any:
    """The first of `YEARS` in which chips find no power, as a code; ``"never"`` if there is none."""
    short = [left_out[i] > 1e-9 for i in range(1, len(YEARS))]
    return np.select(short, [str(year) for year in YEARS[1:]], "never")


def long_game(*, table: Mapping[str, Mapping[str, Any]], world: Mapping[str, Any], **levers: Any) -> dict[str, Any]:
    """The path on which every uncertain parameter has its median.

    Parameters
    ----------
    table : mapping
        See `parameters`.
    world, **levers
        See `paths`.

    Returns
    -------
    dict
        All of `paths`, and for 2035 ``china_2035``, ``us_2035``, ``ratio_2035``, ``share_2035`` and
        ``chinese_users_2035``, with ``ratio_2025``; ``us_binds`` and ``china_binds`` as `binds` has them, and
        ``outcome`` puts the essay's last claim to the path: China has ``"both"`` more computing and most use
        elsewhere, ``"computing"`` alone, ``"elsewhere"`` alone, or ``"neither"``.
    """
    result = paths(p=parameters(table, 0.5), world=world, **levers)
    last = {f"{name}_2035": result[name][-1] for name in ("china", "us", "ratio", "share", "chinese_users")}
    ahead, elsewhere = last["ratio_2035"] < 1, last["share_2035"] > 0.5
    return {
        **result,
        **last,
        "ratio_2025": result["ratio"][0],
        "us_binds": binds(result["us_left_out"]),
        "china_binds": binds(result["china_left_out"]),
        "outcome": np.select(
            [ahead & elsewhere, ahead, elsewhere],
            ["both", "computing", "elsewhere"],
            "neither",
        ),
    }
