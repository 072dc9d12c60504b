"""Published figures on chips, the market and share prices beside what the book computes from its tables and models."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from explorables.explore import Explorer
from hardware_phase import data
from hardware_phase.models import industry
from hardware_phase.sources import listings, vendors

Case = tuple[str, float, float, float, str]
"""What is compared, the published figure, the computed one, the difference allowed in per cent, and the source."""


def beside(cases: Sequence[Case]) -> pd.DataFrame:
    """Cases as a table, with the difference between computed and published in per cent."""
    columns = ["case", "published", "computed", "tolerance_pct", "source"]
    checks = pd.DataFrame(cases, columns=columns).set_index("case")
    checks.insert(2, "difference_pct", 100 * (checks["computed"] / checks["published"] - 1))
    return checks


def market(levers: Explorer) -> pd.DataFrame:
    """Published shares of cards beside those of the model of the market, at its start and with the figures of 2024."""
    now, in_2024 = levers.evaluate(), levers.evaluate(**vendors.settings_2024())
    first_half = data.load("production").query("year == 2023 and metric == 'shipments in China (first half)'")
    half_2023 = first_half.set_index("vendor")["low"]
    idc = vendors.shares("IDC", "units").set_index(["year", "period", "vendor"])["share_pct"]
    return beside(
        [
            (
                "Domestic share of cards, 2025",
                idc[2025, "year", "All Chinese vendors"],
                100 * now["share"],
                2,
                vendors.IDC_2025,
            ),
            (
                "Nvidia's share of cards, 2025",
                idc[2025, "year", "Nvidia"],
                100 * now["sales"][-2] / now["sold"],
                2,
                vendors.IDC_2025,
            ),
            (
                "AMD's share of cards, 2025",
                idc[2025, "year", "AMD"],
                100 * now["sales"][-1] / now["sold"],
                2,
                vendors.IDC_2025,
            ),
            (
                "Nvidia's share of cards, 2024",
                idc[2024, "year", "Nvidia"],
                100 * in_2024["imported"] / in_2024["sold"],
                2,
                "netease_2026_enflame",
            ),
            (
                "Domestic share of cards, first half of 2023",
                idc[2023, "first half", "All Chinese vendors"],
                100 * half_2023["All Chinese vendors"] / half_2023["All vendors"],
                2,
                "aibase_2023_idc",
            ),
        ]
    )


def capital() -> pd.DataFrame:
    """Published values, multiples and growth rates beside those computed from listings and revenue."""
    table, close = listings.listings(), listings.at_close()
    hq = listings.quarterly("Nvidia", "china_hq_basis_revenue")["value_m"]

    def growth(vendor: str, metric: str, first: str, last: str) -> float:
        return 100 * listings.growth(vendor, metric, first, last)

    def over_a_year(first: str, last: str) -> float:
        return 100 * industry.growth_rate(hq[first], hq[last], 1)

    def value(company: str) -> tuple[float, float]:
        return table.loc[company, "first_day_market_cap_local_bn"], close[company] / 1e9

    return beside(
        [
            (
                "MetaX, price over sales at the offer",
                56.4,
                listings.multiples().loc["MetaX", "at the offer"],
                1,
                "ttm_2025_metax",
            ),
            ("MetaX, value at the first close, CNY bn", *value("MetaX"), 1, "ttm_2025_metax"),
            ("Cambricon, value at the first close, CNY bn", *value("Cambricon"), 1, "cgtn_2020_cambricon"),
            (
                "Cambricon, growth in 2025, %",
                453,
                growth("Cambricon", "total_revenue", "2024", "2025"),
                1,
                "cnyes_2026_cambricon_annual",
            ),
            (
                "Moore Threads, growth in 2025, %",
                243,
                growth("Moore Threads", "total_revenue", "2024", "2025"),
                1,
                "caiding_2026_moore",
            ),
            (
                "Nvidia data centre, growth in fiscal 2026, %",
                68,
                growth("Nvidia", "data_center_revenue", "FY25", "FY26"),
                1,
                "aifront_2026_nvda",
            ),
            (
                "Nvidia in China by headquarters, quarter to October 2025, %",
                -63,
                over_a_year("FY25Q3", "FY26Q3"),
                1,
                "opencapital_2026_nvda_china",
            ),
            (
                "Nvidia in China by headquarters, quarter to April 2026, %",
                -53,
                over_a_year("FY26Q1", "FY27Q1"),
                1,
                "opencapital_2026_nvda_china",
            ),
        ]
    )
