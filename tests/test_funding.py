"""Public money: its published sums, and what it buys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.models import funding

CHECKS = data.load("acceleration_checks").set_index("case")
SPEND = {
    "amount": 47.5e9,
    "years": 10,
    "public_share": 0.25,
    "fab_share": 0.7,
    "chip_share": 0.1,
    "node": {"capital_per_wafer_year": 14_267, "wafer_price": 9_346, "fab_wafers": 50_000},
    "cost_factor": 1.0,
    "laboratory": {"usd_per_year": 6.355e9},
    "chip": {"price_usd": 28_571, "tpp": 12_800},
    "baseline": 52.7e9,
    "largest": 52.7e9,
}


def buys(**changes):
    return funding.purchases(**{**SPEND, **changes})


@pytest.mark.parametrize("case", funding.REPRODUCES)
def test_published_number_comes_out_within_its_tolerance(case):
    row = CHECKS.loc[case]
    computed = funding.REPRODUCES[case](reproduce.inputs(row))
    assert computed == pytest.approx(row["expected_value"], rel=row["tolerance_pct"] / 100)


def test_every_check_of_the_chapter_belongs_to_one_of_its_models():
    assert set(reproduce.cases().query("table == 'acceleration_checks'")["case"]) == set(CHECKS.index)


def test_the_third_fund_is_larger_than_the_first_two_and_than_its_parts():
    funds = data.load("public_funding").set_index("programme")["amount_bn"]
    assert funds["Big Fund phase III"] > funds.filter(regex="phase I$|phase II$").sum()
    assert funds["Big Fund phase III"] > funds.filter(regex="sub-fund").sum()


@given(
    amount=st.floats(0, 150e9),
    fab=st.floats(0, 1),
    chip=st.floats(0, 1),
    public=st.floats(0.05, 1),
    factor=st.floats(0.5, 3),
    years=st.floats(1, 15),
)
def test_the_parts_add_up_to_the_amount_whatever_the_split(amount, fab, chip, public, factor, years):
    result = buys(amount=amount, fab_share=fab, chip_share=chip, public_share=public, cost_factor=factor, years=years)
    numbers = {name: float(value) for name, value in result.items() if name != "covered"}
    assert all(np.isfinite(value) and value >= 0 for value in numbers.values())
    parts = numbers["fab_usd"] + numbers["chip_usd"] + numbers["research_usd"]
    assert parts == pytest.approx(amount, rel=1e-9, abs=1e-3)
    assert numbers["investment"] >= numbers["fab_usd"] - 1e-6


def test_no_money_buys_nothing():
    result = buys(amount=0.0)
    assert result["wafers_per_month"] == result["chips"] == result["research_years"] == 0
    assert str(result["covered"]) == "no_money"


def test_capacity_is_worth_what_it_costs():
    wafers = funding.wafer_capacity(10e9, 14_267)
    assert wafers * 12 * 14_267 == pytest.approx(10e9)
    assert buys(cost_factor=2.0)["wafers_per_month"] == pytest.approx(buys()["wafers_per_month"] / 2)


def test_two_estimates_of_a_7_nm_fab_differ_by_less_than_half():
    capital = data.value("fabrication", "value", quantity="capital_per_wafer_year", subject="7 nm")
    fab = data.value("fabrication", "value", quantity="fab_cost", subject="7 nm") * 1e9
    assert 1 < fab / (capital * 50_000 * 12) < 1.5


def test_settings_outside_the_sources_are_said_to_be():
    assert str(buys(amount=70e9)["covered"]) == "above"
    assert str(buys(fab_share=0.9, chip_share=0.9)["covered"]) == "cut"
    assert str(buys(cost_factor=1.5)["covered"]) == "costs"
