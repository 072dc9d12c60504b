"""Cost of a useful FLOP: published figures, and what must hold for any numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.exhibits import cost_of_watts as exhibits
from hardware_phase.models import cost_of_watts as cost

CHECKS = data.load("energy_checks").set_index("case")
CLOUDMATRIX = {"flop_per_s": 300e15 / 384, "usd_per_chip": 8.2e6 / 384, "system_w": 559e3 / 384}
NVL72 = {"flop_per_s": 180e15 / 72, "usd_per_chip": 3.1e6 / 72, "system_w": 145e3 / 72}
SHARES, PRICES, YEARS = st.floats(0.05, 1), st.floats(0.01, 0.2), st.floats(1, 20)


def alone(machine=NVL72, **changes):
    settings = {
        "mfu": 0.4,
        "busy": 0.6,
        "pue": 1.2,
        "usd_per_kwh": 0.08,
        "site_usd_per_w": 9.0,
        "chip_years": 4.0,
        "site_years": 15.0,
        "rate": 0.08,
    }
    return cost.cost_of_compute(**{**machine, **settings, **changes})


def both(**changes):
    settings = {
        "weaker": CLOUDMATRIX,
        "frontier": NVL72,
        "price_factor": 1.0,
        "weaker_usd_per_kwh": 0.056,
        "subsidy": 0.0,
        "frontier_usd_per_kwh": 0.081,
        "chip_years": 4.0,
        "weaker_mfu": 0.4,
        "frontier_mfu": 0.4,
        "busy": 0.6,
        "weaker_pue": 1.25,
        "frontier_pue": 1.15,
        "site_usd_per_w": 8.78,
        "site_years": 15.0,
        "rate": 0.08,
        "published_usd_per_kwh": (0.014, 0.128),
    }
    return cost.compare_costs(**{**settings, **changes})


def subsidised(**changes):
    settings = {
        "extra": 0.4,
        "subsidy": 0.5,
        "usd_per_kwh": 0.112,
        "cards": 8e5,
        "card_w": 1456.0,
        "pue": 1.25,
        "load": 0.6,
        "reported_extra": (0.3, 0.5),
        "reported_subsidy": 0.5,
    }
    return cost.subsidy_case(**{**settings, **changes})


@pytest.mark.parametrize("case", cost.REPRODUCES)
def test_published_figure_is_reproduced(case):
    row = CHECKS.loc[case]
    assert cost.REPRODUCES[case](reproduce.inputs(row)) == pytest.approx(
        row["expected_value"], rel=row["tolerance_pct"] / 100
    )


@pytest.mark.parametrize("case", cost.REPRODUCES)
def test_reproduced_figure_answers_to_each_input(case):
    inputs = reproduce.inputs(CHECKS.loc[case])
    unchanged = cost.REPRODUCES[case](inputs)
    for name in inputs:
        assert cost.REPRODUCES[case]({**inputs, name: inputs[name] * 0.9}) != pytest.approx(unchanged, rel=1e-6), name


@given(rate=st.floats(0.001, 0.5), years=YEARS)
def test_annuity_pays_back_the_price_with_interest(rate, years):
    """A debt that grows by the rate and shrinks by the annuity is gone after its whole years."""
    whole = round(years)
    debt = 1.0
    for _ in range(whole):
        debt = debt * (1 + rate) - cost.annuity(rate, whole)
    assert debt == pytest.approx(0, abs=1e-6)


def test_annuity_without_interest_is_the_price_over_the_years():
    assert cost.annuity(1e-9, 5) == pytest.approx(1 / 5)


def test_a_chip_of_one_petaflop_at_full_use_makes_31_536_zettaflop_a_year():
    assert cost.useful_flop(1e15, 1, 1) == 31_536e18


@given(mfu=SHARES, busy=SHARES, price=PRICES, pue=st.floats(1, 2), years=YEARS)
def test_parts_are_above_zero_and_add_up(mfu, busy, price, pue, years):
    result = alone(mfu=mfu, busy=busy, usd_per_kwh=price, pue=pue, chip_years=years)
    parts = [result[part] for part in ("chips", "site", "electricity")]
    assert min(parts) > 0
    assert sum(parts) == pytest.approx(result["total"])
    assert result["electricity"] == pytest.approx(result["kwh"] * price)


def test_idle_chips_raise_capital_and_not_electricity():
    busy, idle = alone(busy=0.8), alone(busy=0.4)
    assert idle["chips"] == pytest.approx(2 * busy["chips"])
    assert idle["electricity"] == pytest.approx(busy["electricity"])


@given(factor=st.floats(0.1, 0.6))
def test_at_the_crossing_price_both_cost_the_same(factor):
    cheap = {**CLOUDMATRIX, "usd_per_chip": CLOUDMATRIX["usd_per_chip"] * factor}
    price = cost.crossing_price(alone(cheap), alone())
    assert alone(cheap, usd_per_kwh=price)["total"] == pytest.approx(alone(usd_per_kwh=price)["total"])


def test_a_chip_that_needs_more_of_both_wins_at_no_price():
    assert cost.crossing_price(alone(CLOUDMATRIX), alone()) < 0


def test_cloudmatrix_needs_2p3_times_the_energy_at_equal_pue():
    assert round(float(both(frontier_pue=1.25)["energy_ratio"]), 1) == 2.3


def test_at_published_prices_free_power_does_not_make_the_cloudmatrix_cheaper():
    assert both()["equal_usd_per_kwh"] < 0
    assert str(both()["verdict"]) == "neither"


@given(price=PRICES, subsidy=st.floats(0, 0.6), busy=SHARES)
def test_chip_price_for_equal_cost_makes_the_costs_equal(price, subsidy, busy):
    result = both(weaker_usd_per_kwh=price, subsidy=subsidy, busy=busy)
    factor = result["chip_for_equal_cost"] / CLOUDMATRIX["usd_per_chip"]
    if factor > 0:
        again = both(weaker_usd_per_kwh=price, subsidy=subsidy, busy=busy, price_factor=factor)
        assert again["cost_ratio"] == pytest.approx(1)


def test_at_the_price_for_equal_cost_the_costs_are_equal_and_the_exhibit_says_it_in_cents():
    price = both(price_factor=0.4, weaker_usd_per_kwh=0.2)["equal_usd_per_kwh"]
    assert both(price_factor=0.4, weaker_usd_per_kwh=price)["cost_ratio"] == pytest.approx(1)
    exhibit = exhibits.watts()
    said, found = exhibit.readings(price_factor=0.4), exhibit.evaluate(price_factor=0.4)
    assert said["price_for_equal_cost"] == f"about {100 * found['equal_usd_per_kwh']:.0f} cents a kWh"
    assert exhibit.readings()["price_for_equal_cost"] == "None: not even free power"


def test_parts_of_a_comparison_add_up():
    result = both()
    for side in ("weaker", "frontier"):
        assert sum(result[f"{side}_{part}"] for part in cost.PARTS) == pytest.approx(result[f"{side}_usd"])


def test_a_subsidy_is_a_lower_price():
    assert both(subsidy=0.5)["weaker_usd"] == pytest.approx(both(weaker_usd_per_kwh=0.028)["weaker_usd"])


@pytest.mark.parametrize(
    ("price", "note"),
    [(0.01, "below"), (0.056, "within"), (0.2, "above")],
)
def test_note_says_when_a_price_leaves_the_sources(price, note):
    assert str(both(weaker_usd_per_kwh=price)["price_note"]) == note


@given(extra=st.floats(0, 3))
def test_break_even_subsidy_keeps_the_bill(extra):
    assert subsidised(extra=extra, subsidy=cost.break_even_subsidy(extra))["bill_ratio"] == pytest.approx(1)


def test_half_the_bill_more_than_pays_for_the_reported_extra_power():
    for extra, ratio in ((0.3, 0.65), (0.5, 0.75)):
        result = subsidised(extra=extra)
        assert result["bill_ratio"] == pytest.approx(ratio)
        assert str(result["note"]) == "inside"
    assert str(subsidised(extra=1.2)["verdict"]) == "pays"
    assert str(subsidised(extra=1.2)["note"]) == "outside"


def test_subsidised_price_and_extra_power_give_the_effective_price_in_the_table():
    row = data.load("power_economics").query("metric == 'effective_price_per_h20_equivalent_kwh'").iloc[0]
    after = data.value(
        "power_economics", "value", metric="datacentre_electricity_price_after_subsidy", unit="usd_per_kwh"
    )
    for extra, published in ((0.3, row["low"]), (0.5, row["high"])):
        assert subsidised(extra=extra, usd_per_kwh=after / 0.5)["effective_usd_per_kwh"] == pytest.approx(published)


def test_costs_work_on_arrays_as_on_numbers():
    prices = np.array([0.02, 0.08, 0.15])
    together = both(weaker_usd_per_kwh=prices)["weaker_usd"]
    assert together.tolist() == pytest.approx([float(both(weaker_usd_per_kwh=p)["weaker_usd"]) for p in prices])
