"""Supply of electricity, plants, chips shipped and forecasts of demand, as the model of the grid wants them."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import energy, grid, scaling, times
from hardware_phase.sources import checks, clusters, futures

COUNTRIES = {"China": "CHN", "United States": "USA"}
FOSSIL = {"CHN": ["fossil"], "USA": ["coal", "gas"]}
"""Source types that are counted as fossil; for the last years of the United States no other is published."""
INSTALLED = ["Fossil and other", "Hydro", "Nuclear", "Wind", "Solar"]
NEW_PLANTS = {"solar": "solar", "wind": "wind", "fossil": "thermal", "hydro": "hydro", "nuclear": "nuclear"}
"""Kinds of plants in the table of capacity, and their technologies in that of power economics."""

IDC, EPOCH = "China, all cards (IDC)", "outside China (Epoch)"
CARDS, SHIPPED_IN_CHINA = "AI accelerator cards", "shipments in China"
NVIDIA, NVIDIA_TO_CHINA = "data-centre GPUs (A100 to B300)", "data-centre GPUs to China"
CUMULATIVE = {"Google": ("TPU (all)", 2023), "Amazon": ("Trainium (all)", 2024), "AMD": ("Instinct (all)", 2024)}
"""What other vendors ship is published as sums since a year."""
IEA = "graphicnews_2025_iea_regions"

BUILDS = {
    ("datacentre", "USA_COLOSSUS_1"): "Colossus 1, in an old factory",
    ("datacentre", "WORLD"): "Data centre, building only",
    ("solar_plus_storage", "USA"): "Solar with storage, US",
    ("power_transformer_delivery", "USA"): "Power transformer, US",
    ("nuclear", "CHN"): "Nuclear plant, China",
    ("gas_combined_cycle", "USA"): "Gas plant, US",
    ("gas_turbine_delivery", "USA"): "Gas turbine, US",
    ("grid_connection_of_a_load", "USA_VIRGINIA"): "Connection of a load, Virginia",
    ("grid_interconnection_queue", "USA"): "A plant's queue for the grid, US",
    ("nuclear", "USA_VOGTLE"): "Nuclear plant, Vogtle",
}
"""Technology and region of the times to build, and what they are called on the page."""
MONTHS = {"days": 12 / 365, "weeks": 12 * 7 / 365, "months": 1, "years": 12}


# -- supply -----------------------------------------------------------------------------------------------------------


def generation() -> pd.DataFrame:
    """Rows of generation.csv that form one series for each country and source."""
    return data.load("generation").query("preferred == 'yes'").astype({"country": str, "source_type": str})


def totals_of_both() -> pd.DataFrame:
    """Rows with all electricity of China and of the United States."""
    return generation().query("source_type == 'total' and country in ['CHN', 'USA']")


@functools.cache
def generated_twh() -> pd.DataFrame:
    """TWh by year, in columns of country and source type."""
    return generation().pivot(index="year", columns=["country", "source_type"], values="generation_twh")


def total() -> pd.DataFrame:
    """All electricity of the two countries, TWh by year."""
    return pd.DataFrame({name: generated_twh()[code, "total"] for name, code in COUNTRIES.items()})


def series() -> dict[str, np.ndarray]:
    """Generation of each country in each year from 2000, Wh."""
    return {name: values.to_numpy() * 1e12 for name, values in total().items()}


def by_source(code: str) -> pd.DataFrame:
    """TWh by source and year; what the named sources leave of the total is other."""
    part, fossil = generated_twh()[code], FOSSIL[code]
    wind_solar = part["wind"] + part["solar"]
    if "wind_solar" in part:
        wind_solar = wind_solar.fillna(part["wind_solar"])
    table = pd.DataFrame(
        {
            "Fossil": part[fossil].sum(axis=1, min_count=len(fossil)),
            "Hydro": part["hydro"],
            "Nuclear": part["nuclear"],
            "Wind and solar": wind_solar,
        }
    )
    table["Other"] = part["total"] - table.sum(axis=1)
    return table


def growth_of_2025(country: str) -> float:
    """What a country's supply grew by from 2024 to 2025, over that of 2024."""
    supply = total()[country]
    return supply[2025] / supply[2024] - 1


# -- plants -----------------------------------------------------------------------------------------------------------


def capacity() -> pd.DataFrame:
    """Rows of capacity.csv that form one series each, without estimates."""
    rows = data.load("capacity").query("preferred == 'yes' and kind != 'estimate'")
    return rows.astype({"country": str, "source_type": str})


def installed() -> pd.DataFrame:
    """All plants, GW at the end of the year, by country code."""
    rows = capacity().query("source_type == 'total'")
    return rows.pivot(index="year", columns="country", values="installed_gw")


def installed_rows(code: str) -> pd.DataFrame:
    """Rows of capacity.csv with the plants of a country by source, estimates too, to 2025."""
    rows = data.load("capacity").query("preferred == 'yes' and year <= 2025")
    rows = rows.astype({"country": str, "source_type": str})
    return rows[(rows["country"] == code) & rows["installed_gw"].notna()]


def installed_by_source(code: str) -> pd.DataFrame:
    """GW by source and year; what the named sources leave of the total is fossil and other."""
    part = installed_rows(code).pivot(index="year", columns="source_type", values="installed_gw")
    table = part[["hydro", "nuclear", "wind", "solar"]].set_axis(INSTALLED[1:], axis=1)
    table[INSTALLED[0]] = part["total"] - table.sum(axis=1, skipna=False)
    return table.dropna()[INSTALLED]


def new_plants() -> pd.DataFrame:
    """Plants that China added in 2025 by kind: ``GW added`` and ``capacity factor``."""
    factors = data.load("power_economics").query("metric == 'capacity_factor' and region == 'CHN' and year >= 2024")
    shares = factors.set_index("technology")["value"] / 100
    added = capacity().query("country == 'CHN' and year == 2025").set_index("source_type")["added_gw"]
    return pd.DataFrame(
        {
            kind: {"GW added": added[f"gross_{kind}"], "capacity factor": shares[technology]}
            for kind, technology in NEW_PLANTS.items()
        }
    ).T


def build_times() -> pd.DataFrame:
    """Months to build or obtain, by ``what``: ``low`` and ``high`` of all sources, and the sources."""
    times = data.load("power_economics").query("metric == 'build_time' and year >= 2024")
    times = times.astype({"unit": str, "technology": str, "region": str})
    pairs = zip(times["technology"], times["region"], strict=True)
    times = times.assign(what=[BUILDS.get(pair) for pair in pairs]).dropna(subset="what")
    months = times["unit"].map(MONTHS)
    ends = {end: times[end].fillna(times["value"]) * months for end in ("low", "high")}
    grouped = times.assign(**ends).groupby("what", sort=False)
    return grouped.agg(low=("low", "min"), high=("high", "max"), source=("source", ";".join)).reset_index()


# -- chips shipped ----------------------------------------------------------------------------------------------------


def shipped() -> pd.DataFrame:
    """Rows of production.csv with chips or cards that were shipped."""
    return data.load("production").query("unit in ['chips', 'cards'] and kind != 'plan'")


def chips(vendor: str, product: str, metric: str, year: int) -> float:
    """One count of chips."""
    return (
        shipped()
        .query("vendor == @vendor and product == @product and metric == @metric and year == @year")["units"]
        .item()
    )


def _others(year: int) -> float:
    """Chips of the vendors that publish sums, in a year."""

    def in_year(vendor: str, product: str, first: int) -> float:
        until = functools.partial(chips, vendor, product, f"cumulative shipments since {first}")
        return until(year) - (until(year - 1) if year > first else 0)

    return sum(in_year(vendor, *known) for vendor, known in CUMULATIVE.items())


@functools.cache
def counts() -> pd.DataFrame:
    """Chips shipped to China and elsewhere in 2024 and 2025, and their growth."""
    table = pd.DataFrame(
        {
            year: {
                IDC: chips("All vendors", CARDS, SHIPPED_IN_CHINA, year),
                EPOCH: chips("Nvidia", NVIDIA, "shipments", year)
                - chips("Nvidia", NVIDIA_TO_CHINA, "shipments", year)
                + _others(year),
            }
            for year in (2024, 2025)
        }
    )
    table["growth"] = table[2025] / table[2024] - 1
    return table


def centres() -> pd.DataFrame:
    """The table of data centres with its codes as text."""
    return data.load("datacentres").astype({"country": str, "metric": str})


def chinese_w(cards: float) -> float:
    """Watts a card in China: Huawei's in a CloudMatrix, all others as an H20.

    No system around an H20 has a published power: it borrows the ratio of DGX H100.
    """
    dgx = clusters.machine(*clusters.DGX_H100)
    h20_w = clusters.chips().loc["H20 96GB", "tdp_w"] * scaling.system_overhead(dgx)
    huawei = chips("Huawei", "Ascend (all)", SHIPPED_IN_CHINA, 2025)
    return (huawei * clusters.machine(*clusters.CLOUDMATRIX)["system_w"] + (cards - huawei) * h20_w) / cards


@functools.cache
def fleets() -> pd.DataFrame:
    """What came in 2025 by country and count: ``counted``, ``W each``, ``PUE`` and ``GW added in 2025``.

    The first count of each country is computing, in H100 equivalents, with the watts that sites report for one: that of
    `futures.added_in_2025`. China's cards are two further counts, with the watts of their systems.
    """
    cards = counts().loc[IDC, 2025]
    domestic = chips("All Chinese vendors", CARDS, SHIPPED_IN_CHINA, 2025)
    both = chips("Nvidia", NVIDIA_TO_CHINA, "shipments", 2025) + domestic
    hub, cloud = clusters.pue(clusters.HUB), clusters.pue(clusters.AMERICAN_CLOUD)
    computing = futures.added_in_2025()
    china, us = computing["China"], computing["United States"]
    rows = {
        "China, computing": (china["equivalents"], china["w"] / hub, hub),
        "China, IDC": (cards, chinese_w(cards), hub),
        "China, Epoch and IDC": (both, chinese_w(both), hub),
        "United States": (us["equivalents"], us["w"] / cloud, cloud),
    }
    table = pd.DataFrame(rows, index=["counted", "W each", "PUE"]).T
    power = energy.facility_power(table["counted"] * table["W each"], table["PUE"])
    return table.assign(**{"GW added in 2025": power / 1e9})


def ai_2024() -> float:
    """AI's part of the electricity of data centres in 2024, the middle of the range."""
    row = centres().query("metric == 'ai_share_of_dc_use' and year == 2024").iloc[0]
    return (row["low"] + row["high"]) / 2 / 100


def growth_wanted(country: str) -> float:
    """Growth a year of additions with which AI's fleet reaches in 2030 what the path of medians of the long game wants."""
    start = forecast("electricity_use", COUNTRIES[country], 2024, source=IEA) * 1e12 * ai_2024()
    start_w = start / (times.HOURS_PER_YEAR * fleet_load())
    fleet = {"China": "China, computing"}.get(country, country)
    first, target = fleets().loc[fleet, "GW added in 2025"] * 1e9, futures.wanted_w(2030)[country]
    tried, retired = np.linspace(-0.5, 2.0, 251), futures.middle("retired")
    ends = [grid.fleet_power(start_w, [first * (1 + g) ** n for n in range(6)], retired)[-1] for g in tried]
    return float(np.interp(target, ends, tried))


# -- forecasts --------------------------------------------------------------------------------------------------------


def forecast(metric: str, country: str, year: int, column: str = "base", **match: str) -> float:
    """A cell of the table of data centres."""
    return data.value("datacentres", column, metric=metric, country=country, year=year, **match)


def connections() -> pd.DataFrame:
    """Power that can be connected in a year by country, W: ``low``, ``middle`` and ``high`` of the long game's table."""
    rows = futures.table("uncertain")
    names = {"United States": "us_power_w", "China": "china_power_w"}
    table = {
        country: {"low": rows.loc[name, "low"], "middle": futures.middle(name), "high": rows.loc[name, "high"]}
        for country, name in names.items()
    }
    return pd.DataFrame(table).T


@functools.cache
def reserve() -> dict[str, float]:
    """Spare generation of the United States at its summer peak of 2025.

    Returns
    -------
    dict
        ``margin`` and ``target`` (over the peak), ``peak_w``, ``spare_w`` (all that is spare at the peak) and
        ``usable_w`` (what a new load at the peak could take of it before the margin is at its target).
    """
    percent = functools.partial(forecast, country="USA")
    margin = percent("effective_spare_power_capacity_share", year=2025) / 100
    target = percent("reserve_margin_target", year=2026) / 100
    peak = percent("peak_demand", year=2025) * 1e9
    # More load lowers the margin twice: less is spare, and the peak that it is measured by is higher.
    usable = peak * (margin - target) / (1 + target)
    return {"margin": margin, "target": target, "peak_w": peak, "spare_w": margin * peak, "usable_w": usable}


def three_quantities() -> pd.DataFrame:
    """Grid access, spare generation and reserve margin of both countries, which are three things and not one."""
    access, us = connections() / 1e9, reserve()
    china = forecast("effective_spare_power_capacity", "CHN", 2030)

    def drawn(country: str) -> str:
        low, middle, high = access.loc[country, ["low", "middle", "high"]]
        return f"{middle:.0f}, drawn from {low:.0f} to {high:.0f}"

    return pd.DataFrame(
        {
            "Grid access of data centres, GW a year": {
                "United States": drawn("United States"),
                "China": f"{drawn('China')}; nobody publishes it",
            },
            "Spare generation, GW": {
                "United States": f"{us['spare_w'] / 1e9:.0f} at the peak of 2025",
                "China": f"{china:.0f} in 2030, a forecast",
            },
            "Reserve margin, % of the peak": {
                "United States": f"{us['margin']:.0%}, where {us['target']:.0%} is the aim".replace("%", " %"),
                "China": "not published",
            },
            "of it above the aim, GW": {"United States": f"{us['usable_w'] / 1e9:.0f}", "China": "not published"},
        }
    ).T


def slack() -> pd.DataFrame:
    """What the two limits leave out, in the unit of what it would add, and how long the equipment for more takes."""
    rows = centres().set_index("metric")
    made = generated_twh().loc[2025, "CHN"]
    wasted = sum(
        made[kind] * share / (1 - share)
        for kind, share in ((kind, rows.loc[f"curtailment_of_{kind}", "base"] / 100) for kind in ("solar", "wind"))
    )
    idle, flexible = rows.loc["load_of_new_centres"], rows.loc["headroom_for_flexible_load"]
    own, load = rows.loc["planned_behind_the_meter", "base"], connections().loc["United States", "middle"] / 1e9
    months = build_times().set_index("what")
    turbine, transformer = months.loc["Gas turbine, US"], months.loc["Power transformer, US"]
    return pd.DataFrame(
        {
            "China: wind and solar that was not taken, TWh a year": [f"{wasted:.0f}"],
            "China: load of many new centres, %": [f"{idle['low']:.0f} to {idle['high']:.0f}"],
            "United States: new load if it can pause, GW": [f"{flexible['low']:.0f} to {flexible['high']:.0f}"],
            "such load, in years of connections": [f"{flexible['low'] / load:.0f} to {flexible['high'] / load:.0f}"],
            "United States: planned with plants of their own, GW": [f"{own:.0f}"],
            "such sites, in years of connections": [f"{own / load:.0f}"],
            "wait for a gas turbine, years": [f"{turbine['low'] / 12:.0f} to {turbine['high'] / 12:.0f}"],
            "wait for a power transformer, years": [f"{transformer['high'] / 12:.1f}"],
        },
        index=["as reported"],
    ).T


def electricity_use(country: str, year: int) -> pd.DataFrame:
    """Rows with the electricity of data centres of a country in a year, measured or forecast."""
    return centres().query("metric == 'electricity_use' and country == @country and year == @year")


def iea_range() -> tuple[float, float]:
    """Ends of the IEA's range for the world in 2030, over its central figure."""
    world = electricity_use("WORLD", 2030)
    central = world.query("low.isna()")["base"].item()
    return world["low"].max() / central, world["high"].max() / central


def goldman_twh() -> float:
    """Goldman's share of all American electricity in 2030 in TWh, with supply that grows as in 2025."""
    year = 2030
    supply = total().loc[2024, "United States"] * (1 + growth_of_2025("United States")) ** (year - 2024)
    return forecast("share_of_demand", "USA", year) / 100 * supply


def facts(
    country: str, fleet: str, national: tuple[float, float], national_year: float, goldman: float
) -> dict[str, float]:
    """What `grid.power_balance` needs to know of a country; the forecasts of others in TWh."""
    code, known = COUNTRIES[country], fleets().loc[fleet]
    central, (iea_low, iea_high) = forecast("electricity_use", code, 2030, source=IEA), iea_range()
    low, high = grid.growth_range(total().loc[2010:2025, country].tolist(), 5)
    return {
        "supply_wh": total().loc[2024, country] * 1e12,
        "datacentres_wh": forecast("electricity_use", code, 2024, source=IEA) * 1e12,
        "chips": known["counted"],
        "chip_w": known["W each"],
        "pue": known["PUE"],
        "connection_w": connections().loc[country, "middle"],
        "growth_low": low,
        "growth_high": high,
        "iea_low": central * iea_low * 1e12,
        "iea_high": central * iea_high * 1e12,
        "iea_year": 2030.0,
        "national_low": national[0] * 1e12,
        "national_high": national[1] * 1e12,
        "national_year": national_year,
        "goldman_low": goldman * 1e12,
        "goldman_high": goldman * 1e12,
        "goldman_year": 2030.0,
    }


@functools.cache
def regions() -> dict[str, dict[str, float]]:
    """Countries and counts of chips with all that `grid.power_balance` needs to know of them."""
    others = electricity_use("CHN", 2030).query("source != @IEA")["base"]
    china = {"national": (others.min(), others.min()), "national_year": 2030.0, "goldman": others.max()}
    berkeley = electricity_use("USA", 2028).iloc[0]
    return {
        "China, computing as in the long game": facts("China", "China, computing", **china),
        "China, cards by IDC": facts("China", "China, IDC", **china),
        "China, Nvidia by Epoch": facts("China", "China, Epoch and IDC", **china),
        "United States": facts(
            "United States", "United States", (berkeley["low"], berkeley["high"]), 2028.0, goldman_twh()
        ),
    }


def forecasts() -> pd.DataFrame:
    """Forecasts of the electricity of data centres as text, TWh a year, by who made them."""
    names = {"iea": "IEA, world's range applied", "national": "Official: State Council or LBNL", "goldman": "Goldman"}

    def said(record: dict[str, float], key: str) -> str:
        low, high = record[f"{key}_low"] / 1e12, record[f"{key}_high"] / 1e12
        return f"{low:.0f} to {high:.0f} in {record[f'{key}_year']:.0f}"

    table = {
        name: {label: said(record, key) for key, label in names.items()}
        for name, record in list(regions().items())[2:]  # all counts of China have the same forecasts
    }
    return pd.DataFrame(table).rename_axis("TWh a year")


def fleet_load() -> float:
    """Mean load of a fleet of H100s, by an analyst."""
    case = data.load("energy_checks").set_index("case").loc["h100_fleet_3p5m_annual_energy"]
    return checks.inputs(case)["utilisation"]


def growth_before_ai() -> float:
    """Growth a year of American data centres' electricity from 2014 to 2018."""
    use = centres().query("country == 'USA' and metric == 'electricity_use'").set_index("year")["base"]
    return grid.compound_growth(use[2014], use[2018], 4)


def site_wh() -> float:
    """Electricity of a cluster like Abilene in a year at full load, Wh."""
    abilene = centres().query("site == 'stargate_abilene' and year == 2026 and metric == 'facility_power'")
    return energy.energy(abilene["base"].item() * 1e6)


def places() -> dict[str, float]:
    """Supplies to compare a site with, TWh a year."""
    local = clusters.provinces()["value"]
    provinces = {name: local[code] for name, code in clusters.PROVINCES.items()}
    return provinces | total().loc[2025].to_dict()
