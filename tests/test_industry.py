"""Shares, supply and prices: identities, edges, and what sources publish."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebooks import BOOK, explorers, namespace

from hardware_phase import data
from hardware_phase.evidence import ecosystem
from hardware_phase.models import industry
from hardware_phase.sources import listings, vendors

MARKET, CAPITAL = (BOOK / "ecosystem" / f"{name}.md" for name in ("market", "capital"))


# -- concentration ----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(n=st.integers(1, 50))
def test_n_equal_vendors_have_an_index_of_ten_thousand_over_n(n):
    assert industry.concentration(np.full(n, 1 / n)) == pytest.approx(10_000 / n)


@settings(deadline=None)
@given(shares=st.lists(st.floats(0, 0.2), min_size=1, max_size=4), others=st.floats(0, 0.2), pieces=st.integers(1, 30))
def test_any_split_of_the_others_lies_inside_the_range(shares, others, pieces):
    low, high = industry.concentration_range(shares, others)
    split = industry.concentration(np.array([*shares, *[others / pieces] * pieces]))
    assert low <= split + 1e-9 and split <= high + 1e-9


def test_china_was_less_concentrated_in_2025_than_in_2024_however_the_others_divide():
    names = namespace(MARKET)
    low_2024, _ = industry.concentration_range([names["nvidia_2024"]], 1 - names["nvidia_2024"])
    assert names["high"] < low_2024


def test_equal_shares_in_units_and_value_mean_equal_prices():
    assert industry.implied_price_ratio(0.2, 0.2, 0.5, 0.5) == 1
    assert industry.implied_price_ratio(0.2, 0.4, 0.4, 0.2) == pytest.approx(4)


# -- the market -------------------------------------------------------------------------------------------------------


def market(**settings):
    return explorers(MARKET)[0].evaluate(**settings)


LEVERS = {
    "demand": st.floats(0, 8e6),
    "imports": st.floats(0, 5e6),
    "wafers": st.floats(0, 50_000),
    "die_yield": st.floats(0, 1),
    "bank_dies": st.floats(0, 4e6),
    "first": st.sampled_from(industry.FIRST),
    "dies_per_card": st.floats(1, 2),
    "leader_share": st.floats(0.2, 1),
    "price_ratio": st.floats(0.2, 5),
}


@settings(deadline=None)
@given(**LEVERS)
def test_cards_add_up_and_nothing_is_negative(**levers):
    result = market(**levers)
    assert result["domestic"] + result["imported"] == pytest.approx(result["sold"])
    assert result["sold"] + result["unmet"] == pytest.approx(levers["demand"])
    assert result["domestic"] + result["unsold"] == pytest.approx(result["output"])
    assert np.sum(result["sales"]) == pytest.approx(result["sold"])
    for name in ("output", "domestic", "imported", "unmet", "unsold", "share", "value_share", "hhi", "equal_vendors"):
        assert np.isfinite(result[name]) and result[name] >= -1e-6, name
    assert result["imported"] <= levers["imports"] + 1e-6 and result["share"] <= 1 + 1e-12
    assert result["hhi"] <= 10_000 * (1 + 1e-9)


@settings(deadline=None)
@given(low=LEVERS["die_yield"], high=LEVERS["die_yield"], first=LEVERS["first"])
def test_a_better_yield_never_lowers_the_domestic_share(low, high, first):
    low, high = sorted((low, high))
    assert market(die_yield=low, first=first)["share"] <= market(die_yield=high, first=first)["share"] + 1e-12


def test_no_demand_is_no_market():
    result = market(demand=0)
    assert result["sold"] == result["share"] == result["hhi"] == result["equal_vendors"] == 0
    assert str(result["scope"]) == "no_market"


def test_no_yield_and_no_stock_is_no_domestic_output():
    result = market(die_yield=0, bank_dies=0)
    assert result["output"] == result["share"] == 0 and result["imported"] > 0
    assert str(result["scope"]) == "die_yield_below"


def test_imports_for_everybody_leave_domestic_cards_unsold():
    result = market(imports=5e6, first=industry.FIRST[1])
    assert result["share"] == 0 and result["unsold"] == result["output"] > 0
    assert str(result["scope"]) == "imports_above"


def test_the_scope_is_quiet_inside_what_sources_report():
    assert str(market()["scope"]) == "inside"


@settings(deadline=None)
@given(cards=st.floats(0, 5e6), die_yield=st.floats(0.05, 1), per_card=st.floats(1, 2))
def test_wafers_and_cards_are_inverse(cards, die_yield, per_card):
    wafers = industry.wafers_for(cards, die_yield, 665, 0.0, per_card)
    assert industry.domestic_cards(wafers, die_yield, 665, 0.0, per_card) == pytest.approx(cards)


# -- prices -----------------------------------------------------------------------------------------------------------

MONEY = {
    "multiple": st.floats(1, 1000),
    "normal_multiple": st.floats(1, 40),
    "discount_rate": st.floats(0, 0.3),
    "dilution": st.floats(0, 0.15),
}


@settings(deadline=None)
@given(years=st.floats(1, 15), **MONEY)
def test_the_growth_required_brings_the_multiple_to_normal_in_time(years, multiple, normal_multiple, **rates):
    growth = industry.required_growth(multiple, normal_multiple, years, **rates)
    later = multiple * (industry.hurdle(**rates) / (1 + growth)) ** years
    assert later == pytest.approx(normal_multiple)
    if multiple > normal_multiple * 1.001:
        assert industry.years_to_normal(multiple, normal_multiple, growth, **rates) == pytest.approx(years)


def test_growth_below_the_hurdle_never_brings_it_to_normal():
    assert industry.years_to_normal(100, 10, 0.1, 0.1, 0.03) == np.inf
    assert industry.years_to_normal(8, 10, 0.0, 0.1, 0.03) == 0
    price = explorers(CAPITAL)[0]
    assert price.evaluate(growth=0)["wait"] == np.inf
    assert price.readings(growth=0)["years_text"] == "not within 40 years at this growth"


def test_a_longer_wait_needs_less_growth():
    growth = industry.required_growth(600, 10, np.array([3.0, 5.0, 10.0]), 0.1, 0.03)
    assert (np.diff(growth) < 0).all()


@pytest.mark.parametrize("settings", [{"years": 1}, {"years": 15}, {"normal_multiple": 1}, {"normal_multiple": 40}])
def test_the_price_explorer_answers_at_its_ends_for_every_offer(settings):
    price = explorers(CAPITAL)[0]
    for offer in price.inputs["offer"].options:
        result = price.evaluate(offer=offer, **settings)
        assert np.isfinite([result["multiple"], result["required"], result["required_revenue"]]).all()
        assert (result["multiple_by_year"] > 0).all() and result["required_revenue"] > 0


def test_a_price_beyond_the_forecast_market_or_any_growth_says_so():
    price = explorers(CAPITAL)[0]
    assert str(price.evaluate()["scope"]) == "assumed"
    assert str(price.evaluate(growth=2)["scope"]) == "above_growth"
    far = price.evaluate(years=15, normal_multiple=1, discount_rate=0.3)
    assert far["market_share"] > 1 and str(far["scope"]) == "above_market"


def test_offers_in_hong_kong_are_converted_and_no_value_is_invented():
    rates, offers = listings.per_usd(), listings.offers()
    assert 7.0 < rates["CNY"] < 7.3 and 7.7 < rates["HKD"] < 7.9
    assert "Enflame, first close" not in offers and "Enflame, private value" in offers
    assert listings.at_offer()["Biren"] < 46.9e9


def test_nvidias_revenue_from_china_is_never_on_two_bases_in_one_column():
    two = listings.two_bases()
    assert list(two.index) == ["FY25Q3", "FY26Q1"]
    assert (two["china_hq_basis_revenue"] > 1.4 * two["china_incl_hk_revenue"]).all()


# -- published numbers ------------------------------------------------------------------------------------------------


def test_the_capital_notebook_reproduces_what_it_says():
    comes_out(ecosystem.capital())


def test_the_market_notebook_reproduces_what_it_says():
    comes_out(ecosystem.market(explorers(MARKET)[0]))


def comes_out(checks):
    assert len(checks) >= 5
    assert (checks["difference_pct"].abs() <= checks["tolerance_pct"]).all(), checks
    assert set(checks["source"]) <= set(data.bibliography())


def test_two_bases_agree_on_one_price_and_not_on_the_mix_that_was_sold():
    """Shares of cards and of money imply the price of a 910C over an H20; most of Huawei's cards were cheaper."""
    in_2025 = vendors.stated_shares()
    implied = industry.implied_price_ratio(
        *in_2025.loc["Huawei", ["units", "value"]], *in_2025.loc["Nvidia", ["units", "value"]]
    )
    assert implied == pytest.approx(vendors.price_ratio(), rel=0.02)
    assert vendors.mixed_price_ratio() == pytest.approx(2.0, abs=0.1) and vendors.mixed_price_ratio() < 0.8 * implied


def test_idc_shares_of_2024_and_2025_come_out():
    checks = ecosystem.market(explorers(MARKET)[0])
    assert checks.loc["Domestic share of cards, 2025", "computed"] == pytest.approx(41, abs=0.5)
    assert checks.loc["Nvidia's share of cards, 2024", "computed"] == pytest.approx(70, abs=0.5)
