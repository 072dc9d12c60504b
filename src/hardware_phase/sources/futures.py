"""The long game with the book's data: what the sources say, in the terms of `models.long_game`."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd

from explorables.explore import uncertainty
from explorables.explore.ensemble import BLOCK, Bins, Summary, run
from hardware_phase import data
from hardware_phase.models import compute_gap, times
from hardware_phase.models import long_game as model
from hardware_phase.sources import flows as chip_flows
from hardware_phase.sources import shares


def table(role: str) -> pd.DataFrame:
    """Rows of long_game.csv with a role, ``"uncertain"`` or ``"lever"``, by parameter."""
    rows = data.load("long_game").astype({"role": str, "scale": object})
    return rows[rows["role"] == role].set_index("parameter", drop=False)


@functools.cache
def distributions() -> dict[str, dict[str, Any]]:
    """Every uncertain parameter as `uncertainty.distribution`, by name and in the order of the table."""
    columns = ["low", "base", "high", "coverage", "scale"]
    return {name: uncertainty.distribution(**row[columns]) for name, row in table("uncertain").iterrows()}


def middle(name: str) -> float:
    """The median of an uncertain parameter's distribution."""
    return float(uncertainty.quantile(distributions()[name], 0.5))


@functools.cache
def added_in_2025() -> dict[str, dict[str, float]]:
    """Computing that came in 2025 by country: ``equivalents`` (H100 equivalents) and ``w`` (at the meter, of each).

    For the United States that part of the computing of named companies which stands at home, as in `world`; for China all
    that the notebook on the compute gap counts. Every page that needs the additions of 2025 takes them from here.
    """
    stock = compute_gap.compute_gap(known=chip_flows.known(), **chip_flows.as_it_was())["china"]
    last = int(np.flatnonzero(compute_gap.YEARS == compute_gap.LAST)[0])
    us = middle("us_home") * middle("us_stock") * world()["us_added"]
    return {
        "China": {"equivalents": float(stock[last] - stock[last - 1]), "w": middle("china_w")},
        "United States": {"equivalents": us, "w": middle("us_w")},
    }


@functools.cache
def wanted_w(year: int) -> dict[str, float]:
    """Power that AI would draw at full load by country on the path of medians, if all of it could be connected, W."""
    p = model.parameters(distributions(), 0.5)
    at = int(np.flatnonzero(model.YEARS == year)[0])
    path = model.paths(p=p, world=world(), **{**levers(), "us_power": 1e6, "china_power": 1e6})
    return {name: float(path[f"{key}_power_w"][at]) for key, name in model.COUNTRIES.items()}


def levers() -> dict[str, float]:
    """Where the levers stand at first, by name."""
    return {name: float(value) for name, value in table("lever")["base"].items()}


@functools.cache
def world() -> dict[str, Any]:
    """What `models.long_game.paths` takes as known.

    Returns
    -------
    dict
        ``h200_rate`` and ``die_rate`` (H100 equivalents of a chip and of an Ascend die), ``stacks_per_die``,
        ``smuggled_last`` and ``us_added`` (parts of the smuggled and of the American stock of 2025 that came in that
        year), ``users_2025`` (share of the people elsewhere who used AI in the second half
        of 2025), ``price_2025`` (price of American over Chinese models then), ``bass_p`` (innovation, a year) and
        ``elasticities`` (``low`` and ``high`` of `adoption.chinese_share`).
    """
    known = chip_flows.known()
    smuggled = compute_gap.smuggled_flows(known.smuggled, known.smuggled_2024)
    elasticity = table("uncertain").loc["elasticity"]
    return {
        "h200_rate": known.h200_rate,
        "die_rate": known.die_rate,
        "stacks_per_die": float(known.stacks_per_die),
        "smuggled_last": float(smuggled[-1] / known.smuggled),
        "us_added": float((known.us[-1] - known.us[-2]) / known.us[-1]),
        "users_2025": shares.place("Global South")["h2"],
        "price_2025": levers()["price_ratio"],
        "bass_p": data.value("diffusion_params", "value", parameter="bass_p", source="shu_bass_notes"),
        "elasticities": {"low": float(elasticity["low"]), "high": float(elasticity["high"])},
    }


# Bins of `ensemble`, wide enough for every setting of the sliders.
BINS = {
    **dict.fromkeys(("china", "us"), Bins(1e4, 1e12, log=True)),
    **dict.fromkeys(("china_power_w", "us_power_w"), Bins(1e7, 1e13, log=True)),
    **dict.fromkeys(("share", "users", "chinese_users"), Bins(0.0, 1.0)),
    "ratio": Bins(1e-4, 1e6, log=True),
}


def ensemble(
    n: int, *, seed: int = 0, cluster: Any = None, chunk: int = 64 * BLOCK, progress: bool = True, **settings: float
) -> Summary:
    """Random paths of the long game, from thousands to hundreds of millions, summarised in bounded memory.

    Parameters
    ----------
    n : int
        Paths.
    seed : int
        The same seed gives the same answer, bit for bit, whatever the chunks and the workers.
    cluster : distributed.Client or str, optional
        A Dask client or the address of a scheduler; without it everything runs here.
    chunk : int
        Paths of a task, see `ensemble.run`.
    progress : bool
        Whether to say how far it is.
    **settings
        Levers by name; those that are not given stay at the base of the table.

    Returns
    -------
    Summary
        ``quantile(name, p)`` and ``mean(name)`` for each year of ``china``, ``us``, ``ratio``, ``share``, ``users``,
        ``chinese_users``, ``china_power_w`` and ``us_power_w``; ``share(statement)`` for `model.statements`.

    Raises
    ------
    TypeError
        If there is no lever of a name; the message lists them.
    """
    base = levers()
    for name in settings:
        if name not in base:
            raise TypeError(f"no lever {name!r}; there are {', '.join(base)}")
    given = distributions()
    function = functools.partial(model.random_paths, table=given, world=world(), levers={**base, **settings})
    return run(function, n, BINS, dimensions=len(given), seed=seed, chunk=chunk, cluster=cluster, progress=progress)


def path(inputs: dict[str, Any], row: Any) -> dict[str, Any]:
    """The path of a number among the fixed ones behind a page's bands, at a reader's settings; see `model.paths`."""
    given = distributions()
    return model.paths(p=model.parameters(given, model.draws(list(given), row)), world=world(), **inputs)


def calibrations(points: int = model.POINTS) -> pd.DataFrame:
    """The odds of the long game under other ways to calibrate it, each changing one thing.

    Parameters
    ----------
    points : int
        Points of the lattice, see `models.long_game.draws`.

    Returns
    -------
    pandas.DataFrame
        One row a calibration: the share of the paths on which each of `models.long_game.statements` holds, ``falls`` (on
        which the ratio of useful computing falls from 2025 to 2035), and the medians ``ratio`` and ``share`` of 2035.
    """
    given, levers_, known = distributions(), levers(), world()
    rows = table("uncertain")
    drawn = model.parameters(given, model.draws(list(given), np.arange(points), points))
    at_ends = {
        "American power as the lowest forecast has it": {"us_power_w": rows.loc["us_power_w", "low"]},
        "American power as the highest has it": {"us_power_w": rows.loc["us_power_w", "high"]},
        "Chinese power as the IEA has it": {"china_power_w": rows.loc["china_power_w", "low"]},
        "All American computing at home": {"us_home": 1.0},
        "American purchases grow by half in 2026": {"purchases_growth": 0.5},
        "Chinese dies and memory at the faster count": dict.fromkeys(
            ("dies_growth", "memory_growth"), rows.loc["dies_growth", "high"]
        ),
        "Growth does not weaken, on both sides": {"growth_kept": 1.0},
    }
    tried = {
        "This book": (drawn, known),
        "Price put on top of the observed share": (drawn, {**known, "price_2025": 1.0}),
        **{name: ({**drawn, **changes}, known) for name, changes in at_ends.items()},
    }
    found = {}
    for name, (p, facts) in tried.items():
        path = model.paths(p=p, world=facts, **levers_)
        odds = {statement: np.mean(held) for statement, held in model.statements(path).items()}
        falls = np.mean(path["ratio"][-1] < path["ratio"][0])
        found[name] = {**odds, "falls": falls, **{key: np.median(path[key][-1]) for key in ("ratio", "share")}}
    return pd.DataFrame(found).T.astype(float)


def evenness(repeats: int = 20, many: int = 200_000) -> pd.DataFrame:
    """The band of the ratio in 2035 by the even points, beside as many at random, drawn again and again, and very many.

    Parameters
    ----------
    repeats : int
        How often points are drawn at random.
    many : int
        Random points that stand for all.

    Returns
    -------
    pandas.DataFrame
        Rows ``5 %``, ``median`` and ``95 %``, and a column for each way to draw.
    """
    given, rng = distributions(), np.random.default_rng(1)

    def band(u: dict[str, Any]) -> np.ndarray:
        path = model.paths(p=model.parameters(given, u), world=world(), **levers())
        return np.quantile(path["ratio"][-1], [0.05, 0.5, 0.95])

    def at_random(n: int) -> np.ndarray:
        return band(dict(zip(given, rng.random((len(given), n)), strict=True)))

    chance = np.array([at_random(model.POINTS) for _ in range(repeats)])
    columns = {
        f"{many:,} at random": at_random(many),
        f"even, {model.POINTS:,}": band(model.draws(list(given), np.arange(model.POINTS))),
        f"random, {model.POINTS:,}: lowest": chance.min(axis=0),
        "highest": chance.max(axis=0),
    }
    return pd.DataFrame(columns, index=["5 %", "median", "95 %"])


def total_effects() -> pd.DataFrame:
    """Total effects of what is not known on the logarithms of ``ratio`` and ``share`` in 2035, the largest first.

    Returns
    -------
    pandas.DataFrame
        By label of the parameter; see `uncertainty.total_effects`.
    """
    given, labels = distributions(), table("uncertain")["label"]

    def last(name: str, u: Any) -> Any:
        path = model.paths(p=model.parameters(given, u), world=world(), **levers())
        return np.log(path[name][-1])

    found = {name: uncertainty.total_effects(functools.partial(last, name), list(given)) for name in ("ratio", "share")}
    return pd.DataFrame(found).rename(index=labels).rename_axis("label").sort_values("ratio", ascending=False)


def ends() -> dict[str, float]:
    """Both ends of every lever's range in the table, as ``low_<lever>`` and ``high_<lever>``."""
    rows = table("lever")
    return {f"{end}_{name}": float(value) for end in ("low", "high") for name, value in rows[end].items()}


def scenarios() -> dict[str, dict[str, float]]:
    """Named settings, each at ends of the levers' ranges. What one does not name stays at the base of the table."""
    moved = {
        "As the sources have it": {},
        "Tools and memory for China": {"dies_times": "high", "memory_times": "high"},
        "Controls that hold": {"dies_times": "low", "memory_times": "low", "stopped": "high"},
        "H200 for all who ask": {"h200_a_year": "high"},
        "Power for America": {"us_power": "high"},
        "China ahead in methods": {"months_behind": "low"},
        "Equal prices": {"price_ratio": "low"},
    }
    at = ends()
    return {name: {lever: at[f"{end}_{lever}"] for lever, end in to.items()} for name, to in moved.items()}


ACCELERATORS = "million H100e"  # unit of figures that are counted one by one
ROUNDED = 1.005  # a published figure at the very end of the paths lies inside
UNIDENTIFIED = "count that separates unidentified traffic"  # of two counts of the same weeks, the more careful
BUILT_IN = ("China, legal", "Chinese share of use, web visits")  # where the model starts


def _counted_and_forecast() -> dict[str, tuple[float, np.ndarray, str]]:
    """What others counted or forecast: their figure, the model's on each path at the base of the levers, and the unit."""
    given, known, base = distributions(), world(), levers()
    p = model.parameters(given, model.draws(list(given), np.arange(model.POINTS)))
    paths = model.paths(p=p, world=known, **base)
    made = model.supply(
        p=p, world=known, **{k: base[k] for k in ("h200_a_year", "stopped", "dies_times", "memory_times")}
    )
    bought = model.purchases(p=p, world=known)
    production, chip = data.load("production"), ACCELERATORS
    acquired = production.query("product == 'all channels, B300 equivalents'").iloc[0]["units"]
    huawei = production.query("metric == 'aggregate compute as pct of Nvidia'").set_index("year")["units"]
    use = functools.partial(data.value, "datacentres", metric="electricity_use")
    iea = functools.partial(use, "base", year=2030, source="graphicnews_2025_iea_regions")
    twh = times.HOURS_PER_YEAR / 1e12
    added = p["us_home"] * p["us_stock"] * known["us_added"] * p["us_w"]
    quarter = shares.PERIODS["2026-Q1"] - shares.PERIODS["2025-H2"]  # the first of the model's years is that half
    users = paths["users"][0] + quarter * (paths["users"][1] - paths["users"][0])
    seen = functools.partial(data.value, "adoption", "value", country_or_region="World")
    tokens = functools.partial(data.value, "adoption", "value", country_or_region="OpenRouter users")
    start = table("uncertain").loc[["china_legal", "china_smuggled", "china_domestic"], "base"].sum()
    return {
        "China, legal and smuggled and domestic, 2025 (page on the compute gap)": (start, paths["china"][0], chip),
        "China acquires in 2026, a personal forecast": (
            acquired * chip_flows.rate("B300 (Blackwell Ultra)"),
            made[0],
            chip,
        ),
        "Huawei over Nvidia, 2027 (CFR)": (
            huawei[2027],
            100 * (made[1] - p["china_smuggled"] * known["smuggled_last"]) / (1 + p["other_share"]) / bought[1],
            "per cent",
        ),
        "Chinese share of use, web visits, August 2025 (RAND)": (
            seen(metric="china_based_llm_share_of_web_visits", period="2025-08"),
            100 * paths["share"][0],
            "%",
        ),
        "DeepSeek alone, web visits, January 2026 (Similarweb)": (
            seen(metric="deepseek_share_of_web_visits", period="2026-01-02"),
            100 * paths["share"][1],
            "%",
        ),
        "Chinese open models, tokens of developers on one platform, the year to November 2025": (
            tokens(metric="chinese_open_model_token_share", period="2024-11/2025-11"),
            100 * paths["share"][0],
            "%",
        ),
        "Chinese models, the same platform, summer of 2026": (
            tokens(metric="chinese_model_token_share", period="2026-06/2026-07", note=UNIDENTIFIED),
            100 * paths["share"][1],
            "%",
        ),
        "People who use AI in the Global South, first quarter of 2026 (Microsoft)": (
            100 * shares.place("Global South")["q1"],
            100 * users,
            "%",
        ),
        "Power added by US data centres in 2025, all uses (451 Research)": (
            table("uncertain").loc["us_power_w", "base"] / 1e9,
            added / 1e9,
            "GW",
        ),
        "US data centres in 2028, LBNL, middle": (
            sum(use(end, country="USA", year=2028) for end in ("low", "high")) / 2,
            paths["us_power_w"][3] * twh,
            "TWh",
        ),
        "US data centres in 2030, IEA": (iea(country="USA"), paths["us_power_w"][5] * twh, "TWh"),
        "Chinese data centres in 2030, IEA": (iea(country="CHN"), paths["china_power_w"][5] * twh, "TWh"),
    }


def held_against_forecasts() -> pd.DataFrame:
    """What others counted or forecast of use, fleets and power, beside the model's paths at the base of the levers.

    Returns
    -------
    pandas.DataFrame
        By figure: ``published``, the model's ``5 %``, ``median`` and ``95 %`` as text, ``unit``, and ``where`` the
        published figure lies: ``"inside"`` or ``"outside"`` the two ends, or ``"built in"`` if the model starts from it.
    """
    rows = {}
    for name, (published, ours, unit) in _counted_and_forecast().items():
        low, median, high = np.quantile(ours, [0.05, 0.5, 0.95])
        scale = 1e6 if unit == ACCELERATORS else 1
        figures = {"published": published, "5 %": low, "median": median, "95 %": high}
        said = {key: f"{v / scale:,.0f}" if v / scale > 100 else f"{v / scale:.3g}" for key, v in figures.items()}
        inside = "inside" if low / ROUNDED <= published <= high * ROUNDED else "outside"
        place = "built in" if name.startswith(BUILT_IN) else inside
        rows[name] = {**said, "unit": unit, "where": place}
    return pd.DataFrame(rows).T
