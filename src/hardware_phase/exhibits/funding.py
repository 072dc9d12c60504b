"""What public money buys: the explorer and the chart of `book/acceleration/funding.md`."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, bars, colour, exhibit, unit_axis
from explorables.explore.model import Model
from hardware_phase import data
from hardware_phase.sources import programmes

COUNTRIES = alt.Scale(domain=["China", "United States"], range=[colour["china"], colour["us"]])
LEFT = [
    "Big Fund III",
    "CHIPS Act",
    "US tax credit",
    "ICBC fund, all tech",
    "Venture fund, all tech",
    "Package, 28 to 70",
]
# Where a name stands beside its mark: alignment, and pixels to the right and down.
PLACES = [
    ("datum.side == 'right'", "left", 9, 0),
    ("datum.side == 'left' && datum.usd_bn > 15", "right", -9, 0),
    ("datum.side == 'left' && datum.usd_bn < 15 && datum.usd_bn > 12", "right", -9, -8),
    ("datum.usd_bn <= 12", "right", -9, 9),
]


def timeline() -> alt.LayerChart:
    """Programmes by date and size; what was only discussed is hollow, with its range."""
    shown = programmes.charted()
    rows = shown.assign(
        day=shown["date"].dt.strftime("%Y-%m-%d"),
        side=np.where(shown["name"].isin(LEFT), "left", "right"),
        mark=np.where(shown["state"] == "decided", shown["usd_bn"], shown["high"]),
    )
    columns = ["name", "day", "country", "state", "side", "usd_bn", "low", "high", "mark"]
    x = alt.X(
        "day:T",
        axis=alt.Axis(title=None, format="%Y", tickCount=7),
        scale=alt.Scale(type="utc", domain=["2013-01-01", "2027-06-01"]),
    )
    base = alt.Chart(rows[columns]).encode(x=x, color=alt.Color("country:N", scale=COUNTRIES))
    y = alt.Y("mark:Q", axis=unit_axis("", "Billion dollars"), scale=alt.Scale(domain=[0, 75]))
    plan = base.transform_filter("datum.state != 'decided'")
    names = [
        base.transform_filter(test)
        .mark_text(align=align, dx=dx, dy=dy, color=colour["text"])
        .encode(y="mark:Q", text="name:N", color=alt.value(colour["text"]))
        for test, align, dx, dy in PLACES
    ]
    ends = plan.transform_fold(["low", "high"], as_=["end", "at"])
    return alt.layer(
        base.transform_filter("datum.state == 'decided'").mark_point(size=110).encode(y=y),
        plan.mark_rule(strokeDash=[4, 3], strokeWidth=2).encode(y=alt.Y("low:Q"), y2="high:Q"),
        ends.mark_point(filled=False, size=110, strokeWidth=2).encode(y=alt.Y("at:Q")),
        *names,
    ).properties(
        height=340,
        title=alt.Title(
            "The largest Chinese sum was only discussed",
            subtitle=["Filled: decided. Hollow, with its range: only discussed.", data.cite(shown, limit=3)],
        ),
        description="Public programmes for chips by date and billions of dollars, from Big Fund I in 2014 to the package of December 2025, which is hollow because it was only discussed.",
    )


def _programmes() -> pd.DataFrame:
    """Programmes in dollars, by their label; the one that was only discussed at the upper end of its range."""
    shown = programmes.charted()
    discussed = shown["state"] == "only discussed"
    rows = shown[["label", "country", "state"]].assign(usd=shown["usd_bn"] * 1e9)
    rows.loc[discussed, "usd"] = programmes.package()[1]
    rows["label"] = rows["label"].str.replace("Package, 28 to 70", "Package, upper end")
    rows["said"] = rows["label"].where(~discussed, rows["label"] + ", only discussed")
    return rows


def beside(m: Model) -> alt.LayerChart:
    """The wafer capacity that each programme would build if it were spent like the reader's amount."""
    known = _programmes()
    rows = m.rows(known)
    rows["wafers"] = m(amount=rows["usd"])["wafers_per_month"]
    yours = m.rows({"label": ["Your amount"]})
    yours["wafers"] = m.result["wafers_per_month"]
    expected = "China's 7 nm capacity in 2027, expected"
    china = m.rows({"label": [expected], "wafers": [programmes.expected_wafers()]})
    order = ["Your amount", *known["label"], expected]
    y = alt.Y("label:N", sort=order, scale=alt.Scale(domain=order), axis=None)
    x = alt.X("wafers:Q", axis=unit_axis("", "Wafers a month"))
    base = rows.chart().encode(y=y)
    bar, name = {"height": 10, "yOffset": 9}, {"align": "left", "dy": -6}
    wide = {**name, "limit": alt.expr("width")}
    decided = alt.condition("datum.state == 'decided'", alt.value(1), alt.value(0.45))
    return (
        base.mark_bar(**bar).encode(x=x, color=alt.Color("country:N", scale=COUNTRIES), opacity=decided)
        + yours.chart().mark_bar(**bar, color=colour["accent"]).encode(y=y, x=x)
        + base.mark_text(**wide).encode(x=alt.value(0), text="said:N")
        + yours.chart().mark_text(**name, fontWeight=600).encode(y=y, x=alt.value(0), text="label:N")
        + china.chart().mark_bar(**bar, color=colour["neutral"]).encode(y=y, x=x)
        + china.chart().mark_text(**wide).encode(y=y, x=alt.value(0), text="label:N")
    ).properties(
        height=alt.Step(40),
        title="Capacity that each programme would build, spent like yours",
        description="Wafer capacity a month that each Chinese and American programme would build if it were split and spent like the chosen amount, with the capacity that is expected for 2027.",
    )


@exhibit
def money() -> Parts:
    """What an amount buys if it is split between fabs, finished chips and research."""
    split = bars(
        {"fab_usd": "Fabs", "chip_usd": "Finished chips", "research_usd": "Research"},
        unit="$",
        title="Where the money goes",
        description="The amount by what it is spent on, in dollars.",
    )
    low, high = programmes.package()
    values = {
        "third_fund": programmes.named()["Big Fund III"] * 1e9,
        "three_funds": programmes.three_funds() * 1e9,
        "chips_act": programmes.named()["CHIPS Act"] * 1e9,
        "package_low": low,
        "package_high": high,
        "nodes": programmes.nodes(),
        "laboratories": programmes.laboratories(),
        "chips": programmes.chips(),
    }
    costs = data.load("fabrication")
    costs = costs[costs["quantity"].isin(["capital_per_wafer_year", "rd_spending"])]
    cited = data.cite(pd.concat([programmes.charted()[["source"]], costs[["source"]]]))
    return Parts(programmes.spend(), views=[split, beside], values=values, source=cited)
