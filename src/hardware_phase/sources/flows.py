"""What sources say of the AI chips that China and the United States have, in the terms of `models.compute_gap`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import compute_gap
from hardware_phase.sources import independence

H100, A800, H800 = "H100 SXM5 80GB", "A800 SXM4 80GB", "H800 SXM5"
H20, H200, B200 = "H20 96GB", "H200 SXM 141GB", "B200 SXM"
ASCEND_B, ASCEND_C = "Ascend 910B2", "Ascend 910C (press)"
STACKS_PER_DIE = 4  # a 910C has two dies and eight stacks
_EPOCH = datetime.date(1970, 1, 1)


def day(date: Any) -> float:
    """Days since 1970-01-01."""
    return float((pd.Timestamp(date).date() - _EPOCH).days)


def rate(chip: str) -> float:
    """H100 equivalents of one chip, by dense 16-bit rate."""
    rates = data.load("chips").set_index("chip")["bf16_fp16_dense_tflops"]
    return float(compute_gap.h100_equivalents(1, rates[chip], rates[H100]))


def other_rates() -> pd.Series:
    """H100 equivalents of the Chinese accelerators of other vendors than Huawei that are on sale."""
    chips = data.load("chips").set_index("chip")
    mine = chips[(chips["country"] == "CN") & (chips["vendor"] != "Huawei") & (chips["status"] == "shipping")]
    rates = mine["bf16_fp16_dense_tflops"].dropna()
    return compute_gap.h100_equivalents(1, rates, chips.loc[H100, "bf16_fp16_dense_tflops"])


def production(**match: Any) -> pd.Series:
    """The one row of `production.csv` that has these values by column.

    Raises
    ------
    ValueError
        If no row matches, or more than one.
    """
    table = data.load("production")
    for column, value in match.items():
        table = table[table[column] == value]
    if len(table) != 1:
        raise ValueError(f"{len(table)} rows of production.csv match {match}")
    return table.iloc[0]


def cumulative(product: str) -> pd.DataFrame:
    """Epoch AI's cumulative H100 equivalents by year: ``units`` with ``low`` and ``high``, indexed by year."""
    table = data.load("production")
    rows = table[(table["product"] == product) & (table["metric"] == "cumulative H100 equivalents since 2022")]
    return rows.set_index("year")[["units", "low", "high", "source"]].sort_index()


def smuggling() -> pd.DataFrame:
    """The two published estimates of smuggling with their ranges: CNAS in chips of 2024, Epoch AI in H100 equivalents.

    The upper end of CNAS ("several hundred thousand") is no number and is left empty.
    """
    events = data.load("policy_events").set_index("event_id")
    names = {"EV-033": "CNAS, chips in 2024", "EV-066": "Epoch AI, H100 equivalents by 2025"}
    columns = {"figure_low": "low", "figure_value": "median", "figure_high": "high", "source": "source"}
    return events.loc[list(names), list(columns)].rename(index=names, columns=columns)


def known() -> compute_gap.Known:
    """Everything that `compute_gap.compute_gap` takes from the sources."""
    china, us = cumulative("compute owned in China"), cumulative("compute owned by named US companies")
    sold = np.diff(china["units"], prepend=0.0)
    years = compute_gap.YEARS.tolist()
    by_year = dict(zip(china.index, sold, strict=True))
    estimates = smuggling()
    total = estimates.loc["Epoch AI, H100 equivalents by 2025"]
    counts = data.load("production")
    ascend_2025 = counts[(counts["product"] == "Ascend (all)") & (counts["year"] == 2025)]
    ascend_2025 = ascend_2025[ascend_2025["unit"].isin(["chips", "cards"])][["units", "low", "high"]].stack()
    made = production(product="Ascend (all)", metric="production", year=2025)["units"]
    dies = production(product="Ascend (all)", metric="dies", year=2025)["units"]
    b_2024 = production(product="Ascend 910B", metric="production", year=2024)["units"]
    stacks = production(product="HBM to China", vendor="All suppliers")["units"]
    domestic = production(product="AI accelerator cards", vendor="All Chinese vendors", year=2024)["units"]
    domestic_2023 = production(product="AI accelerator chips", vendor="All Chinese vendors", year=2023)["low"]
    domestic_2025 = production(product="AI accelerator cards", vendor="All Chinese vendors", year=2025)["units"]
    huawei_2025 = production(product="Ascend (all)", metric="shipments in China", year=2025)["units"]
    memory_bound = production(product="Ascend (all)", metric="production", year=2026)["units"]
    rules = data.load("export_rules").set_index("rule_id")
    letter = data.load("policy_events").set_index("event_id").loc["EV-039", "date"]
    rates, abroad = other_rates(), production(metric="rented abroad by Chinese firms")
    end = china.loc[compute_gap.LAST]
    rule_day, h20_first_day = day(rules.loc["BIS-2022-10:3A090.a.1", "end_date"]), day("2024-01-01")
    return compute_gap.Known(
        a800_h800=[by_year[y] if y <= 2023 else 0.0 for y in years],
        h20=[by_year[y] if 2024 <= y <= compute_gap.LAST else 0.0 for y in years],
        h20_per_day=by_year[2024] / (day("2025-01-01") - h20_first_day),
        rule_day=rule_day,
        h20_first_day=h20_first_day,  # Epoch AI counts none in 2023
        h20_last_day=day(letter),
        h800_rate=rate(H800),
        h200_rate=rate(H200),
        cap_share=float(rules.loc["BIS-2026-01-REVIEW:VOLUME-50", "share_pct"]) / 100,
        die_rate=rate(ASCEND_C) / 2,
        smuggled=float(total["median"]),
        smuggled_2024=float(estimates.loc["CNAS, chips in 2024", "median"]),
        ascend={2024: b_2024 * rate(ASCEND_B), 2025: dies * rate(ASCEND_C) / 2},
        ascend_plan=float(production(product="Ascend (all)", metric="dies", year=2026)["high"]),
        stacks_left=float(stacks - STACKS_PER_DIE * (b_2024 + dies)),
        stacks_a_year=float(memory_bound * 2 * STACKS_PER_DIE),
        stacks_per_die=STACKS_PER_DIE,
        other_cards={2023: 2 * domestic_2023, 2024: domestic - b_2024, 2025: domestic_2025 - huawei_2025},
        other_rate=float(rates.median()),
        abroad_rate=rate(B200),
        us=us["units"].tolist(),
        low={
            "legal": end["low"] / end["units"],
            "smuggled": total["low"] / total["median"],
            "ascend": ascend_2025.min() / made,
            "other": rates.quantile(0.25) / rates.median(),
            "abroad": abroad["low"] / abroad["units"],
            "us": us["low"].iloc[-1] / us["units"].iloc[-1],
        },
        high={
            "legal": end["high"] / end["units"],
            "smuggled": total["high"] / total["median"],
            "ascend": ascend_2025.max() / made,
            "other": rates.quantile(0.75) / rates.median(),
            "abroad": abroad["high"] / abroad["units"],
            "us": us["high"].iloc[-1] / us["units"].iloc[-1],
        },
    )


def memory() -> pd.Series:
    """What the stacks of high-bandwidth memory that reached China mean in dies, and what a die is worth."""
    sources = known()
    used = production(product="HBM to China", vendor="All suppliers")["units"] - sources.stacks_left
    return pd.Series(
        {
            "dies packaged in 2024 and 2025": used / sources.stacks_per_die,
            "stacks left from the stock": sources.stacks_left,
            "new stacks a year behind 300,000 chips": sources.stacks_a_year,
            "H100 equivalents of a die": sources.die_rate,
        }
    )


def as_it_was() -> dict[str, Any]:
    """The settings of `compute_gap.compute_gap` with which nothing is changed: the past as it was, and plain defaults."""
    facts = known()
    return {
        "rule_day": facts.rule_day,
        "h800_a_year": float(production(product="data-centre GPUs to China", year=2024)["units"]),
        "h20_last_day": facts.h20_last_day,
        "h200_a_year": 0.0,
        "capped_by_us": True,
        "us_h200_a_year": 2 * approved(),  # how many go to American customers is not published
        "stopped": 0.0,
        "stopped_from": 2026,
        "ascend_dies": facts.ascend_plan,
        "ascend_growth": 1.0,
        "stacks_left": facts.stacks_left,
        "stacks_a_year": facts.stacks_a_year,
        "other_rate": facts.other_rate,
        "other_growth": 1.0,
        "us_growth": 1.0,
        "abroad_2026": float(production(metric="rented abroad by Chinese firms")["units"]),
        "retired_a_year": 0.0,
    }


def approved() -> float:
    """H200 in the first batch that China approved."""
    return data.value("production", "low", product="H200", metric="import approvals in China")


def sold_in_china() -> pd.DataFrame:
    """Nvidia's data-centre ``chips`` sold in China in each year from 2022, and the ``H100 equivalents`` that they make."""
    stock = cumulative("compute owned in China")["units"]
    chips = [production(product="data-centre GPUs to China", year=year)["units"] for year in stock.index]
    table = {"chips": chips, "H100 equivalents": np.diff(stock, prepend=0)}
    return pd.DataFrame(table, index=stock.index.tolist())


def idc_and_epoch() -> pd.DataFrame:
    """IDC's count of Nvidia cards in China beside Epoch AI's count of chips, by year, and what is left over."""
    facts, sold = known(), sold_in_china()
    smuggled = compute_gap.smuggled_flows(facts.smuggled, facts.smuggled_2024)
    rows = []
    for year in (2024, 2025):
        cards = production(product="AI accelerator cards", vendor="Nvidia", year=year)["units"]
        chips, hidden = sold.loc[year, "chips"], smuggled[year - 2023]
        rows.append([year, cards, chips, hidden, cards - chips - hidden])
    columns = ["year", "IDC, Nvidia cards", "Epoch, data-centre chips", "smuggled, our split", "left over"]
    return pd.DataFrame(rows, columns=columns).set_index("year")


def checks(stock: Mapping[str, Any]) -> pd.DataFrame:
    """Published numbers beside what the model gives.

    Parameters
    ----------
    stock : mapping
        The results of `compute_gap.compute_gap` for `as_it_was`.

    Returns
    -------
    pandas.DataFrame
        ``published``, ``computed``, ``unit``, ``difference_pct`` and ``kind`` (of `independence.kind`), indexed by case.
    """
    facts, estimates, sold = known(), smuggling()["median"], sold_in_china()
    dies = data.value("production", "units", product="Ascend dies from TSMC", source="heim_2025_gap")
    bound = production(product="Ascend (all)", metric="production", year=2026)["units"]
    packaged = compute_gap.dies_with_memory([facts.ascend_plan], 0, [facts.stacks_a_year], facts.stacks_per_die)
    in_2024 = stock["smuggled"][2] - stock["smuggled"][1]
    legal = cumulative("compute owned in China").loc[2025, "units"]
    epoch, catalogue = "epoch_2026_chip_counts;substrate_2026_smuggling", "epoch_2026_ml_hardware"
    semi, heim = "semianalysis_2025_ascend_digest", "heim_2025_gap"
    fit = {"fitted": True}
    rows = [
        (
            "legal Nvidia compute in China, end of 2025 (Epoch)",
            legal,
            stock["legal"][3],
            "H100 equivalents",
            epoch,
            "",
            fit,
        ),
        ("smuggled through 2025 (Epoch)", estimates.iloc[1], stock["smuggled"][3], "H100 equivalents", epoch, "", fit),
        ("smuggled in 2024 (CNAS)", estimates.iloc[0], in_2024, "chips", "cnas_2025_smuggling", "", fit),
        (
            "smuggled share of China's compute (Epoch, about a third)",
            1 / 3,
            stock["smuggled_share"],
            "share",
            epoch,
            f"{epoch};openstack_2026_idc",
            {},
        ),
        (
            "H100 equivalents of an H20 sold in 2024 (Epoch)",
            sold.eval("`H100 equivalents` / chips")[2024],
            rate(H20),
            "each",
            f"{epoch};{catalogue}",
            catalogue,
            {},
        ),
        (
            "TSMC dies as H100 equivalents (Heim, roughly a million)",
            1e6,
            dies * facts.die_rate,
            "H100 equivalents",
            heim,
            f"{heim};{catalogue}",
            {},
        ),
        ("Ascend chips of 2026 if memory binds (SemiAnalysis)", bound, packaged[0] / 2, "chips", semi, "", fit),
    ]
    names = ["case", "published", "computed", "unit", "source", "inputs_from", "how"]
    table = pd.DataFrame(rows, columns=names).set_index("case")
    kinds = [independence.kind(row.source, row.inputs_from, **row.how) for row in table.itertuples()]
    table = table.drop(columns=["source", "inputs_from", "how"])
    return table.assign(difference_pct=100 * (table["computed"] / table["published"] - 1), kind=kinds)


def bandwidth_equivalents(chip: str) -> float:
    """H100 equivalents of one chip, by memory bandwidth."""
    bandwidth = data.load("chips").set_index("chip")["memory_bandwidth_gbps"]
    return float(bandwidth[chip] / bandwidth[H100])
