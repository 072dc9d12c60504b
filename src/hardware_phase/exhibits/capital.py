"""What a share price assumes: the explorer and the charts of `book/ecosystem/capital.md`."""

from __future__ import annotations

from functools import partial
from typing import Any

import altair as alt
import numpy as np

from explorables.explore import Parts, colour, exhibit, unit_axis
from explorables.explore.model import Model
from hardware_phase import data
from hardware_phase.exhibits.wording import in_words
from hardware_phase.models import industry
from hardware_phase.sources import listings

PATH = np.arange(0, 16)  # years of the trajectory
LAST_YEAR = 40  # how far years are put into words
HALO = {"stroke": colour["paper"], "strokeWidth": 4}  # of a text that a line may cross


def first_days() -> alt.LayerChart:
    """Gains on the first day of trading, by date of listing."""
    rows = listings.listed().dropna(subset=["first_day_return_pct"]).reset_index()
    cited = data.cite(rows, limit=3)
    waves = ["Earlier", "Since December 2025"]
    rows["wave"] = np.where(rows["listing_date"] >= listings.SINCE, waves[1], waves[0])
    rows["label"] = rows["first_day_return_pct"].map("+{:.0f} %".format)
    order = rows.sort_values("listing_date")["company"].tolist()
    base = alt.Chart(rows[["company", "first_day_return_pct", "wave", "label"]]).encode(
        y=alt.Y("company:N", sort=order, title=None)
    )
    x = alt.X(
        "first_day_return_pct:Q",
        title="Gain from the offer price to the first close, %",
        scale=alt.Scale(domain=[0, 900], nice=False),
        axis=alt.Axis(values=[0, 200, 400, 600, 800]),
    )
    tint = alt.Color("wave:N", scale=alt.Scale(domain=waves, range=[colour["neutral"], colour["china"]]))
    return (
        base.mark_bar(cornerRadiusEnd=2).encode(x=x, color=tint)
        + base.mark_text(align="left", dx=6).encode(x="first_day_return_pct:Q", text="label:N")
    ).properties(
        height=alt.Step(38),
        title=alt.Title("First days: large gains in Shanghai, smaller ones in Hong Kong", subtitle=cited),
        description="Bars of the first day's gain: SMIC 202 and Cambricon 230 per cent in 2020; Moore Threads 426 and MetaX 693 per cent in December 2025; Biren 76 and Iluvatar 8 per cent in January 2026.",
    )


def nvidia_revenue() -> alt.Chart:
    """Nvidia's data-centre revenue by quarter."""
    return series_chart(
        "Nvidia",
        "data_center_revenue",
        "Billion USD",
        "Nvidia's data-centre revenue by quarter",
        "Nvidia's data-centre revenue by quarter: from under 4 billion dollars in 2022 to 75 billion in the quarter to April 2026.",
        tint=colour["us"],
        millions=1e3,
    )


def cambricon_revenue() -> alt.Chart:
    """Cambricon's revenue by quarter."""
    return series_chart(
        "Cambricon",
        "total_revenue",
        "Million CNY",
        "Cambricon's revenue by quarter",
        "Cambricon's revenue by quarter: almost nothing in early 2024, about 1.0 billion yuan in the last quarter of 2024, and 1.1 to 1.9 billion in each quarter of 2025.",
        tint=colour["china"],
    )


def series_chart(
    vendor: str, metric: str, unit: str, title: str, description: str, *, tint: str, millions: float = 1
) -> alt.Chart:
    """Quarterly revenue of one series on one basis, in units of so many millions."""
    rows = listings.quarterly(vendor, metric)
    ends = rows["period_end"].dt.strftime("%Y-%m-%d")
    quarters = alt.X("yearmonth(end):O", title="Quarter ending", axis=alt.Axis(labelAngle=-90))
    return (
        alt.Chart(rows.assign(value=rows["value_m"] / millions, end=ends)[["end", "value"]])
        .mark_bar(color=tint, width=alt.RelativeBandSize(0.7))
        .encode(x=quarters, y=alt.Y("value:Q", title=unit))
        .properties(height=240, title=alt.Title(title, subtitle=data.cite(rows, limit=3)), description=description)
    )


def down(m: Model) -> alt.LayerChart:
    """The multiple over the years at the growth set, and the normal multiple."""
    rows = m.rows({"year": [float(year) for year in PATH]})
    rows["multiple"] = m.result["multiple_by_year"]
    level = m.rows({"what": ["normal multiple"]})
    level["normal"] = m.inputs["normal_multiple"]
    x = alt.X("year:Q", axis=alt.Axis(format="d", title="Years"), scale=alt.Scale(nice=False))
    y = alt.Y(
        "multiple:Q",
        scale=alt.Scale(type="log", nice=False, padding=20),
        axis=unit_axis("x", "Price over sales", log="y"),
    )
    names = [
        level.chart()
        .mark_text(align="right", dy=10, color=colour["muted"], **look)
        .encode(x=alt.value("width"), y="normal:Q", text="what:N")
        for look in (HALO, {})
    ]
    return (
        rows.chart().mark_line(point=True).encode(x=x, y=y)
        + level.chart().mark_rule(strokeDash=[5, 4]).encode(y="normal:Q")
        + alt.layer(*names)
    ).properties(
        height=280,
        title="The multiple falls as revenue grows",
        description="Price over sales by year if the shares earn the return asked and revenue grows as set, on a log scale, with the normal multiple.",
    )


def needed(m: Model) -> alt.LayerChart:
    """The growth required against the years allowed, beside what was achieved."""
    achieved = listings.achieved()
    rows = m.rows({"years": np.linspace(1, 15, 57)})
    rows["growth"] = m(years=rows["years"])["required"]
    here = m.rows({"now": [1]})
    here["years"], here["growth"] = m.inputs["years"], m.result["required"]
    marks = m.rows({"who": list(achieved), "growth": list(achieved.values())})
    x = alt.X(
        "years:Q",
        axis=alt.Axis(format="d", title="Years until the multiple is normal"),
        scale=alt.Scale(domain=[1, 15], nice=False),
    )
    y = alt.Y(
        "growth:Q",
        scale=alt.Scale(domain=[-0.5, 2.5], nice=False),
        axis=unit_axis("%", "Growth of revenue a year"),
    )
    names = [
        marks.chart()
        .mark_text(align="right", dy=-7, color=colour["muted"], **look)
        .encode(x=alt.value("width"), y=y, text="who:N")
        for look in (HALO, {})
    ]
    return (
        marks.chart().mark_rule(strokeDash=[2, 3]).encode(y=y)
        + alt.layer(*names)
        + rows.chart().mark_line(color=colour["accent"], clip=True).encode(x=x, y=y)
        + here.chart().mark_point(size=110, color=colour["text"], clip=True).encode(x=x, y=y)
    ).properties(
        height=300,
        title="The growth that the price requires",
        description="Growth of revenue a year that the price requires against the years allowed, with the growth that Cambricon and Nvidia's data-centre business achieved.",
    )


@exhibit
def price() -> Parts:
    """The growth of revenue that a price needs to pay off, and how long you wait at a growth that you believe in."""
    achieved = listings.achieved()
    growth = partial(industry.assumed_growth, market=listings.forecast(), achieved=achieved, path=PATH)

    def model(**settings: Any) -> dict[str, Any]:
        found = growth(**settings)
        above = f"not within {LAST_YEAR} years at this growth"
        return found | {"years_text": in_words(found["wait"], "years", step=1, last=LAST_YEAR, below="", above=above)}

    grown = {who: f"{who} ({100 * rate:.0f} % a year)" for who, rate in achieved.items()}
    values = {
        "offers": listings.offers(),
        "cambricon_growth": round(achieved["Cambricon, 2020 to 2025"], 2),
        "verdicts": {
            "none": "Needs no growth",
            **{who: f"Below {said}" for who, said in grown.items()},
            "more": f"Above {list(grown.values())[-1]}",
        },
    }
    cited = data.cite(listings.listings().loc[listings.COMPANIES])
    return Parts(model, views=[needed, down], values=values, source=cited)
