"""The long game with the book's data: what the sources say, in the terms of `models.long_game`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from hardware_phase import chip_flows, data, shares
from hardware_phase.models import compute_gap, uncertainty


def table(role: str) -> pd.DataFrame:
    """Rows of long_game.csv with a role, ``"uncertain"`` or ``"lever"``, by parameter."""
    rows = data.load("long_game").astype({"role": str, "scale": object})
    return rows[rows["role"] == role].set_index("parameter", drop=False)


def distributions() -> dict[str, dict[str, Any]]:
    """Every uncertain parameter as `uncertainty.distribution`, by name."""
    columns = ["low", "base", "high", "coverage", "scale"]
    return {name: uncertainty.distribution(**row[columns]) for name, row in table("uncertain").iterrows()}


def levers() -> dict[str, float]:
    """Where the levers stand at first, by name."""
    return {name: float(value) for name, value in table("lever")["base"].items()}


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
    params = data.load("diffusion_params").set_index(["parameter", "source"])
    elasticity = table("uncertain").loc["elasticity"]
    return {
        "h200_rate": known["h200_rate"],
        "die_rate": known["die_rate"],
        "stacks_per_die": float(known["stacks_per_die"]),
        "smuggled_last": float(smuggled[-1] / known["smuggled"]),
        "us_added": float((known["us"][-1] - known["us"][-2]) / known["us"][-1]),
        "launch": shares.place("Global South")["start"],
        "bass_p": float(params.loc[("bass_p", "shu_bass_notes"), "value"]),
        "elasticities": {"low": float(elasticity["low"]), "high": float(elasticity["high"])},
    }
