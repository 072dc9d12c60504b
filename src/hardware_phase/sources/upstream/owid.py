"""Our World in Data's table on energy: electricity by source, and the carbon in it."""

from __future__ import annotations

import pandas as pd

from explorables.refresh import Upstream

ADDRESS = "https://raw.githubusercontent.com/owid/energy-data/master/owid-energy-data.csv"
TITLE, LICENCE = "Our World in Data, Data on Energy", "CC BY 4.0"
SOURCE = "owid_2026_energy_data"
FIRST = 2000

FUELS = {
    "biofuel_electricity": "bioenergy",
    "coal_electricity": "coal",
    "fossil_electricity": "fossil",
    "gas_electricity": "gas",
    "hydro_electricity": "hydro",
    "nuclear_electricity": "nuclear",
    "solar_electricity": "solar",
    "wind_electricity": "wind",
    "electricity_generation": "total",
}
REST = ["oil_electricity", "other_renewable_exc_biofuel_electricity"]
IN_FULL = ["CHN", "USA"]  # by source; of the others the total
TOTALS = ["BRA", "CAN", "DEU", "EU27", "FRA", "GBR", "IND", "JPN", "KOR", "RUS", "TWN", "WORLD"]
CARBON = ["CHN", "DEU", "EU27", "IND", "JPN", "KOR", "USA", "WORLD"]
GROUPS = {"European Union (27)": "EU27", "World": "WORLD"}  # which have no code of a country


def _since(table: pd.DataFrame) -> pd.DataFrame:
    country = table["country"].map(GROUPS).fillna(table["iso_code"])
    return table.assign(country=country)[table["year"].astype(int) >= FIRST]


def generation(table: pd.DataFrame) -> pd.DataFrame:
    """Electricity generated (TWh), a row a country, year and source."""
    table = _since(table)
    rest = table[REST].apply(pd.to_numeric).sum(axis=1, min_count=1).round(3)
    rows = table.assign(other=rest).rename(columns=FUELS)
    rows = rows.melt(["year", "country"], [*FUELS.values(), "other"], "source_type", "generation_twh")
    asked = rows["country"].isin(IN_FULL) | (rows["country"].isin(TOTALS) & (rows["source_type"] == "total"))
    rows = rows[asked & rows["generation_twh"].notna() & (rows["generation_twh"] != "")]
    added = rows["source_type"] == "other"
    note = {True: "oil plus other renewables without bioenergy, two columns summed", False: ""}
    note_fossil = rows["source_type"].map({"fossil": "overlaps the single-fuel rows"}).fillna(added.map(note))
    kinds = {True: "derived", False: "reported"}, {True: "derived", False: "read"}
    return rows.assign(kind=added.map(kinds[0]), evidence=added.map(kinds[1]), note=note_fossil)


def carbon(table: pd.DataFrame) -> pd.DataFrame:
    """Greenhouse gases of a kWh generated (g CO2e), a row a country and year."""
    table = _since(table)
    rows = table[table["country"].isin(CARBON) & (table["carbon_intensity_elec"] != "")]
    return pd.DataFrame(
        {
            "year": rows["year"],
            "region": rows["country"],
            "metric": "grid_carbon_intensity",
            "value": rows["carbon_intensity_elec"],
            "unit": "gco2e_per_kwh",
            "kind": "reported",
            "evidence": "read",
            "note": "Ember life-cycle based",
        }
    )


UPSTREAM = (
    Upstream(
        name="owid-generation",
        table="generation",
        title=TITLE,
        licence=LICENCE,
        addresses=(ADDRESS,),
        source=SOURCE,
        earlier=("owid_2024_elec_stacked", "owid_2026_energy_columns", "owid_2026_energy_totals"),
        columns=("country", "year", "iso_code", *FUELS, *REST),
        key=("year", "country", "source_type"),
        values={"generation_twh": ".2f"},
        rows=generation,
        along=("kind", "evidence", "note"),
        mark=("preferred", ("year", "country", "source_type")),
    ),
    Upstream(
        name="owid-carbon",
        table="power_economics",
        title=TITLE,
        licence=LICENCE,
        addresses=(ADDRESS,),
        source=SOURCE,
        earlier=("owid_2026_energy_columns",),
        columns=("country", "year", "iso_code", "carbon_intensity_elec"),
        key=("year", "region", "metric", "unit"),
        values={"value": ".2f"},
        rows=carbon,
    ),
)
