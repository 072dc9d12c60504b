"""Machines, sites, tariffs and supplies of electricity as the models of clusters want them."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import energy, scaling
from hardware_phase.sources import checks

# Rows of systems.csv and chips.csv that belong together.
CLOUDMATRIX = ("CloudMatrix 384 (SemiAnalysis)", "Ascend 910C (press)")
NVL72 = ("GB200 NVL72 (SemiAnalysis)", "GB200 (per GPU)")
DGX_H100 = ("DGX H100", "H100 SXM5 80GB")

# What a reader may match a cluster with, by the name on the page.
WEAKER_CHIPS = {
    "Ascend 910B2": "Ascend 910B2",
    "MetaX C500": "Xiyun C500 (OAM)",
    "Biren BR104": "BR104",
    "Alibaba Zhenwu 810E": "PPU / Zhenwu 810E",
    "Nvidia H20 (export version)": "H20 96GB",
}
FRONTIER_SYSTEMS = {
    "GB200 NVL72 (145 kW)": NVL72,
    "GB200 NVL72 (120 kW)": ("GB200 NVL72 (reference sheet)", "GB200 (per GPU)"),
    "GB300 NVL72": ("GB300 NVL72", "GB300 (per GPU)"),
    "DGX H100": DGX_H100,
    "TPU7x pod (power assumed)": ("TPU7x (Ironwood) pod", "TPU7x (Ironwood)"),
    "Trainium2 (power assumed)": ("Trn2 UltraServer", "Trainium2"),
}
PROVINCES = {"Inner Mongolia": "CHN_INNER_MONGOLIA", "Gansu": "CHN_GANSU", "Guizhou": "CHN_GUIZHOU"}
MFU = 0.4  # of both sides where pages compare machines: this book's choice, near the middle of Llama 3.1's 38 to 43 %
SERIES, PAIR = "GPT-3, mean of 5.6 doublings", "Llama 3.1, one doubling"  # measured with all else alike
HUB, AMERICAN_CLOUD = "CHN_TARGET_HUB_NODES", "USA_AWS"  # regions of power_economics.csv that publish a PUE

LARGEST = ("TPU7x (Ironwood) pod", "Atlas 950 SuperPoD", "Atlas 960 SuperPoD", "Atlas 950 SuperCluster")

# Columns of systems.csv as they stand beside each other on the page.
SIDE_BY_SIDE = {
    "chips": "Chips",
    "bf16_dense_pflops": "Compute, dense BF16 (PFLOP/s)",
    "hbm_tb": "Memory (TB)",
    "hbm_bandwidth_tb_s": "Memory bandwidth (TB/s)",
    "power_kw": "Power (kW)",
    "price_usd_million_low": "Price ($ million)",
}


def systems() -> pd.DataFrame:
    """The table of systems by name."""
    return data.load("systems").set_index("system", drop=False)


def chips() -> pd.DataFrame:
    """The table of chips by name."""
    return data.load("chips").set_index("chip", drop=False)


def side_by_side(rows: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Systems as columns, and what readers compare of them as rows, with units in the labels."""
    return pd.DataFrame(rows).loc[list(SIDE_BY_SIDE)].rename(index=SIDE_BY_SIDE).astype(float)


def huawei_rates() -> pd.Series:
    """Published rates of the CloudMatrix 384, dense BF16 PFLOP/s, by name of the system."""
    return systems().loc[[CLOUDMATRIX[0], "CloudMatrix384 (Huawei paper rate)"], "bf16_dense_pflops"]


def power_for_the_same_compute() -> pd.DataFrame:
    """Power of a CloudMatrix 384 over an NVL72's for the same peak compute, by published rates and powers."""
    known = systems()
    huawei, nvidia = known.loc[CLOUDMATRIX[0]], known.loc[NVL72[0]]
    powers = known.loc[[NVL72[0], "GB200 NVL72 (reference sheet)"], "power_kw"]

    def ratio(pflops: float, kw: float) -> float:
        compared = scaling.compare_systems(pflops, huawei["power_kw"], nvidia["bf16_dense_pflops"], kw)
        return compared["power_per_amount"]

    return pd.DataFrame(
        {
            f"NVL72 at {kw:.0f} kW": {f"CloudMatrix at {rate} PFLOP/s": ratio(rate, kw) for rate in huawei_rates()}
            for kw in powers
        }
    ).round(2)


def published_losses() -> dict[str, float]:
    """Share of the speed that each doubling of a cluster takes, by four published figures, the measured ones first."""
    rows = data.load("efficiency_checks").set_index("case")

    def published(case: str) -> float:
        return scaling.REPRODUCES[case](checks.inputs(rows.loc[case])) / 100

    def stage(name: str) -> tuple[float, float]:
        inputs = checks.inputs(rows.loc[f"llama31_405b_mfu_{name}"])
        return inputs["gpus"], inputs["tflops"]

    return {
        SERIES: published("megatron_gpt3_loss_per_doubling"),
        PAIR: published("llama31_405b_loss_per_doubling"),
        "Llama 3.1, with longer sequences on top": scaling.loss_per_doubling(
            *stage("8k_gpus"), *stage("16k_gpus_cp16")
        ),
        "Moore Threads' claim for its cards": published("kuae_loss_per_doubling"),
    }


def network_loss() -> float:
    """Loss a doubling where the explorers begin: the mean of the measured series, to a thousandth."""
    return round(published_losses()[SERIES], 3)


def server_share(loss: float) -> float:
    """Share of its peak that a server would have to reach, if each doubling up to the smaller Llama 3.1 took `loss`."""
    row = data.load("efficiency_checks").set_index("case").loc["llama31_405b_mfu_8k_gpus"]
    chips = checks.inputs(row)["gpus"]
    return row["expected_value"] / 100 / scaling.network_efficiency(chips, scaling.SERVER_CHIPS, loss)


def largest() -> pd.DataFrame:
    """The largest machines that publish an FP8 rate: launch, status, chips, rates, and the rate in Atlas 950 SuperPoDs."""
    rows = systems().loc[list(LARGEST)]
    pflops = rows["fp8_dense_pflops"]
    return pd.DataFrame(
        {
            "launch": rows["launch_date"].dt.year,
            "status": rows["status"],
            "chips": rows["chips"],
            "FP8 PFLOP/s": pflops,
            "TFLOP/s per chip": (pflops * 1e3 / rows["chips"]).round(),
            "Atlas 950 SuperPoDs": (pflops / pflops["Atlas 950 SuperPoD"]).round(1),
        }
    ).rename_axis(None)


@functools.cache
def machine(system: str | None, chip: str) -> dict[str, str | float]:
    """Record of a machine by the names of its system (None for a chip in a server) and chip; see `scaling.machine`."""
    return scaling.machine(None if system is None else systems().loc[system], chips().loc[chip])


def work(machine: Mapping, count: float, loss: float = 0.0, mfu: float = MFU) -> float:
    """Useful FLOP/s of a cluster of so many chips of a machine."""
    return scaling.cluster_compute(count, machine["bf16_flop_per_s"], mfu, machine["domain"], loss)


def chips_for(machine: Mapping, target: float, loss: float = 0.0, mfu: float = MFU) -> float:
    """Chips of a machine that reach so many useful FLOP/s."""
    return scaling.chips_to_match(target, machine["bf16_flop_per_s"], mfu, machine["domain"], loss)


def watts(records: Mapping[str, Mapping], pues: Mapping[str, float]) -> pd.DataFrame:
    """Power of one chip of each machine: alone, with its share of the system, and at the meter of its site."""
    return pd.DataFrame(
        {
            name: {
                "chip, rated (W)": record["tdp_w"],
                "whole system, per chip (W)": record["system_w"],
                "system over chip": scaling.system_overhead(record),
                "PUE of its site": pues[name],
                "at the meter (W)": energy.facility_power(record["system_w"], pues[name]),
            }
            for name, record in records.items()
        }
    )


def costs(machine: Mapping, row: pd.Series, count: float, pue: float, usd_per_kwh: float) -> dict[str, float]:
    """What so many chips of a machine, sold as the system of a row, cost to buy and to feed, $ million."""
    meter_w = energy.facility_power(scaling.it_power(count, machine["system_w"]), pue)
    usd_per_chip = row["price_usd_million_low"] * 1e6 / row["chips"]
    capital = scaling.capital_cost(count, usd_per_chip, meter_w, site_usd_per_w())
    bill = energy.electricity_cost(energy.energy(meter_w), usd_per_kwh)
    return {
        "systems, $ million": count * usd_per_chip / 1e6,
        "systems and site, $ million": capital / 1e6,
        "electricity, $ million a year": bill / 1e6,
    }


@functools.cache
def weaker_machines() -> dict[str, dict[str, str | float]]:
    """Chinese machines and export chips by name.

    The Atlas 950 publishes no power. It borrows that of the 950PR, a sister chip on the market.
    """
    known = chips()
    atlas = {**known.loc["Ascend 950DT 547T 144GB (white paper)"]}
    atlas["tdp_w"] = known.loc["Ascend 950PR (Atlas 350 card as launched)", "tdp_w"]
    return {
        "Ascend 910C, CloudMatrix 384": machine(*CLOUDMATRIX),
        "Atlas 950 SuperPoD (power assumed)": scaling.machine(systems().loc["Atlas 950 SuperPoD"], atlas),
        **{name: machine(None, chip) for name, chip in WEAKER_CHIPS.items()},
    }


@functools.cache
def frontier_machines() -> dict[str, dict[str, str | float]]:
    """American machines by name."""
    return {name: machine(*pair) for name, pair in FRONTIER_SYSTEMS.items()}


@functools.cache
def median_overhead() -> float:
    """System power over chip power, the median of the machines that publish a system power."""
    records = [*weaker_machines().values(), *frontier_machines().values()]
    return float(np.median([scaling.system_overhead(record) for record in records if record["system_w"] > 0]))


def pue(region: str) -> float:
    """Power usage effectiveness that a region reports or sets as its target."""
    return data.value("power_economics", "value", metric="pue", region=region)


def tariff(metric: str, **match: str | int) -> float:
    """A price of electricity in the table of power economics, $/kWh."""
    return data.value("power_economics", "value", metric=metric, unit="usd_per_kwh", **match)


def tariffs() -> dict[str, float]:
    """Prices of electricity that large users pay, $/kWh."""
    return {
        "China, industry, 2024": tariff("industrial_electricity_price", region="CHN", year=2024),
        "US, industry, 2024": tariff("industrial_electricity_price", region="USA", year=2024),
        "Western China, subsidised, 2025": tariff("datacentre_electricity_price_after_subsidy"),
    }


def site_usd_per_w() -> float:
    """What a watt of site costs without computers, $/W, by Epoch's estimate for Abilene."""
    return data.value("power_economics", "value", technology="datacentre_construction_only") / 1e3


def carbon_intensity() -> pd.Series:
    """Grams of CO2 equivalent per kWh of each country's grid in 2024, over the life cycle."""
    rows = data.load("power_economics").query("metric == 'grid_carbon_intensity' and year == 2024")
    return rows.set_index("region")["value"]


def water_intensity() -> pd.Series:
    """Litres of water per kWh, by where it is used (on site, at power plants) and region."""
    rows = data.load("power_economics").query("metric == 'water_usage_effectiveness'")
    return rows.set_index(["technology", "region"])["value"]


def footprint(machine_w: float, pue: float) -> pd.Series:
    """Carbon and water of a machine of so many watts that runs for a year at full load."""
    year = energy.energy(energy.facility_power(machine_w, pue))
    grams, water = carbon_intensity(), water_intensity()
    cooling = energy.water_use(energy.energy(machine_w), water["on_site"]) / 1e6
    return pd.Series(
        {
            "carbon, China's grid (t CO2e)": energy.emissions(year, grams["CHN"]) / 1e6,
            "carbon, the US grid (t CO2e)": energy.emissions(year, grams["USA"]) / 1e6,
            "water on site, AWS 2024 (million L)": cooling["USA_AWS"],
            "water on site, US mean 2014 (million L)": cooling["USA"],
            "water of power plants, US 2014 (million L)": energy.water_use(year, water["power_plants", "USA"]) / 1e6,
        }
    )


def planned() -> float:
    """Ascend 910C that are planned for 2026, chips."""
    match = {"product": "Ascend 910C", "metric": "production", "year": 2026, "kind": "plan"}
    return data.value("production", "units", **match)


def provinces() -> pd.DataFrame:
    """Rows of power_economics.csv with the annual generation of Chinese provinces (TWh), the newest of each, by region."""
    rows = data.load("power_economics").query("metric == 'annual_generation'").sort_values("year")
    return rows.astype({"region": str}).drop_duplicates("region", keep="last").set_index("region")


def generation() -> pd.DataFrame:
    """Rows of generation.csv with all electricity of a country: one series each."""
    return data.load("generation").query("source_type == 'total' and preferred == 'yes'")


@functools.cache
def regions() -> dict[str, dict[str, float]]:
    """Supplies to compare a cluster with: ``supply_wh`` (Wh a year) and ``g_per_kwh``.

    A province has the carbon intensity of its country.
    """
    twh, local = generation().set_index(["country", "year"])["generation_twh"], provinces()
    supplies = {
        "China, 2025": (twh["CHN", 2025], "CHN"),
        "China, growth from 2024 to 2025": (twh["CHN", 2025] - twh["CHN", 2024], "CHN"),
        **{f"{name}, {local.loc[code, 'year']}": (local.loc[code, "value"], "CHN") for name, code in PROVINCES.items()},
        "United States, 2025": (twh["USA", 2025], "USA"),
        "World, 2024": (twh["WORLD", 2024], "WORLD"),
    }
    grams = carbon_intensity()
    return {
        name: {"supply_wh": float(supply) * 1e12, "g_per_kwh": float(grams[code])}
        for name, (supply, code) in supplies.items()
    }


def sites() -> pd.DataFrame:
    """Sites whose chips and power have both been reported.

    Returns
    -------
    pandas.DataFrame
        By site: ``label``, ``accelerators``, ``reported_w`` (power of the site, W) and ``w_per_chip`` (power of the
        machines over their chips; Trainium2's is its rated power times `median_overhead`).
    """
    table = (
        data.load("datacentres")
        .query("metric in ['accelerators', 'facility_power']")
        .astype({"site": str, "metric": str})
        .pivot(index=["site", "year", "note"], columns="metric", values="base")
        .dropna()
        .reset_index()
    )
    nvl72 = machine(*NVL72)["system_w"]
    w_per_chip = {
        "colossus_1": machine(*DGX_H100)["system_w"],
        "colossus_2": nvl72,
        "stargate_abilene": nvl72,
        "rainier_new_carlisle": frontier_machines()["Trainium2 (power assumed)"]["tdp_w"] * median_overhead(),
    }
    pairs = zip(table["site"], table["accelerators"], strict=True)
    return pd.DataFrame(
        {
            "label": [f"{site.replace('_', ' ').title()}, {count:,.0f}" for site, count in pairs],
            "accelerators": table["accelerators"].to_numpy(),
            "reported_w": table["facility_power"].to_numpy() * 1e6,
            "w_per_chip": table["site"].map(w_per_chip).to_numpy(),
        }
    )


def sums_and_meters(pue: float) -> pd.DataFrame:
    """Power of each of `sites` built from its chips, beside the power that it is reported to draw."""
    known = sites().set_index("label")
    gaps = scaling.power_gap(known["reported_w"], known["accelerators"], known["w_per_chip"], pue)
    return pd.DataFrame(
        {
            "W per chip in its system": known["w_per_chip"].round(),
            "sum (MW)": (gaps["bottom_up_w"] / 1e6).round(),
            "reported (MW)": known["reported_w"] / 1e6,
            "left out (%)": (gaps["gap"] * 100).round(),
            "PUE that would close it": gaps["closing_pue"].round(2),
        }
    ).rename_axis(None)
