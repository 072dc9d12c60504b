"""How many accelerators wafers, yields, packaging and memory stacks allow in a year, and which step binds.

Lengths in millimetres, die areas in mm2, defect densities per cm2, wafers a month, everything else a year. Every
function takes floats or arrays and broadcasts; counts never fall below zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hardware_phase.models.times import MONTHS_PER_YEAR

WAFER_MM = 300.0
MM2_PER_CM2 = 100.0
YIELD_MODELS = ("Poisson", "Murphy", "Seeds", "Negative binomial")
STEPS = ("dies", "hbm", "lines")


# ---------------------------------------------------------------------------------------------------------------------
# Dies and their yield


def dies_per_wafer(die_mm2: Any, edge_mm: Any = 0.0, wafer_mm: Any = WAFER_MM) -> Any:
    """Whole dies on a round wafer: its area over the die's, less those that the edge cuts.

    Parameters
    ----------
    die_mm2 : float or array
        Area of one die with its scribe line, above zero.
    edge_mm : float or array, default 0
        Width of the ring at the edge that cannot be used.
    wafer_mm : float or array, default 300
        Diameter of the wafer.

    Returns
    -------
    float or array
        Whole dies, ``floor(pi d**2 / (4 A) - pi d / sqrt(2 A))`` with the usable diameter d, and not below zero. It is
        the textbook approximation, and careful: the best grid of squares without scribe lines holds up to a tenth more.
    """
    usable = np.maximum(wafer_mm - 2 * edge_mm, 0)
    by_area = np.pi * usable**2 / (4 * die_mm2)
    return np.floor(np.maximum(by_area - np.pi * usable / np.sqrt(2 * die_mm2), 0))


def poisson_yield(defects: Any) -> Any:
    """Yield if defects fall independently and evenly: ``exp(-x)`` for x defects expected on a die."""
    return np.exp(-defects)


def murphy_yield(defects: Any) -> Any:
    """Yield if the density varies by a triangle around its mean: ``((1 - exp(-x)) / x)**2``."""
    some = np.maximum(defects, 1e-9)  # the limit at zero is one
    return (-np.expm1(-some) / some) ** 2


def seeds_yield(defects: Any) -> Any:
    """Yield if the density varies exponentially, small densities being common: ``1 / (1 + x)``."""
    return 1 / (1 + defects)


def negative_binomial_yield(defects: Any, alpha: Any) -> Any:
    """Yield if defects come in clusters: ``(1 + x / alpha)**-alpha``.

    Parameters
    ----------
    defects : float or array
        Defects expected on a die.
    alpha : float or array
        Clustering, above zero: one gives Seeds' yield, a large number Poisson's.

    Returns
    -------
    float or array
        Fraction of dies without a defect.
    """
    return (1 + defects / alpha) ** -alpha


def die_yield(model: Any, die_mm2: Any, defects_per_cm2: Any, alpha: Any = 3.0) -> Any:
    """Fraction of dies without a defect, by the name of a yield model.

    Parameters
    ----------
    model : str
        One of `YIELD_MODELS`.
    die_mm2, defects_per_cm2 : float or array
        Area of a die and density of defects that kill one.
    alpha : float or array, default 3
        Clustering, for the negative binomial.

    Returns
    -------
    float or array
        A fraction.
    """
    defects = defects_per_cm2 * die_mm2 / MM2_PER_CM2
    yields = [poisson_yield(defects), murphy_yield(defects), seeds_yield(defects)]
    named = [model == name for name in YIELD_MODELS[:-1]]
    return np.select(named, yields, default=negative_binomial_yield(defects, alpha))


def defect_density(model: str, die_mm2: Any, die_yield_: Any, alpha: Any = 3.0) -> Any:
    """Density of defects that explains a yield; the inverse of `die_yield`.

    Parameters
    ----------
    model : str
        One of `YIELD_MODELS`.
    die_mm2 : float or array
        Area of a die.
    die_yield_ : float or array
        Fraction of good dies, above zero and at most one.
    alpha : float or array, default 3
        Clustering, for the negative binomial.

    Returns
    -------
    float or array
        Defects per cm2.

    Raises
    ------
    ValueError
        If the yield lies outside its range or the model is unknown.
    """
    if np.any(np.asarray(die_yield_) <= 0) or np.any(np.asarray(die_yield_) > 1):
        raise ValueError("die_yield_ must be above 0 and at most 1")
    if model not in YIELD_MODELS:
        raise ValueError(f"model must be one of {', '.join(YIELD_MODELS)}, not {model!r}")
    low, high = np.zeros(np.shape(die_yield_)), np.full(np.shape(die_yield_), 1e6)
    for _ in range(80):  # halves 1e6 per cm2 down to rounding
        middle = (low + high) / 2
        too_good = die_yield(model, die_mm2, middle, alpha) > die_yield_
        low, high = np.where(too_good, middle, low), np.where(too_good, high, middle)
    return (low + high) / 2


# ---------------------------------------------------------------------------------------------------------------------
# Packages and memory


def package_yield(die_yield: Any, dies: Any, packaging_yield: Any) -> Any:
    """Yield of a package whose dies are not tested before they are put together: all must be good."""
    return die_yield**dies * packaging_yield


def packages(dies: Any, dies_per_package: Any, packaging_yield: Any) -> Any:
    """Working packages from tested dies."""
    return dies / dies_per_package * packaging_yield


def stack_yield(layer_yield: Any, layers: Any) -> Any:
    """Yield of a memory stack in which every layer, and its bond, must be good."""
    return layer_yield**layers


def accelerators(
    *,
    wafers_per_month: Any,
    ai_share: Any,
    die_mm2: Any,
    defects_per_cm2: Any,
    model: Any,
    dies_per_package: Any,
    hbm_per_package: Any,
    hbm_stacks: Any,
    packaging_yield: Any,
    package_starts: Any,
    hbm_die_mm2: Any,
    hbm_yield: Any,
    published: Mapping[str, float],
    die_bank: Any = 0.0,
    hbm_wafers_per_month: Any = 0.0,
    hbm_layers: Any = 8.0,
    salvaged: Any = 0.0,
    tested_dies: Any = True,
    alpha: Any = 3.0,
    edge_mm: Any = 3.0,
) -> dict[str, Any]:
    """Accelerators a year from wafers, dies, stacks and packages.

    Parameters
    ----------
    wafers_per_month, ai_share : float or array
        Starts of logic wafers, and the fraction of them that carries this accelerator.
    die_mm2, defects_per_cm2, model, alpha, edge_mm
        See `dies_per_wafer` and `die_yield`.
    dies_per_package, hbm_per_package : float or array
        Logic dies, and memory stacks, in one accelerator; at least one of each, or no stacks at all.
    hbm_stacks : float or array
        Memory stacks to be had in the year from stock and imports.
    packaging_yield : float or array
        Fraction of assembled packages that work.
    package_starts : float or array
        Packages that the assembly lines can start in a year.
    hbm_die_mm2, hbm_yield, hbm_wafers_per_month, hbm_layers : float or array
        Own memory: area of a die, the fraction of dies that end in a working stack, wafers (default none), and dies in a
        stack (default eight).
    die_bank : float or array, default 0
        Good dies from elsewhere that are used in the year.
    salvaged : float or array, default 0
        Fraction of defective dies that are sold with reduced rates.
    tested_dies : bool, default True
        Whether only good dies are packaged. If not, one bad die spoils a package.
    published : mapping
        ``wafers_high``, ``defects_low``, ``defects_high`` and ``stacks_high``: the ends of what sources report.

    Returns
    -------
    dict
        ``wafers``, ``dies_per_wafer``, ``die_yield`` (with salvage), ``dies``, ``good_dies`` (with the bank), ``stacks``;
        ``by_dies``, ``by_hbm`` and ``by_lines``, the working accelerators that each step alone would allow; their least,
        ``accelerators``; ``binding``, that one of `STEPS`, or ``"nothing"`` if nothing is made; ``dies_used`` and ``stacks_used``, fractions of what
        there is; ``system_yield``, accelerators over those that all dies would make without loss;
        ``all_packages``, ``good_packages`` and ``starts``, the dies, the good dies and the packages begun, counted in
        accelerators; ``covered``, ``"inside"`` if sources cover each setting, else the first that they do not:
        ``"nothing"`` is made, ``"wafers"``, ``"more_defects"``, ``"fewer_defects"``, ``"stacks"``.
    """
    per_wafer = dies_per_wafer(die_mm2, edge_mm)
    wafers = wafers_per_month * ai_share * MONTHS_PER_YEAR
    perfect = die_yield(model, die_mm2, defects_per_cm2, alpha)
    usable = perfect + (1 - perfect) * salvaged
    dies = wafers * per_wafer
    good = dies * usable + die_bank
    # Untested dies go into packages unseen; the bank's dies count as good.
    blind = (dies * usable**dies_per_package + die_bank) / dies_per_package
    starts_by_dies = np.where(tested_dies, good / dies_per_package, blind)
    own_stacks = hbm_wafers_per_month * MONTHS_PER_YEAR * dies_per_wafer(hbm_die_mm2, edge_mm) * hbm_yield / hbm_layers
    stacks = hbm_stacks + own_stacks
    # A package without stacks is never short of them: then its dies set the limit.
    starts_by_hbm = np.where(hbm_per_package > 0, stacks / np.maximum(hbm_per_package, 1), starts_by_dies)
    starts = np.minimum(np.minimum(starts_by_dies, starts_by_hbm), package_starts)
    made = starts * packaging_yield
    all_dies = dies + die_bank
    binding = np.select(
        [starts <= 0, starts_by_dies <= starts, starts_by_hbm <= starts],
        ["nothing", *STEPS[:2]],
        default=STEPS[2],
    )
    outside = [
        starts <= 0,
        wafers_per_month > published["wafers_high"],
        defects_per_cm2 > published["defects_high"],
        defects_per_cm2 < published["defects_low"],
        stacks > published["stacks_high"],
    ]
    why = ["nothing", "wafers", "more_defects", "fewer_defects", "stacks"]
    return {
        "wafers": wafers,
        "dies_per_wafer": per_wafer,
        "die_yield": usable,
        "dies": all_dies,
        "good_dies": good,
        "stacks": stacks,
        "by_dies": starts_by_dies * packaging_yield,
        "by_hbm": starts_by_hbm * packaging_yield,
        "by_lines": package_starts * packaging_yield,
        "accelerators": made,
        "binding": binding,
        "dies_used": np.where(starts_by_dies > 0, starts / np.maximum(starts_by_dies, 1e-9), 0),
        "stacks_used": np.where(stacks > 0, starts * hbm_per_package / np.maximum(stacks, 1e-9), 0),
        "all_packages": all_dies / dies_per_package,
        "good_packages": starts_by_dies,
        "starts": starts,
        "covered": np.select(outside, why, default="inside"),
        "system_yield": np.where(all_dies > 0, made * dies_per_package / np.maximum(all_dies, 1e-9), 0),
    }


def wafers_needed(
    chips: Any, *, die_mm2: Any, dies_per_package: Any, die_yield: Any, packaging_yield: Any, edge_mm: Any = 3.0
) -> Any:
    """Wafers a month behind a published number of accelerators a year.

    Parameters
    ----------
    chips : float or array
        Working accelerators a year.
    die_mm2, dies_per_package, edge_mm
        See `accelerators`.
    die_yield, packaging_yield : float or array
        Fractions above zero.

    Returns
    -------
    float or array
        Wafer starts a month.
    """
    good_dies = chips / packaging_yield * dies_per_package
    return good_dies / die_yield / dies_per_wafer(die_mm2, edge_mm) / MONTHS_PER_YEAR


# ---------------------------------------------------------------------------------------------------------------------
# Published numbers: cases of acceleration_checks.csv as functions of the row's inputs, in the row's unit


def _murphy_percent(i: Mapping[str, float]) -> float:
    return 100 * die_yield("Murphy", i["die_mm2"], i["defects_per_cm2"])


def _packages(i: Mapping[str, float]) -> float:
    return packages(i["dies"], i["dies_per_package"], i["packaging_yield"])


REPRODUCES: dict[str, Callable[[Mapping[str, float]], float]] = {
    "tsmc_n5_100mm2_yield": _murphy_percent,
    "tsmc_n5_test_chip_yield": _murphy_percent,
    "h200_good_dies_per_wafer": lambda i: dies_per_wafer(i["die_mm2"]) * i["yield"],
    "h200_wafers": lambda i: i["chips"] / i["good_dies_per_wafer"],
    "csis_910c_from_tsmc_dies": _packages,
    "csis_910c_a_month": lambda i: packages(
        i["wafers"] * dies_per_wafer(i["die_mm2"]) * i["yield"], i["dies_per_package"], 1.0
    ),
    "semianalysis_910c_from_hbm": lambda i: i["stacks"] / i["stacks_per_package"],
    "bloomberg_910c_plan_2026": _packages,
    "reuters_910c_yield_2024": lambda i: (
        100 * package_yield(i["die_yield"], i["dies_per_package"], i["packaging_yield"])
    ),
    "hbm_eight_layers": lambda i: 100 * stack_yield(i["layer_yield"], i["layers"]),
}
