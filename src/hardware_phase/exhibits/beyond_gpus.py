"""Ask what a better device saves at the meter: explorers and charts of `book/energy-scale-long-game/beyond-gpus.md`."""

from __future__ import annotations

import functools

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, colour, curve, exhibit, stacked_bars, unit_axis
from explorables.explore.format import human
from explorables.explore.model import Model
from hardware_phase import data
from hardware_phase.models import beyond_gpus
from hardware_phase.sources import devices

PARTS = {
    "arithmetic_j": "Arithmetic",
    "on_chip_j": "Reading on the chip",
    "off_chip_j": "Fetching from memory",
}
BASES = ["Device or core", "Simulated, projected", "Whole package", "Product"]
DISCUSSED = [
    "ACCEL",
    "Taichi",
    "LightGen",
    "RRAM analog matrix-equation solver",
    "Carbon-nanotube TPU",
    "Photonic processor",
]


@exhibit
def token() -> Parts:
    """Energy of one token of a language model, built from the energies of operations and accesses."""
    by_batch = curve(
        "batch",
        {**PARTS, "off_chip_j": "Fetching"},
        title="The batch decides what is worth improving",
        description="Energy of a token by part against the batch, both logarithmic: arithmetic and reading are level, "
        "fetching falls with the batch.",
        x_title="Tokens that share one fetch",
        y_title="Energy per token",
        y_unit="J",
        log_y=True,
    )
    return Parts(
        beyond_gpus.token_energy,
        [token_parts, by_batch],
        values={
            "technologies": devices.technologies(),
            "formats": {name: name for name in beyond_gpus.BITS},
            "memories": devices.memories(),
            "active": devices.active_parameters(),
            "of_a_chip": f"Of all that an A100 takes at its peak it is {human(devices.arithmetic_share(), '%', 2)}.",
        },
        source=data.cite(devices.published(), limit=3)
        + " The uses for one read and the batch are yours to set; no source gives them.",
    )


def token_parts(m: Model) -> alt.LayerChart:
    """Energy of a token in three parts, each named above its bar."""
    names = list(PARTS.values())
    rows = m.rows({"part": names})
    rows["joule"] = np.stack([m.result[name] for name in PARTS])
    base = rows.chart().encode(
        y=alt.Y("part:N", sort=names, axis=None), x=alt.X("joule:Q", axis=unit_axis("J", "Energy per token"))
    )
    label = base.mark_text(align="left", dy=-8).encode(x=alt.value(0), text="part:N")
    return (base.mark_bar(color=colour["s1"], height=16, yOffset=10) + label).properties(
        title="Where the energy of a token goes, the rest of the chip left out",
        height=alt.Step(46),
        description="Three bars: arithmetic, reading on the chip, and fetching weights from memory, in joules a token.",
    )


@exhibit
def amdahl() -> Parts:
    """Energy of a site before and after a device takes over part of the accelerators' work."""
    known, claims = devices.known(), devices.claims()
    efficiency = claims["claimed_tops_per_w"]
    gpu_8bit, gpu_16bit = efficiency["H100 SXM5"], 1e-12 / devices.at_peak("NVIDIA H100 SXM5")
    before_and_after = stacked_bars(
        {"Before": "before", "After": "after"},
        ["Work replaced", "Added", "Rest of the chip", "Rest of the site"],
        unit="%",
        x_title="Energy of the site, before = 100 %",
        title="What the device leaves of the bill",
        description="Two stacked bars of the site's energy before and after: work replaced, what the device adds, the rest "
        "of the accelerator, and the rest of the site.",
        colours=[colour["s2"], colour["s4"], colour["s1"], colour["s6"]],
        columns=("when", "part", "share"),
        legend=alt.Legend(columns=2),
    )
    by_gain = curve(
        "device_gain",
        {"gain": "With this device", "ceiling": "With a perfect device"},
        title="The site's gain flattens after the first factor of ten",
        description="The site's gain against the device's gain on a log axis rises to a level line, the ceiling.",
        y_title="Energy of the site, before over after",
        y_unit="x",
    )
    checks = data.load("energy_checks").set_index("case")
    cited = [claims[["source"]], devices.trends()[["source"]], checks.loc[["gemini_prompt_tpu_energy"], ["source"]]]
    return Parts(
        functools.partial(beyond_gpus.replace_device, published=known),
        [before_and_after, by_gain],
        values={
            "accel": efficiency["ACCEL"] / gpu_8bit,
            "lightgen": efficiency["LightGen"] / gpu_8bit,
            "taichi": efficiency["Taichi"] / gpu_8bit,
            "hermes_fast": efficiency["HERMES (low-precision read)"] / gpu_8bit,
            "hermes_precise": efficiency["HERMES (high-precision read)"] / gpu_8bit,
            "lightmatter": efficiency["Photonic processor"] / gpu_16bit,
            "arithmetic_share": devices.arithmetic_share(),
            "chip_share": devices.tpu_share(),
            "progress": known["progress_high"],
        },
        source=data.cite(pd.concat(cited), limit=5)
        + " The share that fits, and what the device adds, are assumptions.",
    )


def ladder() -> alt.LayerChart:
    """Energy of operations, memories, links and the physical limit on one log scale."""
    steps = devices.ladder()
    kinds = ["Limit", "Operation", "Memory", "Link"]
    across = alt.X(
        "joule:Q",
        scale=alt.Scale(type="log", domain=[1e-21, 1e-9]),
        axis=unit_axis("J", "Energy per operation, or per bit", log="x", values=[10.0**k for k in range(-21, -8, 3)]),
    )
    base = alt.Chart(steps).encode(y=alt.Y("step:N", sort=steps["step"].tolist(), axis=None), x=across)
    tint = alt.Color(
        "kind:N",
        sort=kinds,
        legend=alt.Legend(columns=2),
        scale=alt.Scale(domain=kinds, range=[colour["accent"], colour["s1"], colour["s3"], colour["s2"]]),
    )
    checked = base.transform_filter("datum.checked").mark_point(size=90, filled=True, yOffset=9)
    others = base.transform_filter("!datum.checked").mark_point(size=90, filled=False, strokeWidth=2, yOffset=9)
    names = base.mark_text(align="left", dy=-6, limit=alt.expr("width")).encode(x=alt.value(0), text="step:N")
    return (checked.encode(color=tint) + others.encode(color=tint) + names).properties(
        height=38 * len(steps) + 60,
        title=alt.Title(
            ["Eight powers of ten lie between", "the limit and one operation"],
            subtitle=["Filled: read in a source. Hollow: estimated, derived or recalled.", data.cite(steps, limit=3)],
        ),
        description="Energy in joules on a log scale for fourteen steps: "
        + "; ".join(f"{row.step} {row.joule:.1e}" for row in steps.itertuples()),
    )


def claimed() -> alt.LayerChart:
    """Claimed operations per joule of devices and products, by what the power includes."""
    shown = devices.claims().dropna(subset=["claimed_tops_per_w"])
    shown = shown.sort_values("claimed_tops_per_w", ascending=False).copy()
    shown["basis"] = np.select(
        [
            shown["approach"].str.startswith("digital baseline"),
            shown["result_type"].isin(["simulated", "projected"]),
            shown.index == "Photonic processor",
        ],
        ["Product", "Simulated, projected", "Whole package"],
        "Device or core",
    )
    country = shown["country"].astype(str).replace("Switzerland and US", "IBM")
    shown["name"] = shown["device"] + " (" + country + ", " + shown["year"].astype(int).astype(str) + ")"
    tint = alt.Color(
        "basis:N",
        sort=BASES,
        legend=alt.Legend(columns=2),
        scale=alt.Scale(domain=BASES, range=[colour["s2"], colour["s4"], colour["s1"], colour["s6"]]),
    )
    across = alt.X(
        "claimed_tops_per_w:Q",
        scale=alt.Scale(type="log", domain=[0.1, 1e5]),
        axis=unit_axis("TOPS/W", "Claimed efficiency", log="x"),
    )
    base = alt.Chart(shown[["name", "claimed_tops_per_w", "basis"]]).encode(
        y=alt.Y("name:N", sort=shown["name"].tolist(), axis=None), x=across, color=tint
    )
    solid = "datum.basis == 'Whole package' || datum.basis == 'Product'"
    filled = base.transform_filter(solid).mark_point(size=90, filled=True, yOffset=9)
    hollow = base.transform_filter(f"!({solid})").mark_point(size=90, filled=False, strokeWidth=2, yOffset=9)
    names = base.mark_text(align="left", dy=-6, limit=alt.expr("width")).encode(
        x=alt.value(0), text="name:N", color=alt.value(colour["text"])
    )
    return (filled + hollow + names).properties(
        height=38 * len(shown) + 60,
        title=alt.Title(
            ["Only counts that stop at the device", "are orders of magnitude ahead"],
            subtitle=[
                "Filled: power of the whole package or product.",
                "Hollow: part of the power, or not measured.",
                data.cite(shown, limit=3),
            ],
        ),
        description="Claimed TOPS per watt on a log scale, each with what the power includes: "
        + "; ".join(
            f"{row['name']} {row['claimed_tops_per_w']:g}, {row['basis'].lower()}" for _, row in shown.iterrows()
        ),
    )


def caveats() -> pd.io.formats.style.Styler:
    """What the devices under discussion were shown on, and what their claims leave out."""
    table = devices.claims().loc[DISCUSSED, ["task", "result_type", "caveats"]]
    table.columns = ["shown on", "result", "what the claim leaves out"]
    styled = table.style.set_uuid("claims").set_properties(**{"text-align": "left", "white-space": "normal"})
    return styled.set_table_attributes('class="dataframe"')
