"""How much AI compute China has installed: the explorer and the chart of `book/controls-efficiency-adoption/compute-gap.md`."""

from __future__ import annotations

from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import colour, unit_axis
from explorables.explore.exhibit import Parts, exhibit
from explorables.explore.model import Model
from hardware_phase import data
from hardware_phase.models import compute_gap
from hardware_phase.sources import flows

LABELS = {
    "legal": "Legal imports",
    "smuggled": "Smuggled",
    "ascend": "Huawei Ascend",
    "other": "Other Chinese chips",
    "abroad": "Rented abroad",
}
OWNERS = {"China, legal Nvidia chips": colour["china"], "Named US companies": colour["us"]}
YEARS = compute_gap.YEARS.tolist()


def stocks() -> alt.LayerChart:
    """What Epoch AI counts in China and at named US companies, with intervals, by year."""
    tables = (flows.cumulative(f"compute owned {where}") for where in ("in China", "by named US companies"))
    both = pd.concat([table.assign(owner=owner) for table, owner in zip(tables, OWNERS, strict=True)]).reset_index()
    tint = alt.Color("owner:N", scale=alt.Scale(domain=list(OWNERS), range=list(OWNERS.values())))
    shape = alt.Shape("owner:N", scale=alt.Scale(domain=list(OWNERS)))
    across = alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0))
    base = alt.Chart(both.drop(columns="source")).encode(x=across, color=tint)
    up = alt.Y(
        "low:Q",
        scale=alt.Scale(type="log"),
        axis=unit_axis("", "H100 equivalents at the end of the year", log="y"),
    )
    chart = base.mark_rule(strokeWidth=3).encode(y=up, y2="high:Q") + base.mark_point().encode(y="units:Q", shape=shape)
    return chart.properties(
        height=300,
        title=alt.Title("Legal imports slowed while the American stock grew", subtitle=data.cite(both)),
        description="Cumulative H100 equivalents of Nvidia chips owned in China and of AI chips owned by six named US "
        "companies, 2022 to 2025, with intervals, on a log scale.",
    )


def by_source(m: Model) -> alt.LayerChart:
    """The Chinese stock by source, with the band of the sources."""
    count = len(YEARS)
    rows = m.rows(
        {
            "year": YEARS * len(LABELS),
            "source": [label for label in LABELS.values() for _ in range(count)],
            "order": [i for i in range(len(LABELS)) for _ in range(count)],
        }
    )
    rows["value"] = np.concatenate([m.result[name] for name in LABELS])
    band = m.rows({"year": YEARS})
    band["low"], band["high"] = m.result["china_low"], m.result["china_high"]
    x = alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0))
    tints = [colour.series[i] for i in (0, 4, 1, 2, 3)]
    bars = (
        rows.chart()
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("value:Q", axis=unit_axis("", "H100 equivalents", tickCount=6)),
            color=alt.Color("source:N", scale=alt.Scale(domain=list(LABELS.values()), range=tints)),
            order="order:Q",
            opacity=alt.condition(f"datum.year <= {compute_gap.LAST}", alt.value(1), alt.value(0.55)),
        )
    )
    span = band.chart().mark_rule(strokeWidth=2, color=colour["text"]).encode(x=x, y="low:Q", y2="high:Q")
    return (bars + span).properties(
        height=320,
        title="China's installed compute by source (paler: your settings)",
        description="Stacked bars of installed H100 equivalents in China from 2022 to 2030 by source, with the interval "
        "of the sources.",
    )


def against_us(m: Model) -> alt.LayerChart:
    """Both stocks on a log scale with their bands."""
    sides = {"China": ("china", colour["china"]), "Named US companies": ("us", colour["us"])}
    x = alt.X(
        "year:Q",
        axis=alt.Axis(title=None, format="d", values=[2022, 2024, 2026, 2028, 2030]),
        scale=alt.Scale(nice=False),
    )
    up = alt.Y("low:Q", scale=alt.Scale(type="log"), axis=unit_axis("", "H100 equivalents", log="y"))
    layers = []
    for label, (name, tint) in sides.items():
        rows = m.rows({"year": YEARS, "label": [label if year == 2028 else "" for year in YEARS]})
        rows["low"], rows["middle"], rows["high"] = (m.result[key] for key in (f"{name}_low", name, f"{name}_high"))
        base = rows.chart().encode(x=x)
        # A name stands to the left of its year, where the rising band leaves room.
        text = base.mark_text(align="right", dy=-24, color=tint, fontWeight="bold")
        layers += [
            base.mark_area(color=tint, opacity=0.25).encode(y=up, y2="high:Q"),
            base.mark_line(color=tint).encode(y="middle:Q"),
            text.encode(y="middle:Q", text="label:N"),
        ]
    return alt.layer(*layers).properties(
        height=320,
        title="China's stock against that of named US companies",
        description="Installed H100 equivalents in China and at named US companies, 2022 to 2030, on a log scale with bands.",
    )


@exhibit
def gap() -> Parts:
    """China's installed compute by source under other rules, smuggling and output, and the gap to US companies."""
    start = flows.as_it_was()
    sources = [flows.cumulative(f"compute owned {where}") for where in ("in China", "by named US companies")]
    return Parts(
        partial(compute_gap.compute_gap, known=flows.known()),
        [by_source, against_us],
        {
            **start,
            **{name: np.datetime64(int(start[name]), "D").item() for name in ("rule_day", "h20_last_day")},
            "approved": flows.approved(),
        },
        data.cite(pd.concat([*sources, flows.smuggling()]).reset_index()),
    )
