"""The Energy Information Administration's Monthly Energy Review: American electricity and what it costs."""

from __future__ import annotations

import pandas as pd

from explorables.refresh import Upstream, UpstreamError

ADDRESS = "https://www.eia.gov/totalenergy/data/browser/csv.php?tbl={}"
SOURCE, EARLIER = "eia_2026_monthly_energy_review", ("eia_2026_us_energy_data",)
LICENCE = "public domain"
ENTRY = {
    "author": "EIA",
    "title": "Monthly Energy Review",
    "publisher": "U.S. Energy Information Administration",
    "url": "https://www.eia.gov/totalenergy/data/monthly/",
}
YEARLY = "13"  # the month of a row for the whole year
FIRST_PRICE, FIRST_GENERATION = (
    2001,
    2023,
)  # of generation the years that still move: a second count beside the other one
CUSTOMERS = {"ESCMUUS": "commercial_electricity_price", "ESICUUS": "industrial_electricity_price"}
FUELS = {
    "CLETPUS": "coal",
    "NGETPUS": "gas",
    "NUETPUS": "nuclear",
    "HVETPUS": "hydro",
    "SOETPUS": "solar",
    "WYETPUS": "wind",
}
COLUMNS = ("MSN", "YYYYMM", "Value", "Unit")


def _years(table: pd.DataFrame, series: dict[str, str], unit: str, first: int) -> pd.DataFrame:
    """Rows of whole years of some series, with the year and the value.

    Raises
    ------
    UpstreamError
        If a value is in another unit.
    """
    rows = table[table["MSN"].isin(series) & (table["YYYYMM"].str[4:] == YEARLY) & (table["Value"] != "Not Available")]
    if other := sorted(one for one in set(rows["Unit"]) if not one.startswith(unit)):
        raise UpstreamError(f"{', '.join(sorted(set(rows['MSN'])))} in {other[0]} now, and {unit} was expected")
    rows = rows.assign(year=rows["YYYYMM"].str[:4].astype(int), value=pd.to_numeric(rows["Value"]))
    return rows[rows["year"] >= first]


def prices(table: pd.DataFrame) -> pd.DataFrame:
    """What customers pay on average ($/kWh), a row a year and kind of customer."""
    rows = _years(table, CUSTOMERS, "Cents per Kilowatthour", FIRST_PRICE)
    return pd.DataFrame(
        {
            "year": rows["year"],
            "region": "USA",
            "metric": rows["MSN"].map(CUSTOMERS),
            "value": rows["value"] / 100,
            "unit": "usd_per_kwh",
            "kind": "reported",
            "evidence": "read",
            "note": "average revenue a kWh, taxes included; cents in the source",
        }
    )


def generation(table: pd.DataFrame) -> pd.DataFrame:
    """Electricity generated (TWh), a row a year and source."""
    rows = _years(table, FUELS, "Million Kilowatthours", FIRST_GENERATION)
    source_type = rows["MSN"].map(FUELS)
    return pd.DataFrame(
        {
            "year": rows["year"],
            "country": "USA",
            "source_type": source_type,
            "generation_twh": rows["value"] / 1000,
            "kind": "reported",
            "evidence": "read",
            "note": source_type.map({"solar": "utility-scale only", "hydro": "without pumped storage"}).fillna(""),
        }
    )


UPSTREAM = (
    Upstream(
        name="eia-prices",
        table="power_economics",
        title="EIA, Monthly Energy Review, table 9.8",
        licence=LICENCE,
        addresses=(ADDRESS.format("T09.08"),),
        source=SOURCE,
        entry=ENTRY,
        earlier=EARLIER,
        columns=COLUMNS,
        key=("year", "region", "metric", "unit"),
        values={"value": ".4f"},
        rows=prices,
    ),
    Upstream(
        name="eia-generation",
        table="generation",
        title="EIA, Monthly Energy Review, table 7.2a",
        licence=LICENCE,
        addresses=(ADDRESS.format("T07.02A"),),
        source=SOURCE,
        entry=ENTRY,
        earlier=EARLIER,
        columns=COLUMNS,
        key=("year", "country", "source_type"),
        values={"generation_twh": ".2f"},
        rows=generation,
        mark=("preferred", ("year", "country", "source_type")),
    ),
)
