"""Test the analogy with telecom equipment: the explorers and charts of `book/energy-scale-long-game/telecom.md`."""

from __future__ import annotations

import functools

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, colour, curve, exhibit, unit_axis
from explorables.explore.model import Model
from hardware_phase import data
from hardware_phase.models import telecom
from hardware_phase.sources import networks

YEARS = np.linspace(2005, 2032, 55)


@exhibit
def rise() -> Parts:
    """A curve through Huawei's shares, by hand, beside what the data allow."""
    fits = networks.fits()
    best = {
        "mobile": fits[networks.MOBILE]["logistic"],
        "all_logistic": fits[networks.ALL]["logistic"],
        "all_bass": fits[networks.ALL]["Bass"],
    }
    return Parts(
        functools.partial(telecom.judge, table=networks.fit_table(), start=networks.START),
        [your_curve],
        values={
            "series": {name: name for name in fits},
            "shapes": {shape: shape for shape in telecom.SHAPES},
            **{f"{name}_{key}": fitted[key] for name, fitted in best.items() for key in ("ceiling", "growth")},
            **{f"{name}_midpoint": fitted["midpoint"] - 2000 for name, fitted in best.items()},
        },
        source=data.cite(networks.points(), limit=4) + " All shares are analysts' estimates; 2030 is beyond them.",
    )


def your_curve(m: Model) -> alt.LayerChart:
    """The chosen series, the region of its fit, and the reader's curve."""
    region = m.rows(networks.bands(YEARS))
    region["shown"] = np.where(
        (region["series"] == m.inputs["series"]) & (region["shape"] == m.inputs["shape"]), 1.0, 0.0
    )
    dots = m.rows(networks.points()[["time", "share", "series"]])
    dots["shown"] = np.where(dots["series"] == m.inputs["series"], 1.0, 0.0)
    line = m.rows({"time": YEARS})
    yours = [line["time"], m.inputs["ceiling"], m.inputs["growth"], 2000 + m.inputs["years_to_midpoint"]]
    line["share"] = np.where(
        m.inputs["shape"] == "Bass", telecom.s_curve(*yours, networks.START), telecom.s_curve(*yours)
    )
    x = alt.X("time:Q", axis=alt.Axis(format="d", title=None), scale=alt.Scale(nice=False))
    y = functools.partial(
        alt.Y, scale=alt.Scale(domain=[0, 0.6]), axis=unit_axis("%", "Huawei's share of the world market")
    )
    band = region.chart().transform_filter("datum.shown == 1").mark_area(color=colour["s6"], opacity=0.35)
    counts = dots.chart().transform_filter("datum.shown == 1").mark_point(color=colour["china"], size=70)
    return (
        band.encode(x=x, y=y("low:Q"), y2="high:Q")
        + line.chart().mark_line(color=colour["s1"], clip=True).encode(x=x, y=y("share:Q"))
        + counts.encode(x=x, y=y("share:Q"))
    ).properties(
        height=320,
        title="Your curve (line), the data (dots) and what the fit allows (band)",
        description="Huawei's share over the years with the region of curves that fit the data, and the reader's curve.",
    )


@exhibit
def analogy() -> Parts:
    """A share of today's that goes on as the precedent did."""
    known, best = networks.precedent(), networks.fits()[networks.MOBILE]["logistic"]
    by_closed = curve(
        "closed",
        "share",
        title="The more of the market is closed, the less is left",
        x_title="Closed part of the market",
        y_title="Share after these years",
        y_unit="%",
        height=240,
        description="Share after the chosen years against the closed part of the market: a falling line.",
    )
    return Parts(
        functools.partial(
            telecom.follow, growth_low=known["growth_low"], growth_high=known["growth_high"], published=known
        ),
        [onwards, by_closed],
        values={
            "standing": networks.standing(),
            "visits": networks.VISITS,
            "cards": networks.CARDS,
            "tokens": networks.TOKENS,
            "downloads": networks.SECOND,
            "growth": best["growth"],
            "ceiling": best["ceiling"],
            "a_third": 1 / 3,
        },
        source=data.cite(networks.present(), limit=4) + " A thought experiment, not a forecast.",
    )


def onwards(m: Model) -> alt.LayerChart:
    """The share from now on, with the interval of the precedent's growth."""
    rows = m.rows({"years": np.linspace(0, 15, 31)})
    later = m(years=rows["years"])
    rows["slow"], rows["central"], rows["fast"] = later["slow"], later["share"], later["fast"]
    x = alt.X("years:Q", axis=alt.Axis(title="Years after the last value"), scale=alt.Scale(nice=False))
    y = functools.partial(alt.Y, scale=alt.Scale(domain=[0, 0.8]), axis=unit_axis("%", "Share, if the analogy held"))
    return (
        rows.chart().mark_area().encode(x=x, y=y("slow:Q"), y2="fast:Q")
        + rows.chart().mark_line().encode(x=x, y=y("central:Q"))
    ).properties(
        title="What the precedent implies for the series you chose",
        description="A share that moves to the ceiling of the precedent, with a band for the interval of its growth.",
    )


def shares() -> alt.LayerChart:
    """Huawei's shares of the world market by time, on two bases."""
    points = networks.points()
    base = alt.Chart(points[["time", "share", "analyst", "series", "derived"]].astype({"analyst": str})).encode(
        x=alt.X("time:Q", axis=alt.Axis(format="d", title=None, tickCount=8), scale=alt.Scale(domain=[2006, 2026])),
        y=alt.Y(
            "share:Q",
            scale=alt.Scale(domain=[0, 0.4]),
            axis=unit_axis("%", "Huawei's share of the world market"),
        ),
        color=alt.Color(
            "series:N",
            legend=alt.Legend(columns=1),
            scale=alt.Scale(domain=[networks.MOBILE, networks.ALL], range=[colour["china"], colour["s1"]]),
        ),
        tooltip=["analyst:N", alt.Tooltip("share:Q", format=".0%")],
    )
    counted = base.transform_filter("!datum.derived").mark_point(filled=True, size=70)
    derived = base.transform_filter("datum.derived").mark_point(filled=False, size=70, strokeWidth=2)
    return (counted + derived).properties(
        height=320,
        title=alt.Title(
            "Most of the rise in mobile networks came before 2010",
            subtitle=["Analysts' estimates. Hollow: derived from a later share.", data.cite(points, limit=3)],
        ),
        description="Huawei's share of world revenue by year on two bases: mobile networks rise from 5 % in 2007 to 20 % in "
        "late 2009 and about 30 % since 2013; all equipment rises from 19 % in 2013 to 29 % in 2018 and 31 % in 2024.",
    )


def restrictions() -> alt.LayerChart:
    """Shares before and after restrictions, by place."""
    pairs = networks.pairs()
    bites = pd.DataFrame(
        [
            {
                "where": f"{name}, {a.year} to {b.year}",
                "before": a.share_pct / 100,
                "after": b.share_pct / 100,
                "change": "fell" if b.share_pct < a.share_pct else "rose",
            }
            for name, a, b in pairs
        ]
    )
    base = alt.Chart(bites).encode(y=alt.Y("where:N", sort=bites["where"].tolist(), axis=None))
    x = alt.X(
        "before:Q", scale=alt.Scale(domain=[0, 0.8]), axis=unit_axis("%", "Share: before (hollow), after (filled)")
    )
    tint = alt.Color(
        "change:N", legend=None, scale=alt.Scale(domain=["fell", "rose"], range=[colour["bad"], colour["good"]])
    )
    under = base.mark_point(size=90, filled=True, color=colour["paper"], yOffset=9, opacity=1)
    names = base.mark_text(align="left", dy=-7, limit=alt.expr("width"))
    cited = data.cite(pd.DataFrame([row for _, *both in pairs for row in both]), limit=3)
    return (
        base.mark_rule(strokeWidth=3, yOffset=9).encode(x=x, x2="after:Q", color=tint)
        + under.encode(x=x)
        + base.mark_point(size=90, filled=False, strokeWidth=2, yOffset=9).encode(x=x, color=tint)
        + base.mark_point(size=90, filled=True, yOffset=9).encode(x="after:Q", color=tint)
        + names.encode(x=alt.value(0), text="where:N")
    ).properties(
        height=42 * len(bites) + 40,
        title=alt.Title(
            "Europe as a whole fell, Germany did not, China and the world rose",
            subtitle=["* Huawei and ZTE together; the rest is Huawei. Analysts' estimates.", cited],
        ),
        description="Shares before and after restrictions: "
        + "; ".join(f"{row.where} {row.before:.0%} to {row.after:.0%}" for row in bites.itertuples()),
    )


def growth_of_odds() -> alt.LayerChart:
    """Growth of the odds between two counts on one basis, in telecom and in AI."""
    steps = networks.growth_of_odds()
    base = alt.Chart(steps).encode(y=alt.Y("what:N", sort=steps["what"].tolist(), axis=None))
    x = alt.X("growth:Q", title="Growth of the odds a year (0.69 doubles them)")
    tint = alt.Color(
        "group:N", legend=None, scale=alt.Scale(domain=["telecom", "AI"], range=[colour["s6"], colour["china"]])
    )
    names = base.mark_text(align="left", dy=-8, limit=alt.expr("width"))
    return (
        base.mark_bar(height=12, yOffset=9).encode(x=x, color=tint) + names.encode(x=alt.value(0), text="what:N")
    ).properties(
        height=40 * len(steps) + 40,
        title=alt.Title(
            "Cards in China rise as fast as Huawei once did; visits in the world fell",
            subtitle=[
                "Grey: telecom. Red: AI. Two estimates a bar, so no intervals.",
                data.cite(networks.present(), limit=3),
            ],
        ),
        description="Growth of the odds a year: "
        + "; ".join(f"{row.what} {row.growth:+.2f}" for row in steps.itertuples()),
    )
