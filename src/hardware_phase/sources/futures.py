"""The long game with the book's data: what the sources say, in the terms of `models.long_game`."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd

from explorables.explore import Slider, uncertainty
from explorables.explore.ensemble import BLOCK, Bins, Summary, run
from hardware_phase import data
from hardware_phase.models import compute_gap
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
        year), ``launch`` (year and its fraction in which use of AI began), ``bass_p`` (innovation, a year) and
        ``elasticities`` (``low`` and ``high`` of `adoption.chinese_share`).
    """
    known = chip_flows.known()
    smuggled = compute_gap.smuggled_flows(known["smuggled"], known["smuggled_2024"])
    elasticity = table("uncertain").loc["elasticity"]
    return {
        "h200_rate": known["h200_rate"],
        "die_rate": known["die_rate"],
        "stacks_per_die": float(known["stacks_per_die"]),
        "smuggled_last": float(smuggled[-1] / known["smuggled"]),
        "us_added": float((known["us"][-1] - known["us"][-2]) / known["us"][-1]),
        "launch": shares.place("Global South")["start"],
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


def sliders(**start: float) -> dict[str, Slider]:
    """The levers as inputs of an explorer, some of them starting elsewhere than at the base of the table.

    Their ranges are wider than what sources say, so that a reader can leave it.
    """
    label, base = table("lever")["label"], {**levers(), **start}
    ends = {
        "h200_a_year": (
            0,
            3e6,
            {"step": 5e4, "unit": "chips", "help": "Chips of the H200 class that arrive each year."},
        ),
        "dies_growth": (0.8, 2.5, {"step": 0.01, "unit": "x", "help": "Factor a year from 2026 on."}),
        "memory_growth": (0.8, 2.5, {"step": 0.01, "unit": "x", "help": "Factor a year from 2026 on."}),
        "months_behind": (-12, 24, {"step": 1, "unit": "months", "help": "Below zero China is ahead."}),
        "us_power_w": (1e9, 5e10, {"scale": "log", "unit": "W", "help": "Each year, for data centres of all kinds."}),
        "price_ratio": (0.5, 50, {"scale": "log", "unit": "x"}),
        "stopped": (0, 1, {"unit": "%", "more": True}),
        "china_power_w": (1e9, 1e11, {"scale": "log", "unit": "W", "more": True}),
        "barred": (0, 1, {"unit": "%", "more": True}),
    }
    return {
        name: Slider(low, high, base[name], label=label[name], **options) for name, (low, high, options) in ends.items()
    }


# Named settings. What a scenario does not name stays at the base of the table.
SCENARIOS: dict[str, dict[str, float]] = {
    "As the sources have it": {},
    "Tools and memory for China": {"dies_growth": 1.9, "memory_growth": 1.9},
    "Controls that hold": {"dies_growth": 1.0, "memory_growth": 1.0, "stopped": 0.9},
    "H200 for all who ask": {"h200_a_year": 2e6},
    "Power for America": {"us_power_w": 1.4e10},
    "China ahead in methods": {"months_behind": -6.0},
    "Equal prices": {"price_ratio": 1.0},
}
