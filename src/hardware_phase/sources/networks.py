"""Huawei's shares of telecom equipment, what fits them, and today's shares in AI that may be compared with them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import telecom

MOBILE, ALL = "Mobile networks", "All equipment"  # the two bases on which analysts counted
START = 2004  # year in which Bass' curve begins: a count still has Huawei among "others"
STARTS = {"logistic": -np.inf, "Bass": START}
GRID = {"growths": np.geomspace(0.03, 4, 140), "midpoints": np.arange(1995, 2025, 0.1)}
MIDDLE = {"FY": 0.5, "Q1": 0.125, "Q2": 0.375, "Q3": 0.625, "Q4": 0.875, "H1": 0.25, "9M": 0.375}
"""Middle of a period as a part of its year."""

CARDS = "Chinese cards in China, units"
VISITS = "Chinese models, visits in the world"
DEEPSEEK = "DeepSeek, visits to chatbots in the world"
TOKENS = "Chinese models, OpenRouter tokens"
FIRST = "Chinese models, downloads (study of 2025)"
SECOND = "Chinese models, downloads (report of 2026)"

REFITTED = ("World", "China", "United States", "Brazil")
"""Places whose mobile subscriptions are fitted again."""


def row(table: str, **match: str | int) -> pd.Series:
    """The first row of a table that has these values."""
    rows = data.load(table)
    for column, wanted in match.items():
        rows = rows[rows[column] == wanted]
    return rows.iloc[0]


@functools.cache
def series() -> dict[str, pd.DataFrame]:
    """Huawei's shares of world revenue on each basis, with ``time`` (years) and ``share`` (0 to 1)."""
    rows = data.load("telecom_share").query("vendor == 'Huawei' and region == 'world' and kind != 'forecast'")
    rows = rows[rows["share_pct"].notna()]
    rows = rows.assign(share=rows["share_pct"] / 100, time=rows["year"] + rows["period"].map(MIDDLE).astype(float))
    whole_years = (rows["segment"] == "total telecom equipment") & (rows["period"] == "FY")
    return {MOBILE: rows[rows["segment"].isin(["mobile infrastructure", "RAN"])], ALL: rows[whole_years]}


def points() -> pd.DataFrame:
    """Both series below each other, with the name of the ``series`` and whether a share is ``derived``."""
    columns = ["time", "share", "analyst", "kind", "source"]
    rows = pd.concat([found[columns].assign(series=name) for name, found in series().items()])
    return rows.assign(derived=rows["kind"] == "derived")


@functools.cache
def fits() -> dict[str, dict[str, dict]]:
    """Fits of both curves to both series, by series and curve; see `telecom.fit`."""
    return {
        name: {shape: telecom.fit(rows["time"], rows["share"], start=start, **GRID) for shape, start in STARTS.items()}
        for name, rows in series().items()
    }


def said(fitted: dict, name: str, digits: int) -> str:
    """Best value and 90 % interval of a parameter as text."""
    low, high = telecom.interval(fitted, name)
    return f"{fitted[name]:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def summary(fitted: dict) -> dict[str, str]:
    """What a fit found, as a row of a table."""
    return {
        "ceiling": said(fitted, "ceiling", 2),
        "growth a year": said(fitted, "growth", 2),
        "midpoint": said(fitted, "midpoint", 1),
        "typical error": f"{fitted['error']:.3f}",
    }


def bands(years: np.ndarray) -> pd.DataFrame:
    """Lowest and highest share in each year that curves near the best fit allow, by series and shape."""

    def region(name: str, shape: str) -> pd.DataFrame:
        low, high = telecom.band(fits()[name][shape], years, STARTS[shape])
        return pd.DataFrame({"time": years, "low": low, "high": high, "series": name, "shape": shape})

    return pd.concat([region(name, shape) for name in fits() for shape in STARTS])


def fit_table() -> dict[str, dict]:
    """Series with their fits, in the form that `telecom.judge` wants."""
    return {
        name: {"times": rows["time"].tolist(), "shares": rows["share"].tolist(), **fits()[name]}
        for name, rows in series().items()
    }


def pairs() -> list[tuple[str, pd.Series, pd.Series]]:
    """Rows before and after restrictions, each pair on one basis or near to one; a star marks Huawei with ZTE."""

    def both(segment: str, region: str, **match: str | int) -> pd.Series:
        return row("telecom_share", vendor="Huawei and ZTE", segment=segment, region=region, **match)

    def huawei(region: str, years: tuple[int, int], segment: str = "RAN", **match: str) -> list[pd.Series]:
        known = {"vendor": "Huawei", "segment": segment, "region": region, **match}
        return [row("telecom_share", **known, year=year) for year in years]

    subscribers = [both(f"{generation} RAN (share of subscribers)", "Europe") for generation in ("4G", "5G")]
    germany = [both(f"{generation} RAN", "Germany") for generation in ("4G", "5G")]
    return [
        ("Europe: 4G networks to 5G sites*", both("4G RAN", "Europe"), both("5G sites", "Europe", year=2024)),
        ("Europe: subscribers, 4G to 5G*", *subscribers),
        ("Germany: 4G to 5G networks*", *germany),
        ("Outside China: mobile networks", *huawei("world ex-China", (2019, 2020))),
        ("China: mobile networks", *huawei("China", (2019, 2020))),
        ("World: all equipment", *huawei("world", (2019, 2024), "total telecom equipment", period="FY")),
    ]


def mobile_networks(year: int) -> dict[str, float]:
    """Huawei's shares of mobile networks in the world, at home and abroad in a year, by Dell'Oro."""
    places = {"world": "world", "home": "China", "abroad": "world ex-China"}
    match = {"vendor": "Huawei", "segment": "RAN", "year": year, "analyst": "Dell'Oro"}
    return {key: row("telecom_share", region=region, **match).share_pct / 100 for key, region in places.items()}


def present() -> pd.DataFrame:
    """Chinese shares in AI, each on its own ``basis``: middle of the period, share, kind and source."""

    def entry(basis: str, time: float, found: pd.Series, column: str = "value") -> dict:
        return {
            "basis": basis,
            "time": time,
            "share": found[column] / 100,
            "kind": found["kind"],
            "source": found["source"],
        }

    def cards(time: float, year: int, period: str) -> dict:
        match = {"vendor": "All Chinese vendors", "basis": "units", "year": year, "period": period}
        return entry(CARDS, time, row("market_share", **match), "share_pct")

    def use(basis: str, time: float, metric: str, period: str) -> dict:
        return entry(basis, time, row("adoption", metric=metric, period=period))

    def downloads(basis: str, time: float, metric: str, date: str) -> dict:
        return entry(basis, time, row("model_downloads", metric=metric, entity="China", date=date))

    return pd.DataFrame(
        [
            cards(2023.25, 2023, "first half"),
            cards(2024.5, 2024, "year"),
            cards(2025.5, 2025, "year"),
            use(VISITS, 2025.12, "china_based_llm_share_of_web_visits", "2025-02"),
            use(VISITS, 2025.62, "china_based_llm_share_of_web_visits", "2025-08"),
            use(DEEPSEEK, 2025.54, "deepseek_share_of_web_visits", "2025-07"),
            use(DEEPSEEK, 2026.04, "deepseek_share_of_web_visits", "2026-01-16"),
            use(TOKENS, 2026.38, "chinese_model_token_share", "2026-05-18/2026-05-24"),
            downloads(FIRST, 2025.1, "share_of_downloads_12_months", "2025-08-01"),
            downloads(SECOND, 2025.7, "share_of_downloads_past_year", "2026-03-01"),
        ]
    )


def listed() -> pd.DataFrame:
    """The shares of `present` as a table to read."""
    rows = present().drop(columns="source").set_index("basis").rename_axis(None)
    shown = rows.assign(time=rows["time"].round(1), share=(rows["share"] * 100).round(1).astype(str) + " %")
    return shown.rename(columns={"time": "middle of the period"})


def _growths(label: str, times: Sequence[float], shares: Sequence[float], group: str) -> list[dict[str, str | float]]:
    """Growth of the odds a year between neighbouring shares of one basis."""
    steps = zip(times[:-1], times[1:], shares[:-1], shares[1:], strict=True)
    return [
        {
            "what": f"{label}, " + (f"{int(a)} to {int(b)}" if int(a) != int(b) else f"within {int(a)}"),
            "growth": telecom.log_odds_growth(earlier, later, b - a),
            "group": group,
        }
        for a, b, earlier, later in steps
    ]


def growth_of_odds() -> pd.DataFrame:
    """Growth of the odds a year in telecom and in AI, for bases with two shares and more."""
    mobile, equipment = (
        series()[MOBILE].set_index(["year", "period"])["share"],
        series()[ALL].set_index("year")["share"],
    )
    steps = _growths("Huawei, mobile networks", [2007.5, 2009.625], [mobile[2007, "FY"], mobile[2009, "Q3"]], "telecom")
    steps += _growths(
        "Huawei, all equipment", [2013.5, 2018.5, 2024.5], equipment[[2013, 2018, 2024]].tolist(), "telecom"
    )
    now = present()
    for basis in (CARDS, VISITS, DEEPSEEK):
        rows = now[now["basis"] == basis]
        steps += _growths(basis, rows["time"].tolist(), rows["share"].tolist(), "AI")
    return pd.DataFrame(steps)


def standing() -> dict[str, dict[str, float]]:
    """The last share of each basis of `present`."""
    latest = present().groupby("basis", sort=False).tail(1).set_index("basis")["share"]
    return {name: {"share": float(share)} for name, share in latest.items()}


def precedent() -> dict[str, float]:
    """90 % interval of the growth in mobile networks, and of the ceiling over all fits."""
    low, high = telecom.interval(fits()[MOBILE]["logistic"], "growth")
    ends = [telecom.interval(fitted, "ceiling") for shapes in fits().values() for fitted in shapes.values()]
    return {
        "growth_low": low,
        "growth_high": high,
        "ceiling_low": min(low for low, _ in ends),
        "ceiling_high": max(high for _, high in ends),
    }


def bass_parameters_of(context: str) -> pd.Series:
    """Published parameters of Bass' curve for a context, by name."""
    rows = data.load("diffusion_params")
    return rows[rows["context"] == context].set_index("parameter")["value"]


def refit(country: str, first: int, last: int) -> dict[str, float]:
    """Bass' q, ceiling (%) and year of inflection of mobile subscriptions from one year to another."""
    seen = data.load("mobile_subscriptions").query("country == @country and @first <= year <= @last")
    fitted = telecom.fit(
        seen["year"],
        seen["mobile_subscriptions_per_100"] / 100,
        start=first - 1,
        highest=3,
        growths=np.linspace(0.1, 0.6, 251),
        midpoints=np.arange(2000, 2012, 0.1),
    )
    return {
        "bass_q": telecom.bass_parameters(fitted["growth"], fitted["midpoint"], first - 1)["q"],
        "bass_m": 100 * fitted["ceiling"],
        "bass_inflection_year": fitted["midpoint"],
    }


def refitted() -> pd.DataFrame:
    """Published fits to mobile subscriptions beside those of this book, by place and parameter."""
    names = {
        "bass_q": "imitation, q",
        "bass_m": "ceiling, m (%)",
        "bass_inflection_year": "year of inflection",
    }
    derived = data.load("diffusion_params").query("kind == 'derived'").copy()
    derived[["country", "from", "to"]] = derived["context"].str.extract(r"100 people, (.+), (\d+)-(\d+)$")
    rows = []
    for (country, first, last), group in derived.dropna(subset=["country"]).groupby(["country", "from", "to"]):
        if country not in REFITTED:
            continue
        wanted = group.set_index("parameter")["value"]
        rows += [
            {
                "place": country,
                "parameter": names[name],
                "published": wanted[name],
                "computed": round(value, 3),
                "difference (%)": round(100 * (value / wanted[name] - 1), 2),
            }
            for name, value in refit(country, int(first), int(last)).items()
        ]
    return pd.DataFrame(rows).set_index(["place", "parameter"])
