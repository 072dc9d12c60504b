"""Ember's yearly electricity data: generating capacity."""

from __future__ import annotations

import pandas as pd

from explorables.refresh import Upstream, UpstreamError

ADDRESS = "https://storage.googleapis.com/emb-prod-bkt-publicdata/public-downloads/yearly_full_release_long_format.csv"
FUELS = {
    "Bioenergy": "bioenergy",
    "Coal": "coal",
    "Hydro": "hydro",
    "Nuclear": "nuclear",
    "Solar": "solar",
    "Wind": "wind",
}
FIRST = 2010


def capacity(table: pd.DataFrame) -> pd.DataFrame:
    """Capacity at the end of a year (GW) and its net change in the year, of China.

    Raises
    ------
    UpstreamError
        If a capacity is not in GW.
    """
    rows = table[(table["Category"] == "Capacity") & (table["ISO 3 code"] == "CHN") & table["Variable"].isin(FUELS)]
    if other := sorted(set(rows["Unit"]) - {"GW"}):
        raise UpstreamError(f"capacity is in {', '.join(other)} now, and GW was expected")
    rows = rows[rows["Value"] != ""].assign(
        year=lambda t: t["Year"].astype(int), installed=lambda t: pd.to_numeric(t["Value"])
    )
    rows = rows.sort_values("year").assign(
        added=lambda t: t.groupby("Variable")["installed"].diff().where(t.groupby("Variable")["year"].diff() == 1)
    )
    rows = rows[rows["year"] >= FIRST]
    return pd.DataFrame(
        {
            "year": rows["year"],
            "country": "CHN",
            "source_type": rows["Variable"].map(FUELS),
            "installed_gw": rows["installed"],
            "added_gw": rows["added"],
            "kind": "reported",
            "evidence": "read",
            "note": "installed read; added is derived as the net change",
        }
    )


UPSTREAM = (
    Upstream(
        name="ember-capacity",
        table="capacity",
        title="Ember, Yearly Electricity Data",
        licence="CC BY 4.0",
        addresses=(ADDRESS,),
        source="ember_2026_yearly",
        entry={
            "author": "Ember",
            "title": r"Yearly Electricity Data (yearly\_full\_release\_long\_format.csv)",
            "publisher": "Ember",
            "url": "https://ember-energy.org/data/yearly-electricity-data/",
        },
        earlier=("ember_2025_api_data",),
        columns=("Area", "ISO 3 code", "Year", "Category", "Variable", "Unit", "Value"),
        key=("year", "country", "source_type"),
        values={"installed_gw": ".3f", "added_gw": ".3f"},
        rows=capacity,
        mark=("preferred", ("year", "country", "source_type")),
    ),
)
