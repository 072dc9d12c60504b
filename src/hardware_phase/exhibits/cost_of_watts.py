"""Price a useful FLOP: the explorers and charts of `book/energy-scale-long-game/cost-of-watts.md`."""

from __future__ import annotations

from functools import partial
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, colour, curve, exhibit, stacked_bars
from hardware_phase import data
from hardware_phase.exhibits.wording import in_words
from hardware_phase.models import cost_of_watts as cost
from hardware_phase.sources import clusters
from hardware_phase.sources import watts as prices

SIDES = [colour["china"], colour["us"]]


@exhibit
def watts() -> Parts:
    """What a zettaFLOP costs on two machines, in chips, site and electricity."""
    tariffs = prices.tariffs()
    cost_by_part = stacked_bars(
        {
            "Weaker": [f"weaker_{part}" for part in cost.PARTS],
            "Frontier": [f"frontier_{part}" for part in cost.PARTS],
        },
        ["Chips", "Site", "Electricity"],
        unit="$",
        x_title="$ per zettaFLOP",
        title="Where the money goes",
        description="Two stacked bars: chips, site and electricity in the cost of a zettaFLOP on each machine.",
        colours=[colour["s1"], colour["s6"], colour["s2"]],
        columns=("side", "part", "usd"),
        size=26,
    )
    by_price = partial(
        curve,
        y={"weaker_usd": "Weaker", "frontier_usd": "Frontier"},
        y_title="$ per zettaFLOP",
        y_unit="$",
        colours=SIDES,
        height=260,
    )
    cost_by_power = by_price(
        "weaker_usd_per_kwh",
        title="Cost by the price that the weaker side pays",
        description="Cost of a zettaFLOP of the weaker machine rises with its price of electricity; that of the frontier "
        "machine is level. Where they cross, both cost the same.",
    )
    cost_by_chip = by_price(
        "price_factor",
        title="Cost by the price of the weaker chip",
        description="Cost of a zettaFLOP of the weaker machine rises with the price of its chip over the published one.",
        x_title="Price over the published one",
    )
    systems = [clusters.CLOUDMATRIX[0], clusters.NVL72[0], clusters.DGX_H100[0], "GB300 NVL72"]
    compare = partial(cost.compare_costs, published_usd_per_kwh=(min(tariffs.values()), max(tariffs.values())))

    def model(**settings: Any) -> dict[str, Any]:
        found = compare(**settings)
        return found | {
            "price_for_equal_cost": in_words(
                100 * found["equal_usd_per_kwh"],
                "cents a kWh",
                step=1,
                last=40,
                below="None: not even free power",
                above="any up to 40 cents a kWh",
            )
        }

    return Parts(
        model,
        [cost_by_part, cost_by_power, cost_by_chip],
        values={
            **prices.shared(),
            "weaker_machines": prices.weaker_machines(),
            "frontier_machines": prices.frontier_machines(),
            "china_usd_per_kwh": tariffs["China, industry, 2024"],
            "us_usd_per_kwh": tariffs["US, industry, 2024"],
            "subsidised_usd_per_kwh": tariffs[prices.SUBSIDISED],
            "cheapest_usd_per_kwh": round(tariffs["Gansu, renewable, from"], 3),
            "hub_pue": clusters.pue(clusters.HUB),
            "american_pue": clusters.pue(clusters.AMERICAN_CLOUD),
        },
        source=data.cite(
            pd.concat([clusters.systems().loc[systems, ["source"]], prices.electricity_prices()[["source"]]])
        ),
    )


@exhibit
def subsidy() -> Parts:
    """Whether a subsidy on electricity pays for what a less efficient chip wastes, and what it costs."""
    extra, granted, western = prices.extra_electricity(), prices.granted(), prices.western_prices()
    before, average_less, _ = western.values()
    economics = prices.economics()
    needed_and_granted = curve(
        "extra",
        {"break_even": "Needed", "granted": "Granted"},
        title="Subsidy that is needed and granted",
        description="The subsidy that keeps the bill level rises with the extra electricity of the chip; the granted one is a "
        "level line. Left of their crossing the user gains.",
        y_title="Share of the bill",
        y_unit="%",
        y_domain=[0, 0.7],
        colours=[colour["bad"], colour["good"]],
        height=280,
    )
    same_site = watts().evaluate(frontier_pue=clusters.pue(clusters.HUB))
    return Parts(
        partial(
            cost.subsidy_case,
            card_w=prices.machine(*clusters.CLOUDMATRIX)["system_w"],
            pue=clusters.pue(clusters.HUB),
            reported_extra=extra,
            reported_subsidy=granted,
        ),
        [needed_and_granted],
        values={
            "extra_low": extra[0],
            "extra_middle": sum(extra) / 2,
            "extra_high": extra[1],
            "extra_cloudmatrix": round(float(same_site["energy_ratio"]) - 1, 2),
            "granted": granted,
            "usd_before": round(before, 3),
            "usd_from_mean": round(average_less, 3),
            "cards": prices.huawei_cards(),
            "load": prices.shared()["busy"],
        },
        source=data.cite(economics[economics["source"].astype(str) == "ft_2025_subsidy_greenergydaily"]),
    )


def electricity_prices() -> alt.LayerChart:
    """Prices of electricity as bars, in the colours of the two countries."""
    tariffs = prices.tariffs()
    rows = pd.DataFrame({"who": list(tariffs), "price": list(tariffs.values())})
    rows["country"] = np.where(rows["who"].str.startswith("US"), "United States", "China")
    base = alt.Chart(rows).encode(
        y=alt.Y("who:N", sort=None, title=None, axis=alt.Axis(labelLimit=190)),
        x=alt.X("price:Q", axis=alt.Axis(title="$ per kWh", tickCount=4), scale=alt.Scale(domain=[0, 0.15])),
    )
    tint = alt.Color("country:N", legend=None, scale=alt.Scale(domain=["China", "United States"], range=SIDES))
    numbers = base.mark_text(align="left", dx=4).encode(text=alt.Text("price:Q", format=".3f"))
    return (base.mark_bar().encode(color=tint) + numbers).properties(
        title=alt.Title(
            "Average industrial power is not cheaper in China; some places are",
            subtitle=data.cite(prices.electricity_prices()),
        ),
        description="Bars of electricity prices: "
        + ", ".join(f"{who} {value:.3f} $/kWh" for who, value in tariffs.items()),
        height=230,
    )
