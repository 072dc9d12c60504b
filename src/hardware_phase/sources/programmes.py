"""Public programmes in dollars, the costs of fabs and research, and finished chips, as the model of funding wants them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import funding, times
from hardware_phase.sources import suppliers

DISCUSSED = "reported under discussion"
FAB = 50_000  # wafers a month
COSTS = ["capital_per_wafer_year", "wafer_price", "fab_cost"]
PROCESSES = ["28 nm", "16/12 nm", "14 nm", "10 nm", "7 nm", "5 nm", "3 nm", "2 nm"]
CHIPS = {
    "Ascend 910C": suppliers.DOMESTIC,
    "Ascend 910B": suppliers.OLDER_DOMESTIC,
    "H20": "H20 96GB",
    "H200": "H200 SXM 141GB",
}


def cny_per_usd() -> float:
    """Yuan a dollar where a source gives no dollars."""
    return data.value("power_economics", "value", metric="exchange_rate_implied")


def funds() -> pd.DataFrame:
    """The table `public_funding` with ``usd_bn``: the source's dollars, or a conversion from yuan; none for euros."""
    table = data.load("public_funding")
    middle = (table["low_bn"] + table["high_bn"]) / 2
    amount = table["amount_bn"].fillna(middle).fillna(table["low_bn"])
    converted = amount.where(table["currency"] == "USD", funding.in_dollars(amount, cny_per_usd()))
    return table.assign(usd_bn=table["amount_usd_bn"].fillna(converted.where(table["currency"] != "EUR")))


def charted() -> pd.DataFrame:
    """Programmes with a short name, by date: parts of others are left out.

    Returns
    -------
    pandas.DataFrame
        The columns of `funds` with ``name`` (short), ``label`` (with the year), ``state`` (decided or only discussed),
        and ``low`` and ``high``, billions of dollars, which differ where only a range was discussed.
    """
    table = funds()
    table = table[table["short_name"].notna() & table["usd_bn"].notna()].sort_values("date")
    discussed = table["status"] == DISCUSSED
    low, high = (
        table["usd_bn"].where(~discussed, funding.in_dollars(table[end], cny_per_usd()))
        for end in ("low_bn", "high_bn")
    )
    name = table["short_name"].astype(str)
    return table.assign(
        name=name,
        label=name + " (" + table["date"].dt.year.astype(str) + ")",
        state=np.where(discussed, "only discussed", "decided"),
        low=low,
        high=high,
    )


def named() -> pd.Series:
    """Billions of dollars by the short name of a programme."""
    return charted().set_index("name")["usd_bn"]


def three_funds() -> float:
    """The three Big Funds together, billions of dollars."""
    return named()[["Big Fund I", "Big Fund II", "Big Fund III"]].sum()


def yardsticks() -> pd.Series:
    """Sums to keep in mind, billions of dollars: the funds, the CHIPS Act, and what one company invests in a year."""
    smic = {"vendor": "SMIC", "metric": "capital_expenditure", "period": "2025"}
    return pd.Series(
        {
            "three Big Funds, bn USD": three_funds(),
            "third fund a year over ten years": named()["Big Fund III"] / 10,
            "CHIPS Act, bn USD": named()["CHIPS Act"],
            "American tax credit as estimated in 2022": named()["US tax credit"],
            "SMIC's capital expenditure in 2025": data.value("revenue", "value_m", **smic) / 1e3,
        }
    )


def package() -> list[float]:
    """Both ends of the package that was only discussed, dollars."""
    row = charted().query("state == 'only discussed'").iloc[0]
    return [float(row[end]) * 1e9 for end in ("low", "high")]


def costs() -> pd.DataFrame:
    """Capital for a yearly wafer, price of a wafer (dollars) and cost of a fab (billions), by process."""
    table = data.load("fabrication")
    table = table[table["quantity"].isin(COSTS)].pivot(index="subject", columns="quantity", values="value")
    return table[COSTS].reindex(PROCESSES)


def fab_by_cset() -> pd.Series:
    """Cost of a fab of 50,000 wafers a month by CSET, billions of dollars, by process."""
    return costs()["capital_per_wafer_year"] * FAB * times.MONTHS_PER_YEAR / 1e9


def nodes() -> dict[str, dict[str, float]]:
    """Processes with a known capital, as options for the model."""
    rows = costs().dropna(subset=["capital_per_wafer_year"])
    return {
        str(node): {**row[["capital_per_wafer_year", "wafer_price"]], "fab_wafers": FAB}
        for node, row in rows.iterrows()
    }


def research() -> pd.DataFrame:
    """What laboratories spend on research in a year, billions of dollars."""
    table = data.load("fabrication")
    return table[table["quantity"] == "rd_spending"].set_index("subject")[["value", "unit", "kind", "source"]]


def laboratories() -> dict[str, dict[str, float]]:
    """Laboratories as options for the model."""
    return {str(name): {"usd_per_year": row["value"] * 1e9} for name, row in research().iterrows()}


def chips() -> dict[str, dict[str, float]]:
    """Finished accelerators as options for the model."""
    return {label: {"price_usd": suppliers.price(chip), "tpp": suppliers.tpp(chip)} for label, chip in CHIPS.items()}


def spend() -> partial:
    """`funding.purchases` beside the CHIPS Act and the largest programme that was decided."""
    table = funds()
    largest = table.loc[table["status"] != DISCUSSED, "usd_bn"].max() * 1e9
    return partial(funding.purchases, baseline=named()["CHIPS Act"] * 1e9, largest=largest)


def expected_wafers() -> float:
    """Wafers a month of the 7 nm class that are expected for 2027."""
    return float(suppliers.wafers()[2027])
