"""Who sells the chips: the explorer and the charts of `book/ecosystem/market.md`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, colour, curve, exhibit, unit_axis
from explorables.explore.model import Model
from explorables.explore.theme import number_text
from hardware_phase import data
from hardware_phase.exhibits.wording import coverage_words
from hardware_phase.models import industry
from hardware_phase.sources import vendors

GROUPS = {"All Chinese vendors": "china", "Huawei": "s5", "Nvidia": "us", "AMD": "s3"}
WATCHED = {  # settings whose range in the sources is known
    "bank_dies": "Stored dies",
    "die_yield": "Yield",
    "wafers": "Wafers",
    "imports": "Imports",
    "demand": "Demand",
}
LEFT, UNSOLD = "Demand not met", "Domestic cards unsold"

Place = tuple[str, int, int]
"""Where a label stands beside its point: alignment, and pixels to the right and down."""


def idc_shares() -> alt.LayerChart:
    """Shares of cards by IDC."""
    return share_chart(
        vendors.shares("IDC", "units"),
        "Share of accelerator cards shipped in China (IDC)",
        "Shares of cards by IDC: all Chinese vendors rise from 10 per cent in the first half of 2023 to 41 in 2025; Nvidia falls from 70 in 2024 to 55 in 2025.",
        2025,
        {
            "All Chinese vendors": ("right", -9, -7),
            "Huawei": ("left", 9, 0),
            "Nvidia": ("left", 9, -9),
            "AMD": ("left", 9, 0),
        },
    )


def bernstein_shares() -> alt.LayerChart:
    """Shares of money by Bernstein."""
    return share_chart(
        vendors.shares("Bernstein", "value"),
        "Share of sales in money (Bernstein)",
        "Shares of money by Bernstein: Nvidia falls from 66 per cent in 2024 to 39 in 2025 and a forecast 8 in 2026; all Chinese vendors rise from 19 in 2023 to a forecast 93 in 2028.",
        2028,
        {
            "All Chinese vendors": ("right", -9, -7),
            "Huawei": ("left", 9, 9),
            "Nvidia": ("right", -9, 9),
            "AMD": ("left", 9, -7),
        },
    )


def share_chart(
    rows: pd.DataFrame, title: str, description: str, last: int, labels: Mapping[str, Place]
) -> alt.LayerChart:
    """Shares on one basis by one firm: a line a vendor through the estimates, triangles for forecasts.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of the table `market_share`.
    title, description : str
        What it shows, and the same for those who do not see it.
    last : int
        Last year of the axis.
    labels : mapping
        Vendor to the place of its labels.
    """
    cited = data.cite(rows, limit=3)
    rows = rows[rows["vendor"].isin(GROUPS)].copy()
    rows["when"] = rows["year"] + np.where(rows["period"] == "first half", 0.25, 0.5)
    rows["said"] = np.where(rows["kind"] == "forecast", "Forecast", "Estimate")
    rows["label"] = rows["share_pct"].map("{:.0f} %".format)
    rows["vendor"] = rows["vendor"].astype(str)
    rows = rows[["vendor", "when", "share_pct", "said", "label"]]
    names = [name for name in GROUPS if name in set(rows["vendor"])]
    tint = alt.Color(
        "vendor:N",
        scale=alt.Scale(domain=names, range=[colour[GROUPS[name]] for name in names]),
        legend=alt.Legend(symbolOpacity=1),
    )
    years = alt.Axis(format="d", title="Middle of the period", values=list(range(2023, last + 2)))
    base = alt.Chart(rows).encode(
        x=alt.X("when:Q", scale=alt.Scale(domain=[2022.5, last + 1], nice=False), axis=years),
        y=alt.Y("share_pct:Q", scale=alt.Scale(domain=[0, 100]), title="Share, %"),
        color=tint,
    )
    # A shape has no colour of its own.
    plain = {"symbolFillColor": colour["neutral"], "symbolStrokeColor": colour["neutral"]}
    shape = alt.Shape(
        "said:N",
        scale=alt.Scale(domain=["Estimate", "Forecast"], range=["circle", "triangle-up"]),
        legend=alt.Legend(orient="bottom", **plain),
    )
    texts = [
        base.transform_filter(f"datum.vendor == '{name}'")
        .mark_text(align=labels[name][0], dx=labels[name][1], dy=labels[name][2])
        .encode(text="label:N", color=alt.value(colour["text"]))
        for name in names
    ]
    return alt.layer(
        base.mark_line(opacity=0.35).encode(detail="vendor:N"), base.mark_point(size=80).encode(shape=shape), *texts
    ).properties(height=360, title=alt.Title(title, subtitle=cited), description=description)


def sales(m: Model) -> alt.LayerChart:
    """Cards sold by vendor, demand left over, and domestic cards without a buyer."""
    names = [*vendors.CHINESE, vendors.OTHERS]
    order = [*names, *vendors.IMPORTERS, LEFT, UNSOLD]
    groups = ["Chinese"] * len(names) + ["American"] * 2 + ["Left over"] * 2
    rows = m.rows({"who": order, "group": groups})
    sold = m.result["sales"]
    # The small vendors of the model are one row here.
    ours = [*(sold[i] for i in range(4)), np.sum(sold[4:-2])]
    rows["cards"] = np.stack([*ours, sold[-2], sold[-1], m.result["unmet"], m.result["unsold"]])
    base = (
        rows.chart()
        .transform_calculate(label=number_text("datum.cards"), room="max(datum.cards * 1.3, 1)")
        .encode(y=alt.Y("who:N", sort=order, axis=alt.Axis(title=None)))
    )
    tints = alt.Scale(
        domain=["Chinese", "American", "Left over"], range=[colour["china"], colour["us"], colour["neutral"]]
    )
    x = alt.X("cards:Q", axis=unit_axis("", "Cards a year"), scale=alt.Scale(domainMin=0))
    return (
        base.mark_bar(cornerRadiusEnd=2).encode(x=x, color=alt.Color("group:N", legend=None, scale=tints))
        + base.mark_text(align="left", dx=6).encode(x="cards:Q", text="label:N")
        + base.mark_point(opacity=0, size=1).encode(x="room:Q")
    ).properties(
        height=320,
        title="Who sells how many cards",
        description="Cards a year by vendor, with demand that is not met and domestic cards without a buyer.",
    )


@exhibit
def supply_and_demand() -> Parts:
    """Who sells how many cards in a year, and what imports do to the share and the concentration."""
    cards, total, yields = vendors.cards(), vendors.total(), vendors.yields()
    importers = cards[vendors.IMPORTERS]
    wafers = vendors.wafers_for(cards["All Chinese vendors"])
    model = partial(
        industry.market,
        die_mm2=vendors.die_mm2(),
        other_domestic=vendors.other_domestic(),
        importers=list(importers / importers.sum()),
        covered=vendors.covered(),
    )
    shares = curve(
        "imports",
        {"share": "Share of cards", "value_share": "Share of money"},
        y_unit="%",
        y_title="Domestic share",
        y_domain=[0, 1],
        title="The domestic share against imports",
        description="Domestic share in cards and in money against the imported cards that may be sold.",
    )
    concentration = curve(
        "imports",
        {"hhi": "Herfindahl index"},
        y_domain=[0, 10_000],
        title="Concentration of the market against imports",
        description="Herfindahl index of all sales against the imported cards that may be sold.",
    )
    values = {
        "demand": total,
        "imports": importers.sum(),
        "wafers": wafers,
        "die_yield": float(yields["Ascend 910C", 2025]),
        "scopes": {"no_market": "Nothing is sold: there is no market to share", **coverage_words(WATCHED)},
        "first": list(industry.FIRST),
        "dies_per_card": vendors.dies_per_card(),
        "leader_share": float(cards["Huawei"] / cards["All Chinese vendors"]),
        "price_ratio": vendors.price_ratio(),
        "in_2024": vendors.settings_2024(),
        "yield_2024": float(yields["Ascend 910C", 2024]),
        "best_yield": float(yields.max()),
        "twice_the_wafers": 2 * wafers,
    }
    sources = [
        vendors.IDC_2025,
        "netease_2026_enflame",
        "exportsemi_2025_idc",
        "laotiantimes_2025_digitimes",
        "semianalysis_2025_ascend_digest",
    ]
    production = data.load("production")
    cited = data.cite(production[production["source"].isin(sources)])
    return Parts(model, views=[sales, shares, concentration], values=values, source=cited)
