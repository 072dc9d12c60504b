"""Clusters of weaker chips against frontier clusters: published figures, and what must hold for any numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.models import energy, scaling

ENERGY = data.load("energy_checks").set_index("case")
CHECKS = pd.concat([ENERGY, data.load("efficiency_checks").set_index("case")])

RATES = st.floats(1e13, 1e16)
SIZES = st.floats(1, 1e6)
LOSSES = st.floats(0, 0.2)
SHARES = st.floats(0.05, 1)


@pytest.mark.parametrize("case", scaling.REPRODUCES)
def test_published_figure_is_reproduced(case):
    row = CHECKS.loc[case]
    computed = scaling.REPRODUCES[case](reproduce.inputs(row))
    assert computed == pytest.approx(row["expected_value"], rel=row["tolerance_pct"] / 100)


def test_every_energy_case_is_reproduced_by_exactly_one_module():
    claimed = [case for module in reproduce.modules() for case in module.REPRODUCES if case in ENERGY.index]
    assert sorted(claimed) == sorted(ENERGY.index)


def test_reproduced_cases_answer_to_their_inputs():
    """A function that returned the published number would pass the test above."""
    for case, compute in scaling.REPRODUCES.items():
        inputs = reproduce.inputs(CHECKS.loc[case])
        unchanged = compute(inputs)
        for name in inputs:
            assert compute({**inputs, name: inputs[name] * 0.9}) != pytest.approx(unchanged, rel=1e-6), (case, name)


def row(table, **match):
    frame = data.load(table)
    ((column, name),) = match.items()
    return frame[frame[column] == name].iloc[0]


def published(system, chip):
    return scaling.machine(row("systems", system=system), row("chips", chip=chip))


CLOUDMATRIX = published("CloudMatrix 384 (SemiAnalysis)", "Ascend 910C (press)")
NVL72 = published("GB200 NVL72 (SemiAnalysis)", "GB200 (per GPU)")
TPU_POD = published("TPU7x (Ironwood) pod", "TPU7x (Ironwood)")
CHINA = {"supply_wh": 1e16, "g_per_kwh": 560.0}


def match(**changes):
    settings = {
        "weaker": CLOUDMATRIX,
        "frontier": NVL72,
        "frontier_chips": 72.0,
        "precision": "BF16",
        "weaker_network_loss": 0.0,
        "frontier_network_loss": 0.0,
        "weaker_mfu": 0.4,
        "frontier_mfu": 0.4,
        "weaker_pue": 1.25,
        "frontier_pue": 1.25,
        "assumed_overhead": 1.8,
        "weaker_usd_per_kwh": 0.056,
        "frontier_usd_per_kwh": 0.081,
        "region": CHINA,
    }
    return scaling.match_cluster(**{**settings, **changes})


def test_one_cloudmatrix_has_1p7_times_the_compute_of_an_nvl72_at_3p9_times_the_power():
    result = match()
    assert result["system_chip_ratio"] == pytest.approx(384 / 72)
    assert round(float(result["system_compute_ratio"]), 1) == 1.7
    assert round(float(result["system_power_ratio"]), 1) == 3.9


def test_equal_compute_takes_2p3_times_the_power_and_not_the_2p6_of_the_headline():
    assert round(float(match()["power_ratio"]), 1) == 2.3


def test_a_rack_of_gb200_is_matched_by_230_ascend_910c():
    assert match()["chips"] == pytest.approx(72 * 2500 / 781.25)


def test_power_ratio_follows_the_pue_of_each_site():
    assert match(weaker_pue=1.5)["power_ratio"] == pytest.approx(match()["power_ratio"] * 1.5 / 1.25)


def test_fp8_widens_the_gap_of_a_chip_without_fp8():
    assert match(precision="FP8")["chips"] == pytest.approx(2 * match()["chips"])


def test_one_tpu7x_pod_has_the_fp8_compute_of_5p3_atlas_950_superpods():
    chip = {**row("chips", chip="Ascend 950DT 547T 144GB (white paper)"), "tdp_w": 600.0}
    atlas = scaling.machine(row("systems", system="Atlas 950 SuperPoD"), chip)
    result = match(weaker=atlas, frontier=TPU_POD, frontier_chips=9216.0, precision="FP8")
    assert round(float(result["systems"]), 1) == 5.3


def test_equal_losses_favour_the_side_with_fewer_machines():
    """384 chips in a machine against 8: the larger machine is bought back in chips."""
    h100 = published("DGX H100", "H100 SXM5 80GB")
    lossless = match(frontier=h100, frontier_chips=1e5)["chips"]
    assert (
        match(frontier=h100, frontier_chips=1e5, weaker_network_loss=0.05, frontier_network_loss=0.05)["chips"]
        < lossless
    )


def test_a_worse_network_costs_more_chips_the_larger_the_cluster():
    small, large = (
        match(frontier_chips=size, weaker_network_loss=0.05, frontier_network_loss=0.02)["chip_ratio"]
        for size in (1e4, 1e6)
    )
    assert large > small > match(frontier_chips=1e4, weaker_network_loss=0.02, frontier_network_loss=0.02)["chip_ratio"]


def test_break_even_price_makes_the_two_bills_equal():
    price = match(weaker_network_loss=0.03, frontier_chips=1e5)["break_even_usd_per_kwh"]
    result = match(weaker_network_loss=0.03, frontier_chips=1e5, weaker_usd_per_kwh=price)
    assert result["weaker_usd_per_year"] == pytest.approx(result["frontier_usd_per_year"])


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "higher_bill"),
        ({"weaker_usd_per_kwh": 0.03}, "cheaper_power"),
        ({"weaker": NVL72}, "no_more_power"),
    ],
)
def test_verdict_says_who_pays_more(changes, verdict):
    assert str(match(**changes)["verdict"]) == verdict


def test_parts_of_the_power_add_up_to_the_meter():
    result = match(frontier_chips=1e5, frontier_network_loss=0.02)
    for side in ("weaker", "frontier"):
        assert result[f"{side}_parts_w"].sum() == pytest.approx(result[f"{side}_power_w"])
        assert (result[f"{side}_parts_w"] > 0).all()


def test_unpublished_system_power_is_chip_power_times_the_readers_assumption():
    assert TPU_POD["system_w"] == 0
    result = match(weaker=TPU_POD, assumed_overhead=2.0)
    assert result["weaker_power_w"] == pytest.approx(result["chips"] * TPU_POD["tdp_w"] * 2.0 * 1.25)
    assert match(assumed_overhead=2.0)["weaker_power_w"] == match(assumed_overhead=1.5)["weaker_power_w"]


def test_matching_works_on_arrays_as_on_numbers():
    sizes = np.array([72.0, 1e3, 1e5])
    together = match(frontier_chips=sizes, weaker_network_loss=0.03)
    for i, size in enumerate(sizes):
        alone = match(frontier_chips=size, weaker_network_loss=0.03)
        for name in ("chips", "weaker_power_w", "power_ratio", "share_of_supply", "weaker_usd_per_year"):
            assert together[name][i] == pytest.approx(alone[name], rel=1e-12)


@given(n=SIZES, rate=RATES, mfu=SHARES, domain=st.floats(1, 1e4), loss=LOSSES)
def test_chips_to_match_inverts_cluster_compute(n, rate, mfu, domain, loss):
    target = scaling.cluster_compute(n, rate, mfu, domain, loss)
    assert scaling.chips_to_match(target, rate, mfu, domain, loss) == pytest.approx(n, rel=1e-9)


@given(n=SIZES, domain=st.floats(1, 1e4), loss=LOSSES)
def test_every_doubling_costs_the_same_share(n, domain, loss):
    here = scaling.network_efficiency(n * domain, domain, loss)
    assert scaling.network_efficiency(2 * n * domain, domain, loss) == pytest.approx(here * (1 - loss), rel=1e-9)


@given(small=st.floats(0.01, 1))
def test_a_single_domain_loses_nothing(small):
    assert scaling.network_efficiency(small * 384, 384, 0.1) == 1


@given(doublings=st.floats(0.5, 12), loss=LOSSES)
def test_loss_per_doubling_is_read_back_from_two_runs(doublings, loss):
    large = scaling.network_efficiency(100 * 2**doublings, 100, loss)
    assert scaling.loss_per_doubling(100, 0.4, 100 * 2**doublings, 0.4 * large) == pytest.approx(loss, abs=1e-9)


@pytest.mark.parametrize("loss", [-0.1, 0.5, np.array([0.1, 0.7])])
def test_a_loss_of_half_or_more_is_refused_by_name(loss):
    with pytest.raises(ValueError, match="loss_per_doubling"):
        scaling.network_efficiency(1000, 8, loss)


def test_a_machine_without_a_rate_or_power_is_refused_by_name():
    with pytest.raises(ValueError, match="Atlas 950 SuperPoD.* has no tdp_w"):
        scaling.machine(
            row("systems", system="Atlas 950 SuperPoD"), row("chips", chip="Ascend 950DT 547T 144GB (white paper)")
        )


def test_a_chip_sold_alone_stands_in_a_server_of_eight():
    h20 = scaling.machine(None, row("chips", chip="H20 96GB"))
    assert (h20["domain"], h20["system_w"], h20["tdp_w"]) == (8, 0, 400)
    assert h20["fp8_flop_per_s"] == 2 * h20["bf16_flop_per_s"]


def test_what_a_system_adds_to_its_chips_is_published_power_over_chip_power():
    assert scaling.system_overhead(CLOUDMATRIX) == pytest.approx(559e3 / 384 / 700)


def test_gap_is_the_part_of_the_reported_power_that_the_sum_leaves_out():
    gap = scaling.power_gap(200e6, 100_000, 1275.0, 1.25)
    assert gap["bottom_up_w"] == pytest.approx(200e6 * (1 - gap["gap"]))
    assert scaling.power_gap(200e6, 100_000, 1275.0, gap["closing_pue"])["gap"] == pytest.approx(0)
    assert scaling.power_gap(200e6, 100_000, 1275.0, 1.25, 0.1)["gap"] < gap["gap"]


def test_capital_is_systems_and_site():
    assert scaling.capital_cost(384, 8.2e6 / 384, 559e3, 8.78) == pytest.approx(8.2e6 + 559e3 * 8.78)


def test_a_kilowatt_for_a_year_in_its_units():
    year = energy.energy(1e3)
    assert year == 8.76e6
    assert energy.energy(1e3, load=0.5) == year / 2
    assert energy.electricity_cost(year, 0.1) == pytest.approx(876)
    assert energy.emissions(year, 500) == pytest.approx(4.38e6)
    assert energy.water_use(year, 1.8) == pytest.approx(15768)
    assert energy.share_of_supply(year, 10 * year) == pytest.approx(0.1)
