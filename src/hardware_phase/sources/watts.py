"""Prices of electricity, of sites and of machines, as the model of the cost of computing wants them."""

from __future__ import annotations

import functools

import pandas as pd

from hardware_phase import data
from hardware_phase.models import cost_of_watts as cost
from hardware_phase.sources import checks, clusters

WEST = "CHN_GANSU_GUIZHOU_INNER_MONGOLIA"
SUBSIDISED = "Western China, after subsidy"


def economics() -> pd.DataFrame:
    """The table of power economics with its codes as text."""
    return data.load("power_economics").astype({"region": str, "metric": str, "unit": str})


def electricity_prices() -> pd.DataFrame:
    """Rows of the table that the prices of electricity come from, since 2024."""
    rows = economics()
    return rows[rows["metric"].str.contains("electricity_price") & (rows["year"] >= 2024)]


@functools.cache
def tariffs() -> dict[str, float]:
    """Prices of electricity, $/kWh, cheapest first.

    Those of Gansu are what one hub quotes, in yuan, at the rate that the report of the subsidy implies.
    """
    usd = economics().query("unit == 'usd_per_kwh'").set_index(["metric", "region", "year"])["value"].sort_index()
    yuan = data.value("power_economics", "value", metric="exchange_rate_implied")
    hub = economics().query("region == 'CHN_GANSU_QINGYANG' and unit == 'cny_per_kwh'").set_index("metric")
    quoted = hub["low"].fillna(hub["value"])
    return {
        "Gansu, renewable, from": quoted["renewable_electricity_price"] / yuan,
        "Gansu, coal": quoted["coal_electricity_price"] / yuan,
        SUBSIDISED: usd["datacentre_electricity_price_after_subsidy", WEST, 2025].item(),
        "US, industry, 2024": usd["industrial_electricity_price", "USA", 2024].item(),
        "China, industry, 2024": usd["industrial_electricity_price", "CHN", 2024].item(),
        "US, commercial, 2024": usd["commercial_electricity_price", "USA", 2024].item(),
    }


def check_inputs(case: str) -> dict[str, float]:
    """The published inputs of a case of energy_checks.csv."""
    return checks.inputs(data.load("energy_checks").set_index("case").loc[case])


@functools.cache
def per_watt() -> dict[str, float]:
    """What a watt of power plant and of data centre costs to build, $/W."""

    def built(case: str) -> float:
        plant = check_inputs(case)
        return cost.capital_per_watt(plant["usd"], plant["units"], plant["mw"] * 1e6)

    def per_kw(**match: str | int) -> float:
        return data.value("power_economics", "value", **match) / 1e3

    return {
        "Vogtle, nuclear, US": built("vogtle_usd_per_watt"),
        "Zhangzhou, nuclear, China": built("zhangzhou_usd_per_kw"),
        "Solar, US": per_kw(metric="capex", unit="usd_per_kw", year=2025, technology="solar_utility", region="USA"),
        "Data centre, site only (Abilene)": per_kw(technology="datacentre_construction_only"),
        "Data centre with chips (Abilene)": per_kw(technology="datacentre_all_in", region="USA_STARGATE_ABILENE"),
        "Data centre with chips (Bernstein)": per_kw(
            technology="datacentre_all_in", source="bernstein_2025_gw_cost", kind="reported"
        ),
    }


def machine(system: str, chip: str) -> dict[str, float]:
    """A published system over its chips: rate (FLOP/s), price ($) and power (W) of one."""
    row, record = clusters.systems().loc[system], clusters.machine(system, chip)
    prices = row[["price_usd_million_low", "price_usd_million_high"]].mean()
    return {
        "flop_per_s": record["bf16_flop_per_s"],
        "usd_per_chip": prices * 1e6 / row["chips"],
        "system_w": record["system_w"],
    }


def in_a_server(chip: str) -> dict[str, float]:
    """A chip that is listed alone, with the price and power of DGX H100 over its chips."""
    chips, server = clusters.chips(), machine(*clusters.DGX_H100)
    row, reference = chips.loc[chip], chips.loc[clusters.DGX_H100[1]]
    middle = ["price_usd_low", "price_usd_high"]
    return {
        "flop_per_s": row["bf16_fp16_dense_tflops"] * 1e12,
        "usd_per_chip": row[middle].mean() * server["usd_per_chip"] / reference[middle].mean(),
        "system_w": row["tdp_w"] * server["system_w"] / reference["tdp_w"],
    }


def weaker_machines() -> dict[str, dict[str, float]]:
    """Machines on the weaker side by name; what has no price of its own is marked as assumed."""
    return {
        "CloudMatrix 384 (910C)": machine(*clusters.CLOUDMATRIX),
        "Ascend 910B2 (assumed)": in_a_server("Ascend 910B2"),
        "H20 (assumed)": in_a_server("H20 96GB"),
        "DGX H100": machine(*clusters.DGX_H100),
    }


def frontier_machines() -> dict[str, dict[str, float]]:
    """Machines on the frontier side by name."""
    return {
        "GB200 NVL72": machine(*clusters.NVL72),
        "GB300 NVL72": machine("GB300 NVL72", "GB300 (per GPU)"),
        "DGX H100": machine(*clusters.DGX_H100),
    }


def shared() -> dict[str, float]:
    """What both sides have in common at first: the book's choices, an analyst's load, Epoch's price of a site."""
    return {
        "mfu": clusters.MFU,
        "busy": check_inputs("h100_fleet_3p5m_annual_energy")["utilisation"],
        "site_usd_per_w": round(per_watt()["Data centre, site only (Abilene)"], 2),
        "chip_years": 4.0,
        "site_years": 15.0,
        "rate": 0.08,
    }


def extra_electricity() -> tuple[float, float]:
    """How much more electricity domestic chips are reported to need for a token than an H20, as shares."""
    row = economics().query("metric == 'extra_electricity_per_token_domestic_chip_vs_h20'").iloc[0]
    return row["low"] / 100, row["high"] / 100


def granted() -> float:
    """Share of the electricity bill that the subsidy is reported to pay, at most."""
    return data.value("power_economics", "value", metric="subsidy_share_of_electricity_bill") / 100


def western_prices() -> dict[str, float]:
    """Two readings of the western price before the subsidy, and the second after it, $/kWh."""
    discount = data.value("power_economics", "value", metric="industrial_price_discount_to_coast", region=WEST) / 100
    less = tariffs()["China, industry, 2024"] * (1 - discount)
    return {
        "before a cut by half, from 5.6 cents": tariffs()[SUBSIDISED] / (1 - granted()),
        "national mean less 30 %": less,
        "the same cut by half": less * (1 - granted()),
    }


def huawei_cards() -> float:
    """Huawei's cards shipped in China in 2025, by IDC."""
    rows = data.load("production").query("unit == 'cards' and metric == 'shipments in China' and year == 2025")
    return rows.query("vendor == 'Huawei'")["units"].item()
