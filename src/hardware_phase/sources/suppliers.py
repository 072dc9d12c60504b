"""Where the two suppliers of the policy model stand in 2025, and how fast Nvidia learnt, from the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from hardware_phase import data
from hardware_phase.models import policy

# A chip that stands for each year's best chip on sale, as the tables price it.
NVIDIA_BY_YEAR = {2022: "A100 SXM4 40GB", 2024: "H200 SXM 141GB", 2025: "GB300 (per GPU)"}
OLDER_ON_SALE = ["A100 SXM4 40GB", "H20 96GB", "H200 SXM 141GB"]
DOMESTIC, OTHER_DOMESTIC, OLDER_DOMESTIC = "Ascend 910C (press)", "P800 (third generation)", "Ascend 910B2"
ROADMAP = ["Ascend 960 (roadmap)", "Ascend 970 (roadmap)", "Ascend 950PR (Atlas 350 card as launched)"]
IDC_CARDS = {"product": "AI accelerator cards", "metric": "shipments in China"}


def price(chip: str) -> float:
    """Middle of the published price band of a chip, dollars."""
    return (data.value("chips", "price_usd_low", chip=chip) + data.value("chips", "price_usd_high", chip=chip)) / 2


def tpp(chip: str) -> float:
    """Total processing performance of a chip."""
    return data.value("chips", "tpp", chip=chip)


def price_per_point(chip: str) -> float:
    """Dollars a point of TPP."""
    return price(chip) / tpp(chip)


def nvidia_record() -> pd.DataFrame:
    """Nvidia's cumulative output, and price and TPP of its best chip on sale, by year.

    Returns
    -------
    pandas.DataFrame
        Indexed by year: ``chip``, ``cumulative`` (H100 equivalents since 2022, Epoch), ``tpp``, ``price`` (dollars a
        point), ``source``.
    """
    output = data.load("production")
    output = output[(output["vendor"] == "Nvidia") & (output["product"] == "compute worldwide")].set_index("year")
    chips = data.load("chips").set_index("chip")
    return pd.DataFrame(
        [
            {
                "year": year,
                "chip": chip,
                "cumulative": output.loc[year, "units"],
                "tpp": tpp(chip),
                "price": price_per_point(chip),
                "source": f"{output.loc[year, 'source']};{chips.loc[chip, 'source']}",
            }
            for year, chip in NVIDIA_BY_YEAR.items()
        ]
    ).set_index("year")


def domestic_output() -> pd.DataFrame:
    """What Chinese vendors shipped in 2025 and 2024, counted in H100 equivalents by TPP.

    Sources give cards, not their rates. Huawei's split between 910C and 910B is Bloomberg's; all other cards count as
    Baidu's P800, a chip of the middle; cards of 2024 count as the Ascend 910B.

    Returns
    -------
    pandas.DataFrame
        Indexed by what is counted: ``year``, ``cards``, ``tpp`` (of one card), ``h100_equivalents``.
    """
    all_2025, all_2024 = (
        data.value("production", "units", vendor="All Chinese vendors", year=year, **IDC_CARDS) for year in (2025, 2024)
    )
    huawei = data.value("production", "units", vendor="Huawei", metric="shipments in China", year=2025)
    flagship = data.value("production", "units", product="Ascend 910C", metric="production", year=2025, kind="estimate")
    rows = [
        ("Huawei 910C", 2025, flagship, tpp(DOMESTIC)),
        ("Huawei 910B", 2025, huawei - flagship, tpp(OLDER_DOMESTIC)),
        ("Other vendors", 2025, all_2025 - huawei, tpp(OTHER_DOMESTIC)),
        ("All vendors", 2024, all_2024, tpp(OLDER_DOMESTIC)),
    ]
    table = pd.DataFrame(rows, columns=["counted", "year", "cards", "tpp"]).set_index("counted")
    table["h100_equivalents"] = table["cards"] * table["tpp"] / policy.H100_TPP
    return table


def learning_rates() -> pd.DataFrame:
    """Published learning rates that were read in their source, with a range and its centre, from the lowest."""
    rates = data.load("diffusion_params").query("parameter == 'learning_rate' and evidence == 'read'")
    low, high = rates["low"].fillna(rates["value"]), rates["high"].fillna(rates["value"])
    centre = rates["value"].fillna((low + high) / 2)
    return rates.assign(low=low, high=high, centre=centre)


def on_sale() -> pd.DataFrame:
    """TPP and prices of one chip of each kind that is on sale."""
    names = [OLDER_DOMESTIC, DOMESTIC, *OLDER_ON_SALE, NVIDIA_BY_YEAR[2025]]
    return pd.DataFrame(
        {name: {"TPP": tpp(name), "USD": price(name), "USD a point": price_per_point(name)} for name in names}
    ).T


def highest_tpp_let_in() -> float:
    """The American rule of January 2026: chips up to this TPP may be let in."""
    return data.value("export_rules", "tpp_max", rule_id="BIS-2026-01-REVIEW:ELIGIBLE")


def huawei_roadmap() -> pd.DataFrame:
    """Date and TPP of the chips on Huawei's roadmap, with their short names."""
    rows = data.load("chips").set_index("chip").loc[ROADMAP]
    return pd.DataFrame(
        {
            "year": rows["launch_date"].dt.year + (rows["launch_date"].dt.month - 1) / 12,
            "tpp": rows["tpp"],
            "name": [name.split(" (")[0].removeprefix("Ascend ") for name in rows.index],
        }
    )


def forecasts() -> pd.DataFrame:
    """Forecasts of the share of all Chinese vendors, with their basis, by forecaster."""
    rows = data.load("market_share").query("vendor == 'All Chinese vendors' and kind == 'forecast'")
    return rows.set_index("forecaster")[["year", "basis", "share_pct", "source"]]


def wafers() -> pd.Series:
    """Wafers a month of the 7 nm class in China as SemiAnalysis expects them, by year."""
    table = data.load("production")
    return table[table["product"] == "advanced node (7 nm class)"].set_index("year")["units"]


def lines_growth() -> float:
    """Growth of the 7 nm class a year from 2025 to 2027, a factor."""
    expected = wafers()
    return float((expected[2027] / expected[2025]) ** 0.5)


def start() -> dict[str, float]:
    """State of 2025 for `policy.two_suppliers`."""
    record, ours = nvidia_record(), domestic_output()
    world = data.load("production")
    world = world[(world["vendor"] == "Nvidia") & (world["product"] == "compute worldwide")].set_index("year")["units"]
    best = record.loc[2025]
    return policy.start_from(
        domestic_output=ours.loc[ours["year"] == 2025, "h100_equivalents"].sum(),
        domestic_cumulative=ours["h100_equivalents"].sum(),
        domestic_price=price_per_point(DOMESTIC),
        domestic_tpp=tpp(DOMESTIC),
        foreign_output=world[2025] - world[2024],
        foreign_cumulative=world[2025],
        foreign_price=best["price"],
        foreign_tpp=best["tpp"],
    )


def calibrated() -> dict[str, float]:
    """Parameters of the policy model that follow from the tables, and the bounds that sources give.

    Returns
    -------
    dict
        ``foreign_rate`` and ``foreign_gain`` (Nvidia's record for each doubling), ``markup`` (older chips on sale),
        ``premium`` (Nvidia's share of cards in 2024, for the default elasticity and worth of speed), ``memory_rate``
        (memory chips), ``spillover`` (what another firm's chip teaches, over one's own, for memory chips), ``rate_low`` and ``rate_high`` (processors), ``growth`` (largest growth of cards a year).
    """
    record = nvidia_record()
    best = record.loc[2025]
    learning = data.load("diffusion_params")
    learning = learning[learning["parameter"] == "learning_rate"].set_index("source")
    cards = {
        year: data.value("production", "units", vendor="All vendors", year=year, **IDC_CARDS) for year in (2024, 2025)
    }
    halves = {
        2023: data.value(
            "production", "low", vendor="All vendors", metric="shipments in China (first half)", year=2023
        ),
        2025: data.value(
            "production", "low", vendor="All vendors", metric="shipments in China (first half)", year=2025
        ),
    }
    return {
        "spillover": 1 / data.value("diffusion_params", "value", parameter="learning_spillover_ratio"),
        "foreign_rate": policy.fitted_rate(record["cumulative"], record["price"]),
        "foreign_gain": 1 / (1 - policy.fitted_rate(record["cumulative"], 1 / record["tpp"])) - 1,
        "markup": policy.fitted_markup(
            [price_per_point(chip) for chip in OLDER_ON_SALE],
            [tpp(chip) for chip in OLDER_ON_SALE],
            best["price"],
            best["tpp"],
        ),
        "premium": float(
            policy.premium_from_share(
                data.value("market_share", "share_pct", year=2024, vendor="Nvidia", basis="units") / 100,
                price_per_point(OLDER_DOMESTIC) / price_per_point("H20 96GB"),
                tpp("H20 96GB") / tpp(OLDER_DOMESTIC),
                ELASTICITY,
                SPEED_WORTH,
            )
        ),
        "memory_rate": learning.loc["irwin_klenow_1994", "value"],
        "rate_low": learning.loc["salgado_2008", "low"],
        "rate_high": learning.loc["salgado_2008", "high"],
        "growth": max(cards[2025] / cards[2024], (halves[2025] / halves[2023]) ** 0.5),
    }


# Assumptions: no source gives them. The premium above is fitted for them.
ELASTICITY, SPEED_WORTH = 2.0, 0.5


# ----------------------------------------------------------------------------------------------------
# What the model says of figures that did not go into it, as `evidence.reproduced` wants it


def domestic_share(year: int, **assumed: float) -> float:
    """Domestic share of demand in a year by the model, on the terms that the tables give and on assumed ones.

    Parameters
    ----------
    year : int
        One of `policy.YEARS`.
    **assumed
        What no table gives: ``imports_allowed``, ``imports_from`` and fields of `policy.Terms`.
    """
    known = calibrated()
    settings = {
        "cap_tpp": highest_tpp_let_in(),
        "domestic_rate": known["memory_rate"],
        "domestic_gain": known["foreign_gain"],
        "capacity_growth": lines_growth(),
        "elasticity": ELASTICITY,
        "speed_worth": SPEED_WORTH,
        **{name: known[name] for name in ("foreign_rate", "foreign_gain", "premium", "spillover", "markup")},
        **assumed,
    }
    published = {name: known[name] for name in ("rate_low", "rate_high", "growth")}
    path = policy.two_suppliers(start=start(), published=published, **settings)
    return float(path["share"][policy.YEARS.index(year)])


def nvidia_share_in_2025() -> float:
    """Share of free buyers who take an H20 and not a 910C, with the premium that the shares of 2024 give."""
    bought = price_per_point(DOMESTIC) / price_per_point("H20 96GB"), tpp("H20 96GB") / tpp(DOMESTIC)
    return float(policy.import_share(*bought, calibrated()["premium"], ELASTICITY, SPEED_WORTH))


def _share(inputs: Mapping[str, float]) -> float:
    assumed = {name: value for name, value in inputs.items() if name != "year"}
    return 100 * domestic_share(int(inputs["year"]), **assumed)


REPRODUCES: dict[str, Callable[[Mapping[str, float]], float]] = {
    "purchases_nvidia_share_of_cards_2025": lambda i: 100 * nvidia_share_in_2025(),
    **dict.fromkeys(
        (
            "two_suppliers_domestic_share_2026_bernstein",
            "two_suppliers_domestic_share_2027_bernstein",
            "two_suppliers_domestic_share_2027_morgan_stanley",
            "two_suppliers_domestic_share_2028_bernstein",
        ),
        _share,
    ),
}
