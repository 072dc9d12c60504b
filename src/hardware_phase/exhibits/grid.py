"""Find out when power binds: the explorers and charts of `book/energy-scale-long-game/grid.md`."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, colour, exhibit, unit_axis
from explorables.explore.model import Model
from hardware_phase import data
from hardware_phase.models import grid
from hardware_phase.sources import electricity, futures

TINTS = [colour["china"], colour["us"]]
FORECASTERS = ["IEA", "Official", "Goldman"]
GENERATED_TINTS = [colour[name] for name in ("s6", "s1", "s4", "s3", "s5")]
INSTALLED_TINTS = [colour[name] for name in ("s6", "s1", "s4", "s2", "s3")]


@exhibit
def fit() -> Parts:
    """A straight line and an exponential through the generation of a country."""
    return Parts(
        functools.partial(grid.fit_growth, series=electricity.series()),
        [two_fits],
        values={
            "countries": {name: name for name in electricity.COUNTRIES},
            "first_years": {str(year): float(year) for year in range(2000, 2016)},
            "last_years": {str(year): float(year) for year in range(2020, 2026)},
        },
        source=data.cite(electricity.totals_of_both()),
    )


def two_fits(m: Model) -> alt.LayerChart:
    """The series, both fits through the window, and their extrapolation."""
    series = electricity.series()
    known = m.rows({"year": grid.FIT_YEARS[: len(series["China"])].tolist()})
    known["wh"] = np.where(m.inputs["country"] == "China", series["China"], series["United States"])
    within = (known["year"] >= m.inputs["first_year"]) & (known["year"] <= m.inputs["last_year"])
    known["inside"] = np.where(within, 1, 0.3)
    rows = m.rows({"year": grid.FIT_YEARS.tolist()})
    names = ["Straight line", "Exponential"]
    rows["Straight line"], rows["Exponential"] = m.result["line_wh"], m.result["exponential_wh"]
    x = alt.X("year:Q", axis=alt.Axis(format="d", title=None, tickCount=8), scale=alt.Scale(nice=False))
    y = alt.Y("wh:Q", axis=unit_axis("Wh", "Electricity generated a year"))
    tint = alt.Color("fit:N", sort=names, scale=alt.Scale(domain=names, range=[colour["s1"], colour["s2"]]))
    lines = rows.chart().transform_fold(names, as_=["fit", "wh"]).mark_line().encode(x=x, y=y, color=tint)
    dots = known.chart().mark_point(color=colour["text"])
    return (lines + dots.encode(x=x, y=y, opacity=alt.Opacity("inside:Q", scale=None))).properties(
        height=320,
        title="Generation and two fits, carried on to 2035",
        description="Points are generation by year, faint outside the window. Two lines show the straight line and the "
        "exponential fitted to the window, carried on to 2035.",
    )


@exhibit
def binding() -> Parts:
    """Electricity and power that data centres need, built from chips shipped, against what is left for them."""
    growth, supply = electricity.counts()["growth"], electricity.growth_of_2025
    use = electricity.centres().query("metric == 'electricity_use' and country in ['CHN', 'USA'] and year >= 2024")
    american, chinese = (electricity.connections().loc[name] for name in ("United States", "China"))
    shipments = electricity.shipped().query("year == 2025 and vendor in ['All vendors', 'Nvidia']")
    return Parts(
        grid.power_balance,
        [energy_left, power_left],
        values={
            "regions": electricity.regions(),
            "binds": {**{str(year): f"in {year}" for year in grid.YEARS[1:]}, "never": f"not by {grid.YEARS[-1]}"},
            "china_wanted": round(electricity.growth_wanted("China"), 2),
            "us_wanted": round(electricity.growth_wanted("United States"), 2),
            "china_shipments": round(growth[electricity.IDC], 2),
            "china_supply": round(supply("China"), 3),
            "us_supply": round(supply("United States"), 3),
            "load": electricity.fleet_load(),
            "growth_before_ai": round(electricity.growth_before_ai(), 2),
            "short": round(american["low"] / american["middle"], 2),
            "needed": round(american["high"] / american["middle"], 2),
            "spare": round(chinese["high"] / chinese["middle"], 2),
            "ai_2024": electricity.ai_2024(),
            "retired": futures.middle("retired"),
        },
        source=data.cite(pd.concat([use, shipments])[["source"]]),
    )


def _years() -> alt.X:
    """The axis of the years that the model looks at."""
    return alt.X("year:Q", axis=alt.Axis(format="d", title=None), scale=alt.Scale(domain=[2024, 2035], nice=False))


def energy_left(m: Model) -> alt.LayerChart:
    """Data centres' electricity against what is left for them, with the forecasts as bands."""
    rows = m.rows({"year": grid.YEARS.tolist()})
    names = ["Data centres", "Left for them"]
    rows["Data centres"], rows["Left for them"] = m.result["datacentres_wh"], m.result["ceiling_wh"]
    bands = m.rows({"who": FORECASTERS})
    for column in ("year", "low", "high"):
        bands[column] = np.stack([m.inputs["region"][f"{key}_{column}"] for key in grid.FORECASTS])
    x, domain = _years(), [*names, *FORECASTERS]
    y = functools.partial(
        alt.Y, axis=unit_axis("Wh", "Electricity a year (log scale)", log="y"), scale=alt.Scale(type="log")
    )
    tints = alt.Scale(domain=domain, range=[colour[name] for name in ("text", "s3", "s1", "s2", "s4")])
    lines = rows.chart().transform_fold(names, as_=["what", "wh"]).mark_line()
    base = bands.chart().encode(x=x, color=alt.Color("who:N", sort=domain, scale=tints))
    spans = base.mark_rule(strokeWidth=9, opacity=0.75).encode(y=y("low:Q"), y2="high:Q")
    ends = [
        base.mark_tick(thickness=3, width=18, orient="horizontal").encode(y=y(f"{end}:Q")) for end in ("low", "high")
    ]
    drawn = lines.encode(x=x, y=y("wh:Q"), color=alt.Color("what:N", sort=domain, scale=tints))
    return (drawn + spans + ends[0] + ends[1]).properties(
        height=320,
        title="Energy: what data centres need and what is left for them",
        description="Two lines from 2024 to 2035: electricity of data centres, and the part of the supply that is left for "
        "them, on a log scale. Vertical bars show the ranges of three forecasts for 2028 or 2030.",
    )


def power_left(m: Model) -> alt.Chart:
    """Extra power against what can be connected."""
    rows = m.rows({"year": grid.YEARS.tolist()})
    names = ["Needed", "Connected"]
    rows["Needed"], rows["Connected"] = m.result["extra_w"], m.result["connected_w"]
    tint = alt.Color("what:N", sort=names, scale=alt.Scale(domain=names, range=[colour["text"], colour["s3"]]))
    y = alt.Y("w:Q", axis=unit_axis("W", "Power added since 2024, at the meter"))
    lines = rows.chart().transform_fold(names, as_=["what", "w"]).mark_line()
    return lines.encode(x=_years(), y=y, color=tint).properties(
        height=240,
        title="Connections: what data centres need and what can be connected",
        description="Two lines from 2024 to 2035: extra power that data centres need, and power that can be connected.",
    )


def supplies() -> alt.LayerChart:
    """Generation of the two countries since 2000."""
    total = electricity.total()
    rows = (total * 1e12).reset_index().melt("year", var_name="country", value_name="wh")
    base = alt.Chart(rows).encode(
        x=alt.X("year:Q", axis=alt.Axis(format="d", title=None), scale=alt.Scale(domain=[2000, 2026], nice=False)),
        y=alt.Y("wh:Q", axis=unit_axis("Wh", "Electricity generated a year")),
        color=alt.Color("country:N", legend=None, scale=alt.Scale(domain=list(electricity.COUNTRIES), range=TINTS)),
    )
    names = base.transform_filter(alt.datum.year == 2025).mark_text(align="right", dy=-12)
    return (base.mark_line() + names.encode(text=alt.Text("country:N"))).properties(
        title=alt.Title(
            "China generates more than twice as much as the United States",
            subtitle=data.cite(electricity.totals_of_both()),
        ),
        description=f"Two lines from 2000 to 2025. China rises from {total.loc[2000, 'China']:,.0f} to "
        f"{total.loc[2025, 'China']:,.0f} TWh, the United States from {total.loc[2000, 'United States']:,.0f} to "
        f"{total.loc[2025, 'United States']:,.0f} TWh.",
    )


def _areas(
    table: pd.DataFrame, value: str, x: alt.Scale, y: alt.Scale, axis: alt.Axis, tints: Sequence[str]
) -> alt.Chart:
    """Areas that are stacked in the order of the table's columns, by year."""
    sources = list(table.columns)
    rows = table.reset_index().melt("year", var_name="source", value_name=value)
    rows["order"] = rows["source"].map(sources.index)
    return (
        alt.Chart(rows)
        .mark_area(opacity=0.85)
        .encode(
            x=alt.X("year:Q", axis=alt.Axis(format="d", title=None), scale=x),
            y=alt.Y(f"{value}:Q", stack="zero", scale=y, axis=axis),
            color=alt.Color("source:N", sort=sources, scale=alt.Scale(domain=sources, range=list(tints))),
            order=alt.Order("order:Q"),
        )
    )


def generation_by_source(country: str, title: str) -> alt.Chart:
    """Generation of a country by source since 2000, on one scale for both countries."""
    code = electricity.COUNTRIES[country]
    table, rows = electricity.by_source(code), electricity.generation()
    axis = unit_axis("Wh", "Electricity generated a year")
    now = ", ".join(f"{name.lower()} {value:,.0f} TWh" for name, value in table.loc[2025].items())
    return _areas(
        table * 1e12, "wh", alt.Scale(nice=False), alt.Scale(domain=[0, 11e15]), axis, GENERATED_TINTS
    ).properties(
        height=260,
        title=alt.Title(title, subtitle=data.cite(rows[rows["country"] == code], limit=3)),
        description=f"Stacked areas by source, 2000 to 2025. In 2025: {now}.",
    )


def capacity_by_source(country: str, title: str) -> alt.Chart:
    """Plants of a country by source, on one scale for both countries."""
    code = electricity.COUNTRIES[country]
    table = electricity.installed_by_source(code)
    axis = unit_axis("W", "Capacity at the end of the year")
    first, last = table.iloc[0], table.iloc[-1]
    changes = "; ".join(f"{kind} from {first[kind]:,.0f} to {last[kind]:,.0f} GW" for kind in table)
    return _areas(
        table * 1e9,
        "w",
        alt.Scale(domain=[2010, 2025], nice=False),
        alt.Scale(domain=[0, 4e12]),
        axis,
        INSTALLED_TINTS,
    ).properties(
        height=230,
        title=alt.Title(title, subtitle=data.cite(electricity.installed_rows(code), limit=3)),
        description=f"Stacked areas of capacity by source, {table.index[0]} to {table.index[-1]}. {changes}.",
    )


def capacity_growth() -> alt.Chart:
    """Change of capacity in each year, in both countries."""
    countries = electricity.COUNTRIES
    net = electricity.installed().diff().rename(columns={code: name for name, code in countries.items()})
    net = (net.dropna(how="all") * 1e9).reset_index().melt("year", var_name="country", value_name="w").dropna()
    last_gw = net.query("country == 'China'")["w"].iloc[-1] / 1e9
    return (
        alt.Chart(net)
        .mark_bar()
        .encode(
            x=alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0, labelOverlap=True)),
            xOffset=alt.XOffset("country:N", sort=list(countries)),
            y=alt.Y("w:Q", axis=unit_axis("W", "Change of capacity in the year")),
            color=alt.Color("country:N", scale=alt.Scale(domain=list(countries), range=TINTS)),
        )
        .properties(
            title=alt.Title(
                f"China's capacity grew by {last_gw:.0f} GW in 2025, more than ever before",
                subtitle=data.cite(electricity.capacity().query("source_type == 'total'")),
            ),
            description="Two bars a year: change of installed capacity in China, 2011 to 2025, and in the United States, "
            f"2011 to 2024. China's last is {last_gw:.0f} GW.",
            height=260,
        )
    )


def build_times() -> alt.LayerChart:
    """Months that a data centre, its power and its connection take."""
    times = electricity.build_times()
    order = list(electricity.BUILDS.values())
    base = alt.Chart(times[["what", "low", "high"]]).encode(
        y=alt.Y("what:N", sort=order, title=None, axis=alt.Axis(labelLimit=200))
    )
    x = alt.X("high:Q", axis=alt.Axis(title="Months", values=[0, 30, 60, 90, 120]))
    bars = base.mark_bar(color=colour["neutral"]).encode(x=x)
    return (bars + base.mark_tick(color=colour["paper"], thickness=2).encode(x="low:Q")).properties(
        title=alt.Title("A data centre takes a year or two, most power plants take longer", subtitle=data.cite(times)),
        description="Months to build or obtain: "
        + "; ".join(f"{t.what} {t.low:.0f} to {t.high:.0f}" for t in times.itertuples()),
        height=260,
    )
