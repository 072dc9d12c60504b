"""A protected supplier until it catches up: the explorer and the charts of `book/acceleration/policy.md`."""

from __future__ import annotations

from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Explorer, Parts, colour, exhibit, unit_axis
from explorables.explore.model import Model
from hardware_phase import data
from hardware_phase.models import policy
from hardware_phase.sources import suppliers

PARTS = {"Domestic": "domestic", "Imported": "imports", "Not met": "unmet"}
# What each lever is called, with both of its values.
LEVERS = {
    "directed": ("Demand directed, 0 to 100 %", 0, 1),
    "imports_allowed": ("Free demand let abroad, 100 to 0 %", 1, 0),
    "cap_tpp": ("Highest TPP let in, no limit to 4,800", 2e6, 4800),
    "subsidy": ("Subsidy, 0 to 50 %", 0, 0.5),
    "imports_from": ("Imports let in from 2026 to 2031", 2026, 2031),
    "domestic_rate": ("Domestic learning rate, 10 to 25 %", 0.10, 0.25),
    "capacity_growth": ("Growth of lines, 1.1 to 1.6×", 1.1, 1.6),
    "demand_growth": ("Growth of demand, 1.6 to 1.1×", 1.6, 1.1),
    "premium": ("Premium of imports, 4 to 1×", 4, 1),
    "spillover": ("Learning from abroad, 0 to 33 %", 0, 1 / 3),
    "demand": ("Demand of 2025, 3 to 0.75 million", 3e6, 0.75e6),
    "domestic_gain": ("Domestic gain in TPP, 20 to 60 %", 0.2, 0.6),
    "foreign_rate": ("Foreign learning rate, 25 to 10 %", 0.25, 0.10),
    "foreign_gain": ("Foreign gain in TPP, 60 to 20 %", 0.6, 0.2),
    "world_growth": ("Growth of output abroad, 1.6 to 1.1×", 1.6, 1.1),
    "elasticity": ("How sharply buyers choose, 4 to 1", 4, 1),
    "speed_worth": ("Worth of a faster chip, 1 to 0", 1, 0),
    "markup": ("How expensive older chips are, 0.3 to 0.9", 0.3, 0.9),
}
NAMED = {"align": "left", "dy": -6, "limit": alt.expr("width")}  # the name of a row, above its mark


def learning_rates() -> alt.LayerChart:
    """Published learning rates, with the range of processors."""
    rates = suppliers.learning_rates()
    spread = rates[["context", "low", "centre", "high"]].sort_values("centre")
    kinds = ["chips", "other products"]
    spread["chips"] = np.where(spread["context"].str.contains("DRAM|processors"), *kinds)
    base = alt.Chart(spread).encode(y=alt.Y("context:N", sort=None, axis=None))
    low = alt.X(
        "low:Q", axis=unit_axis("%", "Fall of cost with each doubling of output"), scale=alt.Scale(domain=[0, 0.3])
    )
    tint = alt.Color("chips:N", scale=alt.Scale(domain=kinds, range=[colour["accent"], colour["neutral"]]))
    return (
        base.mark_rule(strokeWidth=4, color=colour["line"], yOffset=8).encode(x=low, x2="high:Q")
        + base.mark_point(yOffset=8).encode(x="centre:Q", color=tint)
        + base.mark_text(**NAMED).encode(x=alt.value(0), text="context:N")
    ).properties(
        height=alt.Step(38),
        title=alt.Title("Most costs fall by 10 to 25 % with each doubling", subtitle=data.cite(rates)),
        description="Published learning rates as points, with a range for processors, between 2.5 and 25 per cent for each doubling.",
    )


def who_supplies(m: Model) -> alt.Chart:
    """Demand of each year by who meets it."""
    rows = m.rows({"year": [str(year) for year in policy.YEARS]})
    demand = m.result["domestic"] + m.result["imports"] + m.result["unmet"]
    for label, name in PARTS.items():
        rows[label] = m.result[name] / np.maximum(demand, 1e-9)
    names = list(PARTS)
    tints = alt.Scale(domain=names, range=[colour["china"], colour["us"], colour["neutral"]])
    share = alt.Y("share:Q", axis=unit_axis("%", "Share of the year's demand"), scale=alt.Scale(domain=[0, 1]))
    return (
        rows.chart()
        .transform_fold(names, as_=["part", "share"])
        .mark_bar()
        .encode(
            x=alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0)),
            y=share,
            color=alt.Color("part:N", sort=names, scale=tints),
            order=alt.Order("part:N"),
        )
        .properties(
            height=240,
            title="Who meets the demand",
            description="Shares of each year's demand that domestic chips meet, that imports meet, and that is not met, from 2025 to 2040.",
        )
    )


def prices(m: Model) -> alt.Chart:
    """The price of a point of performance of each kind of chip by year."""
    names = {
        "Domestic": "price",
        "Domestic, no imports": "price_closed",
        "Best that may be imported": "import_price",
        "Frontier": "foreign_price",
    }
    return _paths(m, names, "$", "Price of a point of TPP").properties(
        height=280,
        title="The price of a point of performance",
        description="Price of a point of TPP of domestic chips with and without imports, of the best chip that may be imported and of the frontier.",
    )


def performance(m: Model) -> alt.LayerChart:
    """The performance of each kind of chip by year, with Huawei's own roadmap."""
    names = {
        "Domestic": "tpp",
        "Domestic, no imports": "tpp_closed",
        "Best that may be imported": "imported_tpp",
        "Frontier": "frontier_tpp",
    }
    dots = alt.Chart(suppliers.huawei_roadmap()).encode(x="year:Q", y="tpp:Q")
    room = dots.transform_calculate(room="datum.tpp / 2").mark_point(opacity=0, size=1)
    return (
        _paths(m, names, "", "TPP of a chip")
        + dots.mark_point(shape="diamond", size=70, color=colour["text"])
        + dots.mark_text(align="left", dx=8, dy=4).encode(text="name:N")
        + room.encode(y="room:Q")
    ).properties(
        height=280,
        title="Chips get faster; the diamonds are Huawei's own roadmap",
        description="TPP of domestic chips with and without imports, of the best chip that may be imported and of the frontier, with the Ascend 950PR, 960 and 970.",
    )


def _paths(m: Model, names: dict[str, str], unit: str, y_title: str) -> alt.Chart:
    """Outputs of the model over the years on a log scale; the second is dashed."""
    rows = m.rows({"year": [float(year) for year in policy.YEARS]})
    for label, name in names.items():
        rows[label] = m.result[name]
    labels = list(names)
    tints = [colour["china"], colour["s5"], colour["accent"], colour["us"]]
    dashes = alt.Scale(domain=labels, range=[[1, 0], [5, 4], [1, 0], [1, 0]])
    return (
        rows.chart()
        .transform_fold(labels, as_=["series", "value"])
        .mark_line()
        .encode(
            x=alt.X("year:Q", axis=alt.Axis(title=None, format="d"), scale=alt.Scale(nice=False)),
            y=alt.Y("value:Q", scale=alt.Scale(type="log", nice=False), axis=unit_axis(unit, y_title, log="y")),
            color=alt.Color("series:N", sort=labels, scale=alt.Scale(domain=labels, range=tints)),
            strokeDash=alt.StrokeDash("series:N", sort=labels, scale=dashes),
        )
    )


@exhibit
def race() -> Parts:
    """China's chips and their rivals, who learn from what they make, from 2025 to 2040."""
    known = suppliers.calibrated()
    published = {name: known[name] for name in ("rate_low", "rate_high", "growth")}
    values = known | {
        "cap_2026": suppliers.highest_tpp_let_in(),
        "years": {str(year): year for year in range(2018, policy.YEARS[-1] + 1)},
        "parity": {**{str(year): str(year) for year in policy.YEARS}, policy.NEVER: f"not by {policy.YEARS[-1]}"},
        "delays": {
            "neither": "never reached either way",
            "beyond": f"pushed beyond {policy.YEARS[-1]}",
            "none": "none",
            **{str(n): f"{n} year{'s' if n > 1 else ''} later" for n in range(1, len(policy.YEARS))},
        },
        "lines_growth": suppliers.lines_growth(),
        "elasticity": suppliers.ELASTICITY,
        "speed_worth": suppliers.SPEED_WORTH,
    }
    rates = data.load("diffusion_params").query("parameter == 'learning_rate' and evidence == 'read'")
    cited = data.cite(pd.concat([suppliers.nvidia_record().reset_index()[["source"]], rates[["source"]].tail(3)]))
    model = partial(policy.two_suppliers, start=suppliers.start(), published=published)
    return Parts(model, views=[who_supplies, prices, performance], values=values, source=cited)


STARTS = {
    "as it starts": {},
    "nothing learnt abroad": {"spillover": 0},
    "buyers choose softly, ε = 1": {"elasticity": 1},
    "buyers choose sharply, ε = 4": {"elasticity": 4},
    "nothing directed": {"directed": 0},
    "demand of 3 million": {"demand": 3e6},
}
"""Starts that differ from the default in one number that no source gives for these chips."""


def levers_over_starts(race: Explorer) -> pd.DataFrame:
    """How far each lever moves the domestic share in 2030 from each of `STARTS`, in points, the widest first."""
    moved = {name: sensitivity(race, **start).set_index("lever")["width"] for name, start in STARTS.items()}
    table = 100 * pd.DataFrame(moved)
    return table.loc[table.max(axis=1).sort_values(ascending=False).index].round().astype(int)


def sensitivity(race: Explorer, **start: float) -> pd.DataFrame:
    """Domestic share in 2030 and year of parity at both values of each lever, the widest first.

    Parameters
    ----------
    race : Explorer
        The explorer of `race`.
    **start
        Settings to start from where they are not the defaults.

    Returns
    -------
    pandas.DataFrame
        ``lever``, ``low`` and ``high`` (shares), ``parity, first value`` and ``parity, second value``.
    """
    rows = []
    for name, (label, *ends) in LEVERS.items():
        first, second = (race.readings(**{**race.defaults, **start, name: value}) for value in ends)
        rows.append(
            {
                "lever": label,
                "low": float(first["share_at_horizon"]),
                "high": float(second["share_at_horizon"]),
                "parity, first value": first["import_parity"],
                "parity, second value": second["import_parity"],
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(width=(table["high"] - table["low"]).abs()).sort_values("width", ascending=False)


def sensitivity_table(levers: pd.DataFrame) -> pd.DataFrame:
    """`sensitivity` to be read."""
    shares = levers[["low", "high"]].map("{:.0%}".format)
    names = {"low": "share, first value", "high": "share, second value"}
    return levers.assign(**shares).drop(columns="width").rename(columns=names).set_index("lever")


def sensitivity_chart(levers: pd.DataFrame, default: float) -> alt.LayerChart:
    """The domestic share in 2030 at both values of each lever, beside the share at the default."""
    base = alt.Chart(levers).encode(y=alt.Y("lever:N", sort=None, axis=None))
    axis = unit_axis("%", f"Domestic share of demand in {policy.HORIZON}", tickCount=5)
    x = alt.X("low:Q", axis=axis, scale=alt.Scale(domain=[0.5, 1]))
    diamond = {"color": colour["accent"], "shape": "diamond", "size": 90}
    return (
        base.mark_rule(strokeWidth=6, color=colour["line"], yOffset=8).encode(x=x, x2="high:Q")
        + base.mark_point(yOffset=8, color=colour["neutral"]).encode(x="low:Q")
        + base.mark_point(yOffset=8, **diamond).encode(x="high:Q")
        + base.mark_text(**NAMED).encode(x=alt.value(0), text="lever:N")
        + alt.Chart(pd.DataFrame({"at": [default]})).mark_rule(strokeDash=[4, 3]).encode(x="at:Q")
    ).properties(
        height=alt.Step(38),
        title=alt.Title(
            "Direction and imports decide the share",
            subtitle="Dot: first value. Diamond: second value. Dashed: default.",
        ),
        description="Domestic share of demand in 2030 at the first and second value of each lever, one lever at a time.",
    )
