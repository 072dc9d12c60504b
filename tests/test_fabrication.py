"""Wafers, yields, packages and memory: published numbers come out, and nothing impossible does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.models import fabrication

CHECKS = data.load("acceleration_checks").set_index("case")
PUBLISHED = {"wafers_high": 80_000, "stacks_high": 13e6, "defects_low": 0.09, "defects_high": 0.6}
ASCEND_910C = {
    "wafers_per_month": 60_000,
    "ai_share": 0.1,
    "die_mm2": 665,
    "defects_per_cm2": 0.15,
    "model": "Murphy",
    "dies_per_package": 2,
    "hbm_per_package": 8,
    "hbm_stacks": 13e6,
    "packaging_yield": 0.75,
    "package_starts": 2e6,
    "hbm_die_mm2": 96,
    "hbm_yield": 0.65,
    "published": PUBLISHED,
}


def made(**changes):
    return fabrication.accelerators(**{**ASCEND_910C, **changes})


@pytest.mark.parametrize("case", fabrication.REPRODUCES)
def test_published_number_comes_out_within_its_tolerance(case):
    row = CHECKS.loc[case]
    computed = fabrication.REPRODUCES[case](reproduce.inputs(row))
    assert computed == pytest.approx(row["expected_value"], rel=row["tolerance_pct"] / 100)


# -- dies -------------------------------------------------------------------------------------------------------------


def counted(die_mm2, wafer_mm=300.0):
    """Whole square dies on a wafer, counted one by one for the best of some positions of the grid."""
    side = die_mm2**0.5
    steps = np.arange(-wafer_mm // side - 1, wafer_mm // side + 2)
    best = 0
    for shift_x in (0, side / 2):
        for shift_y in (0, side / 2):
            x, y = np.meshgrid(steps * side + shift_x, steps * side + shift_y)
            corner = np.maximum(abs(x), abs(x + side)) ** 2 + np.maximum(abs(y), abs(y + side)) ** 2
            best = max(best, int((corner <= (wafer_mm / 2) ** 2).sum()))
    return best


@pytest.mark.parametrize("die_mm2", [50, 100, 200, 400, 665, 814])
def test_the_formula_is_on_the_careful_side_of_counting_dies_one_by_one(die_mm2):
    best = counted(die_mm2)  # no scribe lines, no unused edge, the luckiest of four positions
    assert 0.85 * best <= fabrication.dies_per_wafer(die_mm2) <= best


def test_a_die_larger_than_the_wafer_does_not_fit():
    assert fabrication.dies_per_wafer(90_000) == 0
    assert fabrication.dies_per_wafer(665, edge_mm=200) == 0


# -- yields -----------------------------------------------------------------------------------------------------------


@given(defects=st.floats(0, 20), alpha=st.floats(0.3, 10))
def test_yields_are_fractions_and_clusters_help(defects, alpha):
    poisson, murphy, seeds = (
        f(defects) for f in (fabrication.poisson_yield, fabrication.murphy_yield, fabrication.seeds_yield)
    )
    clustered = fabrication.negative_binomial_yield(defects, alpha)
    assert 0 <= poisson <= murphy * (1 + 1e-9) and murphy <= seeds * (1 + 1e-9) and seeds <= 1
    assert poisson * (1 - 1e-9) <= clustered <= 1


def test_a_process_without_defects_loses_nothing():
    for model in fabrication.YIELD_MODELS:
        assert fabrication.die_yield(model, 665, 0.0) == pytest.approx(1)


@given(defects=st.floats(0, 10))
def test_the_negative_binomial_has_seeds_and_poisson_as_its_ends(defects):
    assert fabrication.negative_binomial_yield(defects, 1.0) == pytest.approx(fabrication.seeds_yield(defects))
    assert fabrication.negative_binomial_yield(defects, 1e7) == pytest.approx(
        fabrication.poisson_yield(defects), rel=1e-4
    )


@given(model=st.sampled_from(fabrication.YIELD_MODELS), die_mm2=st.floats(50, 858), share=st.floats(0.01, 0.99))
def test_defect_density_is_the_inverse_of_die_yield(model, die_mm2, share):
    density = fabrication.defect_density(model, die_mm2, share)
    assert fabrication.die_yield(model, die_mm2, density) == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize("share", [0, -0.1, 1.2])
def test_a_yield_that_no_density_explains_is_an_error(share):
    with pytest.raises(ValueError, match="die_yield_"):
        fabrication.defect_density("Poisson", 665, share)


def test_an_unknown_yield_model_is_named():
    with pytest.raises(ValueError, match="Bose"):
        fabrication.defect_density("Bose", 665, 0.5)


# -- the chain --------------------------------------------------------------------------------------------------------


def test_the_step_that_allows_least_binds():
    assert made()["binding"] == "dies"
    assert made(ai_share=1, hbm_stacks=1e6)["binding"] == "hbm"
    assert made(ai_share=1, hbm_stacks=1e9)["binding"] == "lines"


@given(
    wafers=st.floats(0, 150_000),
    share=st.floats(0, 1),
    defects=st.floats(0, 1.5),
    die_mm2=st.floats(50, 858),
    stacks=st.floats(0, 40e6),
    works=st.floats(0, 1),
    per_package=st.integers(0, 12),
    tested=st.booleans(),
    salvaged=st.floats(0, 0.6),
    bank=st.floats(0, 4e6),
)
def test_nothing_negative_and_never_more_than_any_step_allows(
    wafers, share, defects, die_mm2, stacks, works, per_package, tested, salvaged, bank
):
    result = made(
        wafers_per_month=wafers,
        ai_share=share,
        defects_per_cm2=defects,
        die_mm2=die_mm2,
        hbm_stacks=stacks,
        packaging_yield=works,
        hbm_per_package=per_package,
        tested_dies=tested,
        salvaged=salvaged,
        die_bank=bank,
    )
    numbers = {name: float(value) for name, value in result.items() if np.asarray(value).dtype.kind == "f"}
    assert all(np.isfinite(value) and value >= 0 for value in numbers.values())
    steps = [numbers["by_dies"], numbers["by_hbm"], numbers["by_lines"]]
    assert numbers["accelerators"] == pytest.approx(min(steps), rel=1e-9, abs=1e-6)
    assert numbers["stacks_used"] <= 1 + 1e-9 and numbers["dies_used"] <= 1 + 1e-9
    assert numbers["accelerators"] * 2 <= numbers["dies"] + 1e-6


@pytest.mark.parametrize("nothing", ["wafers_per_month", "hbm_stacks", "packaging_yield", "ai_share"])
def test_without_any_one_input_nothing_is_made(nothing):
    result = made(**{nothing: 0})
    assert result["accelerators"] == 0
    if nothing != "packaging_yield":
        assert result["binding"] == "nothing"
        assert str(result["covered"]) == "nothing"


def test_a_yield_of_zero_makes_nothing_and_breaks_nothing():
    result = made(defects_per_cm2=1e6, model="Poisson")
    assert result["accelerators"] == 0 and result["system_yield"] == 0


def test_testing_dies_never_hurts():
    assert made(tested_dies=True)["by_dies"] >= made(tested_dies=False)["by_dies"]
    assert (
        made(dies_per_package=1, tested_dies=True)["by_dies"] == made(dies_per_package=1, tested_dies=False)["by_dies"]
    )


def test_settings_outside_the_sources_are_said_to_be():
    assert str(made()["covered"]) == "inside"
    assert str(made(wafers_per_month=100_000)["covered"]) == "wafers"
    assert str(made(defects_per_cm2=1.0)["covered"]) == "more_defects"
    assert str(made(defects_per_cm2=0.01)["covered"]) == "fewer_defects"
    assert str(made(hbm_stacks=30e6)["covered"]) == "stacks"


@given(chips=st.floats(1e3, 1e6), share=st.floats(0.05, 1))
def test_the_wafers_needed_make_the_chips(chips, share):
    die = {"die_mm2": 665, "dies_per_package": 2, "packaging_yield": 0.75}
    wafers = fabrication.wafers_needed(chips, die_yield=share, **die)
    result = made(
        wafers_per_month=wafers,
        ai_share=1,
        model="Poisson",
        hbm_stacks=1e12,
        package_starts=1e12,
        defects_per_cm2=fabrication.defect_density("Poisson", 665, share),
    )
    assert result["accelerators"] == pytest.approx(chips, rel=1e-4)


# -- what the published figures say together --------------------------------------------------------------------------


def test_one_process_cannot_give_both_reported_yields_of_dies_that_a_scanner_can_print():
    reticle = data.value("fabrication", "value", quantity="reticle_limit")
    for model in fabrication.YIELD_MODELS:
        density = fabrication.defect_density(model, 665, 0.4)
        assert fabrication.die_yield(model, reticle, density) > 0.2


def test_no_published_output_needs_half_of_the_lowest_capacity():
    most = data.value("production", "units", product="Ascend (all)", metric="production", year=2025)
    lowest = data.value("production", "units", vendor="China", metric="wafer capacity", year=2025)
    needed = fabrication.wafers_needed(most, die_mm2=665, dies_per_package=2, die_yield=0.4, packaging_yield=0.75)
    assert needed < lowest / 2
