"""The World Bank's indicators: population, income and mobile subscriptions."""

from __future__ import annotations

import json

import pandas as pd

from explorables.refresh import Upstream, UpstreamError, json_records

ADDRESS = "https://api.worldbank.org/v2/country/{of}/indicator/{indicator}?format=json&per_page=20000&{when}"
TITLE, LICENCE, SOURCE = "World Bank, World Development Indicators", "CC BY 4.0", "worldbank_2026_wdi"
ENTRY = {
    "author": "World Bank",
    "title": "World Development Indicators",
    "publisher": "World Bank",
    "url": "https://data.worldbank.org/",
}
POPULATION, INCOME, MOBILE = "SP.POP.TOTL", "NY.GDP.PCAP.PP.KD", "IT.CEL.SETS.P2"
YEAR = "2024"  # of the column with the population
FOLLOWED = ("CHN", "IND", "USA", "BRA", "NGA", "KEN", "ZWE", "DEU", "MEX", "WLD")
COLUMNS = ("indicator.id", "countryiso3code", "date", "value")


def indicators(body: bytes) -> pd.DataFrame:
    """The records of an answer, which must be one page.

    Raises
    ------
    UpstreamError
        If the answer is an error, or has more pages.
    """
    said = json.loads(body[:300].split(b"}", 1)[0].lstrip(b" \n[") + b"}") if body.lstrip().startswith(b"[{") else {}
    if said.get("pages", 1) != 1:
        raise UpstreamError(f"the answer has {said['pages']} pages, and one was expected: ask for more rows a page")
    return json_records(1)(body)


def economies(table: pd.DataFrame) -> pd.DataFrame:
    """Population of one year, and the latest income per person (international dollars of 2021) with its year."""
    table = table[table["countryiso3code"].str.len() == 3].dropna(subset=["value"])
    people = table[(table["indicator.id"] == POPULATION) & (table["date"] == YEAR)].set_index("countryiso3code")
    income = table[table["indicator.id"] == INCOME].sort_values("date").set_index("countryiso3code")
    income = income[~income.index.duplicated(keep="last")]
    rows = pd.DataFrame(
        {
            "population_2024": people["value"],
            "gdp_per_capita_ppp_2021intl_usd": income["value"],
            "gdp_year": income["date"],
        }
    )
    return rows.rename_axis("iso3").reset_index()


def mobile(table: pd.DataFrame) -> pd.DataFrame:
    """Mobile subscriptions per 100 people, a row a country and year."""
    rows = table.dropna(subset=["value"])
    return pd.DataFrame(
        {
            "iso3": rows["countryiso3code"],
            "country": rows["country.value"],
            "year": rows["date"],
            "mobile_subscriptions_per_100": rows["value"],
            "kind": "reported",
            "evidence": "read",
            "note": "ITU series in the World Development Indicators",
        }
    )


UPSTREAM = (
    Upstream(
        name="worldbank-economies",
        table="country_covariates",
        title=TITLE,
        licence=LICENCE,
        addresses=(
            ADDRESS.format(of="all", indicator=POPULATION, when=f"date={YEAR}"),
            ADDRESS.format(of="all", indicator=INCOME, when="mrnev=1"),
        ),
        source=SOURCE,
        entry=ENTRY,
        earlier=("gapminder_2026_systema_globalis",),
        columns=COLUMNS,
        key=("iso3",),
        values={"population_2024": ".0f", "gdp_per_capita_ppp_2021intl_usd": ".0f", "gdp_year": ".0f"},
        rows=economies,
        read=indicators,
        fills=False,
        beside=True,
    ),
    Upstream(
        name="worldbank-mobile",
        table="mobile_subscriptions",
        title=TITLE,
        licence=LICENCE,
        addresses=(ADDRESS.format(of=";".join(FOLLOWED), indicator=MOBILE, when="date=1980:2040"),),
        source=SOURCE,
        entry=ENTRY,
        earlier=("gapminder_2026_systema_globalis",),
        columns=(*COLUMNS, "country.value"),
        key=("iso3", "year"),
        values={"mobile_subscriptions_per_100": ".4f"},
        rows=mobile,
        read=indicators,
    ),
)
