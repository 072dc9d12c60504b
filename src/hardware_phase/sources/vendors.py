"""Cards by vendor, yields, wafers and prices of the Chinese market, as the model of the market wants them."""

from __future__ import annotations

import functools

import pandas as pd

from hardware_phase import data
from hardware_phase.models import industry

CHINESE = ["Huawei", "Alibaba T-Head", "Baidu Kunlunxin", "Cambricon"]
OTHERS = "Other Chinese vendors"
IMPORTERS = ["Nvidia", "AMD"]
IDC_2025 = "openstack_2026_idc"
ADVANCED = ["advanced node (7 nm class)", "7 nm and below"]


def shares(forecaster: str, basis: str) -> pd.DataFrame:
    """Published shares of one firm on one basis: rows of the table `market_share`."""
    table = data.load("market_share")
    return table[(table["forecaster"] == forecaster) & (table["basis"] == basis)]


def stated_shares() -> pd.DataFrame:
    """Published shares with a stated basis, by vendor and basis: those of whole years, in per cent, for 2025."""
    table = data.load("market_share")
    table = table[(table["basis"] != "not stated") & (table["year"] == 2025) & (table["period"] == "year")]
    return table.pivot(index="vendor", columns="basis", values="share_pct")


@functools.cache
def _cards() -> pd.Series:
    counted = (
        data.load("production")
        .query(f"metric == 'shipments in China' and year == 2025 and source == {IDC_2025!r}")
        .set_index("vendor")["units"]
    )
    ours = {"vendor": "Cambricon", "metric": "shipments", "year": 2025, "source": IDC_2025}
    counted["Cambricon"] = data.value("production", "units", **ours)
    counted[OTHERS] = counted["All Chinese vendors"] - counted[CHINESE].sum()
    return counted


def cards() -> pd.Series:
    """IDC's count of the cards shipped in China in 2025, by vendor; the rest of the Chinese vendors is one row."""
    return _cards().copy()


def total() -> float:
    """All cards shipped in China in 2025."""
    return cards()[["All Chinese vendors", *IMPORTERS]].sum()


def cards_2024() -> pd.Series:
    """IDC's count of the cards shipped in China in 2024: Nvidia, all Chinese vendors, all vendors."""
    who = ["All vendors", "Nvidia", "All Chinese vendors"]
    rows = data.load("production").query("metric == 'shipments in China' and year == 2024")
    return rows[rows["vendor"].isin(who)].groupby("vendor", observed=True)["units"].first()


def die_mm2() -> float:
    """Area of Huawei's die, mm2."""
    return data.value("chips", "die_area_mm2", chip="Ascend 910B2")


def dies_per_card() -> float:
    """Dies that a card took in 2025: Huawei's dies over its chips."""
    ascend = {"vendor": "Huawei", "product": "Ascend (all)", "year": 2025}
    dies, chips = (data.value("production", "units", metric=metric, **ascend) for metric in ("dies", "production"))
    return dies / chips


def yields() -> pd.Series:
    """Published yields as fractions, by product and year."""
    rows = data.load("production").query("metric == 'yield_pct'")
    return rows.set_index(["product", "year"])["units"] / 100


def capacity() -> pd.Series:
    """Wafers a month on advanced nodes in 2025, by source."""
    rows = data.load("production").query("metric == 'wafer capacity' and year == 2025")
    return rows[rows["product"].isin(ADVANCED)].set_index("source")["units"]


def wafers_for(cards: float) -> float:
    """Wafers a month that give a number of cards at the yield of the 910C in 2025, without dies from stock."""
    return industry.wafers_for(cards, float(yields()["Ascend 910C", 2025]), die_mm2(), 0.0, dies_per_card())


def above_ten_thousand() -> int:
    """Number of Chinese vendors with orders for more than 10,000 cards, all years together."""
    return int(data.value("production", "units", metric="count of vendors"))


def other_domestic() -> list[float]:
    """How the domestic vendors but Huawei divide their sales; those above 10,000 cards without a count divide evenly."""
    followers = cards()[[*CHINESE[1:], OTHERS]]
    small = above_ten_thousand() - len(CHINESE)
    shares = followers / followers.sum()
    return [*shares.iloc[:3], *([shares.iloc[3] / small] * small)]


def price_ratio() -> float:
    """Price of an Ascend 910C over that of an H20, each at the middle of its published prices."""
    prices = data.load("chips").set_index("chip")[["price_usd_low", "price_usd_high"]].mean(axis=1)
    return prices["Ascend 910C (press)"] / prices["H20 96GB"]


def mixed_price_ratio() -> float:
    """Price of the mean Huawei card of 2025 over that of an H20: 910C as Bloomberg counts them, and 910B for the rest.

    A 910B counts at its lowest published price; the highest may include the server.
    """
    listed = data.load("chips").set_index("chip")
    huawei = cards()["Huawei"]
    flagship = data.value("production", "units", product="Ascend 910C", metric="production", year=2025, kind="estimate")
    dear = listed.loc["Ascend 910C (press)", ["price_usd_low", "price_usd_high"]].mean()
    mean = (flagship * dear + (huawei - flagship) * listed.loc["Ascend 910B2", "price_usd_low"]) / huawei
    return float(mean / listed.loc["H20 96GB", ["price_usd_low", "price_usd_high"]].mean())


def covered() -> dict[str, tuple[float, float]]:
    """Lowest and highest value that sources give, for the inputs of `industry.market`."""
    production = data.load("production")
    nvidia = production.query("vendor == 'Nvidia' and product == 'data-centre GPUs to China'")["units"]
    before = production.query("vendor == 'All vendors' and year == 2023")["low"]
    stock = production.query("metric == 'stockpile'")["units"]
    return {
        "demand": (before.min(), total()),
        "imports": (nvidia.min(), cards()[IMPORTERS].sum()),
        "wafers": (0.0, capacity().max()),
        "die_yield": (yields().min(), yields().max()),
        "bank_dies": (0.0, stock.max()),
    }


def settings_2024() -> dict[str, float]:
    """Demand, imports and wafers that give IDC's count of 2024."""
    counted = cards_2024()
    return {
        "demand": counted["Nvidia"] + counted["All Chinese vendors"],
        "imports": counted["Nvidia"],
        "wafers": wafers_for(counted["All Chinese vendors"]),
    }


def cambricon() -> pd.DataFrame:
    """Cambricon's plans, reports and results in cards, with each over what it made in 2025."""
    rows = data.load("production").query("vendor == 'Cambricon' and metric in ['production', 'sales', 'shipments']")
    rows = rows.dropna(subset=["units"])
    made = {"vendor": "Cambricon", "metric": "production", "year": 2025, "kind": "actual"}
    found = rows[["product", "metric", "year", "kind", "units", "source"]]
    over = rows["units"] / data.value("production", "units", **made)
    return found.assign(over_2025=over).sort_values(["year", "kind"]).set_index("product")
