"""How many chips a fab can make: the explorer and the charts of `book/acceleration/fab.md`."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, bars, colour, exhibit, unit_axis
from explorables.explore.model import Model
from explorables.explore.theme import number_text
from hardware_phase import data
from hardware_phase.models import fabrication
from hardware_phase.sources import fabs

LANES = ["Huawei 2025", "Huawei 2026", "Cambricon 2025", "Cambricon 2026"]
BASES = ["accounts", "estimate", "plan"]
STEPS = {"Logic dies": "dies", "HBM stacks": "hbm", "Packaging lines": "lines"}  # the models' names of them


def outputs() -> alt.Chart:
    """Published figures for the output of Huawei and Cambricon, by kind."""
    rows = fabs.output()
    product = rows["product"].astype(str).str.replace("Ascend (all)", "all Ascend")
    shown = rows.assign(
        who=rows["vendor"].astype(str) + " " + rows["year"].astype(str),
        what=product + ", " + rows["metric"].astype(str),
        basis=rows["kind"].astype(str).replace({"actual": "accounts"}),
    )
    tints = alt.Scale(domain=BASES, range=[colour["good"], colour["s1"], colour["s2"]])
    return (
        alt.Chart(shown[["who", "what", "basis", "chips", "source"]])
        .mark_point(size=110)
        .encode(
            x=alt.X("chips:Q", axis=unit_axis("", "Chips or cards a year")),
            y=alt.Y("who:N", sort=LANES, axis=alt.Axis(title=None)),
            yOffset=alt.YOffset("basis:N", sort=BASES),
            color=alt.Color("basis:N", scale=tints, legend=alt.Legend(columns=3)),
            shape=alt.Shape("basis:N", scale=alt.Scale(domain=BASES)),
            tooltip=["who", "what", "chips", "basis", "source"],
        )
        .properties(
            height=220,
            title=alt.Title("Huawei's output in 2025: from 200,000 to 812,000 chips", subtitle=data.cite(rows)),
            description="Published figures for the yearly output of Huawei and Cambricon in 2025 and 2026 as points, by kind: accounts, estimate or plan.",
        )
    )


def bottleneck(m: Model) -> alt.LayerChart:
    """What each step alone would allow; the least of them is what is made."""
    rows = m.rows({"step": list(STEPS)})
    rows["allows"] = np.stack([m.result[f"by_{step}"] for step in STEPS.values()])
    rows["state"] = np.stack([np.where(m.result["binding"] == step, "binds", "has room") for step in STEPS.values()])
    rows["room"] = rows["allows"] * 1.3 + 1
    made = m.rows({"at": [0]})
    made["made"] = m.result["accelerators"]
    tints = alt.Scale(domain=["binds", "has room"], range=[colour["bad"], colour["neutral"]])
    base = (
        rows.chart()
        .transform_calculate(label=number_text("datum.allows"))
        .encode(y=alt.Y("step:N", sort=list(STEPS), axis=alt.Axis(title=None)))
    )
    x = alt.X("allows:Q", axis=unit_axis("", "Accelerators a year"))
    return (
        base.mark_bar(cornerRadiusEnd=2).encode(x=x, color=alt.Color("state:N", scale=tints))
        + base.mark_text(align="left", dx=6).encode(x="allows:Q", text="label:N")
        + base.mark_point(opacity=0, size=1).encode(x="room:Q")
        + made.chart().mark_rule(strokeDash=[4, 3]).encode(x="made:Q")
    ).properties(
        height=170,
        title="The step that allows least decides",
        description="Accelerators a year that logic dies, HBM stacks and packaging lines would each allow; the least is marked as binding.",
    )


def yield_models(m: Model) -> alt.LayerChart:
    """The four yield models over the density of defects, for the reader's die."""
    rows = m.rows({"density": np.linspace(0, 1.5, 61)})
    defects = rows["density"] * m.inputs["die_mm2"] / fabrication.MM2_PER_CM2
    rows["Poisson"], rows["Murphy"] = fabrication.poisson_yield(defects), fabrication.murphy_yield(defects)
    rows["Seeds"] = fabrication.seeds_yield(defects)
    rows["Negative binomial"] = fabrication.negative_binomial_yield(defects, m.inputs["alpha"])
    here = m.rows({"at": [0]})
    here["density"] = m.inputs["defects_per_cm2"]
    here["good"] = fabrication.die_yield(m.inputs["model"], m.inputs["die_mm2"], here["density"], m.inputs["alpha"])
    names = list(fabrication.YIELD_MODELS)
    x = alt.X("density:Q", axis=unit_axis("", "Defects per cm²"), scale=alt.Scale(domain=[0, 1.5], nice=False))
    y = alt.Y("good:Q", axis=unit_axis("%", "Good dies"), scale=alt.Scale(domain=[0, 1]))
    tint = alt.Color("model:N", sort=names, scale=alt.Scale(domain=names))
    lines = rows.chart().transform_fold(names, as_=["model", "good"]).mark_line().encode(x=x, y=y, color=tint)
    dot = here.chart().mark_point(size=110, color=colour["text"], clip=True).encode(x="density:Q", y="good:Q")
    return (lines + dot).properties(
        height=260,
        title="The same defects, four yields",
        description="Share of good dies against defects per square centimetre by four yield models for the chosen die; a dot marks the setting.",
    )


@exhibit
def accelerators_a_year() -> Parts:
    """Accelerators a year from wafers, dies, memory stacks and packages, and the step that binds."""
    lost = bars(
        {
            "all_packages": "Dies printed",
            "good_packages": "Good dies",
            "starts": "With memory and a line",
            "accelerators": "Working",
        },
        title="Where the rest is lost, counted in accelerators a year",
        description="Accelerators that all dies would make, that good dies would make, that are packaged, and that work.",
    )
    return Parts(fabs.chain(), views=[bottleneck, lost, yield_models], values=_values(), source=_cited())


def _values() -> dict[str, object]:
    """What the table of the explorer names: the figures of sources, and the share of the wafers that an output needs."""

    def share(chips: float, year: int, dies_per_package: int = 2, good: float = fabs.good_dies("Huawei")) -> float:
        return float(fabs.wafers_needed(chips, dies_per_package, good) / fabs.capacity(year))

    return {
        "capacity_2025": fabs.capacity(2025),
        "capacity_2026": fabs.capacity(2026),
        "capacity_csis": fabs.capacity(2025, "SMIC"),
        "share_of_the_plan": share(fabs.flagship_plan(), 2026),
        "share_of_cambricon": share(fabs.cambricon_made(), 2025, 1, fabs.good_dies("Cambricon")),
        "share_of_cambricon_plan": share(fabs.cambricon_plan(), 2026, 1, fabs.good_dies("Cambricon")),
        "defects_910c": fabs.implied(fabs.good_dies("Huawei")),
        "defects_cambricon": fabs.implied(fabs.good_dies("Cambricon")),
        "die_mm2": fabs.die_mm2(),
        "stacks": fabs.stacks(),
        "bank": fabs.bank(),
        "packaging": fabs.packaging(),
        "lines": fabs.LINES,
        "stack_yield": data.value("fabrication", "value", quantity="stack_yield"),
        "own_memory_wafers": fabs.own_memory_wafers(),
        "yield_models": list(fabrication.YIELD_MODELS),
    }


def _cited() -> str:
    """The line of sources: the first rows on capacity, yields and stocks, and the first on fabrication."""
    production = data.load("production")
    metrics = ["wafer capacity", "yield_pct", "stockpile", "cumulative shipments"]
    rows = production[production["metric"].isin(metrics)].head(12)
    return data.cite(pd.concat([rows, data.load("fabrication")[["source"]].head(4)]))
