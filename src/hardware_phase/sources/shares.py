"""Who uses DeepSeek and AI, economy by economy, with classes as intervals, regions and pools."""

from __future__ import annotations

from typing import Any

import pandas as pd

from hardware_phase import data
from hardware_phase.models import adoption

# Regions of the United Nations' M49 standard; the two Americas and the Caribbean are one, and Iran, Syria and their
# neighbours are Western Asia and Iran.
REGIONS = {
    "Africa": "AGO BDI BEN BFA BWA CAF CIV CMR COD COG DZA EGY ERI ETH GAB GHA GIN GMB GNB KEN LBR LBY LSO MAR MDG MLI "
    "MOZ MRT MWI NAM NER NGA RWA SDN SEN SLE SOM SSD TCD TGO TUN TZA UGA ZAF ZMB ZWE",
    "Latin America and the Caribbean": "ARG BOL BRA CHL COL CRI CUB DOM ECU GTM GUY HND HTI JAM MEX NIC PAN PER PRY SLV "
    "SUR URY VEN",
    "North America and Oceania": "AUS CAN NZL PNG USA",
    "Europe": "ALB AUT BEL BGR BIH BLR CHE CZE DEU DNK ESP FIN FRA GBR GRC HRV HUN IRL ITA LTU LUX MDA NLD POL PRT ROU "
    "RUS SRB SVK SVN SWE UKR",
    "Western Asia and Iran": "ARE ARM AZE GEO IRN IRQ ISR JOR KWT LBN OMN QAT SAU SYR TUR YEM",
    "Central and Southern Asia": "AFG BGD IND KAZ KGZ LKA NPL PAK TJK TKM UZB",
    "Eastern and South-eastern Asia": "CHN IDN JPN KHM KOR LAO MMR MNG MYS PHL SGP THA TWN VNM",
}
REGION_OF = {code: region for region, codes in REGIONS.items() for code in codes.split()}

# American services do not serve these economies or are restricted there.
RESTRICTED = ("BLR", "CHN", "CUB", "IRN", "RUS", "SYR")


def deepseek() -> pd.DataFrame:
    """DeepSeek's share of the use of AI chatbots in the second half of 2025, by economy.

    Returns
    -------
    pandas.DataFrame
        Indexed by ISO code: ``country``, ``low`` and ``high`` (bounds as fractions; a printed number has a class of one
        percentage point around it), ``printed`` (a number is printed), ``region``, ``restricted``, ``people``,
        ``income`` (GDP a person, purchasing power, dollars of 2021), ``pool``, ``weight`` and ``source``. A number of
        Microsoft's is preferred to the class of its map, and the map to other press.
    """
    table = data.load("adoption")
    classes = table[table["metric"] == "deepseek_market_share_class"].set_index("iso3")
    numbers = table[(table["metric"] == "deepseek_market_share") & table["value"].notna()].set_index("iso3")
    low = (classes["value_low"] - 0.5).clip(lower=0) / 100  # the class 6 to 10 holds all that rounds to 6
    frame = pd.DataFrame(
        {
            "country": classes["country_or_region"],
            "low": low,
            "high": (classes["value_high"] + 0.5) / 100,
            "printed": False,
            "source": classes["source"],
        }
    )
    exact = pd.DataFrame(
        {
            "country": numbers["country_or_region"],
            "low": (numbers["value"] - 0.5) / 100,
            "high": (numbers["value"] + 0.5) / 100,
            "printed": True,
            "source": numbers["source"],
        }
    )
    frame = pd.concat([exact, frame.drop(index=[code for code in exact.index if code in frame.index])]).sort_index()
    more = data.load("country_covariates").set_index("iso3").reindex(frame.index)
    frame["region"] = frame.index.map(REGION_OF)
    frame["restricted"] = frame.index.isin(RESTRICTED)
    frame["people"], frame["income"] = more["population_2024"], more["gdp_per_capita_ppp_2021intl_usd"]
    frame["pool"] = more["microsoft_pool"].astype(object)
    frame["weight"] = adoption.pool_weights(frame["pool"].tolist())
    return frame


def regions(frame: pd.DataFrame) -> dict[str, dict[str, list[float]]]:
    """Rows of `deepseek` by region for `adoption.region_shares`; economies without a population are left out."""
    known = frame.dropna(subset=["people"])
    return {
        region: {
            name: known.loc[known["region"] == region, name].astype(float).tolist()
            for name in ("low", "high", "people", "weight")
        }
        for region in REGIONS
    }


def use() -> pd.DataFrame:
    """Share of people of working age who use AI, by place and half-year, as fractions: ``2025-H1`` and so on."""
    table = data.load("adoption")
    table = table[table["metric"] == "ai_diffusion_share"]
    return table.pivot(index="country_or_region", columns="period", values="value") / 100


# Middle of each period of `use`; generative AI for everybody began with ChatGPT on 30 November 2022.
PERIODS = {"2025-H1": 2025.25, "2025-H2": 2025.75, "2026-Q1": 2026.125}
START = 2022 + 11 / 12


def place(name: str) -> dict[str, Any]:
    """A row of `use` as a record for `adoption.diffusion`."""
    row = use().loc[name]
    record = {"start": START}
    for key, time, (period, when) in zip(("h1", "h2", "q1"), ("t1", "t2", "t3"), PERIODS.items(), strict=True):
        record[key], record[time] = float(row[period]), when
    return record
