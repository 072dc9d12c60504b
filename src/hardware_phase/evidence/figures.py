"""Numbers in the evidence of the claims, computed from the tables: ``{nvidia_cards_2025}`` in `claims.csv` is one of them.

A change of data changes the text of the evidence, and `standing` names the verdicts that rest on it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from hardware_phase import data
from hardware_phase.models import compute_gap
from hardware_phase.sources import accelerators, flows, serving, vendors

NAMED = re.compile(r"\{(\w+)(?:\*([\d.]+))?\}")
Figure = Callable[[], str]


def fill(text: str) -> str:
    """A text with the figures that it names; a language with other magnitudes writes ``{name*10}`` or ``{name*0.01}``.

    Raises
    ------
    KeyError
        If there is no such figure.
    """

    def shown(found: re.Match[str]) -> str:
        said = figure(found[1])
        return f"{float(said.replace(',', '')) * float(found[2]):,.10g}" if found[2] else said

    return NAMED.sub(shown, text)


@functools.cache
def figure(name: str) -> str:
    """A figure as it is written, without its unit.

    Raises
    ------
    KeyError
        If there is none of that name.
    """
    if name not in FIGURES:
        raise KeyError(
            f"{name!r} is no figure of hardware_phase.evidence.figures; there are {', '.join(sorted(FIGURES))}"
        )
    return FIGURES[name]()


def _cell(table: str, column: str, form: str = ",g", scale: float = 1.0, **match: Any) -> Figure:
    """A cell of a table as a figure."""
    return lambda: format(data.value(table, column, **match) * scale, form)


def _of(compute: Callable[[], float], form: str = ".0f") -> Figure:
    """What a function gives as a figure."""
    return lambda: format(float(compute()), form)


def _cards(year: int) -> float:
    return float(
        vendors.cards()["All Chinese vendors"] if year == 2025 else vendors.cards_2024()["All Chinese vendors"]
    )


def _lag(chip: str, metric: str = "TPP") -> float:
    lags = accelerators.lags(accelerators.catalogue(), [chip], [metric])
    return float(lags.loc[chip, (metric, "months")]) / 12


def _installed() -> float:
    """Named American companies' computing over China's at the end of 2025."""
    path = compute_gap.compute_gap(known=flows.known(), **flows.as_it_was())
    return float(path["ratio"][list(compute_gap.YEARS).index(2025)])


def _model(column: str, name: str) -> float:
    return float(data.value("models", column, model=name))


def _funds(column: str) -> float:
    funds = data.load("public_funding").set_index("short_name")[column]
    return float(funds[["Big Fund I", "Big Fund II", "Big Fund III"]].sum())


def _generation(year: int) -> float:
    return data.value("generation", "generation_twh", country="USA", source_type="total", year=year, preferred="yes")


def _measured(who: str, other: str) -> float:
    speeds = serving.speeds()["tokens_per_s"]
    return float(speeds[who] / speeds[other])


_IDC = {"forecaster": "IDC", "basis": "units", "period": "year", "year": 2025}
_CAMBRICON = {"vendor": "Cambricon", "product": "all cards", "metric": "production", "kind": "actual"}
_HUAWEI_WORLD = {"vendor": "Huawei", "region": "world"}
_RACKS = {"CN": "CloudMatrix 384 (SemiAnalysis)", "US": "GB200 NVL72 (SemiAnalysis)"}
_SHARE = {"metric": "deepseek_market_share"}
_TOKENS = {"country_or_region": "OpenRouter users"}

FIGURES: dict[str, Figure] = {
    # The market
    "domestic_cards_2025": _of(lambda: _cards(2025) / 1e6, ".2f"),
    "domestic_cards_growth": _of(lambda: _cards(2025) / _cards(2024), ".1f"),
    "nvidia_cards_2025": _cell("market_share", "share_pct", vendor="Nvidia", **_IDC),
    "domestic_share_2025": _cell("market_share", "share_pct", vendor="All Chinese vendors", **_IDC),
    "domestic_share_2024": _cell(
        "market_share", "share_pct", ".0f", vendor="All Chinese vendors", year=2024, basis="units"
    ),
    "domestic_share_2023": _cell(
        "market_share", "share_pct", vendor="All Chinese vendors", period="first half", year=2023
    ),
    "huawei_of_domestic": _of(lambda: 100 * vendors.cards()["Huawei"] / _cards(2025)),
    "huawei_value": _cell("market_share", "share_pct", vendor="Huawei", basis="value", year=2025),
    "nvidia_value": _cell("market_share", "share_pct", vendor="Nvidia", basis="value", year=2025),
    "vendors_10000": _of(vendors.above_ten_thousand),
    "self_sufficiency_low": _cell("market_share", "share_pct", source="ainvest_2025_bernstein", year=2027),
    "self_sufficiency_high": _cell(
        "market_share", "share_pct", vendor="All Chinese vendors", kind="forecast", year=2028
    ),
    "cambricon_2025": _cell("production", "units", ",.0f", year=2025, **_CAMBRICON),
    "cambricon_2024": _cell("production", "units", ",.0f", year=2024, **_CAMBRICON),
    "cambricon_growth": _of(
        lambda: (
            data.value("production", "units", year=2025, **_CAMBRICON)
            / data.value("production", "units", year=2024, **_CAMBRICON)
        ),
        ".1f",
    ),
    "huawei_chips_low": _cell("production", "units", ",.0f", product="Ascend (all)", metric="production", year=2025),
    "huawei_chips_high": _cell(
        "production", "units", ",.0f", product="Ascend (all)", metric="shipments in China", year=2025
    ),
    # Chips
    "lag_910c": _of(lambda: _lag("Ascend 910C (press)"), ".1f"),
    "lag_950": _of(lambda: _lag("Ascend 950PR (Atlas 350 card as launched)"), ".1f"),
    "ratio_2025": _of(lambda: accelerators.cfr_ratios()["units"].iloc[0]),
    "ratio_2027": _of(lambda: accelerators.cfr_ratios()["units"].iloc[1]),
    "lag_970_bandwidth": _of(lambda: _lag("Ascend 970 (roadmap)", "Memory bandwidth"), ".1f"),
    "lag_910c_bandwidth": _of(lambda: _lag("Ascend 910C (press)", "Memory bandwidth"), ".1f"),
    "installed": _of(_installed),
    # Training and serving
    "hours_ratio": _of(lambda: _model("gpu_hours", "Llama 3.1 405B") / _model("gpu_hours", "DeepSeek-V3")),
    "v3_cost": _of(lambda: _model("training_cost_usd", "DeepSeek-V3") / 1e6, ".3f"),
    "v3_chips": _of(lambda: _model("hardware_count", "DeepSeek-V3"), ",.0f"),
    "llama_chips": _of(lambda: _model("hardware_count", "Llama 3.1 405B"), ",.0f"),
    "h20_measured": _of(lambda: 100 * _measured("Ant Group", "Step-3's authors")),
    # Listings and funds
    "moore_first_day": _cell("listings", "first_day_return_pct", "g", company="Moore Threads"),
    "metax_first_day": _cell("listings", "first_day_return_pct", ".0f", company="MetaX"),
    "biren_first_day": _cell("listings", "first_day_return_pct", ".0f", company="Biren"),
    "iluvatar_first_day": _cell("listings", "first_day_return_pct", ".0f", company="Iluvatar CoreX"),
    "enflame_cny": _cell("listings", "valuation_local_bn", company="Enflame"),
    "enflame_usd": _cell("listings", "valuation_usd_bn", company="Enflame"),
    "big_fund_iii_cny": _cell("public_funding", "amount_bn", short_name="Big Fund III"),
    "big_fund_iii_usd": _cell("public_funding", "amount_usd_bn", short_name="Big Fund III"),
    "big_funds_cny": _of(lambda: _funds("amount_bn")),
    "big_funds_usd": _of(lambda: _funds("amount_usd_bn")),
    "chips_act": _cell("public_funding", "amount_bn", short_name="CHIPS Act"),
    "package_low": _cell("acceleration_checks", "expected_value", ".0f", case="package_low_in_dollars"),
    "package_high": _cell("acceleration_checks", "expected_value", ".0f", case="package_high_in_dollars"),
    # Use
    "russia": _cell("adoption", "value", country_or_region="Russia", **_SHARE),
    "iran": _cell("adoption", "value", country_or_region="Iran", **_SHARE),
    "china": _cell("adoption", "value", country_or_region="China", **_SHARE),
    "ethiopia": _cell("adoption", "value", country_or_region="Ethiopia", source="ft_2026_microsoft_china_ai", **_SHARE),
    "visits_first": _cell("adoption", "value", metric="china_based_llm_share_of_web_visits", period="2025-02"),
    "visits_then": _cell("adoption", "value", metric="china_based_llm_share_of_web_visits", period="2025-08"),
    "users_survey": _cell("adoption", "value", metric="ai_users_survey", period="2025-12"),
    "use_survey": _cell("adoption", "value", ".0f", metric="ai_use_survey_share", period="2025-12"),
    "users_growth": _of(
        lambda: (
            100
            * (
                data.value("adoption", "value", metric="ai_users_survey", period="2025-12")
                / data.value("adoption", "value", metric="ai_users_survey", period="2024-12")
                - 1
            )
        )
    ),
    "anthropic_tokens": _cell("adoption", "value", metric="anthropic_token_share", **_TOKENS),
    "anthropic_revenue": _cell("adoption", "value", metric="anthropic_revenue_share", **_TOKENS),
    # Electricity
    "added_china": _cell("capacity", "added_gw", country="CHN", source_type="gross_total", year=2025),
    "added_us": _cell("capacity", "added_gw", country="USA", source_type="gross_total", year=2025),
    "added_ratio": _of(
        lambda: (
            data.value("capacity", "added_gw", country="CHN", source_type="gross_total", year=2025)
            / data.value("capacity", "added_gw", country="USA", source_type="gross_total", year=2025)
        )
    ),
    "renewing_share": _of(
        lambda: (
            100
            * data.value("capacity", "added_gw", country="CHN", source_type="gross_wind_solar", year=2025)
            / data.value("capacity", "added_gw", country="CHN", source_type="gross_total", year=2025)
        )
    ),
    "flat": _of(lambda: 100 * (_generation(2021) / _generation(2007) - 1), ".1f"),
    "us_growth_2024": _of(lambda: 100 * (_generation(2024) / _generation(2023) - 1), ".1f"),
    "us_growth_2025": _of(lambda: 100 * (_generation(2025) / _generation(2024) - 1), ".1f"),
    "shortfall": _cell("datacentres", "base", metric="power_shortfall_for_dc", source="morganstanley_2025_shortfall"),
    "china_centres": _cell("datacentres", "base", country="CHN", metric="share_of_demand", year=2024),
    "renewable_centres": _cell("datacentres", "base", country="CHN", metric="renewable_share_of_dc_power"),
    "idle_low": _cell("datacentres", "low", metric="load_of_new_centres"),
    "idle_high": _cell("datacentres", "high", metric="load_of_new_centres"),
    # Systems and devices
    "rack_chips": _of(
        lambda: (
            data.value("systems", "chips", system=_RACKS["CN"]) / data.value("systems", "chips", system=_RACKS["US"])
        ),
        ".1f",
    ),
    "rack_compute": _cell("energy_checks", "expected_value", ".1f", case="cm384_vs_nvl72_compute_ratio"),
    "accel": _cell("unconventional", "claimed_tops_per_w", ",.0f", device="ACCEL"),
    # Telecom equipment
    "huawei_first": _cell("telecom_share", "share_pct", year=2007, segment="mobile infrastructure", **_HUAWEI_WORLD),
    "huawei_now": _cell("telecom_share", "share_pct", year=2025, segment="total telecom equipment", **_HUAWEI_WORLD),
    "europe_4g": _cell("telecom_share", "share_pct", vendor="Huawei and ZTE", segment="4G RAN", region="Europe"),
    "europe_5g": _cell("telecom_share", "share_pct", vendor="Huawei and ZTE", segment="5G sites", year=2024),
}
