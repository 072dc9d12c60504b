"""How far a chip is behind: the explorers of `book/ecosystem/chips.md`."""

from __future__ import annotations

from functools import partial
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, colour, exhibit, unit_axis
from explorables.explore.format import human
from explorables.explore.model import Model, Rows
from explorables.explore.views import View
from hardware_phase import data
from hardware_phase.exhibits.wording import in_words
from hardware_phase.models import chips
from hardware_phase.sources import accelerators

COLUMNS = list(accelerators.METRICS.values())
LAST_MONTHS = 144  # how far a lag is put into words
QUARTERS = np.arange(2020.0, 2029.26, 0.25)
UNITS = {
    "tpp": "",
    "flop_per_s": "FLOP/s",
    "bandwidth": "B/s",
    "flop_per_joule": "FLOP/J",
}
TINT = alt.Color(
    "country:N",
    scale=alt.Scale(
        domain=list(accelerators.COUNTRIES.values()),
        range=[colour["china"], colour["us"]],
    ),
)
PLAIN = alt.Legend(
    orient="bottom",
    symbolFillColor=colour["neutral"],
    symbolStrokeColor=colour["neutral"],
)  # a shape has no colour of its own
STAGES = alt.Shape(
    "stage:N",
    scale=alt.Scale(domain=["Sold", "Not sold"], range=["circle", "triangle-up"]),
    legend=PLAIN,
)
YEARS = alt.X(
    "launch:Q",
    scale=alt.Scale(domain=[2018, 2029.2], nice=False),
    axis=alt.Axis(format="d", title=None),
)


def scatter(column: str, title: str, low: float, high: float, description: str) -> View:
    """A view: one figure of all chips against their launch, the chosen ones marked, the unknown ones at the bottom."""

    bottom = low * 1.25
    y = alt.Y(
        "at:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=unit_axis(UNITS[column], "", log="y"),
    )
    tips = [
        alt.Tooltip("chip:N", title="Chip"),
        alt.Tooltip("vendor:N", title="Vendor"),
        alt.Tooltip(f"{column}:Q", title=title, format=",.4~s"),
    ]
    faint = alt.OpacityValue(0.12, condition={"test": "datum.mine", "value": 0.9})
    ring = {
        "size": 260,
        "filled": False,
        "strokeWidth": 2.5,
        "color": colour["text"],
        "opacity": 1,
    }

    def view(m: Model) -> alt.LayerChart:
        rows, notes = (
            m.rows(
                accelerators.points(accelerators.catalogue())[["chip", "vendor", "country", "stage", "launch", column]]
            ),
            m.rows({"note": ["not published"]}),
        )
        rows["mine"] = (
            (rows["vendor"] == m.inputs["vendor"])
            | (rows["country"] == m.inputs["vendor"])
            | (m.inputs["vendor"] == "All vendors")
        )
        rows["chosen"] = rows["chip"] == m.inputs["chip"]["name"]
        rows["at"] = np.where(rows[column] > 0, rows[column], bottom)
        base = rows.chart().encode(x=YEARS, y=y, tooltip=tips)
        one = base.transform_filter("datum.chosen")
        return alt.layer(
            base.transform_filter(f"datum.{column} > 0").mark_point(size=55).encode(TINT, STAGES, faint),
            base.transform_filter(f"datum.{column} === 0").mark_text(text="?", fontWeight="bold").encode(TINT, faint),
            notes.chart()
            .mark_text(align="left", dy=-11, color=colour["muted"])
            .encode(alt.XValue(2), alt.YDatum(bottom), alt.Text("note:N")),
            one.mark_point(**ring),
            # In the corner that chips leave free: beside its mark the name would cover others.
            one.mark_text(text="◯", align="left", fontWeight="bold").encode(alt.XValue(2), alt.YValue(8)),
            one.mark_text(align="left", fontWeight="bold", limit=alt.expr("width - 18")).encode(
                alt.XValue(18), alt.YValue(8), alt.Text("chip:N")
            ),
            height=270,
            title=f"{title} by launch date",
            description=description,
        )

    return view


def printed(row: pd.Series) -> dict[str, str]:
    """A chip as a choice: its figures as text."""
    texts = {f"{c}_text": "not published" if np.isnan(row[c]) else human(row[c], UNITS[c], 4) for c in COLUMNS}
    return {
        "name": str(row.name),
        **texts,
        "status": row["status"].replace("_", " "),
    }


def datasheet(*, chip: Any, vendor: Any) -> Any:
    """What is published of a chip."""
    return chip


@exhibit
def catalogue() -> Parts:
    """Every chip's published figures against its launch; a chip and a vendor or country are marked."""
    table = accelerators.catalogue()
    views = [
        scatter(
            "tpp",
            "TPP",
            30,
            4e5,
            "TPP of American and Chinese accelerators against launch date on a log scale. Both grow; the American chips sold since 2024 lie above all Chinese ones. Chips without a rate are question marks at the bottom.",
        ),
        scatter(
            "bandwidth",
            "Memory bandwidth",
            1e10,
            4e13,
            "Memory bandwidth against launch date on a log scale, with chips without a figure at the bottom.",
        ),
        scatter(
            "flop_per_joule",
            "16-bit FLOP per joule",
            1e10,
            5e12,
            "16-bit FLOP per joule of rated power against launch date on a log scale, with chips without a figure at the bottom.",
        ),
    ]
    vendors = ["All vendors", *accelerators.COUNTRIES.values(), *sorted(table["vendor"].astype(str).unique())]
    values = {"chips": {name: printed(table.loc[name]) for name in table.index}, "vendors": vendors}
    return Parts(datasheet, views=views, values=values, source=data.cite(table))


def chinese_points(table: pd.DataFrame) -> pd.DataFrame:
    """Chinese chips by launch, in multiples of the A100 of 2020."""
    relative = accelerators.relative_points(table)
    return relative[relative["country"] == "China"].sort_values("launch").reset_index(drop=True)


def figure(m: Model, rows: Rows) -> Any:
    """The column of a table that belongs to the chosen metric."""
    return np.select(
        [m.inputs["metric"] == label for label in accelerators.METRICS],
        [rows[c] for c in COLUMNS],
        0.0,
    )


def clock(m: Model) -> alt.LayerChart:
    """All chips, the frontier with its band, and the way from the chosen chip back to it."""
    table = accelerators.catalogue()
    relative = accelerators.relative_points(table)
    dots = m.rows(relative[["chip", "country", "stage", "launch", *COLUMNS]])
    dots["value"] = figure(m, dots)
    dots["chosen"] = dots["chip"] == m.inputs["chip"]["name"]
    fit = chips.chosen_fit(m.inputs["metric"], m.inputs["leader"], accelerators.relative_fits(table))
    dots["reached"] = chips.frontier_year(np.where(dots["value"] > 0, dots["value"], 1.0), fit)["year"]
    line = m.rows({"launch": np.linspace(2015, 2029.2, 45).round(3)})
    band = chips.frontier_at(line["launch"], fit)
    line["centre"], line["low"], line["high"] = (
        band["value"],
        band["low"],
        band["high"],
    )
    y = alt.Y(
        "centre:Q",
        scale=alt.Scale(type="log", domain=[0.02, 300], nice=False),
        axis=unit_axis("x", "A100 of 2020 = 1×", log="y"),
    )
    x = alt.X(
        "launch:Q",
        scale=alt.Scale(domain=[2015, 2029.2], nice=False),
        axis=alt.Axis(format="d", title=None),
    )
    one = dots.chart().transform_filter("datum.chosen && datum.value > 0")
    value = alt.Y("value:Q")
    return alt.layer(
        line.chart().mark_area(color=colour["us"], opacity=0.15, clip=True).encode(x, alt.Y("low:Q"), alt.Y2("high:Q")),
        line.chart().mark_line(color=colour["us"], clip=True).encode(x, y),
        dots.chart()
        .transform_filter("datum.value > 0")
        .mark_point(size=45, opacity=0.6)
        .encode(
            x,
            value,
            TINT,
            STAGES,
            tooltip=[
                alt.Tooltip("chip:N"),
                alt.Tooltip("value:Q", format=".3~r"),
            ],
        ),
        one.mark_rule(color=colour["text"], strokeDash=[5, 4], strokeWidth=2, clip=True).encode(
            x, alt.X2("reached:Q"), value
        ),
        one.mark_point(
            size=240,
            filled=False,
            strokeWidth=2.5,
            color=colour["text"],
            opacity=1,
        ).encode(x, value),
        height=330,
        title="The chosen chip and the frontier",
        description="Accelerators against launch date on a log scale in units of an A100, the fitted frontier with its 90 per cent band, and a dashed line from the chosen chip back to the frontier.",
    )


def all_lags(m: Model) -> alt.LayerChart:
    """The lag of every Chinese chip against its launch, with intervals; unknown ones at the bottom."""
    table = accelerators.catalogue()
    rows = m.rows(chinese_points(table)[["chip", "vendor", "stage", "launch", *COLUMNS]])
    value = figure(m, rows)
    rows["known"] = value > 0
    fit = chips.chosen_fit(m.inputs["metric"], m.inputs["leader"], accelerators.relative_fits(table))
    behind = chips.lag(rows["launch"], np.where(value > 0, value, 1.0), fit)
    rows["lag"], rows["low"], rows["high"] = (
        behind["months"],
        behind["low"],
        behind["high"],
    )
    rows["maker"] = np.where(rows["vendor"] == "Huawei", "Huawei", "Other Chinese vendors")
    notes, unpublished = m.rows({"note": ["not published"]}), -60
    rows["chosen"] = rows["chip"] == m.inputs["chip"]["name"]
    rows["at"] = np.where(rows["known"], rows["lag"], unpublished)
    x = alt.X(
        "launch:Q",
        scale=alt.Scale(domain=[2018, 2029.2], nice=False),
        axis=alt.Axis(format="d", title=None),
    )
    y = alt.Y(
        "lag:Q",
        scale=alt.Scale(domain=[-66, 135], nice=False),
        axis=alt.Axis(
            title="Months behind the frontier",
            values=list(range(-24, 132, 24)),
        ),
    )
    who = alt.Color(
        "maker:N",
        scale=alt.Scale(
            domain=["Huawei", "Other Chinese vendors"],
            range=[colour["china"], colour["rest"]],
        ),
        legend=alt.Legend(symbolOpacity=1),
    )
    base, note = rows.chart().encode(x=x), notes.chart()
    known, unknown = (
        base.transform_filter("datum.known"),
        base.transform_filter("!datum.known"),
    )
    return alt.layer(
        note.mark_rule(strokeDash=[4, 3]).encode(alt.XValue(0), alt.X2Value("width"), alt.YDatum(0)),
        known.mark_rule(opacity=0.5, clip=True).encode(alt.Y("low:Q"), alt.Y2("high:Q"), who),
        known.mark_point(size=60, clip=True).encode(
            y,
            who,
            STAGES,
            tooltip=[
                alt.Tooltip("chip:N"),
                alt.Tooltip("lag:Q", title="Months", format=".0f"),
            ],
        ),
        unknown.mark_text(text="?", fontWeight="bold").encode(alt.YDatum(unpublished), who, alt.Tooltip("chip:N")),
        note.mark_text(align="left", dy=-11, color=colour["muted"]).encode(
            alt.XValue(2), alt.YDatum(unpublished), alt.Text("note:N")
        ),
        base.transform_filter("datum.chosen && datum.at < 135")
        .mark_point(
            size=240,
            filled=False,
            strokeWidth=2.5,
            color=colour["text"],
            opacity=1,
        )
        .encode(alt.Y("at:Q")),
        height=330,
        title="Lag of every Chinese chip on its launch day",
        description="Months behind the frontier against launch date for Chinese chips with 90 per cent intervals; chips without a figure are question marks at the bottom.",
    )


def _lag(known: Any, months: Any) -> Any:
    """A lag in words."""
    said = in_words(
        months,
        "months",
        step=1,
        last=LAST_MONTHS,
        below="ahead of the line",
        above=f"more than {LAST_MONTHS} months",
    )
    return np.where(known, said, "not published")


@exhibit
def gap_clock() -> Parts:
    """How many months a chip is behind the frontier of its launch day, and how sure that is."""
    table = accelerators.catalogue()
    fits = accelerators.relative_fits(table)

    def gap(*, chip: Any, metric: Any, leader: Any) -> dict[str, Any]:
        found = chips.gap_clock(chip=chip, metric=metric, leader=leader, fits=fits)
        return found | {f"{part}_text": _lag(found["known"], found[part]) for part in ("months", "low", "high")}

    # A Chinese chip as a choice: its figures in A100s by the metric's label, 0 where none is published.
    options = {
        row["chip"]: {
            "name": row["chip"],
            "launch": row["launch"],
            **{label: row[column] for label, column in accelerators.METRICS.items()},
        }
        for _, row in chinese_points(table).iterrows()
    }
    values = {"chips": options, "metrics": list(accelerators.METRICS), "leaders": list(accelerators.LEADERS)}
    cited = data.cite(table[table["vendor"].isin(["Nvidia", "Huawei"])])
    return Parts(gap, views=[clock, all_lags], values=values, source=cited)


def both(m: Model) -> alt.LayerChart:
    """The best chip of each vendor by date, as steps."""
    rows = m.rows({"year": list(QUARTERS)})
    rows["Huawei"], rows["Nvidia"] = (
        m.result["follower_by_year"],
        m.result["leader_by_year"],
    )
    here = m.rows({"now": [1]})
    here["year"] = chips.decimal_year(m.inputs["day"])
    x = alt.X(
        "year:Q",
        scale=alt.Scale(domain=[2020, 2029.25], nice=False),
        axis=alt.Axis(format="d", title=None),
    )
    y = alt.Y(
        "tpp:Q",
        scale=alt.Scale(type="log", domain=[1e3, 2e6], nice=False),
        axis=unit_axis("", "TPP of the best chip", log="y"),
    )
    who = alt.Color(
        "vendor:N",
        scale=alt.Scale(
            domain=["Huawei", "Nvidia"],
            range=[colour["china"], colour["us"]],
        ),
    )
    lines = (
        rows.chart()
        .transform_fold(["Huawei", "Nvidia"], as_=["vendor", "tpp"])
        .mark_line(interpolate="step-after")
        .encode(x=x, y=y, color=who)
    )
    return (here.chart().mark_rule(strokeDash=[4, 3]).encode(x=x) + lines).properties(
        height=300,
        title="The best chip of Huawei and of Nvidia",
        description="TPP of the best launched or announced chip of Huawei and Nvidia by quarter from 2020 to 2029, as steps on a log scale, with the chosen date.",
    )


def ratio_view(m: Model) -> alt.LayerChart:
    """Nvidia's best over Huawei's best, beside CFR's two figures."""
    rows = m.rows({"year": list(QUARTERS)})
    rows["ratio"] = m.result["ratio_by_year"]
    cfr = accelerators.cfr_ratios()
    theirs = m.rows(
        {
            "year": [year + 1 for year in cfr["year"]],  # by its end
            "ratio": list(cfr["units"]),
            "who": ["CFR"] * len(cfr),
        }
    )
    here = m.rows({"now": [1]})
    here["year"], here["ratio"] = (
        chips.decimal_year(m.inputs["day"]),
        m.result["ratio"],
    )
    x = alt.X(
        "year:Q",
        scale=alt.Scale(domain=[2020, 2029.25], nice=False),
        axis=alt.Axis(format="d", title=None),
    )
    y = alt.Y(
        "ratio:Q",
        axis=unit_axis("x", "Nvidia's best over Huawei's best"),
        scale=alt.Scale(zero=True),
    )
    marks = theirs.chart().encode(x=x, y=y)
    return (
        rows.chart().mark_line(interpolate="step-after").encode(x=x, y=y)
        + marks.mark_point(shape="diamond", size=110, color=colour["accent"])
        + marks.mark_text(
            dy=-14,
            color=colour["accent"],
            stroke=colour["paper"],
            strokeWidth=4,
        ).encode(text="who:N")
        + marks.mark_text(dy=-14, color=colour["accent"]).encode(text="who:N")
        + here.chart().mark_point(size=110, color=colour["text"]).encode(x=x, y=y)
    ).properties(
        height=260,
        title="The ratio of the best chips, with CFR's estimates",
        description="Ratio of Nvidia's best TPP to Huawei's best by quarter, with the two ratios that CFR published for 2025 and 2027.",
    )


def compare(
    *,
    day: Any,
    slip_months: Any,
    delivered: Any,
    leader_slip_months: Any,
    leader_growth: Any,
    counting: Any,
    **fixed: Any,
) -> dict[str, Any]:
    """`chips.roadmaps` for a day, given as days since 1970."""
    return chips.roadmaps(
        year=chips.decimal_year(day),
        slip_months=slip_months,
        delivered=delivered,
        leader_slip_months=leader_slip_months,
        leader_growth=leader_growth,
        counting=counting,
        **fixed,
    )


@exhibit
def roadmap() -> Parts:
    """The best chip of Huawei and of Nvidia by date, and what slips and growth do to their ratio."""
    table = accelerators.catalogue()
    huawei, nvidia = accelerators.huawei_roadmap(table), accelerators.nvidia_roadmap(table)
    fits = accelerators.roadmap_fits(table)
    model = partial(
        compare,
        follower=accelerators.as_columns(huawei),
        leader=accelerators.as_columns(nvidia),
        fits=fits,
        years=QUARTERS,
    )
    values = {
        "trend": chips.growth_per_year(fits["All formats (TPP)"]),
        "counting": list(accelerators.COUNTING),
        "as_launched": round(accelerators.as_launched(table), 2),
    }
    plans = [rows[rows["announced"]] for rows in (huawei, nvidia)]
    cited = data.cite(pd.concat([*plans, accelerators.cfr_ratios()]))
    return Parts(model, views=[both, ratio_view], values=values, source=cited)
