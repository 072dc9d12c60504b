"""Wafers, yields, memory stacks and outputs as sources report them, for the chain from a wafer to an accelerator."""

from __future__ import annotations

import functools
from functools import partial

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import fabrication

OUTPUTS = ["production", "production capacity", "shipments", "shipments in China"]


@functools.cache
def good_dies(vendor: str) -> float:
    """Share of good dies of Huawei's 910C and of Cambricon's best that was reported for 2025."""
    return data.value("production", "units", vendor=vendor, metric="yield_pct", year=2025) / 100


LINES = 2e6
"""Packages a year that China's lines can start. An assumption: no source gives them."""
STACK = {"die_mm2": "area", "yield": "yield"}  # of the model, and of the table of fabrication


def output() -> pd.DataFrame:
    """What was said about the output of Huawei and Cambricon in 2025 and 2026; ``chips`` is a figure or an end of a range."""
    table = data.load("production")
    rows = table[
        table["vendor"].isin(["Huawei", "Cambricon"]) & table["year"].isin([2025, 2026]) & table["metric"].isin(OUTPUTS)
    ]
    figure = rows["units"].fillna(rows["low"]).fillna(rows["high"])
    return rows.assign(chips=figure).dropna(subset=["chips"])


def made(**where: object) -> float:
    """Chips or cards of a row of the table `production` that counts what is made in a year."""
    return data.value("production", "units", metric="production", **where)


def flagship_plan() -> float:
    """Bloomberg's plan for the Ascend 910C in 2026."""
    return made(product="Ascend 910C", year=2026, kind="plan")


def cambricon_made() -> float:
    """Cards that Cambricon made in 2025, by its accounts."""
    return made(vendor="Cambricon", year=2025, kind="actual")


def cambricon_plan() -> float:
    """Cards that Cambricon is reported to plan for 2026."""
    return made(vendor="Cambricon", product="all AI accelerators", year=2026)


def capacity(year: int, vendor: str = "SMIC and other Chinese fabs") -> float:
    """Wafers a month of the 7 nm class."""
    return data.value("production", "units", vendor=vendor, metric="wafer capacity", year=year)


def die_mm2() -> float:
    """Area of one logic die of the Ascend 910C, mm2."""
    row = data.load("chips").set_index("chip").loc["Ascend 910C (press)"]
    return row["die_area_mm2"] / row["compute_dies"]


def defects_tsmc() -> float:
    """Defects per cm2 of TSMC's 7 nm process."""
    return data.value("fabrication", "value", quantity="defect_density", subject="TSMC N7")


def implied(share: float, model: str = "Murphy") -> float:
    """Defects per cm2 that make this share of the dies of a 910C good."""
    return float(fabrication.defect_density(model, die_mm2(), share))


def packaging() -> float:
    """Share of packages of the 910C that work, by CSIS."""
    return data.value("fabrication", "value", quantity="packaging_yield", subject="Ascend 910C")


def reported_yield(product: str) -> float:
    """Reuters' yield of a product in 2024, a fraction."""
    return data.value("production", "units", product=product, metric="yield_pct", year=2024) / 100


def stacks() -> float:
    """Memory stacks that were shipped to China."""
    return data.value("production", "units", vendor="All suppliers", product="HBM to China")


def bank() -> float:
    """Dies from TSMC that Huawei had in stock."""
    digest = "semianalysis_2025_ascend_digest"
    return data.value("production", "units", product="Ascend dies from TSMC", source=digest)


def own_memory_wafers() -> float:
    """Wafers a month that CXMT is expected to make memory stacks of."""
    return data.value("production", "units", vendor="CXMT", product="HBM3")


def published() -> dict[str, float]:
    """The ends of what sources report, for `fabrication.accelerators`."""
    return {
        "wafers_high": capacity(2027),
        "stacks_high": stacks(),
        "defects_low": defects_tsmc(),
        "defects_high": implied(good_dies("Cambricon"), "Seeds"),
    }


def chain() -> partial:
    """`fabrication.accelerators` with what sources report of memory, and with `LINES`."""
    known = {f"hbm_{name}": data.value("fabrication", "value", quantity=f"stack_{row}") for name, row in STACK.items()}
    return partial(fabrication.accelerators, published=published(), package_starts=LINES, **known)


def wafers_needed(chips: float, dies_per_package: int = 2, good: float | None = None) -> float:
    """Wafers a month behind an output, with dies of the 910C."""
    return fabrication.wafers_needed(
        chips,
        die_mm2=die_mm2(),
        dies_per_package=dies_per_package,
        die_yield=good_dies("Huawei") if good is None else good,
        packaging_yield=packaging(),
    )


def wafers_by_output() -> pd.DataFrame:
    """Wafers a month that each published output needs at the reported yields, and their share of two capacities."""
    flagship = made(product="Ascend 910C", year=2025, kind="estimate")
    ascend = made(product="Ascend (all)", year=2025)
    outputs = {
        "910C 2025, Bloomberg": (flagship, 2, good_dies("Huawei")),
        "910C 2026, Bloomberg plan": (flagship_plan(), 2, good_dies("Huawei")),
        "Ascend 2025, SemiAnalysis, one die each": (ascend, 1, good_dies("Huawei")),
        "Ascend 2025, SemiAnalysis, two dies each": (ascend, 2, good_dies("Huawei")),
        "Cambricon 2025, accounts": (cambricon_made(), 1, good_dies("Cambricon")),
        "Cambricon 2026, reported plan": (cambricon_plan(), 1, good_dies("Cambricon")),
    }
    rows = {name: {"chips": out[0], "wafers a month": wafers_needed(*out)} for name, out in outputs.items()}
    table = pd.DataFrame(rows).T
    table["share of 22,000 (Morgan Stanley)"] = table["wafers a month"] / capacity(2025, "China")
    table["share of 45,000 (SemiAnalysis)"] = table["wafers a month"] / capacity(2025)
    return table


def memory(own_stacks: float) -> pd.Series:
    """Memory stacks that there were, that chips took, and that plans take; what China's own wafers make is given."""
    flagship = made(product="Ascend 910C", year=2025, kind="estimate")
    others = made(product="Ascend (all)", year=2025) - flagship + made(product="Ascend 910B", year=2024)
    used = (8 * flagship + 4 * others) / packaging()
    rows = {
        "stacks shipped to China by the end of 2024": stacks(),
        "in Ascend chips of 2024 and 2025": used,
        "left for 2026 and for everybody else": stacks() - used,
        "needed for SemiAnalysis' 2026 without new memory": 8 * made(product="Ascend (all)", year=2026) / packaging(),
        "needed for Bloomberg's plan for 2026": 8 * flagship_plan() / packaging(),
        "needed for two million 910C": 8 * 2e6 / packaging(),
        "from 60,000 CXMT wafers a month": own_stacks,
    }
    return pd.Series(rows, name="stacks")


def area_for(good: float, defects_per_cm2: float, model: str) -> float:
    """Area of a die, whole mm2, of which a share is good."""
    areas = np.arange(100.0, 3000.0)
    return areas[np.argmin(abs(fabrication.die_yield(model, areas, defects_per_cm2) - good))]
