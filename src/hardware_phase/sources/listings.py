"""Listings, values and revenue of chip makers, as the model of a price wants them. Amounts are yuan."""

from __future__ import annotations

import pandas as pd

from hardware_phase import data
from hardware_phase.models import grid, industry

SINCE = "2025-12-01"  # the wave of listings
COMPANIES = ["Cambricon", "Moore Threads", "MetaX", "Biren", "Iluvatar CoreX", "Enflame"]
PRIVATE = "Enflame"  # not yet listed: its value is from a private ranking


def listings() -> pd.DataFrame:
    """The table `listings` by company."""
    return data.load("listings").set_index("company")


def listed() -> pd.DataFrame:
    """Companies that have listed, by date."""
    table = listings()
    return table[table["status"] == "listed"].sort_values("listing_date")


def wave() -> pd.DataFrame:
    """Companies that have listed since December 2025."""
    table = listed()
    return table[table["listing_date"] >= SINCE]


def overview() -> pd.DataFrame:
    """Where, when and for how much each company went public, by date, to be read."""
    table = listings()
    when = table["listing_date"].dt.strftime("%d %b %Y").fillna("not yet: " + table["status"].astype(str))
    names = {
        "exchange": "exchange",
        "listed": "listed",
        "raised_usd_m": "raised, USD m",
        "valuation_usd_bn": "value, USD bn",
        "first_day_return_pct": "first day, %",
        "source": "source",
    }
    return table.assign(listed=when).sort_values("listing_date")[list(names)].rename(columns=names)


def quarterly(vendor: str, metric: str) -> pd.DataFrame:
    """Quarters of one series of the table `revenue`, by period."""
    table = data.load("revenue").query("period_type == 'quarter'")
    return table[(table["vendor"] == vendor) & (table["metric"] == metric)].set_index("period")


def two_bases() -> pd.DataFrame:
    """Nvidia's revenue from China in the quarters that are known on both bases, with the ratio of the two."""
    bases = {name: quarterly("Nvidia", name)["value_m"] for name in ("china_hq_basis_revenue", "china_incl_hk_revenue")}
    both = pd.DataFrame(bases).dropna().rename_axis("period").rename_axis("metric", axis=1)
    return both.assign(ratio=both["china_hq_basis_revenue"] / both["china_incl_hk_revenue"])


def per_usd() -> pd.Series:
    """Yuan and Hong Kong dollars in a dollar, from the proceeds of offerings in both currencies."""
    raised = wave().groupby("ipo_currency", observed=True)[["raised_local_m", "raised_usd_m"]].sum()
    return raised["raised_local_m"] / raised["raised_usd_m"]


def at_offer() -> pd.Series:
    """Value of each company at its offer."""
    table, rates = listings(), per_usd()
    in_cny = table["ipo_currency"].astype(str).map({"CNY": 1.0, "HKD": rates["CNY"] / rates["HKD"]})
    return table["valuation_local_bn"] * 1e9 * in_cny


def at_close() -> pd.Series:
    """Value of each company at its first close."""
    return at_offer() * (1 + listings()["first_day_return_pct"] / 100)


def sales() -> pd.Series:
    """Revenue of each company in the last full year before it listed: 2024, and 2020 for Cambricon."""
    revenue = (listings()["revenue_2024_cny_m"] * 1e6).copy()
    revenue["Cambricon"] = yearly("Cambricon", "total_revenue", "2020") * 1e6
    return revenue


def multiples() -> pd.DataFrame:
    """Price over sales of each company at the offer and at the first close, beside its revenue in millions."""
    columns = {
        "revenue, CNY m": sales() / 1e6,
        "at the offer": industry.price_to_sales(at_offer(), sales()),
        "at the first close": industry.price_to_sales(at_close(), sales()),
    }
    return pd.DataFrame(columns).loc[COMPANIES]


def yearly(vendor: str, metric: str, year: str) -> float:
    """Revenue of a fiscal year, in millions."""
    return data.value("revenue", "value_m", vendor=vendor, metric=metric, period_type="year", period=year)


def growth(vendor: str, metric: str, first: str, last: str) -> float:
    """Mean growth of revenue a year between two fiscal years, such as "2020" or "FY23"; a fraction."""
    years = int(last[-2:]) - int(first[-2:])
    return grid.compound_growth(yearly(vendor, metric, first), yearly(vendor, metric, last), years)


def achieved() -> dict[str, float]:
    """Who has grown how fast, fractions a year, from the slowest to the fastest."""
    found = {
        "Cambricon, 2020 to 2025": growth("Cambricon", "total_revenue", "2020", "2025"),
        "Cambricon, 2022 to 2025": growth("Cambricon", "total_revenue", "2022", "2025"),
        "Nvidia's data centres, fiscal 2023 to 2026": growth("Nvidia", "data_center_revenue", "FY23", "FY26"),
    }
    return dict(sorted(found.items(), key=lambda item: item[1]))


def offers() -> dict[str, dict[str, float]]:
    """Value and revenue by company and price."""
    revenue, found = sales(), {}
    for company in COMPANIES:
        for when, value in (("offer price", at_offer()), ("first close", at_close())):
            if pd.notna(value[company]):
                where = "private value" if company == PRIVATE else when
                found[f"{company}, {where}"] = {"value": value[company], "revenue": revenue[company]}
    found["Moore Threads, first close on sales of 2025"] = {
        "value": at_close()["Moore Threads"],
        "revenue": yearly("Moore Threads", "total_revenue", "2025") * 1e6,
    }
    return found


def forecast() -> float:
    """Bernstein's forecast of the whole market in 2028."""
    market = {"vendor": "China AI accelerator market", "metric": "market_size", "period": "2028"}
    return data.value("revenue", "value_m", **market) * 1e6 * per_usd()["CNY"]
