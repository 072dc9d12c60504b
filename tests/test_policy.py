"""Two suppliers that learn by doing: the law, the choice, and the years."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.exhibits import policy as exhibits
from hardware_phase.models import policy
from hardware_phase.sources import suppliers

CHECKS = data.load("acceleration_checks").set_index("case")
START, KNOWN = suppliers.start(), suppliers.calibrated()
DEFAULT = {
    "directed": 0.5,
    "subsidy": 0.1,
    "imports_allowed": 0.5,
    "cap_tpp": 21_000,
    "imports_from": 2026,
    "domestic_rate": 0.2,
    "foreign_rate": KNOWN["foreign_rate"],
    "domestic_gain": KNOWN["foreign_gain"],
    "foreign_gain": KNOWN["foreign_gain"],
    "demand": 1.5e6,
    "demand_growth": 1.3,
    "capacity_growth": 4 / 3,
    "elasticity": 2.0,
    "premium": KNOWN["premium"],
    "speed_worth": 0.5,
    "spillover": 0.0,
    "markup": KNOWN["markup"],
    "start": START,
    "world_growth": 1.3,
    "published": KNOWN,
}
FRACTION = st.floats(0, 1)


def run(**changes):
    return policy.two_suppliers(**{**DEFAULT, **changes})


@pytest.mark.parametrize("case", policy.REPRODUCES)
def test_published_number_comes_out_within_its_tolerance(case):
    row = CHECKS.loc[case]
    computed = policy.REPRODUCES[case](reproduce.inputs(row))
    assert computed == pytest.approx(row["expected_value"], rel=row["tolerance_pct"] / 100)


def test_an_h100_equivalent_is_the_h100_of_the_table():
    assert data.value("chips", "tpp", chip="H100 SXM5 80GB") == policy.H100_TPP


# -- learning ---------------------------------------------------------------------------------------------------------


@given(rate=st.floats(0, 0.6), cost=st.floats(0.1, 1e4))
def test_a_doubling_lowers_the_cost_by_the_learning_rate(rate, cost):
    assert policy.wright_cost(cost, 2.0, rate) == pytest.approx(cost * (1 - rate))
    assert policy.learning_rate(policy.wright_exponent(rate)) == pytest.approx(rate, abs=1e-12)


@given(rate=st.floats(0.01, 0.5))
def test_a_fit_finds_the_rate_that_made_the_series(rate):
    output = np.array([1.0, 3.0, 10.0, 40.0])
    assert policy.fitted_rate(output, policy.wright_cost(7.0, output, rate)) == pytest.approx(rate)


def test_one_point_is_no_series():
    with pytest.raises(ValueError, match="two points"):
        policy.fitted_rate([1.0], [1.0])


def test_nvidias_own_record_lies_within_the_published_rates_of_chips():
    assert KNOWN["rate_low"] < KNOWN["foreign_rate"] < KNOWN["rate_high"]
    assert KNOWN["foreign_rate"] == pytest.approx(KNOWN["memory_rate"], abs=0.03)


def test_the_printed_rates_of_solar_power_do_not_fit_together():
    assert policy.fitted_rate([1, 1.25], [1, 0.85]) > 0.35  # the source prints 0.20


# -- the choice -------------------------------------------------------------------------------------------------------


@given(price=st.floats(0.05, 20), speed=st.floats(0.05, 100), premium=st.floats(0.5, 10), sharp=st.floats(0.5, 6))
def test_import_share_is_a_fraction_that_rises_with_the_domestic_price(price, speed, premium, sharp):
    share = policy.import_share(price, speed, premium, sharp, 0.5)
    assert 0 <= share <= 1
    assert policy.import_share(price * 1.1, speed, premium, sharp, 0.5) >= share


def test_the_premium_explains_the_share_it_was_taken_from():
    price = suppliers.price_per_point(suppliers.OLDER_DOMESTIC) / suppliers.price_per_point("H20 96GB")
    speed = suppliers.tpp("H20 96GB") / suppliers.tpp(suppliers.OLDER_DOMESTIC)
    share = policy.import_share(price, speed, KNOWN["premium"], suppliers.ELASTICITY, suppliers.SPEED_WORTH)
    assert share == pytest.approx(
        data.value("market_share", "share_pct", year=2024, vendor="Nvidia", basis="units") / 100
    )


def test_older_chips_are_dearer_by_the_point_and_the_frontier_is_not():
    assert policy.older_chip_price(0.6, 60_000, 60_000, 0.65) == 0.6
    assert policy.older_chip_price(0.6, 60_000, 15_000, 0.65) > 0.6
    assert 0 < KNOWN["markup"] < 1


# -- years ------------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    directed=FRACTION,
    subsidy=st.floats(0, 0.9),
    imports_allowed=FRACTION,
    cap_tpp=st.floats(1e3, 2e6),
    imports_from=st.integers(2018, 2040),
    domestic_rate=st.floats(0, 0.4),
    demand=st.floats(0, 1e7),
    demand_growth=st.floats(1, 2.5),
    capacity_growth=st.floats(1, 2.5),
    spillover=st.floats(0, 0.34),
    premium=st.floats(0.5, 10),
    elasticity=st.floats(0.5, 6),
)
def test_every_year_adds_up_and_nothing_is_negative(**changes):
    result = run(**changes)
    for name, value in result.items():
        if np.asarray(value).dtype.kind == "f":
            assert np.all(np.isfinite(value)), name
    for name in ("domestic", "imports", "unmet", "capacity", "price", "foreign_price", "import_price", "tpp"):
        assert np.all(result[name] >= 0), name
    wanted = changes["demand"] * changes["demand_growth"] ** np.arange(len(policy.YEARS))
    assert result["domestic"] + result["imports"] + result["unmet"] == pytest.approx(wanted, rel=1e-9, abs=1e-6)
    assert np.all(result["domestic"] <= result["capacity"] * (1 + 1e-12))
    free = wanted * (1 - changes["directed"])
    assert np.all(result["imports"] <= free * changes["imports_allowed"] * (1 + 1e-9) + 1e-6)
    assert np.all((result["share"] >= 0) & (result["share"] <= 1 + 1e-12))
    assert np.all(np.diff(result["price"]) <= 1e-9 * result["price"][:-1])
    assert np.all(np.diff(result["tpp"]) >= -1e-9 * result["tpp"][:-1])


def test_the_first_year_is_the_data():
    result = run(imports_allowed=0)
    assert result["capacity"][0] == pytest.approx(START["domestic_output"])
    assert (result["price"][0], result["tpp"][0]) == (START["domestic_price"], START["domestic_tpp"])
    assert (result["foreign_price"][0], result["frontier_tpp"][0]) == (START["foreign_price"], START["foreign_tpp"])


def test_without_demand_nothing_is_bought_or_learnt():
    result = run(demand=0.0)
    assert result["domestic"].sum() == result["imports"].sum() == result["subsidy_total"] == 0
    assert result["share_at_horizon"] == result["compute_gain"] == result["output_lost"] == 0
    assert result["price"][-1] == START["domestic_price"]
    assert str(result["covered"]) == "no_demand"


def test_imports_for_all_and_without_direction_can_take_the_market():
    result = run(directed=0.0, imports_allowed=1.0, cap_tpp=2e6, subsidy=0.0)
    assert result["share"][5] < 0.01 and result["domestic"].min() >= 0
    assert str(result["cost_parity"]) == policy.NEVER


def test_full_direction_is_the_same_as_no_imports():
    assert run(directed=1.0)["domestic"] == pytest.approx(run(imports_allowed=0.0)["domestic"])


def test_a_start_before_the_data_is_a_start_with_the_data():
    early, first = run(imports_from=2018), run(imports_from=2025)
    assert early["domestic"] == pytest.approx(first["domestic"])
    assert (str(early["covered"]), str(first["covered"])) == ("early", "inside")


def test_imports_fill_a_gap_where_direction_fills_the_lines_and_delay_where_it_does_not():
    directed, free = run(imports_allowed=1.0, demand=5e6), run(directed=0.0, imports_allowed=1.0)
    assert directed["output_lost"] < 0.01 and directed["compute_gain"] > 0.5
    assert str(directed["delay"]) == "none"
    assert free["output_lost"] > 0.5
    assert str(free["delay"]) == "3"


def test_a_lower_cap_brings_parity_with_importable_chips_forward():
    years = [str(run(cap_tpp=cap)["import_parity"]) for cap in (4_800, 21_000, 2e6)]
    assert years == sorted(years) and years[-1] == policy.NEVER


@given(low=st.floats(0, 0.5), more=st.floats(0, 0.5))
@settings(max_examples=20)
def test_more_direction_never_lowers_the_domestic_share(low, more):
    assert run(directed=low + more)["share_at_horizon"] >= run(directed=low)["share_at_horizon"] - 1e-9


def test_a_start_that_is_not_positive_is_named():
    with pytest.raises(ValueError, match="foreign_tpp"):
        policy.start_from(**{**START, "foreign_tpp": 0})


def test_the_notebook_moves_every_setting_and_says_what_each_rests_on():
    inputs = exhibits.race().inputs
    assert exhibits.LEVERS.keys() == inputs.keys()
    assert all(control.help for control in inputs.values())


def test_the_default_of_learning_from_abroad_is_what_the_study_found():
    """Irwin and Klenow 1994: a firm learns three times as much from its own output as from another's, also abroad."""
    assert suppliers.calibrated()["spillover"] == pytest.approx(1 / 3)
    assert exhibits.race().defaults["spillover"] == pytest.approx(1 / 3)


def test_how_long_older_chips_delay_parity_hangs_on_what_is_learnt_abroad():
    race = exhibits.race()
    free = race.defaults | race.presets["No direction, older chips in"]
    alone = [race.readings(**free | {"spillover": 0.0, "elasticity": sharp})["delay"] for sharp in (0.5, 6.0)]
    assert alone == ["1 year later", "pushed beyond 2040"]
    assert race.readings(**free | {"elasticity": 6.0})["delay"] == "1 year later"
