"""Chips against the export rules: the explorers and charts of `book/controls-efficiency-adoption/controls.md`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import colour, unit_axis
from explorables.explore.exhibit import Parts, exhibit
from explorables.explore.model import Model, Rows
from hardware_phase import data
from hardware_phase.models import controls
from hardware_phase.sources import verdicts

ANSWERS = {
    "Denial presumed": (colour["bad"], "square", "D"),
    "Case by case": (colour["s5"], "diamond", "C"),
    "Licence by letter": (colour["s4"], "triangle-up", "L"),
    "Notice 25 days ahead": (colour["s1"], "triangle-right", "N"),
    "No licence needed": (colour["good"], "circle", "–"),
    "No rule in force": (colour["neutral"], "triangle-down", "·"),
    "Cannot be told": (colour["muted"], "cross", "?"),
}
"""By answer: its colour, its shape and the letter that stands for it."""

_TINTS, _SHAPES, _LETTERS = (list(marks) for marks in zip(*ANSWERS.values(), strict=True))
BY_ANSWER = alt.Color(
    "answer:N",
    scale=alt.Scale(domain=list(ANSWERS), range=_TINTS),
    legend=alt.Legend(symbolOpacity=1, rowPadding=1),
)
BY_SHAPE = alt.Shape("answer:N", scale=alt.Scale(domain=list(ANSWERS), range=_SHAPES))

SIDES = {"United States": colour["us"], "China": colour["china"], "Others": colour["rest"]}
BY_SIDE = alt.Color("side:N", scale=alt.Scale(domain=list(SIDES), range=list(SIDES.values())))
SIDE_SHAPE = alt.Shape("side:N", scale=alt.Scale(domain=list(SIDES)))

# Names on the map, to the left or to the right of their dots, where there is room.
LEFT = {
    "A100 SXM4 80GB": "A100, A800",
    "H100 SXM5 80GB": "H100, H800, H200",
    "L20 PCIe": "L20",
    "RTX 4090D": "RTX 4090 D",
}
RIGHT = {
    "H20 96GB": "H20",
    "Ascend 910C (press)": "Ascend 910C",
    "Instinct MI300X": "MI300X",
    "V100 SXM2 32GB": "V100",
    "Instinct MI250X": "MI250X",
    "RTX 4090": "RTX 4090",
}
TPP_RANGE, DENSITY_RANGE = (100, 100_000), (0.9, 30)
NEAR = {  # real chips beside the reader's design, by die area
    "H20 96GB": "H20",
    "L20 PCIe": "L20",
    "A100 SXM4 80GB": "A100",
    "Ascend 910B4": "Ascend 910B4",
    "Instinct MI250X": "MI250X",
}
UNBOUND = 1e6  # drawn far above the charts

CHECKED = [  # chips on the days that the presets show
    ("A100 SXM4 80GB", date(2022, 10, 21)),
    ("A800 SXM4 80GB", date(2022, 11, 8)),
    ("H800 SXM5", date(2023, 6, 1)),
    ("H800 SXM5", date(2023, 11, 17)),
    ("RTX 4090", date(2023, 11, 17)),
    ("RTX 4090D", date(2023, 12, 29)),
    ("H20 96GB", date(2024, 2, 1)),
    ("H20 96GB", date(2025, 4, 9)),
    ("H200 SXM 141GB", date(2026, 1, 14)),
    ("H200 SXM 141GB", date(2026, 1, 15)),
    ("Ascend 910C (press)", date(2025, 5, 13)),
]
DESIGNED = [
    ("H20 96GB", date(2024, 2, 1)),
    ("H20 96GB", date(2025, 4, 9)),
    ("L20 PCIe", date(2024, 2, 1)),
    ("H800 SXM5", date(2023, 6, 1)),
]


def timeline() -> alt.LayerChart:
    """The steps of both governments since 2022 in lanes by kind, and the days on which the rules change."""
    events = verdicts.events()
    starts = controls.periods(date(2022, 6, 1), verdicts.LAST)["start"][1:]
    changes = alt.Chart(pd.DataFrame({"date": pd.to_datetime(starts, unit="D")}))
    dots = (
        alt.Chart(events[["date", "actor", "event", "kind"]])
        .mark_point(size=70)
        .encode(
            x=alt.X("date:T", title=None, axis=alt.Axis(format="%Y", tickCount="year")),
            y=alt.Y("kind:N", sort=verdicts.LANES, title=None, axis=alt.Axis(titleAngle=0)),
            color=BY_SIDE,
            shape=SIDE_SHAPE,
            tooltip=[alt.Tooltip("date:T", format="%d %b %Y"), alt.Tooltip("actor:N"), alt.Tooltip("event:N")],
        )
        .transform_calculate(side="datum.actor == 'US' ? 'United States' : datum.actor == 'China' ? 'China' : 'Others'")
    )
    return alt.layer(changes.mark_rule(strokeDash=[4, 4], color=colour["muted"]).encode(x="date:T"), dots).properties(
        title=alt.Title("Controls, relaxations and counter-measures since 2022", subtitle=data.cite(events, limit=3)),
        description="Dated policy events from June 2022 to November 2026 in lanes by kind. American controls cluster in "
        "late 2022, late 2023 and the winter of 2024 to 2025; relaxations begin in May 2025; Chinese steps against "
        "buying American chips begin in July 2025.",
        height=230,
    )


def verdict_matrix(matrix: pd.DataFrame) -> alt.LayerChart:
    """Chips by stretch of time, each cell with the letter of its answer.

    Parameters
    ----------
    matrix : DataFrame
        As `verdicts.classified` gives it.
    """
    letters = dict(zip(ANSWERS, _LETTERS, strict=True))
    matrix = matrix.assign(
        letter=matrix["answer"].map(letters),
        short=matrix["chip"].str.replace(r" \(.*|PPU / ", "", regex=True),
    )
    cells = alt.Chart(matrix).encode(
        x=alt.X(
            "since:O",
            sort=verdicts.periods()["since"].tolist(),
            title=None,
            axis=alt.Axis(orient="top", labelAngle=-45),
        ),
        y=alt.Y(
            "short:N",
            sort=list(matrix["short"].unique()),
            title=None,
            axis=alt.Axis(titleAngle=0, labelOverlap=False),
        ),
        tooltip=["chip:N", "since:N", "answer:N", "paragraph:N", "why:N"],
    )
    chips = verdicts.chips().loc[matrix["chip"].unique()]
    return alt.layer(
        cells.mark_rect(opacity=0.3).encode(color=BY_ANSWER),
        cells.mark_text().encode(text="letter:N"),
    ).properties(
        title=alt.Title("Twenty chips under the rules of every date", subtitle=data.cite(chips, limit=3)),
        description="A table of twenty chips by stretch of time. D: denial presumed, C: case by case, L: licence by "
        "letter, N: notice, dash: no licence, question mark: cannot be told from what is published.",
        height=460,
    )


# ----------------------------------------------------------------------------------------------------
# May this chip go to China?


def regulatory_map(m: Model) -> alt.LayerChart:
    """What the rules of the day say by TPP and density, for the reader's links, memory and use; known chips; the reader's."""
    zones, dots, yours = _zones(m), _known_chips(m).chart(), _yours(m)
    at = {"x": "tpp:Q", "y": "performance_density:Q"}
    tooltip = [
        alt.Tooltip("chip:N", title="Chip"),
        alt.Tooltip("tpp:Q", title="TPP", format=","),
        alt.Tooltip("performance_density:Q", title="Density"),
        alt.Tooltip("answer:N", title="On this date"),
    ]
    ring = yours.chart().mark_point(size=260, filled=False, strokeWidth=3, color=colour["text"])
    return alt.layer(
        zones,
        dots.mark_point(size=70).encode(**at, color=BY_ANSWER, shape=BY_SHAPE, tooltip=tooltip),
        dots.mark_text(align="right", dx=-8).encode(**at, text="left:N"),
        dots.mark_text(align="left", dx=8, dy=2).encode(**at, text="right:N"),
        ring.encode(**at),
        *_named(yours.chart().encode(**at), "tpp", 3000, dy=18),
    ).properties(
        title="What the rules of the day say, by TPP and density",
        description="TPP against performance density on log axes, divided at the thresholds of the rules into zones by "
        "what an exporter needs on the chosen date, with 25 known chips and the chosen chip.",
        height=440,
    )


def _zones(m: Model) -> alt.Chart:
    """Cells of the map in which the answer is the same, in its colour."""
    zones = m.rows(controls.map_cells(TPP_RANGE, DENSITY_RANGE))
    zones["answer"] = _answer(
        m,
        tpp=zones["tpp"],
        performance_density=zones["performance_density"],
        **{name: m.inputs[name] for name in (*verdicts.MEASURED, *verdicts.SOLD, "china_share_pct")},
    )
    x = alt.X(
        "tpp_low:Q",
        scale=alt.Scale(type="log", domain=TPP_RANGE, nice=False),
        axis=_axis("tpp", [100, 1e5]),
        title="TPP",
    )
    y = alt.Y(
        "density_low:Q",
        scale=alt.Scale(type="log", domain=DENSITY_RANGE, nice=False),
        axis=_axis("performance_density", [1, 10, 20]),
        title="Performance density (TPP per mm²)",
    )
    area = zones.chart().mark_rect(opacity=0.22)
    return area.encode(x=x, x2="tpp_high", y=y, y2="density_high", color=BY_ANSWER)


def _known_chips(m: Model) -> Rows:
    """Real chips with the answer of the day; where links or sale are not known, what both ends agree on."""
    known = verdicts.chips().dropna(subset=["tpp", "performance_density"]).index
    table = pd.DataFrame([{"chip": name, **verdicts.measures(name)} for name in known])
    links, sold = table.pop("io_bandwidth_gbps"), table.pop("sold_in_us")
    dots = m.rows(
        table.assign(
            io_low=links.fillna(0),
            io_high=links.fillna(1e6),
            sold_low=sold.eq(True),
            sold_high=sold.isna() | sold.eq(True),
            left=table["chip"].map(LEFT).fillna(""),
            right=table["chip"].map(RIGHT).fillna(""),
        )
    )
    names = ("tpp", "performance_density", "dram_bandwidth_gbps", "datacenter", "from_us", "has_letter")
    least, most = (
        _answer(
            m,
            io_bandwidth_gbps=dots[f"io_{end}"],
            sold_in_us=dots[f"sold_{end}"],
            **{name: dots[name] for name in names},
        )
        for end in ("low", "high")
    )
    dots["answer"] = np.where(least == most, least, "Cannot be told")
    return dots


def _yours(m: Model) -> Rows:
    """The reader's chip on the map, or at its edge."""
    yours = m.rows({"now": [1]})
    tpp, density = m.result["tpp"], m.result["performance_density"]
    yours["tpp"] = np.clip(tpp, *TPP_RANGE)
    yours["performance_density"] = np.clip(density, *DENSITY_RANGE)
    inside = (tpp == yours["tpp"]) & (density == yours["performance_density"])
    yours["label"] = np.where(inside, "your chip", "your chip, off the map")
    return yours


def _answer(m: Model, **chip: Any) -> Any:
    return controls.verdict_texts(controls.verdict_code(date=m.inputs["date"], **chip))["answer"]


def _axis(quantity: str, others: Sequence[float]) -> alt.Axis:
    return alt.Axis(values=sorted([*controls.bounds_on(quantity), *others]), format=",~g")


def _named(ring: alt.Chart, x: str, middle: float, dy: float = -13) -> list[alt.Chart]:
    """The label of a ring: legible over other marks, on the side that has room."""
    halo = {"stroke": colour["paper"], "strokeWidth": 4}, {}
    return [
        ring.transform_filter(f"datum.{x} {side} {middle}")
        .mark_text(align=align, dx=dx, dy=dy, fontWeight="bold", **look)
        .encode(text="label:N")
        for side, align, dx in (("<", "left", 13), (">=", "right", -13))
        for look in halo
    ]


def every_period(m: Model) -> alt.LayerChart:
    """What the reader's chip needs in each stretch of time; on the page a click goes to its first day."""
    stretches = verdicts.periods()
    rows = m.rows(stretches.assign(**{"set:date": stretches["start"]}))
    on_day = m(date=rows["start"])
    rows["answer"], rows["paragraph"] = on_day["answer"], on_day["paragraph"]
    now = (m.inputs["date"] >= rows["start"]) & (m.inputs["date"] < rows["end"])
    rows["now"] = np.where(now, "← yours", "")
    down = alt.Y("since:O", sort=list(stretches["since"]), title="Rules since", axis=alt.Axis(titleAngle=0))
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("since", "answer", "paragraph", "rules")]
    base = rows.chart().encode(y=down, tooltip=tooltip)
    here = base.mark_text(align="right", color=colour["muted"], dx=-4)
    return alt.layer(
        base.mark_point(size=110, cursor="pointer").encode(
            x=alt.value(10), color=BY_ANSWER.legend(None), shape=BY_SHAPE.legend(None)
        ),
        base.mark_text(align="left", cursor="pointer").encode(x=alt.value(26), text="answer:N"),
        here.encode(x=alt.value("width"), text="now:N"),
    ).properties(
        title="Your chip under the rules of every date",
        description="One row for each stretch of time between two changes of the rules, with what the chosen chip needs "
        "then.",
        height=220,
    )


def steps_so_far(m: Model) -> alt.LayerChart:
    """The steps of governments up to the reader's date; on the page a click goes to the day of a step."""
    table = verdicts.steps()
    rows = m.rows(table.assign(**{"set:date": table["day"]}))
    rows["past"] = rows["day"] <= m.inputs["date"]
    rows["latest"] = np.where(rows["past"] & (m.inputs["date"] < rows["next"]), rows["event"], "")
    now = m.rows({"label": ["your date"]})
    now["day"] = m.inputs["date"]
    ends = [controls.days(verdicts.FIRST), controls.days(verdicts.LAST)]
    years = [controls.days(date(year, 1, 1)) for year in range(2023, 2027)]
    x = alt.X("day:Q", scale=alt.Scale(domain=ends, nice=False), axis=unit_axis("date", values=years), title=None)
    base = rows.chart()
    latest = base.mark_text(align="left", fontWeight="bold", lineBreak="\n", baseline="top")
    return alt.layer(
        now.chart().mark_rule(color=colour["text"], strokeWidth=2).encode(x=x),
        base.mark_point(size=70, cursor="pointer").encode(
            x=x,
            y=alt.Y("kind:N", sort=verdicts.LANES, title=None, axis=alt.Axis(titleAngle=0)),
            color=BY_SIDE.legend(offset=66),  # room for the latest step
            shape=SIDE_SHAPE.legend(offset=66),
            opacity=alt.condition("datum.past", alt.value(0.95), alt.value(0.2)),
            tooltip=["when:N", "event:N"],
        ),
        latest.encode(x=alt.value(-75), y=alt.value(-56), text="latest:N"),
    ).properties(
        title="Steps up to your date, and the latest of them",
        description="Controls, relaxations, counter-measures and demand-side steps from August 2022 to November 2026. "
        "Those after the chosen date are faint; the text names the last one before it.",
        height=240,
    )


@exhibit
def export_check() -> Parts:
    """Whether a chip may go to China on a day, from its datasheet: on a map of all chips, and under the rules of all dates."""
    known = verdicts.chips().dropna(subset=["tpp", "performance_density"])
    rules = " Rules: 87 FR 62186, 88 FR 73458, 91 FR 1684; the letter of 2025 as reported."
    return Parts(
        controls.check_export,
        [regulatory_map, every_period, steps_so_far],
        {f"{name} on {day}": verdicts.datasheet(name, day) for name, day in CHECKED},
        data.cite(known) + rules,
    )


# ----------------------------------------------------------------------------------------------------
# Design the best chip that passes


def _areas() -> pd.DataFrame:
    chips = verdicts.chips().loc[list(NEAR), ["die_area_mm2", "tpp", "source"]]
    return chips.assign(label=list(NEAR.values()))


def _bandwidths() -> pd.DataFrame:
    cases = verdicts.cases()
    real = cases[cases["engine_test"].eq("yes") & cases["vendor"].ne("synthetic")]
    real = real.dropna(subset=["io_bandwidth_gbps", "dram_bandwidth_gbps"]).drop_duplicates("chip")
    labels = real["chip"].str.replace("GeForce ", "")
    # Two of them stand at one place.
    real = real.assign(label=labels.replace({"RTX 5090 D V2": "RTX 5090 D V2, RTX 6000D", "RTX 6000D": ""}))
    return real[["label", "io_bandwidth_gbps", "dram_bandwidth_gbps", "source"]]


def _design_chart(
    m: Model, line: Rows, across: tuple[str, str, float], up: tuple[str, str, float], real: pd.DataFrame
) -> alt.LayerChart:
    """A bound as a line, real chips as dots, and the reader's chip.

    Parameters
    ----------
    line : Rows
        The bound as ``x`` and ``y``.
    across, up : tuple
        Name of the quantity on the axis, the title of the axis and its end.
    real : DataFrame
        Real chips by both quantities, with a ``label``.
    """
    (x, x_title, x_end), (y, y_title, y_end) = across, up
    here = m.rows({"now": [1]})
    # A chip above the chart stands near its top, below the axis title.
    above = m.inputs[y] > y_end
    here["x"], here["y"] = m.inputs[x], np.where(above, 0.88 * y_end, m.inputs[y])
    here["label"] = np.where(above, "your chip, higher up", "your chip")
    here["bound"] = np.minimum(m.result[f"largest_{y}"], UNBOUND)
    dots = alt.Chart(real.drop(columns="source")).encode(x=f"{x}:Q", y=f"{y}:Q")
    ring = here.chart().encode(x="x:Q", y="y:Q")
    bound = ring.mark_text(align="left", dx=4, dy=-9, color=colour["good"], clip=True)
    return alt.layer(
        line.chart()
        .mark_line(color=colour["good"], clip=True)
        .encode(
            x=alt.X("x:Q", title=x_title, scale=alt.Scale(domain=[0, x_end], nice=False)),
            y=alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=[0, y_end], nice=False)),
        ),
        dots.mark_point(color=colour["neutral"], size=60),
        dots.mark_text(align="left", dx=8, dy=9, color=colour["muted"]).encode(text="label:N"),
        bound.encode(y="bound:Q", text=alt.Text("bound:Q", format=",.0f")),
        ring.mark_point(size=220, filled=False, strokeWidth=3, color=colour["text"]),
        *_named(ring, "x", x_end / 2),
    )


def tpp_by_area(m: Model) -> alt.LayerChart:
    """The largest TPP that needs no licence against die area; the line bends where two thresholds meet."""
    corners = np.divide.outer(controls.bounds_on("tpp"), controls.bounds_on("performance_density")).ravel()
    line = m.rows({"x": np.unique([100, 3500, *corners[corners < 3500]])})
    line["y"] = np.minimum(m(die_area_mm2=line["x"])["largest_tpp"], UNBOUND)
    across, up = ("die_area_mm2", "Die area (mm²)", 3500), ("tpp", "TPP", 7000)
    return _design_chart(m, line, across, up, _areas()).properties(
        title="The largest TPP without a licence, by die area",
        description="A rising line of the bound on TPP against die area on the chosen date, with five real chips and yours.",
        height=300,
    )


def memory_by_links(m: Model) -> alt.LayerChart:
    """The largest memory bandwidth that needs no licence against that of the links."""
    sums = np.subtract.outer(
        controls.bounds_on("combined_bandwidth_gbps"), controls.bounds_on("dram_bandwidth_gbps")
    ).ravel()
    jumps = controls.bounds_on("io_bandwidth_gbps")
    line = m.rows({"x": np.unique([0, 2000, *sums[sums > 0], *jumps, *(jumps - 0.01)])})
    line["y"] = np.minimum(m(io_bandwidth_gbps=line["x"])["largest_dram_bandwidth_gbps"], UNBOUND)
    across = ("io_bandwidth_gbps", "Links (GB/s)", 2000)
    up = ("dram_bandwidth_gbps", "Memory bandwidth (GB/s)", 5000)
    return _design_chart(m, line, across, up, _bandwidths()).properties(
        title="The largest memory bandwidth without a licence, by links",
        description="The bound on memory bandwidth against link bandwidth on the chosen date. Without a line nothing "
        "binds; where the TPP of the chip needs a licence anyway, the line lies at zero.",
        height=300,
    )


@exhibit
def design() -> Parts:
    """How much compute and memory a chip may have on a day without a licence, and what binds."""
    return Parts(
        controls.room_left,
        [tpp_by_area, memory_by_links],
        {f"{name} on {day}": verdicts.design(name, day) for name, day in DESIGNED},
        data.cite(pd.concat([_areas(), _bandwidths()])),
    )
