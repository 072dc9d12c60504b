"""The catalogue of accelerators in the units of the models: one row a chip, missing where no figure is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import chips, controls

METRICS = {
    "TPP": "tpp",
    "16-bit rate": "flop_per_s",
    "Memory bandwidth": "bandwidth",
    "16-bit FLOP per joule": "flop_per_joule",
}
LEADERS = {"Nvidia": ("Nvidia",), "All American vendors": ("Nvidia", "AMD", "Google", "Amazon")}
UNSOLD = ("announced", "reported", "cancelled", "not_approved", "superseded")  # planned, dropped or skipped
COUNTRIES = {"CN": "China", "US": "United States"}
UNIT = "A100 SXM4 40GB"  # the chip of 2020 in whose multiples chips are compared
COUNTING = {"All formats (TPP)": "tpp", "8 bits and wider": "tpp_8"}
PREFILL = "CPX"  # a part that does half of serving, and no training
DOUBTED = ["reported", "not_approved", "superseded"]
HUAWEI_STEPS = [
    "Ascend 910 (320 TFLOPS bin)",
    "Ascend 910B2",
    "Ascend 910C (press)",
    "Ascend 950PR (Atlas 350 card as launched)",
    "Ascend 950DT (roadmap)",
    "Ascend 960 (roadmap)",
    "Ascend 970 (roadmap)",
]
_MIDDLE = {"day": 0.0, "month": 0.5 / 12, "year": 0.5}  # years from the start of a date known to a day, month or year


def catalogue() -> pd.DataFrame:
    """Every chip of the table `chips`, indexed by name.

    Returns
    -------
    pandas.DataFrame
        ``vendor``, ``country``, ``status``, ``kind``, ``source``; ``launch`` (decimal year; the middle of a month or
        year where no more is known); ``announced`` (not a product that was sold in numbers); ``tpp``; ``tpp_8`` (TPP without
        4-bit formats); ``flop_per_s`` (dense 16-bit rate); ``bandwidth`` (bytes/s); ``flop_per_joule`` (16-bit rate over
        rated power).
    """
    table = data.load("chips").set_index("chip")
    eight = table[["fp8_dense_tflops", "int8_dense_tops"]].max(axis=1)
    rates = pd.DataFrame({16: table["bf16_fp16_dense_tflops"], 8: eight})
    when = table["launch_date"]
    first_day = when.dt.year + (when.dt.day_of_year - 1) / (365 + when.dt.is_leap_year)
    return table[["vendor", "country", "status", "kind", "source", "note"]].assign(
        launch=first_day + table["launch_date_precision"].astype(str).map(_MIDDLE),
        announced=table["status"].isin(UNSOLD),
        tpp=table["tpp"],
        tpp_8=controls.total_processing_performance(rates, rates.columns).max(axis=1),
        flop_per_s=table["bf16_fp16_dense_tflops"] * 1e12,
        bandwidth=table["memory_bandwidth_gbps"] * 1e9,
        flop_per_joule=table["bf16_fp16_dense_tflops"] * 1e12 / table["tdp_w"],
    )


def records(table: pd.DataFrame, column: str, leader: str) -> pd.DataFrame:
    """Chips of a leader that set a record in a column of `catalogue`, by date.

    A chip counts when it was sold, or when its vendor has announced it with its figure and date: by the same rule the
    plans of the follower are measured.
    """
    counted = (~table["announced"] | table["status"].eq("announced")) & ~table.index.str.contains(PREFILL)
    its = table[table["vendor"].isin(LEADERS[leader]) & counted].dropna(subset=[column])
    return its[chips.record_setters(its["launch"], its[column])].sort_values("launch")


def fits(table: pd.DataFrame, columns: Mapping[str, str] = METRICS) -> dict[tuple[str, str], dict[str, float]]:
    """A fit of the frontier for each metric and leader: ``(label of the metric, leader)`` to `chips.fit_frontier`."""
    found = {}
    for metric, column in columns.items():
        for leader in LEADERS:
            best = records(table, column, leader)
            found[metric, leader] = chips.fit_frontier(best["launch"], best[column])
    return found


def published(table: pd.DataFrame) -> pd.DataFrame:
    """How many chips of each country have each figure, in a table of `catalogue`."""
    columns = list(METRICS.values())
    counts = table[columns].notna().groupby(table["country"]).sum()
    counts.insert(0, "rows", table.groupby("country").size())
    return counts.rename(columns=dict(zip(columns, METRICS, strict=True)), index=COUNTRIES)


def silent(table: pd.DataFrame) -> pd.DataFrame:
    """Chips without any of the four figures, by vendor."""
    without = table[table[list(METRICS.values())].isna().all(axis=1)]
    names = without.groupby("vendor", observed=True).apply(lambda rows: ", ".join(rows.index))
    return names.rename("chips without any of the four figures").to_frame()


def points(table: pd.DataFrame) -> pd.DataFrame:
    """A table of `catalogue` as charts want it: one row a chip, 0 where no figure is published.

    Returns
    -------
    pandas.DataFrame
        ``chip``, ``vendor``, ``country``, ``stage`` (sold or not), ``launch`` (decimal year, to half a day) and the metrics.
    """
    return pd.DataFrame(
        {
            "chip": table.index,
            "vendor": list(table["vendor"].astype(str)),
            "country": list(table["country"].astype(str).map(COUNTRIES)),
            "stage": np.where(table["announced"], "Not sold", "Sold"),
            "launch": table["launch"].round(3).to_numpy(),
            **{name: table[name].fillna(0).to_numpy() for name in METRICS.values()},
        }
    )


def relative_points(table: pd.DataFrame) -> pd.DataFrame:
    """`points` with the metrics as multiples of the A100 of 2020, to five digits."""
    found, unit = points(table), table.loc[UNIT]
    return found.assign(**{c: [float(f"{v:.5g}") for v in found[c] / unit[c]] for c in METRICS.values()})


def relative_fits(table: pd.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    """`fits` to multiples of the A100 of 2020."""
    return fits(table.assign(**{c: table[c] / table.loc[UNIT, c] for c in METRICS.values()}))


def lags(table: pd.DataFrame, names: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    """Months by which chips are behind Nvidia's frontier on their launch days, with both ends of the interval."""
    found = fits(table)
    columns = {}
    for metric in metrics:
        behind = [
            chips.lag(table.loc[n, "launch"], table.loc[n, METRICS[metric]], found[metric, "Nvidia"]) for n in names
        ]
        columns |= {(metric, part): [lag[part] for lag in behind] for part in ("months", "low", "high")}
    return pd.DataFrame(columns, index=names)


def roadmap(table: pd.DataFrame, vendor: str, leave_out: Sequence[str] = ()) -> pd.DataFrame:
    """Chips that a vendor has launched or announced, without rows whose name holds one of some words."""
    rows = table[(table["vendor"] == vendor) & ~table["status"].isin(DOUBTED)]
    rows = rows[[not any(word in name for word in leave_out) for name in rows.index]]
    return rows[(rows["launch"] >= 2018) & rows["tpp"].notna()]


def huawei_roadmap(table: pd.DataFrame) -> pd.DataFrame:
    """What Huawei has launched and announced, by its own figures."""
    return roadmap(table, "Huawei", ["white paper", "SemiAnalysis", "CloudMatrix"])


def nvidia_roadmap(table: pd.DataFrame) -> pd.DataFrame:
    """What Nvidia has launched and announced for data centres."""
    return roadmap(table, "Nvidia", ["RTX", PREFILL])


def as_columns(rows: pd.DataFrame) -> dict[str, list]:
    """Rows of a roadmap as columns for `chips.roadmaps`."""
    columns = {label: rows[column].fillna(0).tolist() for label, column in COUNTING.items()}
    return {"launch": rows["launch"].tolist(), "announced": rows["announced"].tolist(), **columns}


def roadmap_fits(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """A fit to Nvidia's records for each way of counting formats."""
    best = {label: (records(table, column, "Nvidia"), column) for label, column in COUNTING.items()}
    return {label: chips.fit_frontier(rows["launch"], rows[column]) for label, (rows, column) in best.items()}


def as_launched(table: pd.DataFrame) -> float:
    """TPP of the first chip of Huawei's roadmap as launched, over the TPP announced."""
    launched, announced = "Ascend 950PR (Atlas 350 card as launched)", "Ascend 950PR (roadmap)"
    return table.loc[launched, "tpp"] / table.loc[announced, "tpp"]


def cfr_ratios() -> pd.DataFrame:
    """CFR's ratios of the best American to the best Huawei chip, by year."""
    return data.load("production").query("metric == 'performance ratio best US chip to best Huawei chip'")


def ladder() -> pd.Series:
    """How far the TPP in the table is from the one that follows from printed rates, for every chip with a rate."""
    raw = data.load("chips").set_index("chip")
    eight = raw[["fp8_dense_tflops", "int8_dense_tops"]].max(axis=1)
    printed = pd.DataFrame({16: raw["bf16_fp16_dense_tflops"], 8: eight, 4: raw["fp4_dense_tflops"]})
    best = controls.total_processing_performance(printed, printed.columns).max(axis=1)
    return (best / raw["tpp"] - 1).dropna()
