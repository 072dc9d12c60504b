"""Published figures on chips, the market and share prices beside what the book computes from its tables and models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from explorables.explore import Explorer
from hardware_phase import data
from hardware_phase.models import controls
from hardware_phase.sources import accelerators, independence, listings, vendors

Case = tuple[str, float, float, float, str]
"""What is compared, the published figure, the computed one, the difference allowed in per cent, and the source."""


def beside(cases: Sequence[Case], tests: Sequence[str]) -> pd.DataFrame:
    """Cases as a table, with the difference between computed and published in per cent and what each tests.

    Parameters
    ----------
    cases : sequence of Case
        What is compared.
    tests : sequence of str
        One of `independence.KINDS` for each.
    """
    columns = ["case", "published", "computed", "tolerance_pct", "source"]
    checks = pd.DataFrame(cases, columns=columns).set_index("case")
    checks.insert(2, "difference_pct", 100 * (checks["computed"] / checks["published"] - 1))
    checks.insert(4, "tests", tests)
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
        ],
        [*[independence.SET] * 4, independence.ARITHMETIC],
    )


def capital() -> pd.DataFrame:
    """Published values, multiples and growth rates beside those computed from listings and revenue."""
    table, close = listings.listings(), listings.at_close()
    hq = listings.quarterly("Nvidia", "china_hq_basis_revenue")["value_m"]

    def growth(vendor: str, metric: str, first: str, last: str) -> float:
        return 100 * listings.growth(vendor, metric, first, last)

    def over_a_year(first: str, last: str) -> float:
        return 100 * (hq[last] / hq[first] - 1)

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
        ],
        [independence.ARITHMETIC] * 8,
    )


def chips(roadmap: Explorer) -> pd.DataFrame:
    """Published rates and ratios of chips beside the computed ones."""
    table, cfr = accelerators.catalogue(), accelerators.cfr_ratios()["units"]
    raw = data.load("chips").set_index("chip")
    rate, epoch = controls.total_processing_performance, "epoch_2026_ml_hardware"
    ends = [roadmap.evaluate(day=date(year, 12, 31))["ratio"] for year in (2025, 2027)]
    h100, gb300 = raw.loc["H100 SXM5 80GB"], raw.loc["GB300 (per GPU)"]
    b30a = table.loc["B30A (reported)", "tpp"] / table.loc["H20 96GB", "tpp"]
    return beside(
        [
            ("TPP of the H100, FP8 x 8", h100["tpp"], rate(h100["fp8_dense_tflops"], 8), 0.1, epoch),
            ("TPP of the GB300, as Epoch prints it", 61120, rate(gb300["fp4_dense_tflops"], 4), 2, epoch),
            ("Best US over best Huawei chip, 2025", cfr.iloc[0], ends[0], 10, "mcguire_2025_cfr"),
            ("Best US over best Huawei chip, 2027", cfr.iloc[1], ends[1], 10, "mcguire_2025_cfr"),
            ("B30A over H20, more than", 12, b30a, 10, "threadreader_2025_ifp_b30a"),
        ],
        [independence.ARITHMETIC, *[independence.SHARED] * 4],
    )
