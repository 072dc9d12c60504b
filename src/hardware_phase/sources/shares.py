"""Who uses DeepSeek and AI, economy by economy, with classes as intervals, regions and pools."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import adoption
from hardware_phase.sources import independence

# Regions of the United Nations' M49 standard; the two Americas and the Caribbean are one, and Iran, Syria and their
# neighbours are Western Asia and Iran.
REGIONS = {
    "Africa": "AGO BDI BEN BFA BWA CAF CIV CMR COD COG DZA EGY ERI ETH GAB GHA GIN GMB GNB KEN LBR LBY LSO MAR MDG MLI "
    "MOZ MRT MWI NAM NER NGA RWA SDN SEN SLE SOM SSD TCD TGO TUN TZA UGA ZAF ZMB ZWE",
    "Latin America and the Caribbean": "ARG BOL BRA CHL COL CRI CUB DOM ECU GTM GUY HND HTI JAM MEX NIC PAN PER PRY SLV "
    "SUR URY VEN",
    "North America and Oceania": "AUS CAN NZL PNG USA",
    "Europe": "ALB AUT BEL BGR BIH BLR CHE CZE DEU DNK ESP FIN FRA GBR GRC HRV HUN IRL ITA LTU LUX MDA NLD POL PRT ROU "
    "RUS SRB SVK SVN SWE UKR",
    "Western Asia and Iran": "ARE ARM AZE GEO IRN IRQ ISR JOR KWT LBN OMN QAT SAU SYR TUR YEM",
    "Central and Southern Asia": "AFG BGD IND KAZ KGZ LKA NPL PAK TJK TKM UZB",
    "Eastern and South-eastern Asia": "CHN IDN JPN KHM KOR LAO MMR MNG MYS PHL SGP THA TWN VNM",
}
REGION_OF = {code: region for region, codes in REGIONS.items() for code in codes.split()}

# American services do not serve these economies or are restricted there.
RESTRICTED = ("BLR", "CHN", "CUB", "IRN", "RUS", "SYR")


def deepseek() -> pd.DataFrame:
    """DeepSeek's share of the use of AI chatbots in the second half of 2025, by economy.

    Returns
    -------
    pandas.DataFrame
        Indexed by ISO code: ``country``, ``low`` and ``high`` (bounds as fractions; a printed number has a class of one
        percentage point around it), ``printed`` (a number is printed), ``region``, ``restricted``, ``people``,
        ``income`` (GDP a person, purchasing power, dollars of 2021), ``pool`` (of the use of AI, not of this share),
        ``weight`` (one: each economy has a class of its own) and ``source``. A printed
        number is preferred to the class of Microsoft's map, and the map to ranges in the press.
    """
    table = data.load("adoption")
    classes = table[table["metric"] == "deepseek_market_share_class"].set_index("iso3")
    numbers = table[(table["metric"] == "deepseek_market_share") & table["value"].notna()].set_index("iso3")
    low = (classes["value_low"] - 0.5).clip(lower=0) / 100  # the class 6 to 10 holds all that rounds to 6
    frame = pd.DataFrame(
        {
            "country": classes["country_or_region"],
            "low": low,
            "high": (classes["value_high"] + 0.5) / 100,
            "printed": False,
            "source": classes["source"],
        }
    )
    exact = pd.DataFrame(
        {
            "country": numbers["country_or_region"],
            "low": (numbers["value"] - 0.5) / 100,
            "high": (numbers["value"] + 0.5) / 100,
            "printed": True,
            "source": numbers["source"],
        }
    )
    frame = pd.concat([exact, frame.drop(index=[code for code in exact.index if code in frame.index])]).sort_index()
    more = data.load("country_covariates").set_index("iso3").reindex(frame.index)
    frame["region"] = frame.index.map(REGION_OF)
    frame["restricted"] = frame.index.isin(RESTRICTED)
    frame["people"], frame["income"] = more["population_2024"], more["gdp_per_capita_ppp_2021intl_usd"]
    frame["pool"] = more["microsoft_pool"].astype(object)
    frame["weight"] = 1.0
    return frame


def regions(frame: pd.DataFrame) -> dict[str, dict[str, list[float]]]:
    """Rows of `deepseek` by region for `adoption.region_shares`; economies without a population are left out."""
    known = frame.dropna(subset=["people"])
    return {
        region: {
            name: known.loc[known["region"] == region, name].astype(float).tolist()
            for name in ("low", "high", "people", "weight")
        }
        for region in REGIONS
    }


def use() -> pd.DataFrame:
    """Share of people of working age who use AI, by place and half-year, as fractions: ``2025-H1`` and so on."""
    table = data.load("adoption")
    table = table[table["metric"] == "ai_diffusion_share"]
    return table.pivot(index="country_or_region", columns="period", values="value") / 100


# Middle of each period of `use`; generative AI for everybody began with ChatGPT on 30 November 2022.
PERIODS = {"2025-H1": 2025.25, "2025-H2": 2025.75, "2026-Q1": 2026.125}
START = 2022 + 11 / 12


def place(name: str) -> dict[str, Any]:
    """A row of `use` as a record for `adoption.diffusion`."""
    row = use().loc[name]
    record = {"start": START}
    for key, time, (period, when) in zip(("h1", "h2", "q1"), ("t1", "t2", "t3"), PERIODS.items(), strict=True):
        record[key], record[time] = float(row[period]), when
    return record


# ----------------------------------------------------------------------------------------------------
# Classes, and what goes with them

EDGES = (0, 0.055, 0.105, 0.155, 0.205, 0.255, 1)  # of the classes of Microsoft's map
CLASSES = ("0–5 %", "6–10", "11–15", "16–20", "21–25", "over 40 %")


def in_classes() -> pd.DataFrame:
    """Rows of `deepseek` in order of region and class, with ``column`` (the class by number) and ``kind`` of access."""
    frame = deepseek().reset_index()[["iso3", "country", "region", "high", "restricted", "pool"]]
    frame["column"] = np.searchsorted(EDGES, frame["high"] - 1e-9) - 1
    frame["kind"] = np.where(frame["restricted"], "American services restricted", "not restricted")
    return frame.sort_values(["region", "column", "restricted", "country"])


def listed() -> pd.DataFrame:
    """The economies of each region in each class."""
    frame = in_classes()
    frame["column"] = [CLASSES[number] for number in frame["column"]]
    lists = frame.groupby(["region", "column"])["country"].agg(", ".join).unstack()
    return lists.reindex(list(REGIONS))[list(CLASSES)].fillna("")


def with_income() -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of `deepseek` with an income, and the columns of a regression: one, log income over 20,000, restricted."""
    known = deepseek().dropna(subset=["income"])
    income = np.log(known["income"] / 20_000)
    return known, np.column_stack([np.ones(len(known)), income, known["restricted"].astype(float)])


@functools.cache
def _coefficients() -> tuple[float, float, float]:
    known, x = with_income()
    return tuple(adoption.fit_classes(x, known["low"], known["high"], known["weight"])["coefficients"])


def fitted(income: float, restricted: bool = False) -> float:
    """Share that the regression on `with_income` gives for an income a person."""
    level, slope, bar = _coefficients()
    return adoption.logistic(level + slope * np.log(income / 20_000) + bar * restricted)


def elasticities() -> pd.DataFrame:
    """Published price elasticities of the demand for AI models."""
    params = data.load("diffusion_params")
    return params[(params["parameter"] == "price_elasticity") & ~params["context"].str.contains("mobile")]


def elasticity_range() -> dict[str, float]:
    """``low`` and ``high`` of all that `elasticities` has, and the first ``central`` one, as sizes."""
    table = elasticities()
    sizes = -table[["value", "low", "high"]].stack()
    central = float(-table["value"].dropna().iloc[0])
    return {"low": float(sizes.min()), "high": float(sizes.max()), "central": central}


def price_ratio() -> float:
    """Blended list price of GPT-5 over that of DeepSeek-V3.2."""
    price = data.load("inference_prices").set_index("model")["usd_per_m_blended_3to1"]
    return price["GPT-5"] / price["DeepSeek-V3.2"]


def middle() -> pd.Series:
    """Middle of the class of each economy, by ISO code."""
    frame = deepseek()
    return (frame["low"] + frame["high"]) / 2


def barred() -> dict[str, float]:
    """Share of people barred from American models with which the model gives the printed share, by ISO code."""
    frame, share = deepseek(), middle()
    return {
        code: adoption.barred_from_share(share[code], fitted(frame.loc[code, "income"]))
        for code in ("RUS", "BLR", "CHN", "IRN")
    }


# ----------------------------------------------------------------------------------------------------
# Developers and consumers

_BASES = [
    "china_based_llm_share_of_web_visits",
    "deepseek_share_of_web_visits",
    "chinese_open_model_token_share",
    "chinese_model_token_share",
    "us_model_token_share",
]
_WORDS = {"^china based llm": "China-based LLM", "^chinese": "Chinese", "^deepseek": "DeepSeek", "^us ": "US "}


def bases() -> pd.DataFrame:
    """Shares of Chinese models among developers and consumers, each with what it is a share of."""
    found = pd.concat([_visits_and_tokens(), _downloads()]).sort_values(["who", "unit", "period"])
    ranges = [
        f"{row.value_low:g} to {row.value_high:g}" if pd.notna(row.value_low) else f"{row.value:g}"
        for row in found.itertuples()
    ]
    table = pd.DataFrame(
        {
            "who": found["who"],
            "share": found["metric"].str.replace("_", " ").replace(_WORDS, regex=True),
            "period": found["period"].str.replace("/", " to "),
            "%": ranges,
            "of": found["unit"].str.replace("^percent( of|,) ", "", regex=True),
            "source": found["source"],
        }
    )
    return table.set_index(["who", "share"])


def _visits_and_tokens() -> pd.DataFrame:
    table = data.load("adoption")
    columns = ["metric", "period", "value", "value_low", "value_high", "unit", "source"]
    table = table[table["metric"].isin(_BASES)][columns].astype({"metric": str, "unit": str})
    tokens = table["unit"].str.contains("OpenRouter|tokens")
    return table.assign(who=np.where(tokens, "developers", "consumers"))


def _downloads() -> pd.DataFrame:
    table = data.load("model_downloads")
    chinese = (table["unit"] == "percent") & (table["group"] == "China")
    table = table[chinese & table["metric"].str.contains("share_of_downloads|share_of_new")]
    table = table.assign(
        who="developers",
        period=table["date"].dt.strftime("%Y-%m"),
        unit="percent, Hugging Face",
        metric=table["entity"].astype(str) + ": " + table["metric"].astype(str),
    )
    return table[["who", "metric", "period", "value", "unit", "source"]]


def web_visits() -> pd.DataFrame:
    """Chinese services in web visits to AI services by period: ``when``, ``low``, ``high``, ``label``, ``source``."""
    table = data.load("adoption")
    table = table[table["metric"] == "china_based_llm_share_of_web_visits"]
    low, high = (table[end].fillna(table["value"]) for end in ("value_low", "value_high"))
    label = [f"{a:.0f} to {b:.0f}" if a < b else f"{b:.0f}" for a, b in zip(low, high, strict=True)]
    return pd.DataFrame({"when": table["period"], "low": low, "high": high, "label": label, "source": table["source"]})


def openrouter() -> pd.DataFrame:
    """Chinese models in the tokens of OpenRouter: ``period``, ``from`` and ``to`` (months), ``at`` (%), ``counted``, ``source``."""
    table = data.load("adoption")
    shares = ["chinese_open_model_token_share", "chinese_model_token_share"]
    table = table[table["metric"].isin(shares) & (table["unit"] == "percent of OpenRouter tokens")].copy()
    span = table["period"].str.split("/")
    table["from"], table["to"] = span.str[0].str[:7], span.str[-1].str[:7]
    table.loc[table["period"] == "2025", ["from", "to"]] = ["2025-01", "2025-11"]  # the study ends in November
    table["counted"] = np.where(table["metric"].str.contains("open"), "open models only", "all models")
    table["at"] = table["value"].fillna(table["value_high"])
    return table[["period", "from", "to", "at", "counted", "source"]]


# ----------------------------------------------------------------------------------------------------
# The spread of use

PLACES = (
    "Global North",
    "Global South",
    "China",
    "United States",
    "India",
    "United Arab Emirates",
    "Brazil",
    "Nigeria",
    "Germany",
    "Russia",
)


def places() -> dict[str, dict[str, Any]]:
    """The `PLACES` as records for `adoption.diffusion`."""
    return {name: place(name) for name in PLACES if name in use().index}


def levels() -> pd.DataFrame:
    """Use of AI in China by two ways of counting, by period: Microsoft's telemetry, and CNNIC's survey."""
    table = data.load("adoption")
    table = table[table["iso3"] == "CHN"]
    names = {
        "ai_diffusion_share": "telemetry, % of people of 15 to 64",
        "ai_use_survey_share": "survey, % of all people",
        "ai_users_survey": "survey, million people",
    }
    table = table[table["metric"].isin(list(names))]
    wide = table.assign(metric=table["metric"].astype(str).map(names)).pivot(
        index="period", columns="metric", values="value"
    )
    return wide[list(names.values())].rename_axis(index=None, columns=None)


def without_income() -> pd.DataFrame:
    """Economies of `deepseek` that a regression on income leaves out, since no income is published for them."""
    frame = deepseek()
    return frame.loc[frame["income"].isna(), ["country", "region", "restricted"]]


def fit_bass(name: str, ceiling: float) -> dict[str, Any]:
    """The Bass curve to a ceiling that comes nearest to the three observed points of a place: see `adoption.fit_bass`."""
    record = place(name)
    years = [record[time] - record["start"] for time in ("t1", "t2", "t3")]
    observed = [record[key] for key in ("h1", "h2", "q1")]
    grid_p, grid_q = np.geomspace(0.005, 1, 120), np.geomspace(0.001, 2, 80)
    return adoption.fit_bass(years, observed, ceiling, grid_p, grid_q)


def bass_averages() -> dict[str, float]:
    """``p`` and ``q`` of the Bass model on average over published applications."""
    table = data.load("diffusion_params")
    average = table[table["context"] == "average over published applications"].set_index("parameter")["value"]
    return {"p": float(average["bass_p"]), "q": float(average["bass_q"])}


def mobile() -> pd.DataFrame:
    """Published Bass fits to mobile subscriptions by country, with the ``computed`` year of fastest growth."""
    table = data.load("diffusion_params")
    table = table[table["parameter"].str.startswith("bass_") & table["context"].str.contains("mobile")]
    table = table.pivot(index="context", columns="parameter", values="value")
    before = table.index.str.extract(r", (\d{4})-")[0].astype(int).to_numpy() - 1
    table["computed"] = before + adoption.bass_peak_years(table["bass_p"], table["bass_q"])
    return table.set_axis(table.index.str.replace("mobile subscriptions per 100 people, ", ""))


def checks() -> pd.DataFrame:
    """Published numbers beside what follows from others of the same source.

    Returns
    -------
    pandas.DataFrame
        ``published``, ``computed``, ``difference``, ``unit`` and ``tests`` (of `independence.KINDS`), indexed by case.
    """
    arithmetic = [*_users(), *_lags(), *_ratios()]
    shared = [_at_most_five()] + [
        (f"year of fastest growth, mobile, {name}", row["bass_inflection_year"], row["computed"], "year")
        for name, row in mobile().iterrows()
    ]
    rows = [(*row, independence.ARITHMETIC) for row in arithmetic] + [(*row, independence.SHARED) for row in shared]
    table = pd.DataFrame(rows, columns=["case", "published", "computed", "unit", "tests"]).set_index("case")
    table["difference"] = table["computed"] - table["published"]
    return table[["published", "computed", "difference", "unit", "tests"]]


def _of(metric: str, index: str) -> pd.DataFrame:
    table = data.load("adoption")
    return table[(table["metric"] == metric) & table["value"].notna()].set_index(index)


def _users() -> list[tuple]:
    share = _of("deepseek_market_share", "country_or_region")["value"]
    return [
        (f"people who use DeepSeek, {name}", row["value"], share[name] * use().loc[name, "2025-H2"], "percent")
        for name, row in _of("implied_deepseek_user_share", "country_or_region").iterrows()
    ]


def _lags() -> list[tuple]:
    north, south = (use().loc[name] for name in ("Global North", "Global South"))
    return [
        (f"Global North less South, {period}", row["value"], 100 * (north[period] - south[period]), "points")
        for period, row in _of("ai_diffusion_gap", "period").iterrows()
    ]


def _ratios() -> list[tuple]:
    table = data.load("adoption")
    week = table[table["period"] == "2026-05-18/2026-05-24"].set_index("metric")["value"]
    tokens = 100 * week["chinese_model_tokens_per_week"] / week["all_tokens_per_week"]
    hubs = data.load("model_downloads").set_index(["entity", "metric"]).sort_index()["value"]
    downloads = hubs[("China", "cumulative_downloads")] / hubs[("United States", "cumulative_downloads")]
    published = hubs[("China to US", "cumulative_downloads_ratio")]
    return [
        ("Chinese share of OpenRouter's tokens, May 2026", week["chinese_model_token_share"], tokens, "percent"),
        ("Chinese over American downloads, March 2026", published, downloads, "ratio"),
    ]


def _at_most_five() -> tuple:
    frame = deepseek()
    american = (frame["region"] == "Latin America and the Caribbean") | frame.index.isin(["USA", "CAN"])
    others = frame[american].drop(index="CUB")
    return "other American economies at 5 % or less", 20, (others["high"] <= EDGES[1]).sum(), f"of {len(others)}"


# ----------------------------------------------------------------------------------------------------
# What the models say of figures that did not go into them, as `evidence.reproduced` wants it


def developers_share(elasticity: float, income: float) -> float:
    """Chinese share among those who pay, by the logit model: pull of an income, prices of today, an elasticity."""
    return float(
        adoption.chinese_share(
            price_ratio=price_ratio(),
            price_elasticity=elasticity,
            paying=1.0,
            preferred=0.5,
            local_use=0.0,
            preferred_local=0.5,
            blocked_us=0.0,
            blocked_china=0.0,
            pull=fitted(income),
            elasticities=elasticity_range(),
        )["share"]
    )


def left_out(code: str) -> float:
    """Share of DeepSeek in an economy by a regression on all others."""
    known, x = with_income()
    others = np.array(known.index != code)
    fit = adoption.fit_classes(x[others], known["low"][others], known["high"][others], known["weight"][others])[
        "coefficients"
    ]
    return float(adoption.logistic(x[~others][0] @ fit))


def next_use(name: str, ceiling: float) -> float:
    """Use of AI in the third period of a place, by the Bass curve through the first two."""
    record = place(name)
    years = [record[time] - record["start"] for time in ("t1", "t2")]
    fit = adoption.fit_bass(
        years, [record["h1"], record["h2"]], ceiling, np.geomspace(0.005, 1, 120), np.geomspace(0.001, 2, 80)
    )
    return float(adoption.bass_share(record["t3"] - record["start"], fit["p"], fit["q"], ceiling))


def use_at(name: str, year: float, ceiling: float) -> float:
    """Use of AI in a place at a date, by the Bass curve through all periods."""
    fit = fit_bass(name, ceiling)
    return float(adoption.bass_share(year - START, fit["p"], fit["q"], ceiling))


REPRODUCES: dict[str, Callable[[Mapping[str, float]], float]] = {
    **dict.fromkeys(
        ("logit_chinese_tokens_summer_2026", "logit_chinese_tokens_of_2025"),
        lambda i: 100 * developers_share(i["elasticity"], i["income"]),
    ),
    "bass_ai_global_north_2026q1": lambda i: 100 * next_use("Global North", i["ceiling"]),
    "bass_ai_global_south_2026q1": lambda i: 100 * next_use("Global South", i["ceiling"]),
    "bass_ai_china_survey_end_of_2025": lambda i: 100 * use_at("China", i["year"], i["ceiling"]),
    "regression_russia_left_out": lambda i: 100 * left_out("RUS"),
    "regression_ethiopia_left_out": lambda i: 100 * left_out("ETH"),
    "regression_iran_left_out": lambda i: 100 * left_out("IRN"),
}
