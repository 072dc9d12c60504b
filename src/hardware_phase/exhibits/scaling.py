"""Match a frontier cluster with weaker chips: the explorers and charts of `book/energy-scale-long-game/scaling.md`."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, colour, curve, exhibit, reference_bars, stacked_bars, unit_axis
from hardware_phase import data
from hardware_phase.models import scaling
from hardware_phase.sources import clusters

SIDES = [colour["china"], colour["us"]]


@exhibit
def match() -> Parts:
    """The weaker cluster that does the work of a frontier cluster, with its power, its energy and its bill."""
    tariffs = clusters.tariffs()
    systems, chips = clusters.systems(), clusters.chips()
    watts_by_part = stacked_bars(
        {"Weaker chips": "weaker_parts_w", "Frontier": "frontier_parts_w"},
        ["Chips", "Rest of system", "Building"],
        unit="W",
        x_title="Power at the meter",
        title="Where the watts go",
        description="Two stacked bars: power of chips, of the rest of the systems, and of the building, for each cluster.",
        colours=[colour["s1"], colour["s2"], colour["s6"]],
        columns=("cluster", "part", "power_w"),
        size=24,
    )
    power_by_size = curve(
        "frontier_chips",
        {"weaker_power_w": "Weaker chips", "frontier_power_w": "Frontier"},
        title="Power at the meter by size of the frontier cluster",
        description="Two rising lines on logarithmic axes; the gap between them widens where the network takes more "
        "from the larger cluster.",
        y_title="Power at the meter",
        y_unit="W",
        log_y=True,
        colours=SIDES,
        height=260,
    )
    bill_by_price = curve(
        "weaker_usd_per_kwh",
        {"weaker_usd_per_year": "Weaker chips", "frontier_usd_per_year": "Frontier"},
        title="The bill by the price that the weaker cluster pays",
        description="A rising line for the weaker cluster crosses the level line of the frontier cluster at the price "
        "where both bills are equal.",
        y_title="Electricity, $ a year",
        y_unit="$",
        colours=SIDES,
        height=260,
    )
    return Parts(
        scaling.match_cluster,
        [watts_by_part, power_by_size, bill_by_price],
        values={
            "weaker_machines": clusters.weaker_machines(),
            "frontier_machines": clusters.frontier_machines(),
            "regions": clusters.regions(),
            "china_usd_per_kwh": tariffs["China, industry, 2024"],
            "us_usd_per_kwh": tariffs["US, industry, 2024"],
            "subsidised_usd_per_kwh": tariffs["Western China, subsidised, 2025"],
            "hub_pue": clusters.pue(clusters.HUB),
            "american_pue": clusters.pue(clusters.AMERICAN_CLOUD),
            "network_loss": clusters.network_loss(),
            "mfu": clusters.MFU,
            "median_overhead": round(clusters.median_overhead(), 2),
        },
        source=data.cite(
            pd.concat(
                [
                    systems.loc[[clusters.CLOUDMATRIX[0], clusters.NVL72[0]], ["source"]],
                    chips.loc[[clusters.NVL72[1], clusters.CLOUDMATRIX[1]], ["source"]],
                    clusters.provinces()[["source"]].reset_index(drop=True),
                    clusters.generation().tail(1)[["source"]],
                ]
            )
        ),
    )


@exhibit
def meter() -> Parts:
    """Power built from the bottom up beside the power that sites are reported to draw."""
    sites = clusters.sites()
    reported_w = sites["reported_w"].to_numpy()

    def sum_and_meter(*, pue, outside_share):
        """The gap of every site, and the extremes."""
        gaps = scaling.power_gap(
            reported_w, sites["accelerators"].to_numpy(), sites["w_per_chip"].to_numpy(), pue, outside_share
        )
        gap = gaps["gap"]
        return {**gaps, "largest": np.max(gap), "smallest": np.min(gap), "mean": np.mean(np.abs(gap))}

    sums_and_reports = reference_bars(
        sites["label"].tolist(),
        "bottom_up_w",
        reported_w,
        unit="W",
        x_title="At the meter: sum (bar), reported",
        title="Sums from the bottom up and reported power",
        description="One bar a site for servers times PUE, one mark for the reported power.",
        tint=colour["us"],
        columns=("site", "reported_w"),
    )
    reports = data.load("datacentres").query("metric in ['accelerators', 'facility_power'] and country == 'USA'")
    return Parts(
        sum_and_meter,
        [sums_and_reports],
        values={"hub_pue": clusters.pue(clusters.HUB), "american_pue": clusters.pue(clusters.AMERICAN_CLOUD)},
        source=data.cite(reports),
    )


def ratios(machines: pd.DataFrame, cited: pd.DataFrame) -> alt.LayerChart:
    """Each row of a table of two machines, the first over the second, as bars; `cited` are the rows behind it."""
    first, second = machines.columns
    rows = (machines[first] / machines[second]).rename_axis("what").reset_index(name="ratio")
    rows["what"] = rows["what"].str.replace(r" \(.*", "", regex=True)
    base = alt.Chart(rows).encode(
        y=alt.Y("what:N", sort=None, title=None),
        x=alt.X("ratio:Q", title=f"One {first} over one {second}", scale=alt.Scale(domain=[0, 6])),
    )
    numbers = base.mark_text(align="left", dx=4).encode(text=alt.Text("ratio:Q", format=".1f"))
    return (base.mark_bar(color=colour["china"]) + numbers).properties(
        title=alt.Title(
            "Five times the chips, four times the power, less than twice the compute", subtitle=data.cite(cited)
        ),
        description=f"One bar for each property of {first} over that of {second}: "
        + ", ".join(f"{what.lower()} {ratio:.1f}" for what, ratio in rows.itertuples(index=False)),
        height=250,
    )


def speed_kept(losses: Mapping[str, float], domain: int = 384) -> alt.LayerChart:
    """What a chip keeps of its speed in clusters of up to a million chips, for losses per doubling that sources give."""
    sizes, ordered = np.geomspace(domain, 1e6, 60), sorted(losses.values())
    lines = pd.concat(
        pd.DataFrame({"chips": sizes, "share": scaling.network_efficiency(sizes, domain, loss), "loss": f"{loss:.1%}"})
        for loss in ordered
    )
    kept = ", ".join(
        f"{scaling.network_efficiency(1e6, domain, loss):.0%} for a loss of {loss:.1%}" for loss in ordered
    )
    base = alt.Chart(lines).encode(
        x=alt.X(
            "chips:Q",
            scale=alt.Scale(type="log", domain=[domain, 4e6], nice=False),
            axis=unit_axis("", "Chips in the cluster", log="x"),
        ),
        y=alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=unit_axis("%", "Speed kept by each chip")),
        color=alt.Color("loss:N", legend=None, sort=None),
    )
    ends = base.transform_filter(alt.datum.chips > 0.99e6).mark_text(align="left", dx=4).encode(text="loss:N")
    return (base.mark_line() + ends).properties(
        title="A small loss per doubling leaves most of the speed; a large one takes three quarters at a million chips",
        description=f"Lines fall from 100 % at {domain} chips; at a million chips they keep {kept} a doubling.",
    )
