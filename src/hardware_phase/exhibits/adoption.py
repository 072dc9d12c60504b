"""Who uses Chinese models, and why: the explorers and charts of `book/controls-efficiency-adoption/adoption.md`."""

from __future__ import annotations

from functools import partial
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import colour, curve, unit_axis
from explorables.explore.exhibit import Parts, exhibit
from explorables.explore.model import Model
from hardware_phase import data
from hardware_phase.models import adoption, times
from hardware_phase.sources import shares
from hardware_phase.sources.map import world_map

KINDS = {"not restricted": (colour["s1"], "circle"), "American services restricted": (colour["bad"], "triangle-up")}
STEPS = {
    "with_pull": "Pull alone",
    "with_price": "and price",
    "with_quality": "and quality",
    "with_access": "and access",
}
USERS = {"All AI": (colour["neutral"], [1, 0]), "Chinese models": (colour["china"], [6, 3])}
NARROW = "width < 480"


def classes() -> alt.LayerChart:
    """Every economy as a dot, by region and by class of DeepSeek's share."""
    dots, order = shares.in_classes(), list(shares.REGIONS)
    dots["place"] = dots.groupby(["region", "column"]).cumcount()
    dots["row"] = dots["region"].map(order.index)
    dots["x"] = dots["column"] + 0.12 + 0.15 * (dots["place"] % 6)
    dots["y"] = dots["row"] + 0.42 + 0.15 * (dots["place"] // 6)
    across = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, 6], nice=False),
        axis=alt.Axis(
            title="DeepSeek's share of chatbot use, second half of 2025",
            values=[k + 0.5 for k in range(6)],
            ticks=False,
            grid=False,
            labelExpr=f"{list(shares.CLASSES)}[floor(datum.value)]",
            labelOverlap=False,
            labelFontSize=alt.expr(f"{NARROW} ? 9 : 12"),
        ),
    )
    down = alt.Y("y:Q", scale=alt.Scale(domain=[len(order), 0], nice=False), axis=None)
    tints, marks = (list(look) for look in zip(*KINDS.values(), strict=True))
    points = alt.Chart(dots[["country", "iso3", "x", "y", "kind"]]).mark_point(size=alt.expr(f"{NARROW} ? 18 : 45"))
    heads = pd.DataFrame({"region": order, "x": 0.05, "y": np.arange(len(order)) + 0.18})
    chart = (
        alt.Chart(pd.DataFrame({"y": range(len(order))})).mark_rule(color=colour["line"]).encode(y=down)
        + alt.Chart(heads).mark_text(align="left", fontWeight="bold").encode(x=across, y=down, text="region")
        + points.encode(
            x=across,
            y=down,
            tooltip=["country"],
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=list(KINDS), range=marks)),
            color=alt.Color("kind:N", scale=alt.Scale(domain=list(KINDS), range=tints)),
        )
        + _names(dots, 5, 0.98, across, down, align="right", fontSize=11)
        + _names(dots, 4, 0.05, across, down, align="left", fontSize=alt.expr(f"{NARROW} ? 9 : 11"))
    )
    return chart.properties(
        height=560,
        title=alt.Title(
            "Above a quarter only where American services are restricted",
            subtitle=data.cite(shares.deepseek(), limit=3),
        ),
        description="Dots for 145 economies in rows by region and columns by class of DeepSeek's share. Most of the "
        "Americas lie at 5 % or less, most of Africa at 6 to 15 %. Only Belarus, Cuba, Russia and China lie above 40 %, "
        "and American services are restricted in all four.",
    )


def _names(dots: pd.DataFrame, column: int, dx: float, across: alt.X, down: alt.Y, **look: Any) -> alt.Chart:
    """The names of the economies in one class, below their dots."""
    there = dots[dots["column"] == column].groupby(["region", "column", "row"])["country"].agg(", ".join).reset_index()
    there["x"], there["y"] = there["column"] + dx, there["row"] + 0.72
    return alt.Chart(there).mark_text(**look).encode(x=across, y=down, text="country")


def share_map() -> Any:
    """The classes of DeepSeek's share on a map of the world."""
    economies = shares.in_classes().set_index("iso3")
    return world_map(
        economies["column"].astype(int),
        [name if "%" in name else f"{name} %" for name in shares.CLASSES],
        economies["country"],
        title="DeepSeek's share of chatbot use, second half of 2025",
        description="World map by class of DeepSeek's share. Solid: Belarus, China, Cuba and Russia, over 40 per cent. "
        "Dense patterns in Iran, Syria, Turkmenistan and a few African countries, looser ones in most of Africa and Asia; "
        "the Americas but for Cuba, most of Western Europe, India and Australia are at 10 per cent or less.",
        source=data.cite(shares.deepseek(), limit=3) + " Outlines: Natural Earth.",
    )


def web_visits() -> alt.LayerChart:
    """Chinese services in web visits to AI services, by period."""
    web = shares.web_visits()
    base = alt.Chart(web.drop(columns="source")).encode(x=alt.X("when:O", axis=alt.Axis(title=None, labelAngle=0)))
    up = alt.Y(
        "high:Q",
        scale=alt.Scale(domain=[0, 16]),
        axis=alt.Axis(title="Per cent of visits to the sites of 20 AI services", tickCount=4),
    )
    bars = base.mark_bar(color=colour["china"]).encode(y=up)
    return (bars + base.mark_text(dy=-8).encode(y="high:Q", text="label")).properties(
        height=220,
        title=alt.Title("Consumers: Chinese services rose after R1 and fell back by half", subtitle=data.cite(web)),
        description="Share of Chinese services in web visits to AI services: 2 to 3 per cent in 2024, 13 in February "
        "2025, 6 in August 2025.",
    )


def tokens() -> alt.LayerChart:
    """Chinese models in the tokens that OpenRouter passes on, by month or longer period."""
    router = shares.openrouter()
    base = alt.Chart(router.drop(columns="source")).encode(
        x=alt.X(
            "utcyearmonth(from):T",
            scale=alt.Scale(padding=20),
            axis=alt.Axis(title=None, format="%b %Y", tickCount=4),
        ),
        y=alt.Y(
            "at:Q",
            scale=alt.Scale(domain=[0, 60]),
            axis=alt.Axis(title="Per cent of OpenRouter's tokens", tickCount=4),
        ),
        color=alt.Color("counted:N", scale=alt.Scale(range=colour.series[:2])),
        tooltip=["period", "at"],
    )
    month = base.transform_filter("datum.from == datum.to").mark_point(size=90)
    spans = base.mark_rule(strokeWidth=5).encode(x2="utcyearmonth(to):T")
    return (spans + month.encode(shape=alt.Shape("counted:N", legend=None))).properties(
        height=260,
        title=alt.Title(
            "Developers: Chinese models rose to nearly half of one platform", subtitle=data.cite(router, limit=4)
        ),
        description="Share of Chinese models in the tokens that OpenRouter passes on, from about one per cent in late "
        "2024 to 45 to 47 in mid 2026.",
    )


# ----------------------------------------------------------------------------------------------------
# Where do Chinese models dominate?


def by_region(m: Model) -> alt.LayerChart:
    """Mean share by region with the interval of the classes, and the threshold."""
    order = list(shares.REGIONS)
    rows = m.rows({"region": order})
    for name, output in (("mean", "mean"), ("low", "mean_low"), ("high", "mean_high")):
        rows[name] = m.result[output]
    rows["above"], rows["economies"] = m.result["above"], m.result["economies"]
    limit = m.rows({"what": ["threshold"]})
    limit["at"] = m.inputs["threshold"]
    label = "format(datum.mean, '.1%') + ' (' + datum.above + '/' + datum.economies + ')'"
    base = rows.chart().transform_calculate(label=label).encode(y=alt.Y("region:N", sort=order, axis=None))
    across = alt.X(
        "low:Q",
        scale=alt.Scale(domain=[0, 0.62], nice=False),
        axis=unit_axis("%", "Mean share of DeepSeek", tickCount=6),
    )
    left, right = (base.transform_filter(f"datum.high {test} 0.25") for test in ("<", ">="))
    texts = [
        (base, {"align": "left", "dy": -7, "fontWeight": "bold"}, alt.value(0), "region:N"),
        (left, {"align": "left", "dx": 8, "yOffset": 9}, "high:Q", "label:N"),
        (right, {"align": "right", "dx": -8, "yOffset": 9}, "low:Q", "label:N"),
    ]
    halo = {"stroke": colour["paper"], "strokeWidth": 4}, {}
    names = [part.mark_text(**place, **look).encode(x=x, text=text) for part, place, x, text in texts for look in halo]
    dashed = limit.chart().mark_rule(strokeDash=[5, 4], strokeWidth=2, color=colour["bad"])
    chart = (
        dashed.encode(x="at:Q")
        + base.mark_rule(strokeWidth=5, color=colour["s1"], yOffset=9).encode(x=across, x2="high:Q")
        + base.mark_point(size=90, color=colour["text"], yOffset=9).encode(x="mean:Q")
        + alt.layer(*names)
    )
    return chart.properties(
        height=alt.Step(42),
        title="Mean share (economies above/all), and your threshold (dashed)",
        description="Mean share of DeepSeek in seven regions with the interval of the classes, and the chosen threshold "
        "as a dashed line.",
    )


@exhibit
def regions() -> Parts:
    """In which regions DeepSeek's mean share lies above a threshold, by how economies are weighed and classes are read."""
    deepseek = shares.deepseek()
    everybody, unrestricted = (shares.regions(rows) for rows in (deepseek, deepseek[~deepseek["restricted"]]))

    def tested(*, restricted: Any, **settings: Any) -> dict[str, Any]:
        with_them, without = (adoption.region_shares(regions=group, **settings) for group in (everybody, unrestricted))
        return {name: np.where(restricted, with_them[name], without[name]) for name in with_them}

    return Parts(tested, [by_region], source=data.cite(deepseek, limit=3))


# ----------------------------------------------------------------------------------------------------
# Choose between a Chinese and an American model


def steps(m: Model) -> alt.LayerChart:
    """The share as one lever after the other is counted."""
    rows = m.rows({"step": list(STEPS.values())})
    rows["share"] = np.stack([m.result[name] for name in STEPS])
    base = rows.chart().transform_calculate(label="format(datum.share, '.1%')")
    base = base.encode(y=alt.Y("step:N", sort=list(STEPS.values()), axis=alt.Axis(title=None)))
    across = alt.X(
        "share:Q",
        scale=alt.Scale(domain=[0, 1.2], nice=False),
        axis=unit_axis("%", "Share of use that goes to Chinese models", values=[0, 0.25, 0.5, 0.75, 1]),
    )
    bars = base.mark_bar(cornerRadiusEnd=2, color=colour["china"]).encode(x=across)
    return (bars + base.mark_text(align="left", dx=5).encode(x="share:Q", text="label:N")).properties(
        height=alt.Step(34),
        title="What each lever adds to the share of Chinese models",
        description="Share of Chinese models with pull alone, and with price, quality and access added one after the "
        "other.",
    )


@exhibit
def choice() -> Parts:
    """The share of Chinese models from pull, price, quality and access, by the logit model of choice."""
    span, deepseek, barred = shares.elasticity_range(), shares.deepseek(), shares.barred()
    by_price = curve(
        "price_ratio",
        {"share": "Share of Chinese models"},
        title="Share of Chinese models against the price ratio",
        y_title="Share of Chinese models",
        y_unit="%",
        y_domain=[0, 1],
        colours=[colour["china"]],
        description="Share of Chinese models against the price of the American model over that of the Chinese one.",
    )
    return Parts(
        partial(adoption.chinese_share, elasticities={end: span[end] for end in ("low", "high")}),
        [steps, by_price],
        {
            "pull": shares.fitted(20_000),
            "price_ratio": shares.price_ratio(),
            "central_elasticity": span["central"],
            "low_elasticity": span["low"],
            "pull_low_income": shares.fitted(2_000),
            "pull_russia": shares.fitted(deepseek.loc["RUS", "income"]),
            "barred_russia": barred["RUS"],
            "pull_belarus": shares.fitted(deepseek.loc["BLR", "income"]),
            "barred_belarus": barred["BLR"],
        },
        data.cite(shares.elasticities()),
    )


# ----------------------------------------------------------------------------------------------------
# Spread of AI use


def use_over_time(m: Model) -> alt.LayerChart:
    """Use of AI over time with the observed points, and the part of Chinese models."""
    rows = m.rows({"year": np.linspace(2022.75, 2035, 50)})
    swept = m(day=(rows["year"] - 1970) * times.DAYS_PER_YEAR)
    rows["All AI"], rows["Chinese models"] = swept["share"], swept["chinese"]
    place = m.inputs["place"]
    seen = m.rows({"period": list(shares.PERIODS)})
    seen["when"] = np.stack([place[time] for time in ("t1", "t2", "t3")])
    seen["share"] = np.stack([place[key] for key in ("h1", "h2", "q1")])
    tints, dashes = (list(look) for look in zip(*USERS.values(), strict=True))
    line = rows.chart().transform_fold(list(USERS), as_=["what", "value"]).mark_line()
    line = line.encode(
        x=alt.X(
            "year:Q",
            scale=alt.Scale(domain=[2022.5, 2035], nice=False),
            axis=alt.Axis(title=None, format="d", values=[2023, 2026, 2029, 2032, 2035]),
        ),
        y=alt.Y("value:Q", scale=alt.Scale(domain=[0, 1]), axis=unit_axis("%", "People of working age who use it")),
        color=alt.Color("what:N", scale=alt.Scale(domain=list(USERS), range=tints)),
        strokeDash=alt.StrokeDash("what:N", scale=alt.Scale(domain=list(USERS), range=dashes)),
    )
    dots = seen.chart().mark_point(size=80, color=colour["text"]).encode(x="when:Q", y="share:Q")
    return (line + dots).properties(
        height=320,
        title="Three observed points, and a curve through them",
        description="Modelled share of people who use AI from 2023 to 2035, with three observed points and the part that "
        "uses Chinese models.",
    )


@exhibit
def spread() -> Parts:
    """How use of AI may spread in a place, by the Bass model through three observed points, and the part of Chinese models."""
    table, averages = data.load("adoption"), shares.bass_averages()
    china = shares.middle()["CHN"]

    def preset(name: str, ceiling: float, chinese: float) -> dict[str, Any]:
        best = shares.fit_bass(name, ceiling)
        return {"place": name, "p": best["p"], "q": best["q"], "ceiling": ceiling, "chinese_share": chinese}

    start = preset("Global South", 0.5, shares.fitted(5_000))
    return Parts(
        adoption.diffusion,
        [use_over_time],
        {
            **start,
            "places": shares.places(),
            "Global South, ceiling 50 %": start,
            "Global South, ceiling 100 %": preset("Global South", 1.0, shares.fitted(5_000)),
            "Global North, ceiling 50 %": preset("Global North", 0.5, shares.fitted(50_000)),
            "China, ceiling 35 %": preset("China", 0.35, china),
            "China, ceiling 100 %": preset("China", 1.0, china),
            "average_p": averages["p"],
            "average_q": averages["q"],
        },
        data.cite(table[table["metric"] == "ai_diffusion_share"]),
    )
