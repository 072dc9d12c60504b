"""The catalogue of accelerators in the units of the models: one row a chip, missing where no figure is published."""

from __future__ import annotations

from collections.abc import Mapping

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
    """Chips of a leader that were sold and set a record in a column of `catalogue`, by date."""
    sold = table[table["vendor"].isin(LEADERS[leader]) & ~table["announced"]].dropna(subset=[column])
    return sold[chips.record_setters(sold["launch"], sold[column])].sort_values("launch")


def fits(table: pd.DataFrame, columns: Mapping[str, str] = METRICS) -> dict[tuple[str, str], dict[str, float]]:
    """A fit of the frontier for each metric and leader: ``(label of the metric, leader)`` to `chips.fit_frontier`."""
    found = {}
    for metric, column in columns.items():
        for leader in LEADERS:
            best = records(table, column, leader)
            found[metric, leader] = chips.fit_frontier(best["launch"], best[column])
    return found
